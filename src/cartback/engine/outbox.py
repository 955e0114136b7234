"""Messages to be looked at: the list of them, and what became of one, in the order it happened."""

from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import islice
from typing import Final, Literal, NamedTuple, TypeAlias

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import FOREVER, Instant
from cartback.domain.layout import all_steps
from cartback.domain.step import Email
from cartback.domain.template import Template
from cartback.engine.flow_ports import STATUSES, MessageRow, MessageStatus, TemplateRow
from cartback.engine.flows import definition
from cartback.engine.ports import Reading
from cartback.engine.recovery_ports import RecoveryRow
from cartback.engine.selves import known_as
from cartback.engine.templates import NoSuchTemplate, template_of
from cartback.engine.visit_ports import PERSON, PIXEL, VisitRow

Place: TypeAlias = tuple[Instant, str]
"""Where a message stands in a list: its instant and its key."""
NEWEST: Final[Place] = (FOREVER, "")


class Wanted(NamedTuple):
    """Which messages are wanted; what is empty says nothing. `person` is looked for everywhere that
    they are known as; from `start` on, and before `end`."""

    flow: str = ""
    status: MessageStatus | None = None
    channels: Sequence[str] = ()
    person: ProfileId = 0
    start: Instant = 0
    end: Instant = FOREVER


def find_messages(
    reading: Reading, shop: ShopId, wanted: Wanted, before: Place, limit: int
) -> Sequence[MessageRow]:
    """Those that are wanted, newest first, behind a place."""
    place = min(before, (wanted.end, ""))
    lists = _of_person if wanted.person else _of_flows
    rows = merge(*lists(reading, shop, wanted, place, limit), key=_place, reverse=True)
    return list(islice(rows, limit))


def _of_flows(
    reading: Reading, shop: ShopId, wanted: Wanted, place: Place, limit: int
) -> Iterator[Sequence[MessageRow]]:
    """A list for each flow, status and channel: each is one stretch of an index."""
    flows = [wanted.flow] if wanted.flow else [one.key for one in reading.flows(shop)]
    for flow in flows:
        for status in STATUSES if wanted.status is None else (wanted.status,):
            for channel in wanted.channels or ("",):
                yield reading.messages_in(shop, flow, status, place, wanted.start, limit, channel)


def _of_person(
    reading: Reading, shop: ShopId, wanted: Wanted, place: Place, _limit: int
) -> Iterator[Sequence[MessageRow]]:
    """A list for each profile that became one with theirs; nobody gets very many."""
    for profile in known_as(reading, shop, wanted.person):
        yield [
            one
            for one in reading.messages_of(shop, profile, MOST_OF_ONE, place)
            if one.at >= wanted.start
            and wanted.flow in ("", one.run.flow)
            and wanted.status in (None, one.status)
            and (not wanted.channels or one.channel in wanted.channels)
        ]


MOST_OF_ONE: Final = 1_000
"""So many messages to one person are looked through; four a week for five years."""


def _place(row: MessageRow) -> Place:
    return row.at, row.key


# --- one message --------------------------------------------------------------------------------

Fate: TypeAlias = Literal[
    "queued",
    "waits",
    "handed_over",
    "arrived",
    "cancelled",
    "failed",
    "in_doubt",
    "bounced",
    "complained",
    "opened",
    "clicked",
    "program",
    "undecided",
    "unsubscribed",
    "recovered",
]


BY_HAND: Final = "settled by hand"
"""The receipt of a message that was in doubt, and of which somebody found out that it arrived."""
LEFT: Final = "left as it is"
"""The same of one that stays in doubt, and that nobody needs to look at any more."""


class Stop(NamedTuple):
    """Something that became of a message. `detail`: a link, an error, a receipt, or why a visit was
    a program's; None where nobody kept when it was. `arrived`: it was in doubt, and somebody said
    so."""

    what: Fate
    at: Instant | None = None
    detail: str = ""
    recovery: RecoveryRow | None = None


def journey(reading: Reading, shop: ShopId, message: MessageRow) -> Sequence[Stop]:
    """What became of a message, in the order in which it happened."""
    stops = [Stop("queued", message.at), *_handing(message)]
    stops += [_visit(one) for one in reading.visits_of(shop, message.key)]
    if message.unsubscribed:
        stops.append(Stop("unsubscribed", message.unsubscribed))
    rows = reading.recoveries_of_message(shop, message.key)
    stops += [Stop("recovered", row.at, recovery=row) for row in rows]
    return sorted(stops, key=lambda one: FOREVER if one.at is None else one.at)


def _handing(message: MessageRow) -> Iterator[Stop]:
    match message.status:
        case "queued" | "claimed" | "handing":
            yield Stop("waits", None, message.error)
        case "sent" if message.receipt == BY_HAND:
            yield Stop("in_doubt", message.claimed or None, message.error)
            yield Stop("arrived")
        case "sent" | "bounced" | "complained":
            yield Stop("handed_over", message.claimed, message.receipt)
            if message.status != "sent":
                yield Stop(message.status, None, message.error)
        case status:
            yield Stop(status, message.claimed or None, message.error)


def _visit(one: VisitRow) -> Stop:
    if one.said != PERSON:
        return Stop("program" if one.said else "undecided", one.at, one.said)
    if one.place == PIXEL:
        return Stop("opened", one.at)
    return Stop("clicked", one.at, one.target)


def template_then(
    reading: Reading, shop: ShopId, message: MessageRow
) -> tuple[TemplateRow, Template] | None:
    """The template of a message as it was when it was handed over, or is, for one that waits."""
    row = reading.flow_version(shop, message.run.flow, message.run.version)
    steps = () if row is None else all_steps(definition(row).steps)
    step = next((one for one in steps if one.key == message.step), None)
    if not isinstance(step, Email):
        return None
    try:
        found = template_of(reading, shop, step.template)
        while message.claimed and found[0].version > 1 and found[0].at > message.claimed:
            found = template_of(reading, shop, step.template, found[0].version - 1)
    except NoSuchTemplate:
        return None
    return found
