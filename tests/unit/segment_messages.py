"""How the tests of Segment's protocol write a message and read what became of it."""

import json
from typing import Any

from cartback.domain.event import Event, Identifier
from cartback.domain.instant import parse_instant
from cartback.engine.intake import Dropped
from cartback.sources.segment import Arrival, event_of

NOW = parse_instant("2026-03-01T12:00:00Z")
ARRIVAL = Arrival(shop=7, received=NOW)

ADA = Identifier("external_id", "ada")
DEVICE = Identifier("anonymous_id", "device-1")


def outcome(message: dict[str, Any], arrival: Arrival = ARRIVAL) -> Event | Dropped:
    """What the message becomes; it is Ada's track call unless it says otherwise."""
    written = {"type": "track", "userId": "ada", "messageId": "m-1", **message}
    return event_of(json.dumps(written).encode(), arrival)


def taken(message: dict[str, Any], arrival: Arrival = ARRIVAL) -> Event:
    """The event that the message becomes."""
    event = outcome(message, arrival)
    assert isinstance(event, Event), event
    return event


def dropped(message: dict[str, Any], arrival: Arrival = ARRIVAL) -> Dropped:
    """Why the message becomes none."""
    refused = outcome(message, arrival)
    assert isinstance(refused, Dropped), refused
    return refused
