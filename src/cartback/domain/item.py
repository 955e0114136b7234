"""A product as a mail shows it: what the catalog knows of it now, laid over what an event said.

Nothing is made up: a price that fell is one that was lower when the cart was filled, in the same
currency; a stock is said where it is counted; what the catalog does not know stays as it was told.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import msgspec

from cartback.domain.event import Line
from cartback.domain.product import Product, Variant

Find: TypeAlias = Callable[[Line], Product | None]
"""The product that a line means, as the shop sells it now; None where the catalog has none."""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One product to show. Amounts are minor units of `currency`, of one piece.

    `old_price` is crossed out, `chosen_price` is that of when it was put into the cart; a `stock`
    of None is not counted. `known`: the catalog has it, and so it says whether it is `sold_out`.
    """

    id: str
    name: str
    variant: str = ""
    brand: str = ""
    category: str = ""
    url: str = ""
    image: str = ""
    price: int | None = None
    old_price: int | None = None
    chosen_price: int | None = None
    currency: str = ""
    stock: int | None = None
    quantity: int = 1
    known: bool = False
    sold_out: bool = False
    told_url: bool = False
    """Whether its address is an event's word, which anybody with a public key can give."""


def item_of_line(line: Line, product: Product | None, currency: str) -> Item:
    """A line of a cart in that currency, with the price, stock, picture and address of now."""
    told = Item(
        id=line.product_id or line.sku,
        name=line.name or line.product_id or line.sku,
        variant=line.variant_id,
        brand=line.brand,
        category=line.category,
        url=line.url,
        image=line.image_url,
        price=line.price,
        chosen_price=line.price,
        currency=currency,
        quantity=line.quantity,
        told_url=True,
    )
    if product is None:
        return told
    variant = product.variant(line.variant_id, line.sku)
    known = msgspec.structs.replace(
        told,
        id=product.id,
        name=product.name,
        brand=product.brand or line.brand,
        category=_category(product) or line.category,
        url=product.url or line.url,
        image=_first(product.images) or line.image_url,
        known=True,
        told_url=not product.url,
    )
    if variant is None:  # one of several, and nobody knows which; or one that is gone
        gone = bool(line.variant_id) or not product.is_in_stock
        return msgspec.structs.replace(known, variant="", sold_out=gone, stock=0 if gone else None)
    return _of_variant(known, product, variant)


def item_of_product(product: Product, currency: str) -> Item:
    """A product by itself: its cheapest variant that can be had, else its first."""
    there = [one for one in product.variants if one.is_in_stock] or product.variants[:1]
    variant = min(there, key=lambda one: (one.now is None, one.now or 0))
    bare = Item(
        id=product.id,
        name=product.name,
        brand=product.brand,
        category=_category(product),
        url=product.url,
        currency=currency,
        known=True,
    )
    whole = _of_variant(bare, product, variant)
    several = len(product.variants) > 1
    return msgspec.structs.replace(whole, variant="", stock=None if several else whole.stock)


def _of_variant(item: Item, product: Product, variant: Variant) -> Item:
    item = msgspec.structs.replace(
        item,
        variant=named(variant),
        url=product.url_of(variant) or item.url,
        told_url=item.told_url and not product.url_of(variant),
        image=product.image_of(variant) or item.image,
        stock=variant.stock,
        sold_out=not variant.is_in_stock,
    )
    other_money = variant.currency is not None and item.currency not in ("", variant.currency)
    if variant.now is None or (other_money and item.price is not None):
        return item
    return msgspec.structs.replace(
        item,
        price=variant.now,
        old_price=variant.before,
        chosen_price=None if other_money else item.chosen_price,
        currency=variant.currency or item.currency,
    )


def named(variant: Variant) -> str:
    """What a variant is called: by its name, else by its options."""
    return variant.name or ", ".join(one for one in variant.options.values() if one)


def _category(product: Product) -> str:
    return _first(product.categories)


def _first(texts: Sequence[str]) -> str:
    return texts[0] if texts else ""


# --- a whole cart --------------------------------------------------------------------------------


def items_of(lines: Sequence[Line], find: Find, currency: str) -> tuple[Item, ...]:
    """A cart's lines as items; what is sold out stands behind what can be had."""
    items = [item_of_line(line, find(line), currency) for line in lines]
    return tuple(sorted(items, key=lambda one: one.sold_out))


def is_sold_out(items: Sequence[Item]) -> bool:
    """Whether there is something in it, and the catalog knows that none of it can be had."""
    return bool(items) and all(one.sold_out for one in items)


def worth_now(total: int, items: Sequence[Item]) -> int:
    """What a cart of that total is worth now: without what is sold out, at the prices of now."""
    for one in items:
        then = one.chosen_price
        if then is None or one.price is None:
            continue
        now = 0 if one.sold_out else one.price
        total += (now - then) * one.quantity
    return max(total, 0)


def by_id(items: Sequence[Item]) -> Mapping[str, Item]:
    """The items by their products' ids; of two variants of one product the first."""
    return {one.id: one for one in reversed(items)}
