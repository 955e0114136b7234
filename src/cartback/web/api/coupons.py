"""Coupons: what is offered, how long, and to whom not."""

from typing import Annotated, Any, Literal

import msgspec
from fastapi import Path, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from cartback.domain.coupon import BadCoupon
from cartback.engine.coupon_ports import CouponRow
from cartback.engine.coupons import (
    CouponExists,
    NoSuchCoupon,
    StaleCoupon,
    archive_coupon,
    change_coupon,
    define_coupon,
    restore_coupon,
)
from cartback.engine.ports import Reading
from cartback.engine.spending import codes_counted, promised, spent
from cartback.web.api.ground import Caller, CouponsReader, CouponsWriter
from cartback.web.api.paging import LARGEST, Page
from cartback.web.api.problem import Problem, not_found, problems, unfit_document
from cartback.web.api.reading import Body, new_router
from cartback.web.api.shape import Time, when
from cartback.web.api.twice import OnceKey, once

router = new_router("coupons")

CouponKey = Annotated[str, Path(min_length=1, max_length=80, description="The coupon's key.")]
Offer = Annotated[
    dict[str, Any],
    Field(
        description="What is offered (docs/coupons.md): `gives`, and where needed `currency`,"
        " `minimum`, `products`, `expires`, `single_use`, `combinable`, `budget`, `margin_floor`,"
        " `not_again_within`, `codes`, `prefix`.",
        examples=[{"gives": {"kind": "percent", "percent": 10}, "expires": "72 hours"}],
    ),
]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class CouponShown(BaseModel):
    """A coupon, what it costs this month, and how many codes wait in its pool."""

    key: str
    name: str
    offer: dict[str, Any]
    version: int
    status: Literal["live", "archived"]
    created: Time
    updated: Time
    spent: Annotated[int, Field(description="Taken off this month, in minor units.")]
    promised: Annotated[int, Field(description="What codes that are out would take off.")]
    pool: int
    given: Annotated[int, Field(description="How many codes were ever given.")]
    redeemed: Annotated[int, Field(description="How many of these were used.")]


class Coupons(Page):
    data: list[CouponShown]


class CouponWanted(Body):
    name: Name
    offer: Offer


class CouponChange(CouponWanted):
    version: Annotated[
        int | None,
        Field(ge=1, le=LARGEST, description="The version that you changed; left out: any."),
    ] = None


@router.get("/coupons", responses=problems())
def list_coupons(
    caller: CouponsReader,
    archived: Annotated[bool, Query(description="Archived ones too.")] = False,
) -> Coupons:
    """All coupons by key; a shop has at most 500."""
    with caller.store.reading() as reading:
        rows = [row for row in reading.coupons(caller.shop) if archived or row.status != "archived"]
        return Coupons(data=[_shown(reading, caller, row) for row in rows])


@router.post("/coupons", status_code=201, response_model=CouponShown, responses=problems(409))
def create_coupon(
    caller: CouponsWriter, request: Request, body: CouponWanted, key: OnceKey = None
) -> CouponShown | Response:
    """Define a coupon. Its key is made of its name."""

    def make() -> CouponShown:
        try:
            store = caller.noting("made coupon", body.name)
            row = define_coupon(store, caller.shop, body.name, body.offer, caller.now())
        except BadCoupon as error:
            raise _unfit(error) from None
        except CouponExists as error:
            raise Problem(409, "exists", str(error)) from None
        return _told(caller, row)

    return once(caller, key, request, body, make)


@router.get("/coupons/{coupon}", responses=problems(404))
def read_coupon(caller: CouponsReader, coupon: CouponKey) -> CouponShown:
    """One coupon, archived ones too."""
    with caller.store.reading() as reading:
        row = reading.coupon(caller.shop, coupon)
        if row is None:
            raise not_found(f"there is no coupon {coupon!r}")
        return _shown(reading, caller, row)


@router.put("/coupons/{coupon}", responses=problems(404, 409))
def put_coupon(caller: CouponsWriter, coupon: CouponKey, body: CouponChange) -> CouponShown:
    """Change a coupon: its next version, for codes that are given from now on."""
    try:
        row = change_coupon(
            caller.noting("changed coupon", coupon),
            caller.shop,
            coupon,
            body.name,
            body.offer,
            caller.now(),
            expected=body.version,
        )
    except NoSuchCoupon as error:
        raise not_found(str(error)) from None
    except BadCoupon as error:
        raise _unfit(error) from None
    except StaleCoupon as error:
        raise Problem(409, "stale-version", str(error)) from None
    return _told(caller, row)


@router.delete("/coupons/{coupon}", responses=problems(404))
def delete_coupon(caller: CouponsWriter, coupon: CouponKey) -> CouponShown:
    """Archive a coupon: no more codes are given; those that were stay good."""
    try:
        store = caller.noting("archived coupon", coupon)
        return _told(caller, archive_coupon(store, caller.shop, coupon, caller.now()))
    except NoSuchCoupon as error:
        raise not_found(str(error)) from None


@router.post("/coupons/{coupon}/restore", responses=problems(404))
def restore_archived_coupon(caller: CouponsWriter, coupon: CouponKey) -> CouponShown:
    """Take a coupon out of the archive, as it was."""
    try:
        store = caller.noting("restored coupon", coupon)
        return _told(caller, restore_coupon(store, caller.shop, coupon, caller.now()))
    except NoSuchCoupon as error:
        raise not_found(str(error)) from None


def _unfit(error: BadCoupon) -> Problem:
    return unfit_document(error, "offer")


def _told(caller: Caller, row: CouponRow) -> CouponShown:
    with caller.store.reading() as reading:
        return _shown(reading, caller, row)


def _shown(reading: Reading, caller: Caller, row: CouponRow) -> CouponShown:
    now, codes = caller.now(), codes_counted(reading, caller.shop, row.key)
    return CouponShown(
        key=row.key,
        name=row.name,
        offer=msgspec.json.decode(row.document),
        version=row.version,
        status=row.status,
        created=when(row.created),
        updated=when(row.updated),
        spent=spent(reading, caller.shop, row.key, now),
        promised=promised(reading, caller.shop, row.key, now),
        pool=reading.count_free(caller.shop, row.key),
        given=codes.given,
        redeemed=codes.redeemed,
    )
