"""The demo shop's own pages: they honour the link of a mail as any store can, and take the order.

What a link brings back is asked of `engine/restoring.py`, as `POST /api/v1/restores/TOKEN` answers
it; the person's code is put in by itself. Whoever orders here makes the event that the shop's
server would send.
"""

from collections.abc import Callable, Sequence
from html import escape
from importlib.resources import files
from typing import Any, Final
from urllib.parse import parse_qs

import msgspec
from jinja2 import Environment
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from cartback.demo.catalogue import CURRENCY, catalogue
from cartback.demo.storefront.pictures import picture, portrait
from cartback.demo.storefront.words import WORDS
from cartback.domain.cart import line_key
from cartback.domain.coupon import Coupon, Percent, worth
from cartback.domain.event import Event, Identifier, IdentifierKind, Line, Metric, ShopId
from cartback.domain.item import item_of_product
from cartback.domain.restore import Missing, PutBack, Why
from cartback.engine.coupons import coupon_of
from cartback.engine.ingest import Delivery, ingest
from cartback.engine.ports import Clock, Reading, Store
from cartback.engine.redeeming import goods_of
from cartback.engine.restoring import DeadLink, Followed, follow, read_link
from cartback.engine.rulebook import Rulebook
from cartback.engine.selves import present_row
from cartback.engine.signing import Signer

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self' data:; style-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
PARAMETER: Final = "cartback"
SHOWN: Final = 12
LONGEST_FORM: Final = 4_000
_environment: Final = Environment(autoescape=True)


class Storefront:
    """The pages below `/shop`, of one shop, in one language."""

    def __init__(
        self,
        store: Store,
        rulebook: Rulebook,
        clock: Clock,
        shop: ShopId,
        signer: Callable[[], Signer],
        language: str = "en",
        written: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._rulebook = rulebook
        self._clock = clock
        self._shop = shop
        self._signer = signer
        self._language = language
        self._say = WORDS[language]
        self._written = written
        self._page = _environment.from_string(_file("shop.html"))

    def app(self) -> Starlette:
        """The application."""
        return Starlette(
            routes=[
                Route("/shop", self._home),
                Route("/shop/products/{code}", self._product),
                Route("/shop/cart/{cart}", self._cart),
                Route("/shop/orders", self._order, methods=["POST"]),
                Route("/shop/thanks", self._thanks),
                Route("/shop/pictures/{code}.svg", _picture),
                Route("/shop/portraits/{name}.svg", _portrait),
                Route("/shop/shop.css", _style),
            ]
        )

    # --- looking ------------------------------------------------------------------------------

    async def _home(self, _: Request) -> Response:
        def look() -> Response:
            known = sorted(catalogue().products.values(), key=lambda one: -one.orders)[:SHOWN]
            with self._store.reading() as reading:
                there = reading.products_by(self._shop, [one.code for one in known])
            shelf = [
                item_of_product(there[one.code], CURRENCY) for one in known if one.code in there
            ]
            return self._shown(self._say["popular"], shelf=shelf)

        return await run_in_threadpool(look)

    async def _product(self, request: Request) -> Response:
        def look() -> Response:
            code = request.path_params["code"].upper()
            with self._store.reading() as reading:
                found = reading.products_by(self._shop, [code]).get(code)
            if found is None:
                return self._shown(self._say["shop"], status=404, back=True)
            return self._shown(found.name, product=item_of_product(found, CURRENCY), back=True)

        return await run_in_threadpool(look)

    async def _thanks(self, _: Request) -> Response:
        return self._shown(self._say["thanks"], text=self._say["seen"], back=True)

    # --- the way back -------------------------------------------------------------------------

    async def _cart(self, request: Request) -> Response:
        token = request.query_params.get(PARAMETER, "")
        if not token:
            return self._shown(self._say["shop"], text=self._say["empty"], back=True)
        return await run_in_threadpool(self._restored, token)

    def _restored(self, token: str) -> Response:
        try:
            with self._store.reading() as reading:
                found = self._followed(reading, token)
                coupon = _coupon(reading, self._shop, found)
        except DeadLink:
            return self._shown(self._say["shop"], text=self._say["dead"], status=404, back=True)
        if found.was_ordered:
            return self._shown(self._say["shop"], text=self._say["ordered"], back=True)
        lines = found.restoring.lines
        off = _off(coupon, lines)
        return self._shown(
            self._say["cart"],
            lines=[self._line(one, found.restoring.missing) for one in found.restoring.put_back],
            missing=[
                self._missing(one) for one in found.restoring.missing if one.why is not Why.FEWER
            ],
            code=None if found.code is None else found.code.code,
            label=_label(coupon),
            off=off,
            total=_total(lines) - off,
            token=token,
        )

    def _followed(self, reading: Reading, token: str) -> Followed:
        return follow(reading, self._signer(), self._shop, token, (), self._clock())

    def _line(self, one: PutBack, missing: Sequence[Missing]) -> dict[str, Any]:
        line = one.line
        notes = [self._say["was"].format(price=money(one.was))] if one.was is not None else []
        notes += [
            self._say["fewer"].format(there=line.quantity, wanted=line.quantity + less.pieces)
            for less in missing
            if less.why is Why.FEWER and line_key(less.line) == line_key(line)
        ]
        return {
            "name": line.name,
            "quantity": line.quantity,
            "price": line.price or 0,
            "image": line.image_url,
            "notes": notes,
        }

    def _missing(self, one: Missing) -> dict[str, Any]:
        note = self._say[str(one.why)]
        if one.instead is not None:
            note += ". " + self._say["instead"].format(name=one.instead.name)
        code = one.line.product_id.lower()
        image = f"/shop/pictures/{code}.svg"
        return {
            "name": f"{one.pieces} \N{MULTIPLICATION SIGN} {one.line.name}",
            "note": note,
            "image": image,
        }

    # --- the order ----------------------------------------------------------------------------

    async def _order(self, request: Request) -> Response:
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > LONGEST_FORM:
                return Response(status_code=413)
        [token, *_] = parse_qs(body.decode("utf-8", "replace")).get("token", [""])
        return await run_in_threadpool(self._placed, token)

    def _placed(self, token: str) -> Response:
        """The order as the shop's server would tell it; twice is once."""
        try:
            with self._store.reading() as reading:
                found = self._followed(reading, token)
                link = read_link(self._signer(), token, self._clock())
                row = present_row(reading, self._shop, link.profile)
                names = () if row is None else reading.identifiers_of(self._shop, row.id)
                who = [one for one in names if one.kind == IdentifierKind.EMAIL] or list(names)[:1]
                event = order_of(reading, self._shop, self._event(link.cart, who), found)
        except DeadLink:
            return self._shown(self._say["shop"], text=self._say["dead"], status=404, back=True)
        if found.was_ordered or not found.restoring.lines or not who:
            return self._shown(self._say["shop"], text=self._say["ordered"], back=True)
        ingest(self._store, self._rulebook, [Delivery(self._shop, [event])])
        self._written()
        return RedirectResponse("/shop/thanks", status_code=303)

    def _event(self, cart: str, who: Sequence[Identifier]) -> Event:
        now, order = self._clock(), f"order-{cart.removeprefix('cart-')}"
        return Event(
            shop=self._shop,
            id=f"storefront-{order}",
            metric=Metric.PLACED_ORDER.value,
            identifiers=tuple(who),
            time=now,
            received=now,
            properties={"cart_id": cart, "order_id": order, "simulated": True},
        )

    def _shown(self, title: str, *, status: int = 200, **values: Any) -> Response:  # noqa: ANN401
        html = self._page.render(
            title=title, language=self._language, say=self._say, money=money, **values
        )
        return HTMLResponse(html, status_code=status, headers=HEADERS)


def money(amount: int | None) -> str:
    """Pence as pounds."""
    return "" if amount is None else f"£{amount // 100:,}.{amount % 100:02d}"


def order_of(reading: Reading, shop: ShopId, event: Event, found: Followed) -> Event:
    """An order of what a link brought back: at the prices of now, with the person's code."""
    lines = found.restoring.lines
    value = _total(lines) - _off(_coupon(reading, shop, found), lines)
    more: dict[str, Any] = {
        "lines": msgspec.to_builtins(lines),
        "value": value,
        "currency": CURRENCY,
    }
    if found.code is not None:
        more["coupon"] = found.code.code
    return msgspec.structs.replace(event, properties={**event.properties, **more})


def _coupon(reading: Reading, shop: ShopId, found: Followed) -> Coupon | None:
    """What the person's code is of."""
    row = None if found.code is None else reading.coupon(shop, found.code.coupon)
    return None if row is None else coupon_of(row)


def _label(coupon: Coupon | None) -> str:
    gives = None if coupon is None else coupon.gives
    return f"\N{MINUS SIGN}{gives.percent}%" if isinstance(gives, Percent) else ""


def _off(coupon: Coupon | None, lines: Sequence[Line]) -> int:
    return 0 if coupon is None else worth(coupon, [goods_of(one) for one in lines])


def _total(lines: Sequence[Line]) -> int:
    return sum((one.price or 0) * one.quantity for one in lines)


async def _picture(request: Request) -> Response:
    found = catalogue().products.get(request.path_params["code"].upper())
    return Response(status_code=404) if found is None else _svg(picture(found))


async def _portrait(request: Request) -> Response:
    return _svg(portrait(escape(request.path_params["name"])))


def _svg(text: str) -> Response:
    headers = {**HEADERS, "Cache-Control": "max-age=86400"}
    headers["Content-Security-Policy"] = "default-src 'none'"
    return Response(text, media_type="image/svg+xml", headers=headers)


async def _style(_: Request) -> Response:
    return Response(_file("shop.css"), media_type="text/css", headers=HEADERS)


def _file(name: str) -> str:
    return files("cartback.demo.storefront").joinpath(name).read_text("utf-8")
