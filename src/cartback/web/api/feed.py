"""The catalog's feed: an address that is asked again and again."""

from typing import Annotated

import msgspec
from fastapi import Response
from pydantic import BaseModel, Field

from cartback.engine.feeding import BadFeed, Fed, Feed, feed_of, remove_feed, set_feed
from cartback.web.api.ground import CatalogReader, CatalogWriter
from cartback.web.api.problem import not_found, problems, unfit_document
from cartback.web.api.reading import Body, new_router
from cartback.web.api.shape import Time, when

router = new_router("products")


class FeedGiven(Body):
    """Where the catalog is and how often it is asked (docs/products.md)."""

    url: Annotated[str, Field(max_length=2_000, examples=["https://shop.example/feed.csv"])]
    every: Annotated[str, Field(max_length=40, examples=["6 hours"])] = "6 hours"
    whole: Annotated[
        bool, Field(description="It is all that the shop sells: the rest is removed.")
    ] = True


class RowShown(BaseModel):
    """A row with which something was wrong."""

    line: int
    detail: str


class FeedShown(BaseModel):
    """The feed and how it has fared."""

    url: str
    every: str
    whole: bool
    asked: Annotated[Time | None, Field(description="When it was asked last.")]
    well: Annotated[Time | None, Field(description="When it was last well.")]
    failure: Annotated[str, Field(description="Why it was not, or what could not be read.")]
    taken: Annotated[dict[str, int], Field(description="What the last import did.")]
    rows: Annotated[
        list[RowShown],
        Field(description="The first 20 rows that could not be read, or that were there before."),
    ]


@router.get("/catalog-feed", responses=problems(404))
def read_catalog_feed(caller: CatalogReader) -> FeedShown:
    """The shop's feed, and whether it is well."""
    with caller.store.reading() as reading:
        found = feed_of(reading, caller.shop)
    if found is None:
        raise not_found("the shop has no feed; set one with PUT")
    return _shown(*found)


@router.put("/catalog-feed", responses=problems())
def put_catalog_feed(caller: CatalogWriter, body: FeedGiven) -> FeedShown:
    """Set the feed. It is asked at once, and then as often as you say, with the ETag and the date
    that its server gave."""
    try:
        feed = set_feed(
            caller.noting("set the catalog's feed", body.url), caller.shop, body.model_dump()
        )
    except BadFeed as error:
        raise unfit_document(error, "") from None
    return _shown(feed, Fed())


@router.delete("/catalog-feed", status_code=204, responses=problems(404))
def delete_catalog_feed(caller: CatalogWriter) -> Response:
    """Ask it no more. The catalog stays."""
    if not remove_feed(caller.noting("removed the catalog's feed", "API"), caller.shop):
        raise not_found("the shop has no feed")
    return Response(status_code=204)


def _shown(feed: Feed, fed: Fed) -> FeedShown:
    return FeedShown(
        **msgspec.structs.asdict(feed),
        asked=when(fed.asked) if fed.asked else None,
        well=when(fed.well) if fed.well else None,
        failure=fed.failure,
        taken=fed.taken,
        rows=[RowShown(line=row.line, detail=row.reason) for row in fed.rows],
    )
