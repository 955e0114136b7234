"""The shelf: the products that lines mean, as the shop sells them now, looked up at once."""

from collections.abc import Collection, Mapping, Sequence

from cartback.domain.coupon import Goods
from cartback.domain.event import Line, ShopId
from cartback.domain.item import Find, item_of_line
from cartback.domain.product import Product
from cartback.engine.ports import Reading


def shelf_for(reading: Reading, shop: ShopId, lines: Collection[Line]) -> Find:
    """Finds the products of these lines: by product id, else by SKU."""
    skus = reading.products_of_skus(shop, {line.sku for line in lines if line.sku})
    ids = {line.product_id for line in lines} | set(skus.values())
    found = reading.products_by(shop, ids - {""}) if ids - {""} else {}
    by_sku = {sku: found[id_] for sku, id_ in skus.items() if id_ in found}

    def find(line: Line) -> Product | None:
        return _meant(line, found, by_sku)

    return find


def _meant(
    line: Line, by_id: Mapping[str, Product], by_sku: Mapping[str, Product]
) -> Product | None:
    return by_id.get(line.product_id) or by_sku.get(line.sku)


def goods_of(lines: Sequence[Line], find: Find, currency: str) -> tuple[Goods, ...]:
    """A cart as a coupon sees it: what can be had, at the price of now, and its cost."""
    found = []
    for line in lines:
        product = find(line)
        variant = None if product is None else product.variant(line.variant_id, line.sku)
        item = item_of_line(line, product, currency)
        if not item.sold_out:
            cost = None if variant is None else variant.cost
            found.append(Goods(item.id, item.price or 0, line.quantity, cost))
    return tuple(found)
