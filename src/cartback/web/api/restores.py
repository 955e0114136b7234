"""Restores: what a link to a cart brings back. The shop's own page calls this, on any device."""

from typing import Annotated, Final

from fastapi import Path, Request, Response
from pydantic import BaseModel, Field

from cartback.domain.event import ShopId
from cartback.domain.restore import Instead, Missing, PutBack, Why
from cartback.engine.mailing import mailing_of, may_ask
from cartback.engine.restoring import DeadLink, Followed, follow, read_link
from cartback.web.api.goods_shape import Lines, LineShown, line_shown, lines_of
from cartback.web.api.ground import AnyCaller, Caller, Ground
from cartback.web.api.problem import Problem, problems
from cartback.web.api.reading import Body, new_router

router = new_router("restores")

Token = Annotated[str, Path(min_length=1, max_length=1_000, description="What stands in the link.")]


class CartGiven(Body):
    """What is in the cart now."""

    lines: Lines = ()


class PutBackShown(BaseModel):
    """A line that is in the cart again; `was` is its price of then, where it is another now."""

    line: LineShown
    was: int | None
    checked: Annotated[bool, Field(description="False where the catalog does not know it.")]


class InsteadShown(BaseModel):
    """The nearest variant in stock."""

    line: LineShown
    name: str
    differs: Annotated[list[str], Field(description="The options in which it is another.")]


class MissingShown(BaseModel):
    """What could not be put back, how many pieces of it, why, and what is nearest."""

    line: LineShown
    pieces: int
    why: Why
    instead: InsteadShown | None


class Restored(BaseModel):
    """The whole cart as it is to be; what was put back and what could not be; and the code."""

    lines: list[LineShown]
    put_back: list[PutBackShown]
    missing: list[MissingShown]
    currency: str
    url: Annotated[str, Field(description="Where the shop's cart is, as events said.")]
    code: Annotated[str | None, Field(description="The person's code for this cart, if good.")]
    was_ordered: Annotated[bool, Field(description="The cart was ordered; nothing comes back.")]


@router.get("/restores/{token}", responses=problems(404))
def read_restore(caller: AnyCaller, token: Token, request: Request, response: Response) -> Restored:
    """What a link brings back into an empty cart. Any key of the shop may ask, a public one too:
    whoever holds the link may see that cart. A browser may ask from the shop's own pages, which
    are the origins in `/mailing`."""
    return _followed(caller, token, (), request, response)


@router.post("/restores/{token}", responses=problems(404))
def merge_restore(
    caller: AnyCaller, token: Token, body: CartGiven, request: Request, response: Response
) -> Restored:
    """The same, laid over what is in the cart now: nothing in it goes away or becomes less, and
    asking twice changes nothing more."""
    return _followed(caller, token, body.lines, request, response)


@router.options("/restores/{token}", include_in_schema=False)
def may_restore(request: Request, token: Token) -> Response:
    """Whether a page of that origin may ask (Fetch standard, CORS-preflight). It comes without a
    key: whose link it is says the link."""
    ground: Ground = request.app.state.ground
    try:
        shop = read_link(ground.signer(), token, ground.clock()).shop
    except DeadLink:
        return Response(status_code=204, headers=_VARY)
    allowed = _origin(ground, shop, request)
    return Response(status_code=204, headers={**allowed, **_ASKED} if len(allowed) > 1 else _VARY)


_VARY: Final = {"Vary": "Origin"}
_ASKED: Final = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Max-Age": "600",
}


def _origin(ground: Ground, shop: ShopId, request: Request) -> dict[str, str]:
    """The header that lets a page of the shop read the answer; no other origin gets it."""
    origin = request.headers.get("origin", "")
    with ground.store.reading() as reading:
        mailing = mailing_of(reading, shop)
    return _VARY | ({"Access-Control-Allow-Origin": origin} if may_ask(mailing, origin) else {})


def _followed(
    caller: Caller, token: str, given: Lines, request: Request, response: Response
) -> Restored:
    signer = caller.ground.signer()
    present, allowed = lines_of(given), _origin(caller.ground, caller.shop, request)
    response.headers.update(allowed)
    with caller.store.reading() as reading:
        try:
            found = follow(reading, signer, caller.shop, token, present, caller.now())
        except DeadLink as error:
            raise Problem(404, "not-found", str(error), headers=allowed) from None
    return _shown(found)


def _shown(found: Followed) -> Restored:
    restoring = found.restoring
    return Restored(
        lines=[line_shown(line) for line in restoring.lines],
        put_back=[_put_back(one) for one in restoring.put_back],
        missing=[_missing(one) for one in restoring.missing],
        currency=found.currency,
        url=found.url,
        code=None if found.code is None else found.code.code,
        was_ordered=found.was_ordered,
    )


def _put_back(one: PutBack) -> PutBackShown:
    return PutBackShown(line=line_shown(one.line), was=one.was, checked=one.checked)


def _missing(one: Missing) -> MissingShown:
    instead = None if one.instead is None else _instead(one.instead)
    return MissingShown(line=line_shown(one.line), pieces=one.pieces, why=one.why, instead=instead)


def _instead(one: Instead) -> InsteadShown:
    return InsteadShown(line=line_shown(one.line), name=one.name, differs=list(one.differs))
