"""Products and their variants as the shop sells them now, and what a change of them means.

Prices are of one piece, in whole minor units of the currency beside them. A stock of None is not
counted: there is always one.
"""

from collections.abc import Iterator
from typing import Annotated, Final, TypeAlias

import msgspec

from cartback.domain.event import Amount, Currency, Key, Text
from cartback.domain.fault import Fault

MOST_VARIANTS: Final = 2_000
MOST_IMAGES: Final = 20
MOST_CATEGORIES: Final = 50
Price = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Stock = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]


class Variant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is put into a cart: a product in a size and a colour. The only one may have no id."""

    id: Annotated[str, msgspec.Meta(max_length=255)] = ""
    sku: Annotated[str, msgspec.Meta(max_length=255)] = ""
    name: Text = ""
    options: dict[str, str] = {}
    price: Price | None = None
    sale_price: Price | None = None
    currency: Currency | None = None
    cost: Amount | None = None
    stock: Stock | None = None
    image: Text = ""
    url: Text = ""

    @property
    def is_in_stock(self) -> bool:
        return self.stock is None or self.stock > 0

    @property
    def now(self) -> int | None:
        """What it costs now: the sale price while it is the lower one."""
        if self.price is None or self.sale_price is None:
            return self.price if self.sale_price is None else self.sale_price
        return min(self.price, self.sale_price)

    @property
    def before(self) -> int | None:
        """The price that is crossed out; None where nothing is reduced."""
        now = self.now
        return (
            self.price if self.price is not None and now is not None and now < self.price else None
        )


class Product(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One product of the shop, with its variants: at least one, each with its own id."""

    id: Key
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]
    brand: Text = ""
    url: Text = ""
    images: Annotated[tuple[Text, ...], msgspec.Meta(max_length=MOST_IMAGES)] = ()
    categories: Annotated[tuple[Text, ...], msgspec.Meta(max_length=MOST_CATEGORIES)] = ()
    variants: Annotated[
        tuple[Variant, ...], msgspec.Meta(min_length=1, max_length=MOST_VARIANTS)
    ] = (Variant(),)

    def __post_init__(self) -> None:
        ids = [one.id for one in self.variants]
        if len(set(ids)) < len(ids):
            raise Fault("variant_twice")

    @property
    def is_in_stock(self) -> bool:
        return any(one.is_in_stock for one in self.variants)

    def variant(self, id: str = "", sku: str = "") -> Variant | None:  # noqa: A002  its word
        """The variant by its id, else by its SKU, else the only one; None where that is unclear.

        A catalog that knows no variants has one without an id, which is whatever was put in.
        """
        if id:
            plain = self.only if self.only is not None and not self.only.id else None
            return next((one for one in self.variants if one.id == id), plain)
        if sku:
            return next((one for one in self.variants if one.sku == sku), self.only)
        return self.only

    @property
    def only(self) -> Variant | None:
        return self.variants[0] if len(self.variants) == 1 else None

    def image_of(self, variant: Variant) -> str:
        return variant.image or (self.images[0] if self.images else "")

    def url_of(self, variant: Variant) -> str:
        return variant.url or self.url


# --- what changed --------------------------------------------------------------------------------


class PriceDropped(msgspec.Struct, frozen=True, tag="price_dropped"):
    """A variant costs less than before."""

    product: str
    variant: str
    was: int
    now: int
    currency: str | None = None


class BackInStock(msgspec.Struct, frozen=True, tag="back_in_stock"):
    """A variant can be bought again; `stock` is how many there are, None: not counted."""

    product: str
    variant: str
    stock: int | None = None


class LowStock(msgspec.Struct, frozen=True, tag="low_stock"):
    """Only few of a variant are left, and there were more."""

    product: str
    variant: str
    stock: int


class SoldOut(msgspec.Struct, frozen=True, tag="sold_out"):
    """A variant cannot be bought any more."""

    product: str
    variant: str


Change: TypeAlias = PriceDropped | BackInStock | LowStock | SoldOut
FEW: Final = 3
"""So many pieces are few, unless the shop says otherwise."""


def changes(before: Product | None, after: Product | None, few: int = FEW) -> tuple[Change, ...]:
    """What happened between two looks at a product; a new one is no change, a gone one sold out."""
    if before is None:
        return ()
    then = {one.id: one for one in before.variants}
    now = {} if after is None else {one.id: one for one in after.variants}
    found: list[Change] = []
    for id_, was in then.items():
        found.extend(_changes(before.id, was, now.get(id_), few))
    return tuple(found)


def _changes(product: str, was: Variant, now: Variant | None, few: int) -> Iterator[Change]:
    if now is None or not now.is_in_stock:
        if was.is_in_stock:
            yield SoldOut(product, was.id)
        return
    if not was.is_in_stock:
        yield BackInStock(product, was.id, now.stock)
    elif now.stock is not None and now.stock <= few and (was.stock is None or was.stock > few):
        yield LowStock(product, was.id, now.stock)
    dropped = _dropped(was, now)
    if dropped is not None:
        yield PriceDropped(product, was.id, *dropped, now.currency)


def _dropped(was: Variant, now: Variant) -> tuple[int, int] | None:
    """From what to what; prices in different currencies are not compared."""
    before, after = was.now, now.now
    if before is None or after is None or was.currency != now.currency or after >= before:
        return None
    return before, after
