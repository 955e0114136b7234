"""Messages: what automations sent to whom, found by what it is, and what became of each."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final, NamedTuple, cast
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.event import ProfileId
from cartback.domain.instant import DAY, FOREVER, Instant, text_of
from cartback.domain.phrase.decision import reason_text
from cartback.domain.profile import decode_profile
from cartback.domain.step import AnyStep, Email, all_steps, kind_of
from cartback.domain.template import Template
from cartback.engine.audit import note_after
from cartback.engine.calling import name_of
from cartback.engine.copies import KEPT_FOR, copy_of
from cartback.engine.flow_ports import STATUSES, MessageRow, MessageStatus, TemplateRow
from cartback.engine.flows import definition
from cartback.engine.mails import CannotMake, Mail
from cartback.engine.outbox import (
    NEWEST,
    Place,
    Wanted,
    find_messages,
    journey,
    template_then,
)
from cartback.engine.people import NobodyFound, find
from cartback.engine.ports import ProfileRow, Reading
from cartback.engine.selves import present_row
from cartback.web.console.asked import AtShop, Refused, whole
from cartback.web.console.framed import framed_mail
from cartback.web.console.guard import Guard
from cartback.web.console.render import page
from cartback.web.console.sheet import sheet
from cartback.web.console.sketch import words

PAGE: Final = 50
IN_A_FILE: Final = 500
RANGES: Final = (7, 30, 90)
LONGEST: Final = 300


def routes(guard: Guard) -> Sequence[BaseRoute]:
    at = "/shops/{shop}/messages"
    return [
        Route(at, guard.of_shop(index), methods=["GET"]),
        Route(at + ".csv", guard.of_shop(download, sees="marketer"), methods=["GET"]),
        Route(at + "/{message}", guard.of_shop(shown), methods=["GET"]),
        Route(at + "/{message}/framed", guard.of_shop(framed), methods=["GET"]),
    ]


class Asked(NamedTuple):
    """What is looked for, as it stands in the address."""

    flow: str
    status: str
    channel: str
    days: int
    person: str

    def query(self, **more: object) -> str:
        """The same as an address says it."""
        known = {name: value for name, value in self._asdict().items() if value}
        return urlencode(known | more)


def _asked(at: AtShop) -> Asked:
    def text(name: str) -> str:
        return at.query.get(name, "").strip()[:LONGEST]

    days = next((one for one in RANGES if str(one) == text("days")), 0)
    return Asked(text("flow"), text("status"), text("channel"), days, text("person"))


def _wanted(reading: Reading, at: AtShop, asked: Asked) -> Wanted:
    """Raises NobodyFound."""
    is_known = asked.status in STATUSES
    return Wanted(
        flow=asked.flow,
        status=cast("MessageStatus", asked.status) if is_known else None,
        channel=asked.channel,
        person=find(reading, at.id, asked.person) if asked.person else 0,
        start=at.zone.period("day", at.now, 1 - asked.days)[0] if asked.days else 0,
    )


class Listed(NamedTuple):
    """A message in the list: to whom, what it is, and whether a cart came back by it."""

    row: MessageRow
    profile: ProfileId
    name: str
    title: str
    recovered: int


def index(at: AtShop) -> Response:
    asked, nobody, found = _asked(at), False, list[MessageRow]()
    with at.store.reading() as reading:
        try:
            wanted = _wanted(reading, at, asked)
            found = list(find_messages(reading, at.id, wanted, _place(at), PAGE + 1))
        except NobodyFound:
            nobody = True
        titles = Titles(reading, at)
        people = {row.profile: present_row(reading, at.id, row.profile) for row in found[:PAGE]}
        rows = [_listed(reading, at, row, people[row.profile], titles) for row in found[:PAGE]]
        flows = {one.key: one.name for one in reading.flows(at.id)}
    last = found[PAGE - 1] if len(found) > PAGE else None
    values = {
        "rows": rows,
        "flows": flows,
        "asked_for": asked,
        "nobody": nobody,
        "is_narrowed": any(asked),
        "channels": sorted({one.row.channel for one in rows} | {"email"}),
        "older": "" if last is None else asked.query(at=last.at, key=last.key),
        "statuses": STATUSES,
        "ranges": RANGES,
    }
    return page(at, "messages.html", values, status=404 if nobody else 200)


def _place(at: AtShop) -> Place:
    instant = whole(at.query.get("at", ""))
    return NEWEST if instant is None else (instant, at.query.get("key", "")[:LONGEST])


class Titles:
    """What messages are called: by their template, or by their step where there is none."""

    def __init__(self, reading: Reading, at: AtShop) -> None:
        self._reading = reading
        self._at = at
        self._templates = {one.key: one.name for one in reading.templates(at.id)}
        self._known: dict[tuple[str, int], dict[str, str]] = {}

    def of(self, message: MessageRow) -> str:
        version = message.run[:2]
        if version not in self._known:
            row = self._reading.flow_version(self._at.id, *version)
            steps = () if row is None else all_steps(definition(row).steps)
            self._known[version] = {one.key: self._called(one) for one in steps}
        return self._known[version].get(message.step) or message.step

    def _called(self, step: AnyStep) -> str:
        if isinstance(step, Email):
            return self._templates.get(step.template, step.template)
        return words.kind_words(words.steps(self._at.language), kind_of(step)).name


def _listed(
    reading: Reading, at: AtShop, row: MessageRow, present: ProfileRow | None, titles: Titles
) -> Listed:
    """`present`: whom it was to, as who they are by now."""
    profile = row.profile if present is None else present.id
    name = "" if present is None else name_of(decode_profile(present.state))
    count = len(reading.recoveries_of_message(at.id, row.key)) if row.opened or row.clicked else 0
    return Listed(row, profile, name, titles.of(row), count)


# --- one message --------------------------------------------------------------------------------


def _message(reading: Reading, at: AtShop) -> MessageRow:
    row = reading.message(at.id, at.part("message")[:64])
    if row is None:
        raise Refused(404)
    return row


def shown(at: AtShop) -> Response:
    with at.store.reading() as reading:
        row = _message(reading, at)
        present = present_row(reading, at.id, row.profile)
        listed = _listed(reading, at, row, present, Titles(reading, at))
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
        "stops": stops,
        "template": None if template is None else template[0],
        "mail": mail,
        "wrong": wrong,
        "why": reason_text(row.error, at.language) if row.status == "cancelled" else row.error,
        "kept_days": KEPT_FOR // DAY,
        "was_handed_over": row.status in HANDED_OVER,
        "width": "phone" if at.query.get("width") == "phone" else "desk",
    }
    return page(at, "message.html", values)


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
        return None, str(error)
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


# --- as a file ----------------------------------------------------------------------------------


def download(at: AtShop) -> Response:
    """Those that are looked for, as CSV; noted."""
    asked = _asked(at)
    with at.store.reading() as reading:
        try:
            wanted = _wanted(reading, at, asked)
        except NobodyFound:
            raise Refused(404) from None
    note_after(at.store, at.id, at.user, "downloaded list", "messages", at.now)
    return sheet("messages", _pages(at, wanted))


def _pages(at: AtShop, wanted: Wanted) -> Iterator[list[list[str]]]:
    names = "key profile recipient flow version step channel status sent handed_over opened"
    yield [[*names.split(), "clicked", "unsubscribed", "error"]]
    place = NEWEST
    while True:
        with at.store.reading() as reading:
            rows = find_messages(reading, at.id, wanted, place, IN_A_FILE)
        yield [_cells(row) for row in rows]
        if len(rows) < IN_A_FILE:
            return
        place = (rows[-1].at, rows[-1].key)


def _cells(row: MessageRow) -> list[str]:
    whose = [row.key, str(row.profile), row.recipient]
    where = [row.run.flow, str(row.run.version), row.step, row.channel, row.status]
    times = map(_time, (row.at, row.claimed, row.opened, row.clicked, row.unsubscribed))
    return [*whose, *where, *times, row.error]


def _time(at: Instant) -> str:
    return text_of(at) if 0 < at < FOREVER else ""
