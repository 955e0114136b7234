"""JSON lines: one object a line, in Cartback's own shape or as a message of Segment's protocol."""

from typing import Any, Final

import msgspec

from cartback.domain.drop import DropReason
from cartback.domain.event import Event, IdentifierKind, Json, Location
from cartback.domain.instant import FOREVER, BadTime, Instant, parse_instant
from cartback.engine.countries import country_named
from cartback.engine.intake import Dropped
from cartback.sources.file.outcome import Frame, Unfit, event_of, identifiers_of
from cartback.sources.segment import Arrival, limits
from cartback.sources.segment import event_of as event_of_message

LARGEST_RECORD: Final = limits.LARGEST_MESSAGE


class Place(msgspec.Struct, forbid_unknown_fields=True):
    country: str = ""
    region: str = ""
    city: str = ""


class Record(msgspec.Struct, forbid_unknown_fields=True):
    """One line. `time` is ISO 8601 (UTC where no offset is written) or milliseconds since 1970."""

    metric: str
    time: str | int
    id: str | None = None
    anonymous_id: str | int | None = None
    external_id: str | int | None = None
    email: str | None = None
    phone: str | None = None
    properties: dict[str, Json] = {}
    traits: dict[str, Json] = {}
    location: Place | None = None
    backfill: bool = False


_RECORD: Final = msgspec.json.Decoder(Record)
_LONGEST_ID: Final = 255


def read_record(frame: Frame, line: bytes, row: int) -> Event | None:
    """A line in Cartback's own shape; None for an empty one. Raises Unfit."""
    if line.isspace():
        return None
    record = _decode(line)
    return event_of(
        frame,
        id=_id(record.id) if record.id else frame.row_id(row, line.strip()),
        metric=record.metric,
        identifiers=identifiers_of(
            (
                (_EXTERNAL, record.external_id, ""),
                (_EMAIL, record.email, ""),
                (_PHONE, record.phone, ""),
                (_ANONYMOUS, record.anonymous_id, ""),
            )
        ),
        time=_instant(record.time),
        properties=record.properties,
        traits=record.traits,
        location=_location(record.location),
        backfill=record.backfill,
    )


def _location(place: Place | None) -> Location | None:
    if place is None:
        return None
    return Location(country_named(place.country), place.region, place.city)


_ANONYMOUS: Final = str(IdentifierKind.ANONYMOUS)
_EXTERNAL: Final = str(IdentifierKind.EXTERNAL)
_EMAIL: Final = str(IdentifierKind.EMAIL)
_PHONE: Final = str(IdentifierKind.PHONE)


def _decode(line: bytes) -> Record:
    if len(line) > LARGEST_RECORD:
        raise Unfit(DropReason.TOO_LARGE, f"{len(line):,} bytes; an event has at most 32 KB")
    try:
        record = _RECORD.decode(line)
    except UnicodeDecodeError:
        raise Unfit(DropReason.BAD_TEXT, "a text is not UTF-8") from None
    except RecursionError:
        raise Unfit(DropReason.TOO_DEEP, "nested far too deep; flatten the properties") from None
    except msgspec.ValidationError as error:
        unheld = limits.unheld_number(line, error)
        raise Unfit(*(unheld or (DropReason.MALFORMED, str(error)))) from None
    except msgspec.DecodeError as error:
        raise Unfit(DropReason.MALFORMED, str(error)) from None
    if limits.may_be_too_wide_or_deep(line):
        _refuse(limits.check_shape([record.properties, record.traits]))
    if limits.has_odd_leaves(line):
        _refuse(limits.check_leaves(msgspec.to_builtins(record)))
    return record


def _refuse(dropped: Dropped | None) -> None:
    if dropped is not None:
        raise Unfit(*dropped)


def _id(given: str) -> str:
    if len(given) > _LONGEST_ID:
        raise Unfit(DropReason.MALFORMED, f"`id` has at most {_LONGEST_ID} characters")
    return given


def _instant(time: str | int) -> Instant:
    try:
        instant = parse_instant(time) if isinstance(time, str) else time
    except BadTime as error:
        raise Unfit(DropReason.BAD_TIME, str(error)) from None
    if not 0 <= instant < FOREVER:
        raise Unfit(DropReason.BAD_TIME, f"{time} is too far away")
    return instant


# --- Segment --------------------------------------------------------------------------------------


class _Context(msgspec.Struct):
    backfill: Any = None


class _Said(msgspec.Struct):
    """What a message says about being history itself."""

    context: _Context | None = None


_SAID: Final = msgspec.json.Decoder(_Said)


def read_message(frame: Frame, line: bytes, row: int) -> Event | None:
    """A message as Segment's SDKs send it and its archives keep it. Raises Unfit.

    It is read as history: months later, nothing says any more that a clock was wrong. One that
    does not say when it happened cannot be replayed.
    """
    if line.isspace():
        return None
    received = FOREVER - 1 if frame.received is None else frame.received
    arrival = Arrival(shop=frame.shop, received=received, backfill=True)
    found = event_of_message(line.strip(), arrival, row)
    if isinstance(found, Dropped):
        raise Unfit(*found)
    said = _SAID.decode(line).context
    backfill = frame.backfill or (said is not None and said.backfill is True)
    if frame.received is None:
        if found.time == received:
            raise Unfit(DropReason.BAD_TIME, "the message has no `timestamp`")
        received = found.time
    return msgspec.structs.replace(found, received=received, backfill=backfill)
