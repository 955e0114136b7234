"""Products to show somebody beside their cart: those they looked at, and those to recommend.

What is recommended stands in the catalog and can be had; nothing is shown that is in a cart of
theirs, or that they bought.
"""

from collections.abc import Collection, Sequence
from typing import Final

import msgspec

from cartback.domain.companion import SHOP, About, ranked
from cartback.domain.event import Event, Line, Metric, ProductProperties, ShopId
from cartback.domain.item import Item, item_of_line, item_of_product
from cartback.domain.order import articles_of
from cartback.domain.profile import Profile
from cartback.engine.ports import Reading
from cartback.engine.shelf import shelf_for

LOOKED_THROUGH: Final = 300
"""So many of a person's latest events."""
MOST: Final = 12
MOST_SEEDS: Final = 10
CANDIDATES: Final = 60


def viewed(reading: Reading, shop: ShopId, profile: Profile, currency: str) -> tuple[Item, ...]:
    """What they looked at, the latest first; what the catalog knows to be sold out is left out."""
    row = reading.profile(shop, profile.id)
    tails = [] if row is None else [tail for tail in row.tails if tail]
    events = [one.event for one in reading.history(shop, tails, LOOKED_THROUGH)] if tails else []
    had = _had(profile, events)
    looks = [one for one in _looks(events) if had.isdisjoint(articles_of(one[0]))]
    find = shelf_for(reading, shop, [line for line, _ in looks])
    items = (item_of_line(line, find(line), money or currency) for line, money in looks)
    fresh = [msgspec.structs.replace(one, chosen_price=None) for one in items]
    return tuple(one for one in fresh if not one.sold_out and one.url)[:MOST]


def recommended(
    reading: Reading,
    shop: ShopId,
    profile: Profile,
    seeds: Sequence[Item],
    currency: str,
) -> tuple[Item, ...]:
    """What others bought together with these; then of the same categories, then of the shop, what
    is bought most."""
    first = seeds[:MOST_SEEDS]
    ids = [one.id for one in first]
    categories = list(dict.fromkeys(one.category for one in first if one.category))
    about = [
        *(About("product", one) for one in ids),
        *(About("category", one) for one in categories),
        SHOP,
    ]
    known = reading.companions(shop, about)
    order = ranked(ids, categories, known, {one.id for one in seeds})[:CANDIDATES]
    there = reading.products_by(shop, order) if order else {}
    had = _had(profile, ())
    found = [
        item_of_product(there[one], currency)
        for one in order
        if one in there and had.isdisjoint(articles_of(Line(product_id=one)))
    ]
    return tuple(one for one in found if not one.sold_out)[:MOST]


def _looks(events: Sequence[Event]) -> Sequence[tuple[Line, str]]:
    """Each product that was looked at, as it was told last, and in which currency."""
    found: dict[str, tuple[Line, str]] = {}
    for event in events:
        if event.metric == Metric.VIEWED_PRODUCT:
            said = msgspec.convert(event.properties, ProductProperties)
            line = msgspec.convert(event.properties, Line)
            name = line.product_id or line.sku or line.name
            found.setdefault(name, (msgspec.structs.replace(line, quantity=1), said.currency or ""))
    return [look for name, look in found.items() if name]


def _had(profile: Profile, events: Collection[Event]) -> frozenset[int]:
    """What is in their carts, and what they bought as far as it is remembered."""
    lines = [line for cart in profile.carts.values() if cart.is_open for line in cart.lines()]
    bought = [one for one in events if one.metric == Metric.ORDERED_PRODUCT]
    lines += [msgspec.convert(one.properties, Line) for one in bought]
    own = {article for line in lines for article in articles_of(line)}
    return frozenset(own | {article for order in profile.orders for article in order.articles})
