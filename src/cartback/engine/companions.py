"""Counts what is bought together, a page of the log at a time, behind those who write it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from cartback.domain.companion import PLACES, About, counted, pairs_of
from cartback.domain.event import Event, Line, Metric, OrderProperties, ShopId
from cartback.engine.ports import Reading, Store

AT_ONCE: Final = 1_000


def count_companions(store: Store, shops: Sequence[ShopId], limit: int = AT_ONCE) -> bool:
    """Count the orders among so many more events of each shop; whether there were any events."""
    return sum(_count(store, shop, limit) for shop in shops) > 0


def _count(store: Store, shop: ShopId, limit: int) -> bool:
    with store.reading() as reading:
        mark = reading.companions_mark(shop)
        placed, end = reading.log_of(shop, Metric.PLACED_ORDER, mark, limit)
        orders = [_lines(one.event) for one in placed]
        category = _categories(reading, shop, orders)
    if end == mark:
        return False
    more: dict[About, list[str]] = defaultdict(list)
    for lines in orders:
        for about, products in pairs_of(lines, category).items():
            more[about] += products
    with store.transaction() as tx:
        if tx.hold_companions(shop) != mark:
            return False  # somebody else counted them
        before = tx.companions(shop, more)
        after = {
            about: counted(before.get(about, {}), products, PLACES[about.kind])
            for about, products in more.items()
        }
        tx.save_companions(shop, after, end)
    return True


def _lines(event: Event) -> Sequence[Line]:
    return msgspec.convert(event.properties, OrderProperties).lines or ()


def _categories(
    reading: Reading, shop: ShopId, orders: Sequence[Sequence[Line]]
) -> Mapping[str, str]:
    """The first category of each product: as the catalog has it, else as the orders told it."""
    lines = [line for lines in orders for line in lines if line.product_id]
    told = {line.product_id: line.category for line in lines if line.category}
    known = reading.products_by(shop, {line.product_id for line in lines}) if lines else {}
    return told | {one.id: one.categories[0] for one in known.values() if one.categories}
