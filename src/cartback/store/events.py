"""How an event becomes a row of the log, and a row an event."""

import re
from hashlib import blake2b
from typing import Final

import msgspec

from cartback.domain.event import Event, Identifier, Json, Location
from cartback.engine.log_ports import LoggedEvent
from cartback.store.sql import Row

BACKFILL, AHEAD = 1, 2


class Body(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What of an event has no column; new fields go to the end, with a default."""

    identifiers: tuple[Identifier, ...]
    properties: dict[str, Json]
    traits: dict[str, Json]
    location: Location | None
    flags: int


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Body).decode


def row_of(logged: LoggedEvent) -> Row:
    """The values of the columns of `events`, in their order."""
    event = logged.event
    flags = BACKFILL * event.backfill | AHEAD * event.ahead
    body = Body(event.identifiers, event.properties, event.traits, event.location, flags)
    return (
        logged.seq,
        event.shop,
        logged.profile,
        logged.previous,
        event.metric,
        event.time,
        event.received,
        event.id,
        _encode(body),
    )


def event_of(row: Row) -> LoggedEvent:
    """What `row_of` made a row of."""
    seq, shop, profile, previous, metric, time, received, id_, body = row
    rest = _decode(body)
    event = Event(
        shop=shop,
        id=id_,
        metric=metric,
        identifiers=rest.identifiers,
        time=time,
        received=received,
        properties=rest.properties,
        traits=rest.traits,
        location=rest.location,
        backfill=bool(rest.flags & BACKFILL),
        ahead=bool(rest.flags & AHEAD),
    )
    return LoggedEvent(seq, profile, previous, event)


_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch
_WHOLE, _HEAD, _HASH = 40, 24, 16


def key_of(id_: str) -> bytes:
    """An event's id as `seen` keeps it: short, different for different ids, and in their order.

    Order matters more than size: ids that begin with their time (UUIDv7, `ajs-next-<ms>-…`) fall
    beside each other in the index, and recording them costs a tenth. A long id keeps its head and
    16 bytes of BLAKE2.
    """
    if "\0" in id_:
        raise ValueError("an event id with a NUL character cannot be stored")
    if _UUID(id_):
        return b"\0" + bytes.fromhex(id_.replace("-", ""))
    text = id_.encode()
    if len(text) <= _WHOLE:
        return b"\1" + text
    return b"\2" + text[:_HEAD] + blake2b(text, digest_size=_HASH).digest()
