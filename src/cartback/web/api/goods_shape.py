"""How products, lines of a cart and what changed look in requests and answers."""

from collections.abc import Iterable
from typing import Annotated, Any, Final, TypeAlias

import msgspec
from pydantic import BaseModel, Field

from cartback.domain.coupon import Goods
from cartback.domain.event import LARGEST_AMOUNT, Line
from cartback.domain.product import Change, Product
from cartback.web.api.reading import Body

NO_NUL: Final = r"^[^\x00]*$"
"""PostgreSQL's texts hold none."""
Text = Annotated[str, Field(max_length=2_000, pattern=NO_NUL)]
Money = Annotated[int, Field(ge=0, le=LARGEST_AMOUNT, description="In minor units.")]
Document: TypeAlias = dict[str, Any]


class LineGiven(Body):
    """A line of a cart: the product, how many pieces, and what one costs."""

    product_id: Text = ""
    variant_id: Text = ""
    sku: Text = ""
    name: Text = ""
    price: Money | None = None
    quantity: Annotated[int, Field(ge=0, le=1_000_000)] = 1
    image_url: Text = ""
    url: Text = ""


Lines = Annotated[tuple[LineGiven, ...], Field(max_length=100)]


class LineShown(BaseModel):
    """A line of a cart as it is to be."""

    product_id: str
    variant_id: str
    sku: str
    name: str
    price: int | None
    quantity: int
    image_url: str
    url: str


def lines_of(given: Iterable[LineGiven]) -> tuple[Line, ...]:
    """The lines as the domain has them."""
    return tuple(Line(**one.model_dump()) for one in given)


def goods_of(given: Iterable[LineGiven]) -> tuple[Goods, ...]:
    """The lines as a coupon sees them."""
    return tuple(Goods(one.product_id or one.sku, one.price or 0, one.quantity) for one in given)


def line_shown(line: Line) -> LineShown:
    return LineShown(
        product_id=line.product_id,
        variant_id=line.variant_id,
        sku=line.sku,
        name=line.name,
        price=line.price,
        quantity=line.quantity,
        image_url=line.image_url,
        url=line.url,
    )


class VariantShown(BaseModel):
    """A product in one size and colour. Amounts are in minor units; a stock of null is not
    counted."""

    id: str
    sku: str
    name: str
    options: dict[str, str]
    price: int | None
    sale_price: int | None
    currency: str | None
    cost: int | None
    stock: int | None
    image: str
    url: str


class ProductShown(BaseModel):
    """A product with its variants."""

    id: str
    name: str
    brand: str
    url: str
    images: list[str]
    categories: list[str]
    variants: list[VariantShown]


class Changed(BaseModel):
    """What happened to a variant's price or stock."""

    kind: Annotated[str, Field(description="price_dropped, back_in_stock, low_stock or sold_out.")]
    product: str
    variant: str
    was: int | None = None
    now: int | None = None
    stock: int | None = None
    currency: str | None = None


def product_shown(product: Product) -> ProductShown:
    return ProductShown(**msgspec.to_builtins(product))


def changed(change: Change) -> Changed:
    said = msgspec.to_builtins(change)
    return Changed(kind=said.pop("type"), **said)
