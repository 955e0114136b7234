"""Bringing back a cart: what is put back, what cannot be and why, and what is offered instead.

The cart of then is laid over the cart of now: nothing that is in it now goes away or becomes less,
and following the same link twice changes nothing more.
"""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from cartback.domain.cart import line_key
from cartback.domain.event import Line
from cartback.domain.item import Find
from cartback.domain.product import Product, Variant


class Why(StrEnum):
    """Why something could not be put back, or not all of it."""

    SOLD_OUT = "sold_out"
    FEWER = "fewer"
    GONE = "gone"


class PutBack(msgspec.Struct, frozen=True):
    """A line that is in the cart again; `was` is its price of then, where it is another now.

    `checked` is False where the catalog does not know the product: the shop has the last word.
    """

    line: Line
    was: int | None = None
    checked: bool = True


class Instead(msgspec.Struct, frozen=True):
    """The nearest variant in stock, as a line that may be put into the cart."""

    line: Line
    name: str = ""
    differs: tuple[str, ...] = ()
    """The options in which it is another: size, colour."""


class Missing(msgspec.Struct, frozen=True):
    """What could not be put back: the line, how many pieces of it, why, and what is nearest."""

    line: Line
    pieces: int
    why: Why
    instead: Instead | None = None


class Restoring(msgspec.Struct, frozen=True):
    """The whole cart as it is to be, and what became of each line of then."""

    lines: tuple[Line, ...]
    put_back: tuple[PutBack, ...] = ()
    missing: tuple[Missing, ...] = ()

    @property
    def is_whole(self) -> bool:
        return not self.missing


def restore(then: Sequence[Line], now: Sequence[Line], find: Find) -> Restoring:
    """Lay the cart of then over the cart of now.

    An article that is in both has the larger of the two numbers, as far as there are so many.
    """
    cart = {line_key(line): line for line in now}
    put_back: list[PutBack] = []
    missing: list[Missing] = []
    for line in _once(then):
        key = line_key(line)
        here = cart.get(key)
        have = 0 if here is None else here.quantity
        product = find(line)
        variant = None if product is None else product.variant(line.variant_id, line.sku)
        most = _most(product, variant, line)
        quantity = max(have, min(line.quantity, most))
        if quantity:
            fresh = _as_now(line, product, variant)
            cart[key] = msgspec.structs.replace(here or fresh, quantity=quantity)
            put_back.append(_put_back(line, cart[key], product is not None))
        if quantity < line.quantity:
            why = _why(product, variant, quantity)
            pieces = line.quantity - quantity
            instead = None if product is None else _nearest(line, pieces, product, variant)
            missing.append(Missing(line, pieces, why, instead))
    return Restoring(tuple(cart.values()), tuple(put_back), tuple(missing))


def _once(lines: Sequence[Line]) -> Sequence[Line]:
    """Each article once, with as many pieces as all its lines have."""
    found: dict[tuple[str, str], Line] = {}
    for line in lines:
        before = found.get(line_key(line))
        pieces = line.quantity + (before.quantity if before is not None else 0)
        found[line_key(line)] = msgspec.structs.replace(line, quantity=pieces)
    return [line for line in found.values() if line.quantity > 0]


def _most(product: Product | None, variant: Variant | None, line: Line) -> int:
    """How many pieces there may be."""
    if product is None:
        return line.quantity
    if variant is None:
        # Which of several it was is not known: as long as any can be had, the shop asks.
        known = line.variant_id or not product.is_in_stock
        return 0 if known else line.quantity
    return line.quantity if variant.stock is None else variant.stock


def _why(product: Product | None, variant: Variant | None, quantity: int) -> Why:
    if quantity:
        return Why.FEWER
    return (
        Why.GONE
        if variant is None and product is not None and product.is_in_stock
        else Why.SOLD_OUT
    )


def _as_now(line: Line, product: Product | None, variant: Variant | None) -> Line:
    """The line with the price, the picture and the address of now."""
    if product is None:
        return line
    if variant is None:
        return msgspec.structs.replace(line, url=product.url or line.url)
    return msgspec.structs.replace(
        line,
        price=line.price if variant.now is None else variant.now,
        image_url=product.image_of(variant) or line.image_url,
        url=product.url_of(variant) or line.url,
    )


def _put_back(then: Line, now: Line, checked: bool) -> PutBack:
    was = then.price if None not in (then.price, now.price) and then.price != now.price else None
    return PutBack(now, was, checked)


def _nearest(line: Line, pieces: int, product: Product, wanted: Variant | None) -> Instead | None:
    """The variant in stock that differs in the fewest options, then stands nearest in the list,
    then in price."""
    places = {one.id: place for place, one in enumerate(product.variants)}
    others = [
        one
        for one in product.variants
        if one.is_in_stock and (wanted is None or one.id != wanted.id)
    ]
    if not others:
        return None
    options = {} if wanted is None else wanted.options
    home = 0 if wanted is None else places[wanted.id]
    price = line.price or 0

    def distance(one: Variant) -> tuple[int, int, int, int]:
        nearness = abs(places[one.id] - home) if wanted is not None else 0
        return (
            len(_differs(options, one)),
            nearness,
            abs((one.now or price) - price),
            places[one.id],
        )

    best = min(others, key=distance)
    offered = msgspec.structs.replace(
        line,
        product_id=product.id,
        variant_id=best.id,
        sku=best.sku,
        quantity=pieces if best.stock is None else min(pieces, best.stock),
    )
    return Instead(_as_now(offered, product, best), best.name, _differs(options, best))


def _differs(options: dict[str, str], one: Variant) -> tuple[str, ...]:
    return tuple(sorted(name for name, value in options.items() if one.options.get(name) != value))
