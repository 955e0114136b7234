"""JSON lines: one object a line, in Cartback's own shape."""

from typing import Final

import msgspec

from cartback.domain.drop import DropReason
from cartback.domain.event import Event, Json, Location
from cartback.domain.instant import FOREVER, BadTime, Instant, parse_instant
from cartback.sources.file.outcome import Frame, Unfit, event_of, identifiers_of


class Place(msgspec.Struct, forbid_unknown_fields=True):
    country: str = ""
    region: str = ""
    city: str = ""


class Record(msgspec.Struct, forbid_unknown_fields=True):
    """One line. `time` is ISO 8601 (UTC where no offset is written) or milliseconds since 1970."""

    metric: str
    time: str | int
    id: str | None = None
    anonymous_id: str | None = None
    external_id: str | None = None
    email: str | None = None
    phone: str | None = None
    properties: dict[str, Json] = {}
    traits: dict[str, Json] = {}
    location: Place | None = None
    backfill: bool = False


_DECODER: Final = msgspec.json.Decoder(Record)


def read_record(frame: Frame, line: bytes, row: int) -> Event | None:
    """One line as an event; None for an empty one. Raises Unfit."""
    if line.isspace():
        return None
    try:
        record = _DECODER.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Unfit(DropReason.MALFORMED, str(error)) from None
    named = (
        ("external_id", record.external_id),
        ("email", record.email),
        ("phone", record.phone),
        ("anonymous_id", record.anonymous_id),
    )
    place = record.location
    return event_of(
        frame,
        id=record.id or frame.row_id(row, line.strip()),
        metric=record.metric,
        identifiers=identifiers_of(named),
        time=_instant(record.time),
        properties=record.properties,
        traits=record.traits,
        location=Location(place.country, place.region, place.city) if place else None,
        backfill=record.backfill,
    )


def _instant(time: str | int) -> Instant:
    try:
        instant = parse_instant(time) if isinstance(time, str) else time
    except BadTime as error:
        raise Unfit(DropReason.BAD_TIME, str(error)) from None
    if not 0 <= instant < FOREVER:
        raise Unfit(DropReason.BAD_TIME, f"{time} is too far away")
    return instant
