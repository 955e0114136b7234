"""Codes: given to somebody for a cart, uploaded to a pool, checked, and redeemed."""

from typing import Annotated

from fastapi import Path, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from cartback.domain.code import cart_mark, compared
from cartback.domain.coupon import Bad, NotGood, Refused, Wish
from cartback.domain.phrase import Language
from cartback.domain.phrase.offer import no_code, not_good
from cartback.domain.profile import decode_profile
from cartback.engine.audit import note
from cartback.engine.codes import fill_pool, give
from cartback.engine.coupon_ports import CodeRow
from cartback.engine.coupons import NoSuchCoupon
from cartback.engine.ports import Transaction
from cartback.engine.redeeming import Order, examine, redeem
from cartback.engine.scope import Scope
from cartback.engine.selves import known_as
from cartback.web.api.coupons import CouponKey
from cartback.web.api.goods_shape import NO_NUL, Lines, Money, goods_of
from cartback.web.api.ground import Caller, CouponsReader, CouponsWriter, needs
from cartback.web.api.paging import (
    LARGEST,
    Cursor,
    Id,
    Limit,
    Page,
    cut,
    read_text_cursor,
    write_text_cursor,
)
from cartback.web.api.problem import Problem, not_found, problems
from cartback.web.api.reading import Body, new_router
from cartback.web.api.shape import Time, perhaps
from cartback.web.api.twice import OnceKey, once

router = new_router("codes")

CodeText = Annotated[
    str, Path(min_length=1, max_length=100, description="The code, however it is typed.")
]
Currency = Annotated[str, Field(pattern="^([A-Z]{3})?$", description="ISO 4217.")]


class CodeShown(BaseModel):
    """One person's code for one cart."""

    code: str
    coupon: str
    profile: Annotated[
        int | None,
        Field(description="Whose it is; null where nobody's, or the key lacks profiles:read."),
    ]
    issued: Time | None
    expires: Annotated[Time | None, Field(description="Null: never.")]
    redeemed: Time | None


class Codes(Page):
    data: list[CodeShown]


class CodeWanted(Body):
    """Who gets the code, and for which cart."""

    profile: Annotated[Id, Field(description="Who gets it.")]
    cart_id: Annotated[
        str, Field(max_length=2_000, pattern=NO_NUL, description="The cart, by its id.")
    ] = ""
    lines: Lines = ()
    currency: Currency = ""


class CodesGiven(Body):
    codes: Annotated[
        list[Annotated[str, Field(max_length=100)]], Field(min_length=1, max_length=10_000)
    ]


class PoolFilled(BaseModel):
    """What became of codes that were uploaded; `bad` names some that can be none."""

    added: int
    known: int
    bad: list[str]
    pool: Annotated[int, Field(description="How many wait in the pool now.")]


class OrderGiven(Body):
    """The cart that the code is for. Left out, only the code itself is looked at."""

    lines: Lines = ()
    currency: Currency = ""


class Redeeming(OrderGiven):
    order_id: Annotated[str, Field(min_length=1, max_length=255, pattern=NO_NUL)]
    value: Money | None = None
    takes_off: Annotated[
        Money | None, Field(description="What was taken off; left out: worked out from the lines.")
    ] = None


class Goodness(BaseModel):
    """Whether a code is good, and what it takes off the lines; else why not, in words."""

    good: bool
    takes_off: int = 0
    reason: NotGood | None = None
    en: str = ""
    ko: str = ""


class RedemptionShown(BaseModel):
    code: str
    order_id: str
    takes_off: int
    again: Annotated[bool, Field(description="This order was noted before.")]


@router.get("/coupons/{coupon}/codes", responses=problems())
def list_codes(
    caller: CouponsReader, coupon: CouponKey, after: Cursor = "", limit: Limit = 100
) -> Codes:
    """The codes of a coupon that were given, the newest first."""
    at, key = read_text_cursor("codes", after, LARGEST, "")
    with caller.store.reading() as reading:
        place = (int(at), str(key))
        rows = reading.codes_issued(caller.shop, coupon, place, limit + 1)
    page, last = cut(rows, limit)
    return Codes(
        data=[_shown(caller, one) for one in page],
        next=write_text_cursor("codes", last.issued or 0, last.key) if last else None,
    )


@router.get("/profiles/{profile}/codes", responses=problems(404))
def list_codes_of(caller: CouponsReader, profile: Id) -> Codes:
    """The codes that somebody has, the newest first. Needs the scope profiles:read as well."""
    needs(caller, Scope.PROFILES_READ)
    with caller.store.reading() as reading:
        caller.profile(reading, profile)
        rows = reading.codes_of(caller.shop, known_as(reading, caller.shop, profile))
    newest = sorted(rows, key=lambda one: (one.issued or 0, one.key), reverse=True)
    return Codes(data=[_shown(caller, one) for one in newest])


@router.post("/coupons/{coupon}/codes", responses=problems(404, 409))
def give_code(caller: CouponsWriter, coupon: CouponKey, body: CodeWanted) -> CodeShown:
    """Give somebody their code for a cart: asked again, it is the same one.

    Where there is none the reason is in the answer (409).
    """
    with caller.store.transaction() as tx:
        wish = Wish(
            coupon=coupon,
            cart=_mark(tx, caller, body),
            goods=goods_of(body.lines),
            currency=body.currency,
        )
        try:
            found = give(tx, caller.shop, wish, body.profile, caller.now())
        except NoSuchCoupon as error:
            raise not_found(str(error)) from None
    if isinstance(found, Refused):
        sentence = no_code(found.reason, Language.ENGLISH)
        raise Problem(409, f"no-code-{found.reason.replace('_', '-')}", sentence)
    return _shown(caller, found)


def _mark(tx: Transaction, caller: Caller, body: CodeWanted) -> str:
    row = caller.profile(tx, body.profile)
    cart = decode_profile(row.state).carts.get(body.cart_id)
    return cart_mark(body.cart_id, 0 if cart is None else cart.closed_at)


@router.post(
    "/coupons/{coupon}/pool",
    status_code=201,
    response_model=PoolFilled,
    responses=problems(404, 409),
)
def upload_codes(
    caller: CouponsWriter,
    coupon: CouponKey,
    request: Request,
    body: CodesGiven,
    key: OnceKey = None,
) -> PoolFilled | Response:
    """Put codes that the shop's checkout knows into the pool; those that are there stay."""

    def make() -> PoolFilled:
        with caller.store.transaction() as tx:
            try:
                found = fill_pool(tx, caller.shop, coupon, body.codes)
            except NoSuchCoupon as error:
                raise not_found(str(error)) from None
            pool = tx.count_free(caller.shop, coupon)
            now, added, known = caller.now(), found.added, found.known
            note(
                tx, caller.shop, caller.who, "uploaded codes", coupon, now, added=added, known=known
            )
        return PoolFilled(added=found.added, known=found.known, bad=list(found.bad), pool=pool)

    return once(caller, key, request, body, make)


@router.get("/codes/{code}", responses=problems(404))
def read_code(caller: CouponsReader, code: CodeText) -> CodeShown:
    """One code: whose it is, until when, and whether it was used."""
    with caller.store.reading() as reading:
        found = reading.code(caller.shop, compared(code))
    if found is None:
        raise not_found("there is no such code")
    return _shown(caller, found)


@router.post("/codes/{code}/checks", responses=problems())
def check_code(caller: CouponsReader, code: CodeText, body: OrderGiven) -> Goodness:
    """Ask whether a code is good for a cart, and what it would take off. Nothing changes."""
    order = Order(id="", goods=goods_of(body.lines), currency=body.currency)
    with caller.store.reading() as reading:
        found = examine(reading, caller.shop, code, order, caller.now())
    if isinstance(found, Bad):
        return Goodness(
            good=False,
            reason=found.reason,
            en=not_good(found.reason, Language.ENGLISH),
            ko=not_good(found.reason, Language.KOREAN),
        )
    return Goodness(good=True, takes_off=found[1].takes_off)


@router.post("/codes/{code}/redemptions", responses=problems(404, 409))
def redeem_code(caller: CouponsWriter, code: CodeText, body: Redeeming) -> RedemptionShown:
    """Use a code for an order. The same order again changes nothing and is answered alike."""
    order = Order(
        id=body.order_id,
        goods=goods_of(body.lines),
        currency=body.currency,
        value=body.value,
        takes_off=body.takes_off,
    )
    with caller.store.transaction() as tx:
        found = redeem(tx, caller.shop, code, order, caller.now())
    if isinstance(found, Bad):
        sentence = not_good(found.reason, Language.ENGLISH)
        if found.reason is NotGood.UNKNOWN:
            raise not_found(sentence)
        raise Problem(409, f"code-{found.reason.replace('_', '-')}", sentence)
    return RedemptionShown(
        code=found.code.code,
        order_id=body.order_id,
        takes_off=found.takes_off,
        again=found.again,
    )


def _shown(caller: Caller, row: CodeRow) -> CodeShown:
    may = Scope.PROFILES_READ in caller.key.scopes
    return CodeShown(
        code=row.code,
        coupon=row.coupon,
        profile=row.profile if may and row.profile else None,
        issued=perhaps(row.issued),
        expires=perhaps(row.expires),
        redeemed=perhaps(row.redeemed),
    )
