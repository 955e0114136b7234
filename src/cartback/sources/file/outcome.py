"""What a row of a file becomes: an event, or a reason why it is none."""

import zlib
from collections.abc import Iterable
from typing import Final, NamedTuple, TypeAlias

import msgspec

from cartback.domain.drop import DropReason
from cartback.domain.event import (
    DERIVED,
    BadProperties,
    Event,
    Identifier,
    IdentifierKind,
    Json,
    Location,
    ShopId,
    check_properties,
)
from cartback.domain.instant import Instant, parse_instant

_ANCIENT: Final = parse_instant("1990-01-01")
_LONGEST: Final = 255


class Dropped(msgspec.Struct, frozen=True):
    """A row that is no event; `row` counts as an editor does for JSONL, as a sheet for CSV."""

    reason: DropReason
    detail: str
    row: int


Outcome: TypeAlias = Event | Dropped


class Placed(NamedTuple):
    """An outcome and its place; reading again behind that place goes on with the next one."""

    place: int
    outcome: Outcome


class Unfit(Exception):
    """Raised and caught within this folder: why a row is no event."""

    def __init__(self, reason: DropReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Frame(NamedTuple):
    """What all events of one file share. Without `received` an event arrives when it happens."""

    shop: ShopId
    head: str
    received: Instant | None = None
    backfill: bool = False

    def row_id(self, row: int, content: bytes) -> str:
        """The same for the same row of the same log, also when the log has grown or is zipped."""
        return f"{self.head}-{row:09d}-{zlib.crc32(content):08x}"


def identifiers_of(named: Iterable[tuple[str, str | None]]) -> tuple[Identifier, ...]:
    """The names that are given, in the form that is compared. Raises Unfit."""
    found = []
    for kind, given in named:
        if not given or not (value := given.strip()):
            continue
        if len(value) > _LONGEST or not value.isprintable():
            raise Unfit(DropReason.BAD_IDENTIFIER, f"{kind}: {value[:40]!r}")
        if kind == IdentifierKind.EMAIL:
            value = _email(value)
        elif kind == IdentifierKind.PHONE:
            value = _phone(value)
        found.append(Identifier(kind, value))
    if not found:
        kinds = ", ".join(IdentifierKind)
        raise Unfit(DropReason.NO_IDENTIFIER, f"one of {kinds} says whose event it is")
    return tuple(found)


def _email(value: str) -> str:
    name, at, host = value.rpartition("@")
    if not (name and at and host) or " " in value:
        raise Unfit(DropReason.BAD_IDENTIFIER, f"{value[:60]!r} is not an e-mail address")
    return value.lower()


def _phone(value: str) -> str:
    digits = value.translate({ord(c): None for c in " -.()"})
    if not (digits.startswith("+") and digits[1:].isdigit() and 8 <= len(digits) <= 16):
        raise Unfit(DropReason.BAD_IDENTIFIER, f"{value[:40]!r}: write a phone as +821012345678")
    return digits


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
    if not 1 <= len(metric) <= _LONGEST or "\x00" in metric:
        raise Unfit(DropReason.BAD_METRIC, "a metric's name has 1 to 255 characters")
    if metric in DERIVED:
        raise Unfit(DropReason.RESERVED_METRIC, f"{metric} is Cartback's own")
    if time < _ANCIENT:
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
        properties=properties,
        traits=traits,
        location=location,
        backfill=backfill or frame.backfill,
        ahead=time > received,
    )
