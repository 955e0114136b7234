"""One message: as it left, or as it would be today, and what became of it."""

from collections.abc import Sequence
from html import escape
from typing import Final, NamedTuple

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.instant import DAY, Instant
from cartback.domain.phrase import fault_text, kept_text
from cartback.domain.phrase.decision import reason_text
from cartback.domain.template import Template
from cartback.engine.copies import KEPT_FOR, copy_of
from cartback.engine.flow_ports import MessageRow, TemplateRow
from cartback.engine.mails import CannotMake, Mail
from cartback.engine.outbox import BY_HAND, LEFT, Stop, journey, template_then
from cartback.engine.pacing import held_by
from cartback.engine.people import NobodyFound
from cartback.engine.ports import Reading
from cartback.engine.profile_ports import ProfileRow
from cartback.engine.selves import present_row
from cartback.web.console.asked import AtShop, Refused
from cartback.web.console.framed import framed_mail
from cartback.web.console.guard import Guard
from cartback.web.console.messages import Titles, listed_of
from cartback.web.console.render import page


def routes(guard: Guard) -> Sequence[BaseRoute]:
    at = "/shops/{shop}/messages"
    return [
        Route(at + "/{message}", guard.of_shop(shown), methods=["GET"]),
        Route(at + "/{message}/framed", guard.of_shop(framed), methods=["GET"]),
    ]


def _message(reading: Reading, at: AtShop) -> MessageRow:
    row = reading.message(at.id, at.part("message")[:64])
    if row is None:
        raise Refused(404)
    return row


def shown(at: AtShop) -> Response:
    with at.store.reading() as reading:
        row = _message(reading, at)
        present = present_row(reading, at.id, row.profile)
        listed = listed_of(reading, at, row, present, Titles(reading, at))
        stops = journey(reading, at.id, row)
        flows = {one.key: one.name for one in reading.flows(at.id)}
        template = template_then(reading, at.id, row)
        left = _left(reading, at, row)
    mail, wrong = (left.mail, "") if left else _made(at, template, present)
    values = {
        "one": listed,
        "left": left,
        "row": row,
        "flow_name": flows.get(row.run.flow, row.run.flow),
        "stops": [_in_words(at, stop) for stop in stops],
        "template": None if template is None else template[0],
        "mail": mail,
        "wrong": wrong,
        "why": _why(at, row),
        "held": held_by(row.error),
        "is_left": row.receipt == LEFT,
        "is_by_hand": row.receipt == BY_HAND,
        "is_useful": at.now <= row.useful_until,
        "not_done": _not_done(at),
        "kept_days": KEPT_FOR // DAY,
        "was_handed_over": row.status in HANDED_OVER,
        "width": "phone" if at.query.get("width") == "phone" else "desk",
    }
    return page(at, "message.html", values)


def _why(at: AtShop, row: MessageRow) -> str:
    """Why it did not go, or waits, or what the server said."""
    if row.status == "cancelled":
        return reason_text(row.error, at.language)
    return kept_text(row.error, at.language)


def _in_words(at: AtShop, stop: Stop) -> Stop:
    return stop._replace(detail=kept_text(stop.detail, at.language))


def _not_done(at: AtShop) -> str:
    """Why what somebody wanted to settle could not be."""
    say = at.say.gettext
    sentences = {
        "settled": say("It is not in doubt any more: look what became of it."),
        "too_late": say("It is of no use any more, so it does not go again."),
        "gone": say("Its person is not there any more."),
    }
    return sentences.get(at.query.get("not", ""), "")


class Left(NamedTuple):
    """A mail as it left, and when it did."""

    mail: Mail
    at: Instant


HANDED_OVER: Final = frozenset({"handing", "sent", "in_doubt", "failed", "bounced", "complained"})


def _left(reading: Reading, at: AtShop, row: MessageRow) -> Left | None:
    """What was handed over, while it is kept; None for what waits or never left."""
    found = copy_of(reading, at.id, row.key) if row.status in HANDED_OVER else None
    if found is None:
        return None
    copy, when = found
    return Left(Mail(copy.subject, copy.sender_name, copy.html, copy.text), when)


def _made(
    at: AtShop, found: tuple[TemplateRow, Template] | None, present: ProfileRow | None
) -> tuple[Mail | None, str]:
    """The mail made again as of now, or why it cannot be."""
    if found is None or present is None:
        return None, ""
    try:
        return at.ground.mails().make(at.id, found[1], present.id), ""
    except CannotMake as error:
        return None, fault_text(error, at.language)
    except NobodyFound:
        return None, ""


def framed(at: AtShop) -> Response:
    """The mail's own HTML, which may do nothing but be looked at."""
    with at.store.reading() as reading:
        row = _message(reading, at)
        left = _left(reading, at, row)
        if left:
            return framed_mail(at, left.mail.html)
        found = template_then(reading, at.id, row)
        present = present_row(reading, at.id, row.profile)
    mail, wrong = _made(at, found, present)
    return framed_mail(at, f"<p>{escape(wrong)}</p>" if mail is None else mail.html)
