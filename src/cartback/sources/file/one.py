"""One event in Cartback's own shape that arrives by itself, not in a file."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import msgspec

from cartback.domain.drop import DropReason
from cartback.domain.event import Event, ShopId
from cartback.domain.instant import Instant
from cartback.engine.intake import Dropped
from cartback.sources.file.jsonl import read_record
from cartback.sources.file.outcome import Frame, Unfit


def read_event(shop: ShopId, document: Mapping[str, Any], received: Instant) -> Event | Dropped:
    """The event in a document; one without a time happens as it arrives, one without an id is new.

    Null stands for a field that is left out.
    """
    said = {name: value for name, value in document.items() if value is not None}
    said = {"id": f"api-{uuid4()}", "time": received} | said
    try:
        line = msgspec.json.encode(said)
    except (OverflowError, UnicodeEncodeError):
        return Dropped(DropReason.BAD_NUMBER, "a number has at most 64 bits")
    try:
        event = read_record(Frame(shop, "", received), line, 0)
    except Unfit as unfit:
        return unfit.dropped
    return event or Dropped(DropReason.MALFORMED, "send an object")
