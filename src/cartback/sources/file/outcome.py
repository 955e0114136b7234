"""What a row of a file becomes: an event, or a reason why it is none."""

import zlib
from collections.abc import Iterable
from typing import Final, NamedTuple, TypeAlias

from cartback.domain.drop import DropReason
from cartback.domain.event import (
    RESERVED,
    BadProperties,
    Event,
    Identifier,
    IdentifierKind,
    Json,
    Location,
    ShopId,
    check_properties,
    spelled_out,
)
from cartback.domain.instant import Instant
from cartback.engine.intake import Dropped
from cartback.sources.identifiers import LONGEST, email_of, id_of, phone_of
from cartback.sources.segment.timing import AHEAD, EARLIEST

Outcome: TypeAlias = Event | Dropped


class Placed(NamedTuple):
    """An outcome, its row and its place: reading on behind that place gives the next one.

    `row` counts as an editor does for JSON lines, and as a spreadsheet does for CSV, from 1 and
    with the header. It is the place too, unless the log is read sorted.
    """

    place: int
    row: int
    outcome: Outcome


class Unfit(Exception):
    """Raised and caught within this folder: why a row is no event."""

    def __init__(self, reason: DropReason, detail: str) -> None:
        super().__init__(detail)
        self.dropped = Dropped(reason, detail)


class Frame(NamedTuple):
    """What all events of one file share. Without `received` an event arrives when it happens."""

    shop: ShopId
    head: str
    received: Instant | None = None
    backfill: bool = False

    def row_id(self, row: int, content: bytes) -> str:
        """The same for the same row of the same log, also when the log has grown or is zipped."""
        return f"{self.head}-{row:09d}-{zlib.crc32(content):08x}"


Naming: TypeAlias = tuple[str, str | int | None, str]
"""One name that a row gives its person: kind, value, and the region of a phone without its code."""


def identifiers_of(namings: Iterable[Naming]) -> tuple[Identifier, ...]:
    """The names, as they are compared. One that names nobody is left out. Raises Unfit."""
    found = []
    nobody: Naming | None = None
    for naming in namings:
        kind, value, region = naming
        if value is None or value == "":
            continue
        if kind == _EMAIL:
            name = email_of(value)
        elif kind == _PHONE:
            name = phone_of(value, region)
        else:
            name = id_of(value)
        if name is None:
            nobody = nobody or naming
        else:
            found.append(Identifier(kind, name))
    if found:
        return tuple(found)
    if nobody is not None:
        raise Unfit(DropReason.BAD_IDENTIFIER, _of_nobody(nobody))
    kinds = ", ".join(IdentifierKind)
    raise Unfit(DropReason.NO_IDENTIFIER, f"one of {kinds} says whose event it is")


_EMAIL: Final = str(IdentifierKind.EMAIL)
_PHONE: Final = str(IdentifierKind.PHONE)


def _of_nobody(naming: Naming) -> str:
    kind, value, _ = naming
    given = f"{kind} {str(value)[:60]!r}"
    match kind:
        case IdentifierKind.EMAIL:
            return f"{given} is not an e-mail address"
        case IdentifierKind.PHONE:
            return f"{given} is not a phone number; write it as +821012345678"
        case _:
            return f"{given} names nobody; an id has 1 to {LONGEST} characters and is one person's"


_LONGEST_METRIC: Final = 255


def event_of(
    frame: Frame,
    *,
    id: str,  # noqa: A002  the field's name
    metric: str,
    identifiers: tuple[Identifier, ...],
    time: Instant,
    properties: dict[str, Json],
    traits: dict[str, Json],
    location: Location | None = None,
    backfill: bool = False,
) -> Event:
    """Check what all formats have in common. Raises Unfit."""
    if not 1 <= len(metric) <= _LONGEST_METRIC or "\x00" in metric:
        raise Unfit(DropReason.BAD_METRIC, "a metric's name has 1 to 255 characters")
    if metric in RESERVED:
        raise Unfit(DropReason.RESERVED_METRIC, f"{metric} is worked out here, not sent")
    if time < EARLIEST:
        raise Unfit(DropReason.ANCIENT, "before 1990-01-01")
    try:
        check_properties(metric, properties)
    except BadProperties as error:
        raise Unfit(DropReason.WRONG_TYPE, str(error)) from None
    received = time if frame.received is None else frame.received
    return Event(
        shop=frame.shop,
        id=id,
        metric=metric,
        identifiers=identifiers,
        time=min(time, received),
        received=received,
        properties=spelled_out(metric, properties),
        traits=traits,
        location=location,
        backfill=backfill or frame.backfill,
        ahead=time - received > AHEAD,
    )
