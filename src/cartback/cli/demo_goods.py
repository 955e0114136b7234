"""The demo's goods: its catalog, reviews and coupon, at the pages that this process serves."""

from collections.abc import Callable
from typing import Final

import msgspec

from cartback.cli.demo_shop import Site
from cartback.demo.catalogue import SITE
from cartback.demo.storefront import Storefront
from cartback.demo.storefront.stock import products, reviews
from cartback.domain.event import ShopId
from cartback.domain.template import Language
from cartback.engine.companions import count_companions
from cartback.engine.mailing import mailing_of, set_mailing
from cartback.engine.products import Read, take_products
from cartback.engine.signing import stored_signer
from cartback.engine.visits import judge_due
from cartback.web.health import App, Receive, Scope, Send
from cartback.wiring import Installation

_PATH: Final = "/shop"


def stock_up(base: Installation, shop: ShopId, site: Site, language: Language) -> None:
    """Hand over what the shop sells, and say where its pages are. What was changed since stays,
    unless the pages have moved to another port."""
    store, now = base.store, base.clock()
    note = f"demo:site:{shop}"
    with store.reading() as reading:
        is_there = reading.note(note) == site.encode()
        mailing = mailing_of(reading, shop)
    if is_there:
        return
    take_products(store, shop, (Read(1, one) for one in products(site)), now, whole=True)
    with store.transaction() as tx:
        tx.save_reviews(shop, reviews(site, language, now))
        tx.set_note(note, site.encode())
    if mailing is not None and (mailing.url or SITE).startswith((SITE, "http://")):
        moved = msgspec.structs.replace(mailing, url=site)
        set_mailing(store, shop, msgspec.to_builtins(moved))


def chores(base: Installation, shop: ShopId, more: Callable[[], None]) -> Callable[[], None]:
    """What the worker does beside waking, on the demo's clock: visits are judged, and what is
    bought together is counted."""

    def do() -> None:
        more()
        judge_due(base.store, base.rulebook, base.clock())
        count_companions(base.store, [shop])

    return do


class WithShop:
    """The server's application, with the demo shop's own pages below `/shop`."""

    def __init__(
        self,
        app: App,
        base: Installation,
        shop: ShopId,
        language: Language,
        written: Callable[[], None],
    ) -> None:
        self._app = app
        self._shop = Storefront(
            base.store,
            base.rulebook,
            base.clock,
            shop,
            lambda: stored_signer(base.store),
            language,
            written,
        ).app()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = str(scope.get("path", ""))
        is_ours = path == _PATH or path.startswith(_PATH + "/")
        await (self._shop if is_ours else self._app)(scope, receive, send)
