"""The shelf: the products that lines mean, as the shop sells them now, looked up at once."""

from collections.abc import Collection, Mapping

from cartback.domain.event import Line, ShopId
from cartback.domain.item import Find
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
