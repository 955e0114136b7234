"""Messages: what automations sent to whom, found by what it is, and what became of each."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple, cast
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.event import ProfileId
from cartback.domain.instant import FOREVER, Instant, text_of
from cartback.domain.law.terms import EMAIL
from cartback.domain.layout import all_steps
from cartback.domain.profile import decode_profile
from cartback.domain.step import ALERT, WEBHOOK, AnyStep, Email, kind_of
from cartback.engine.audit import note_after
from cartback.engine.calling import name_of
from cartback.engine.flow_ports import STATUSES, MessageRow, MessageStatus
from cartback.engine.flows import definition
from cartback.engine.outbox import (
    LEFT,
    NEWEST,
    Place,
    Wanted,
    find_messages,
)
from cartback.engine.people import NobodyFound, find
from cartback.engine.ports import Reading
from cartback.engine.profile_ports import ProfileRow
from cartback.engine.selves import present_row
from cartback.engine.settling import count_doubts
from cartback.web.console.asked import AtShop, Refused, whole
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
    ]


OF: Final[Mapping[str, Sequence[str]]] = {"": (EMAIL,), "shop": (ALERT, WEBHOOK), "all": ()}
"""By whom messages are to: people, or the shop itself and its systems."""


class Asked(NamedTuple):
    """What is looked for, as it stands in the address. `to` is one of `OF`."""

    to: str
    flow: str
    status: str
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
    to = text("to") if text("to") in OF else ""
    return Asked(to, text("flow"), text("status"), days, text("person"))


def _wanted(reading: Reading, at: AtShop, asked: Asked) -> Wanted:
    """Raises NobodyFound."""
    is_known = asked.status in STATUSES
    return Wanted(
        flow=asked.flow,
        status=cast("MessageStatus", asked.status) if is_known else None,
        channels=OF[asked.to],
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
        rows = [listed_of(reading, at, row, people[row.profile], titles) for row in found[:PAGE]]
        flows = {one.key: one.name for one in reading.flows(at.id)}
        unsettled = 0 if asked.status == "in_doubt" else count_doubts(reading, at.id)
    last = found[PAGE - 1] if len(found) > PAGE else None
    values = {
        "rows": rows,
        "flows": flows,
        "asked_for": asked,
        "nobody": nobody,
        "is_narrowed": any(asked),
        "older": "" if last is None else asked.query(at=last.at, key=last.key),
        "statuses": STATUSES,
        "doubts": [one.row.key for one in rows if one.row.status == "in_doubt"],
        "left_as_it_is": LEFT,
        "unsettled": unsettled,
        "said": _said(at),
        "ranges": RANGES,
    }
    return page(at, "messages.html", values, status=404 if nobody else 200)


def _said(at: AtShop) -> str:
    """What became of those that were settled just now."""
    done, not_done = whole(at.query.get("done", "")), whole(at.query.get("not", "")) or 0
    if at.query.get("chosen") == "0":
        return at.say.gettext("Choose at least one message.")
    if done is None:
        return ""
    say, count = at.say, at.say.number
    found = say.ngettext("%(num)s message was settled.", "%(num)s messages were settled.", done)
    found %= {"num": count(done)}
    if not_done:
        text = say.ngettext(
            "%(num)s could not be: it is of no use any more, or was settled already.",
            "%(num)s could not be: they are of no use any more, or were settled already.",
            not_done,
        )
        found += " " + text % {"num": count(not_done)}
    return found


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


def listed_of(
    reading: Reading, at: AtShop, row: MessageRow, present: ProfileRow | None, titles: Titles
) -> Listed:
    """A message as it is listed. `present`: whom it was to, as who they are by now."""
    profile = row.profile if present is None else present.id
    name = "" if present is None else name_of(decode_profile(present.state))
    count = len(reading.recoveries_of_message(at.id, row.key)) if row.opened or row.clicked else 0
    return Listed(row, profile, name, titles.of(row), count)


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
