"""Products: what the shop sells now, with prices and stock."""

from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, Field

from cartback.engine.audit import note
from cartback.engine.products import (
    BadProduct,
    Read,
    Unread,
    parse_product,
    remove_product,
    take_products,
)
from cartback.web.api.goods_shape import (
    Changed,
    Document,
    ProductShown,
    changed,
    product_shown,
)
from cartback.web.api.ground import CatalogReader, CatalogWriter
from cartback.web.api.paging import (
    Cursor,
    Limit,
    Page,
    cut,
    read_text_cursor,
    write_text_cursor,
)
from cartback.web.api.problem import not_found, problems
from cartback.web.api.reading import Body, new_router

router = new_router("products")

ProductId = Annotated[str, Path(min_length=1, max_length=255, description="The product's id.")]


class Products(Page):
    data: list[ProductShown]


class ProductsGiven(Body):
    products: Annotated[
        list[Document],
        Field(
            min_length=1,
            max_length=500,
            description="Products as the answers have them; needed are `id` and `name`. Each is"
            " said whole: variants that it does not name are gone.",
            examples=[[{"id": "jumper", "name": "Wool jumper", "variants": [{"price": 4900}]}]],
        ),
    ]


class NotTaken(BaseModel):
    """A product that could not be taken: its place in the request, from 0, and why."""

    place: int
    detail: str


class ProductsTaken(BaseModel):
    """What became of products that were sent."""

    created: int
    changed: int
    unchanged: int
    changes: list[Changed]
    refused: list[NotTaken]


class ProductRemoved(BaseModel):
    id: str
    changes: list[Changed]


@router.get("/products", responses=problems())
def list_products(caller: CatalogReader, after: Cursor = "", limit: Limit = 100) -> Products:
    """What the shop sells, in the order of the ids."""
    [place] = read_text_cursor("products", after, "")
    with caller.store.reading() as reading:
        rows = reading.products_after(caller.shop, str(place), limit + 1)
    page, last = cut(rows, limit)
    return Products(
        data=[product_shown(one) for one in page],
        next=write_text_cursor("products", last.id) if last else None,
    )


@router.put("/products", responses=problems())
def put_products(caller: CatalogWriter, body: ProductsGiven) -> ProductsTaken:
    """Make or change products. Each that makes sense is taken, and the others are named."""
    rows: list[Read | Unread] = []
    for place, document in enumerate(body.products):
        try:
            rows.append(Read(place, parse_product(document)))
        except BadProduct as error:
            rows.append(Unread(place, str(error)))
    store = caller.noting("saved products", "API", products=len(rows))
    taken = take_products(store, caller.shop, rows, caller.now())
    refused = [
        NotTaken(place=row.line, detail=row.reason) for row in rows if isinstance(row, Unread)
    ]
    return ProductsTaken(
        created=taken.created,
        changed=taken.changed,
        unchanged=taken.unchanged,
        changes=[changed(one) for one in taken.changes],
        refused=refused,
    )


@router.get("/products/{product}", responses=problems(404))
def read_product(caller: CatalogReader, product: ProductId) -> ProductShown:
    """One product."""
    with caller.store.reading() as reading:
        found = reading.products_by(caller.shop, [product]).get(product)
    if found is None:
        raise not_found(f"there is no product {product[:60]!r}")
    return product_shown(found)


@router.delete("/products/{product}", responses=problems(404))
def delete_product(caller: CatalogWriter, product: ProductId) -> ProductRemoved:
    """Take a product out of the catalog: what was in stock has sold out."""
    with caller.store.transaction() as tx:
        found = remove_product(tx, caller.shop, product)
        if found is not None:
            note(tx, caller.shop, caller.who, "removed product", product, caller.now())
    if found is None:
        raise not_found(f"there is no product {product[:60]!r}")
    return ProductRemoved(id=product, changes=[changed(one) for one in found])
