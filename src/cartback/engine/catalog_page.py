"""What the pages of the catalog tell: the list, a search, and one product with its reviews."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from cartback.domain.event import ShopId
from cartback.domain.product import Product
from cartback.domain.review import Review
from cartback.engine.ports import Reading

MOST_LOOKED: Final = 2_000
"""So many products are looked through for a name: no index knows words."""
AT_ONCE: Final = 500
MOST_REVIEWS: Final = 50


class Found(NamedTuple):
    """Products in the order of their ids; `whole`: all were looked at."""

    products: Sequence[Product]
    whole: bool = True


def find_products(reading: Reading, shop: ShopId, text: str, most: int) -> Found:
    """Those with this id or SKU, else those of the first `MOST_LOOKED` in whose name, brand or
    categories it stands."""
    ids = {text, *reading.products_of_skus(shop, [text]).values()}
    named = reading.products_by(shop, ids)
    if named:
        return Found([named[key] for key in sorted(named)])
    wanted, found, after, looked = text.casefold(), list[Product](), "", 0
    while looked < MOST_LOOKED and len(found) < most:
        page = reading.products_after(shop, after, AT_ONCE)
        found += [one for one in page if wanted in _said(one)]
        looked += len(page)
        if len(page) < AT_ONCE:
            return Found(found[:most], whole=len(found) <= most)
        after = page[-1].id
    return Found(found[:most], whole=False)


def _said(product: Product) -> str:
    return "\n".join((product.name, product.brand, *product.categories)).casefold()


def reviews_shown(reading: Reading, shop: ShopId, product: str) -> Sequence[Review]:
    """The newest reviews of a product."""
    return reading.reviews_of(shop, product, MOST_REVIEWS)
