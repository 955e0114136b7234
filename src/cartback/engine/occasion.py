"""What began a run: the event, and the product and the order that it tells of, for its mails."""

from collections.abc import Mapping
from typing import Final

import msgspec

from cartback.domain.event import (
    Event,
    Json,
    Line,
    Metric,
    OrderProperties,
    ProductProperties,
    ShopId,
)
from cartback.domain.item import Item, item_of_line
from cartback.domain.liveflow import LiveFlow, metric_of
from cartback.domain.profile import Profile, RunId
from cartback.engine.ports import Reading
from cartback.engine.shelf import shelf_for

LOOKED_THROUGH: Final = 300
"""So many of a person's latest events."""


class Occasion(msgspec.Struct, frozen=True):
    """What began a run; nothing of it is known where that was no event, or is long ago."""

    properties: Mapping[str, Json] = {}
    product: Item | None = None
    order: OrderProperties | None = None


def occasion_of(
    reading: Reading, shop: ShopId, profile: Profile, live: LiveFlow, run: RunId, currency: str
) -> Occasion:
    """The latest event up to the run's beginning that begins such runs, and what it is about."""
    event = beginning_of(reading, shop, profile, live, run)
    if event is None:
        return Occasion()
    return Occasion(event.properties, _product(reading, shop, event, currency), _order(event))


def _order(event: Event) -> OrderProperties | None:
    """The order that was placed, or as which a cart came back."""
    match event.metric:
        case Metric.PLACED_ORDER:
            return msgspec.convert(event.properties, OrderProperties)
        case Metric.CART_RECOVERED:
            said = {**event.properties, "value": event.properties.get("order_value")}
            return msgspec.convert(said, OrderProperties)
        case _:
            return None


def beginning_of(
    reading: Reading, shop: ShopId, profile: Profile, live: LiveFlow, run: RunId
) -> Event | None:
    """That event; None where it was none, or is long ago."""
    metric, row = metric_of(live.flow), reading.profile(shop, profile.id)
    tails = [] if row is None else [tail for tail in row.tails if tail]
    if metric is None or not tails:
        return None
    for logged in reading.history(shop, tails, LOOKED_THROUGH):
        event = logged.event
        if event.metric != metric or event.time > run.started:
            continue
        if live.trigger is None or live.trigger(event.properties):
            return event
    return None


def _product(reading: Reading, shop: ShopId, event: Event, currency: str) -> Item | None:
    """The product as it is sold now; what it cost before is what the event says."""
    try:
        line = msgspec.convert(event.properties, Line)
        said = msgspec.convert(event.properties, ProductProperties)
    except msgspec.ValidationError:
        return None
    if not line.product_id and not line.sku:
        return None
    item = item_of_line(line, shelf_for(reading, shop, [line])(line), said.currency or currency)
    before = event.properties.get("price_before")
    fell = isinstance(before, int) and item.price is not None and before > item.price
    old = before if fell else item.old_price
    return msgspec.structs.replace(item, chosen_price=None, old_price=old)
