"""Carts that were left behind, and how carts stand: what the console's Home shows."""

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field

from cartback.engine.home import LONGEST, Sum, days, newest_left, standing
from cartback.engine.shops import settings_of
from cartback.web.api.ground import ProfilesReader
from cartback.web.api.paging import Cursor, Limit, Page, cut, read_cursor, write_cursor
from cartback.web.api.problem import bad, problems
from cartback.web.api.reading import new_router
from cartback.web.api.shape import Named, Time, when

router = new_router("carts")


class CartShown(BaseModel):
    """A cart that was left behind, and whose it is."""

    profile: int
    identifiers: list[Named]
    at: Annotated[Time, Field(description="When it counted as abandoned.")]
    value: Annotated[int, Field(description="In minor units.")]
    currency: str
    is_priced: Annotated[
        bool, Field(description="Whether anybody told what it is worth; where not, `value` is 0.")
    ]
    items: int
    lines: Annotated[list[str], Field(description="What is in it, by name.")]


class Carts(Page):
    data: list[CartShown]


class SumShown(BaseModel):
    """How many carts, and what they are worth."""

    count: int
    money: Annotated[dict[str, int], Field(description="In minor units, by currency.")]


class DayShown(BaseModel):
    """What happened on a day of the shop's zone."""

    start: Time
    abandoned: SumShown
    recovered: SumShown
    credited: Annotated[
        SumShown, Field(description="Of the recovered: a message has the credit for them.")
    ]
    ordered: SumShown


class CartFigures(BaseModel):
    """The carts as they stand now, and what became of carts day by day, the oldest first."""

    active: SumShown
    abandoned: SumShown
    days: list[DayShown]


@router.get("/carts", responses=problems())
def list_carts(caller: ProfilesReader, after: Cursor = "", limit: Limit = 100) -> Carts:
    """Who left a cart behind and has not come back to it, the newest first."""
    places = tuple(read_cursor("carts", after))
    if len(places) not in (0, 2):
        raise bad("query", "after", "this is no cursor of this list; use `next` of the page before")
    before = (places[0], places[1]) if places else (caller.now() + 1, 0)
    with caller.store.reading() as reading:
        currency = settings_of(reading, caller.shop).currency
        rows = newest_left(reading, caller.shop, before, limit + 1, currency)
        page, last = cut(rows, limit)
        data = [
            CartShown(
                profile=one.profile,
                identifiers=caller.names(reading, one.profile) or [],
                at=when(one.at),
                value=one.value,
                currency=one.currency,
                is_priced=one.is_priced,
                items=one.items,
                lines=list(one.lines),
            )
            for one in page
        ]
    return Carts(data=data, next=write_cursor("carts", last.at, last.profile) if last else None)


@router.get("/carts/figures", responses=problems())
def read_cart_figures(
    caller: ProfilesReader,
    count: Annotated[
        int, Query(alias="days", ge=1, le=LONGEST, description="Of how many days.")
    ] = 30,
) -> CartFigures:
    """How carts stand, and what was left behind, came back and was ordered."""
    zone = caller.zone()
    with caller.store.reading() as reading:
        currency = settings_of(reading, caller.shop).currency
        now = standing(reading, caller.shop, currency)
        past = days(reading, caller.shop, zone, caller.now(), count, currency)
    return CartFigures(
        active=_sum(now.active),
        abandoned=_sum(now.abandoned),
        days=[
            DayShown(
                start=when(day.start),
                abandoned=_sum(day.abandoned),
                recovered=_sum(day.recovered),
                credited=_sum(day.credited),
                ordered=_sum(day.ordered),
            )
            for day in past
        ],
    )


def _sum(one: Sum) -> SumShown:
    return SumShown(count=one.count, money=dict(one.money))
