"""Reviews: what customers say of products, and which speak best for them."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import BaseModel, Field

from cartback.domain.instant import BadTime, parse_instant
from cartback.domain.review import Review, best_reviews, rated
from cartback.engine.audit import note
from cartback.engine.products import BadProduct, parse_review
from cartback.web.api.ground import CatalogReader, CatalogWriter
from cartback.web.api.paging import (
    Cursor,
    Limit,
    Page,
    cut,
    read_text_cursor,
    write_text_cursor,
)
from cartback.web.api.problem import bad, not_found, problems
from cartback.web.api.products import ProductId
from cartback.web.api.reading import Body, new_router
from cartback.web.api.shape import Time, when

router = new_router("reviews")

MOST_WEIGHED = 500
ReviewId = Annotated[str, Path(min_length=1, max_length=255, description="The review's id.")]


class ReviewShown(BaseModel):
    """What somebody says of a product. `permission`: the author allows it to be shown."""

    id: str
    product: str
    author: str
    rating: int
    at: Time
    text: str
    portrait: str
    permission: bool


class Reviews(Page):
    data: list[ReviewShown]


class ReviewsOfProduct(BaseModel):
    """How a product is rated by its newest reviews, and those that speak best for it."""

    count: int
    mean: Annotated[float, Field(description="The mean of the stars; 0 where there are none.")]
    bound: Annotated[
        float, Field(description="What the rating is at least, with 95 % confidence (Wilson).")
    ]
    best: list[ReviewShown]


class ReviewGiven(Body):
    id: Annotated[str, Field(min_length=1, max_length=255)]
    product: Annotated[str, Field(min_length=1, max_length=255)]
    author: Annotated[str, Field(max_length=200)]
    rating: Annotated[int, Field(ge=1, le=5)]
    at: Time
    text: Annotated[str, Field(max_length=10_000)] = ""
    portrait: Annotated[str, Field(max_length=2_000)] = ""
    permission: bool = False


class ReviewsGiven(Body):
    reviews: Annotated[list[ReviewGiven], Field(min_length=1, max_length=200)]


class ReviewsTaken(BaseModel):
    taken: int


@router.get("/reviews", responses=problems())
def list_reviews(caller: CatalogReader, after: Cursor = "", limit: Limit = 100) -> Reviews:
    """All reviews, in the order of their ids."""
    [place] = read_text_cursor("reviews", after, "")
    with caller.store.reading() as reading:
        rows = reading.reviews_after(caller.shop, str(place), limit + 1)
    page, last = cut(rows, limit)
    return Reviews(
        data=[_shown(one) for one in page],
        next=write_text_cursor("reviews", last.id) if last else None,
    )


@router.put("/reviews", responses=problems())
def put_reviews(caller: CatalogWriter, body: ReviewsGiven) -> ReviewsTaken:
    """Make or change reviews, all or none."""
    some = {one.id: _review(place, one) for place, one in enumerate(body.reviews)}
    with caller.noting("saved reviews", "API", reviews=len(body.reviews)).transaction() as tx:
        tx.save_reviews(caller.shop, list(some.values()))
    return ReviewsTaken(taken=len(some))


@router.delete("/reviews/{review}", responses=problems(404))
def delete_review(caller: CatalogWriter, review: ReviewId) -> ReviewShown:
    """Forget a review, as when its author takes back the permission."""
    with caller.store.transaction() as tx:
        found = tx.review(caller.shop, review)
        tx.remove_review(caller.shop, review)
        if found is not None:
            note(tx, caller.shop, caller.who, "removed review", review, caller.now())
    if found is None:
        raise not_found(f"there is no review {review[:60]!r}")
    return _shown(found)


@router.get("/products/{product}/reviews", responses=problems())
def read_reviews_of_product(
    caller: CatalogReader,
    product: ProductId,
    best: Annotated[int, Query(ge=0, le=20, description="How many of the best.")] = 3,
) -> ReviewsOfProduct:
    """How a product is rated, and the reviews that speak best for it: only those whose authors
    allow it are shown."""
    with caller.store.reading() as reading:
        rows = reading.reviews_of(caller.shop, product, MOST_WEIGHED)
    figures = rated(rows)
    return ReviewsOfProduct(
        count=figures.count,
        mean=round(figures.mean, 4),
        bound=round(figures.bound, 4),
        best=[_shown(one) for one in best_reviews(rows, caller.now(), best)],
    )


def _review(place: int, given: ReviewGiven) -> Review:
    try:
        at = parse_instant(given.at)
        return parse_review(given.model_dump() | {"at": at})
    except BadTime as error:
        raise bad("body", f"reviews[{place}].at", str(error)) from None
    except BadProduct as error:
        raise bad("body", f"reviews[{place}]", str(error)) from None


def _shown(one: Review) -> ReviewShown:
    return ReviewShown(
        id=one.id,
        product=one.product,
        author=one.author,
        rating=one.rating,
        at=when(one.at),
        text=one.text,
        portrait=one.portrait,
        permission=one.permission,
    )
