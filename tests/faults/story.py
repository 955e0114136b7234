"""A long story of a small shop, the same every time: what happens to whom, and in what order."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from cartback.domain.event import Event, Json, ShopId
from cartback.domain.instant import DAY, HOUR, MINUTE
from cartback.engine.ports import Store
from tests.scenarios.engine_shop import ABANDONERS, MONDAY, EngineShop, did, event, every, segment

SEGMENTS = (
    ABANDONERS,
    segment("often", did("Viewed Product", "2 days", at_least=3)),
    segment("left", every(did("Cart Abandoned", "1 day"), did("Placed Order", "1 day", exactly=0))),
    segment("back", {"kind": "in_segment", "segment": "left", "joined": {"kind": "ever"}}),
)
METRICS = (
    ["Viewed Product"] * 4
    + ["Added to Cart"] * 3
    + ["Checkout Started"] * 2
    + ["Placed Order", "Identified"]
)


class Sent(NamedTuple):
    """What one sender hands in at once."""

    number: int
    events: Sequence[Event]

    @property
    def now(self) -> int:
        """When it arrives; nothing that is sent later arrives before."""
        return self.events[-1].received


def deliveries(shop: ShopId, count: int, seed: int = 7) -> list[Sent]:
    """Deliveries in their order, some with an event that was sent before or that comes late."""
    drawn = random.Random(seed)
    now = MONDAY
    known: list[Event] = []
    found = []
    for number in range(count):
        now += drawn.choice([MINUTE, 20 * MINUTE, 3 * HOUR])
        events: list[Event] = []
        for _ in range(drawn.randint(1, 4)):
            now += drawn.randint(1, 30_000)
            one = _event(drawn, shop, f"{number:04d}-{len(events)}", now)
            known.append(one)
            events.append(one)
            if drawn.random() < 0.1:
                events.append(msgspec.structs.replace(drawn.choice(known), received=now))
        found.append(Sent(number, events))
    return found


def _event(drawn: random.Random, shop: ShopId, number: str, now: int) -> Event:
    person = drawn.randint(1, 25)
    who = f"device-{person}-{drawn.randint(1, 2)}"
    metric = drawn.choice(METRICS)
    if metric == "Identified" and drawn.random() < 0.6:
        who += f" person-{person}@example.com"
    late = drawn.choice([0, 0, 0, HOUR, 2 * DAY])
    properties: dict[str, Json] = {"order_id": number} if metric == "Placed Order" else {}
    if metric in ("Added to Cart", "Viewed Product"):
        properties = {"product_id": f"product-{drawn.randint(1, 9)}", "price": 1200}
    return event(
        who, metric, now - late, shop=shop, id=f"event-{number}", received=now, **properties
    )


def write_log(path: Path, sent: Sequence[Sent]) -> int:
    """The same as a file for `cartback replay`, each at its own time; how many lines there are."""
    lines = []
    for one in (one for delivery in sent for one in delivery.events):
        names = dict(one.identifiers)
        line = {
            "id": one.id,
            "metric": one.metric,
            "time": one.received,
            "properties": one.properties,
            **names,
        }
        lines.append(msgspec.json.encode(line))
    path.write_bytes(b"\n".join(lines) + b"\n")
    return len(lines)


def open_shop(store: Store, *, segments: bool = True) -> EngineShop:
    """A shop, empty but for its segments, beside a stranger's."""
    with store.transaction() as tx:
        tx.add_shop("a stranger", 0)
        shop = EngineShop(store, tx.add_shop("the shop", 0))
    for document in SEGMENTS if segments else ():
        shop.has(document)
    return shop
