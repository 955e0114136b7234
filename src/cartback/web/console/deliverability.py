"""Deliverability: how the mail of thirty days fared, and what others see of the sender's domain."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.instant import FOREVER
from cartback.domain.law.terms import EMAIL
from cartback.domain.phrase import kept_text
from cartback.domain.phrase.deliverability import deliverability_text
from cartback.engine.deliverability import FEW, Fared, Finding, fared, judged
from cartback.engine.flow_ports import MessageRow
from cartback.engine.mailing import mailing_of
from cartback.engine.pacing import Held, Pace, a_day, held_by, pace_of, set_pace
from cartback.engine.ports import Reading
from cartback.web.console.asked import AtShop, whole
from cartback.web.console.guard import Guard
from cartback.web.console.render import page, see

MOST_SHOWN: Final = 50


class Waiting(NamedTuple):
    """A mail that was put off; `held` is the bound that keeps it, None where a server did, and
    said `why`."""

    row: MessageRow
    flow: str
    held: Held | None
    why: str


def routes(guard: Guard) -> Sequence[BaseRoute]:
    at = "/shops/{shop}/settings/deliverability"
    return [
        Route(at, guard.of_shop(index), methods=["GET"]),
        Route(at + "/pace", guard.of_shop(change_pace, changes="owner"), methods=["POST"]),
        Route(at + "/domain", guard.of_shop(domain), methods=["GET"]),
    ]


def index(at: AtShop) -> Response:
    """The rates at once; name servers are asked by the page itself."""
    return _page(at)


def _page(
    at: AtShop, typed: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None
) -> Response:
    with at.store.reading() as reading:
        mailing = mailing_of(reading, at.id)
        found = fared(reading, at.id, at.now)
        pace = pace_of(reading, at.id)
        waiting = _waiting(reading, at)
    today = at.zone.local(at.now).date()
    values = {
        "mailing": mailing,
        "leaves": at.ground.domain is not None,
        "fared": found,
        "rates": _said(at, judged(found)),
        "share": _shares(found),
        "few": FEW,
        "lacking": max(0, FEW - found.handed_over),
        "typed": typed if typed is not None else _typed(pace),
        "errors": errors or {},
        "today": a_day(pace, today),
        "waiting": waiting[:MOST_SHOWN],
        "more": len(waiting) > MOST_SHOWN,
        "saved": at.query.get("saved", ""),
    }
    return page(at, "deliverability.html", values, status=422 if errors else 200)


def _typed(pace: Pace) -> dict[str, str]:
    values = msgspec.structs.asdict(pace)
    return {name: "" if value is None else str(value) for name, value in values.items()}


def _waiting(reading: Reading, at: AtShop) -> list[Waiting]:
    """Mails that are put off by their pace or by a server, the next one first."""
    found = []
    for flow in reading.flows(at.id):
        rows = reading.messages_in(
            at.id, flow.key, "queued", (FOREVER, ""), 0, MOST_SHOWN + 1, EMAIL
        )
        found += [
            Waiting(row, flow.name, held_by(row.error), kept_text(row.error, at.language))
            for row in rows
            if row.error
        ]
    return sorted(found, key=lambda one: one.row.due)[: MOST_SHOWN + 1]


def change_pace(at: AtShop) -> Response:
    """How fast mail leaves."""
    say = at.say.gettext
    typed = {name: at.form.text(name) for name in ("a_minute", "an_hour", "warm_up")}
    document: dict[str, Any] = {}
    errors = {}
    for name, text in typed.items():
        value: Any = int(text) if name != "warm_up" and whole(text) is not None else text or None
        try:
            msgspec.convert({name: value}, Pace)
        except msgspec.ValidationError:
            errors[name] = (
                say("Choose a day.")
                if name == "warm_up"
                else say("Write a number from 1 to 1,000,000, or nothing.")
            )
        document[name] = value
    if errors:
        return _page(at, typed, errors)
    set_pace(at.noting("changed pace", at.shop.name, **document), at.id, document)
    at.ground.written()
    return see(at.path("settings", "deliverability") + "?saved=1#pace")


def domain(at: AtShop) -> Response:
    """What others see of the domain; with scripts a part of the page."""
    with at.store.reading() as reading:
        mailing = mailing_of(reading, at.id)
    if mailing is None or at.ground.domain is None:
        found: Sequence[Finding] = ()
    else:
        found = at.ground.domain(mailing.domain)
    name = "deliverability-domain.html" if at.is_partial else "deliverability-domain-page.html"
    return page(at, name, {"mailing": mailing, "findings": _said(at, found)})


def _said(at: AtShop, findings: Sequence[Finding]) -> list[tuple[Finding, str]]:
    language = str(at.language)
    return [(one, deliverability_text(one.word, one.name, language)) for one in findings]


def _shares(found: Fared) -> dict[str, float]:
    total = max(found.handed_over, 1)
    return {"bounced": found.bounced / total, "complained": found.complained / total}
