"""Products: what the shop sells, with prices, stock and reviews; and files of them."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.phrase import fault_text
from cartback.domain.product import Product
from cartback.engine.catalog_page import MOST_LOOKED, find_products, reviews_shown
from cartback.engine.products import Taken, Unread, take_products
from cartback.web.console.asked import AtShop, Refused
from cartback.web.console.feed_panel import Row, reason
from cartback.web.console.feed_panel import shown as shown_feed
from cartback.web.console.guard import Guard
from cartback.web.console.render import page

PAGE: Final = 50
LONGEST: Final = 300


def routes(guard: Guard) -> Sequence[BaseRoute]:
    at = "/shops/{shop}/products"
    return [
        Route(at, guard.of_shop(index), methods=["GET"]),
        Route(at + "/one", guard.of_shop(shown), methods=["GET"]),
        Route(at + "/file", guard.of_shop(ask, sees="marketer"), methods=["GET"]),
        Route(at + "/file", guard.of_shop(take), methods=["POST"]),
    ]


class Prices(NamedTuple):
    """A product's lowest and highest price now, in the currency of the first; and its stock, None
    where it is not counted."""

    low: int | None
    high: int | None
    currency: str
    reduced: bool
    stock: int | None


def prices_of(product: Product) -> Prices:
    now = [one.now for one in product.variants if one.now is not None]
    counted = [one.stock for one in product.variants]
    known = [one for one in counted if one is not None]
    return Prices(
        min(now, default=None),
        max(now, default=None),
        next((one.currency for one in product.variants if one.currency), ""),
        any(one.before is not None for one in product.variants),
        sum(known) if len(known) == len(counted) else None,
    )


def index(at: AtShop) -> Response:
    wanted, after = at.query.get("q", "").strip()[:LONGEST], at.query.get("after", "")[:LONGEST]
    is_whole, more = True, False
    with at.store.reading() as reading:
        count, feed = reading.count_products(at.id), shown_feed(reading, at)
        if wanted:
            found, is_whole = find_products(reading, at.id, wanted, PAGE)
        else:
            found = reading.products_after(at.id, after, PAGE + 1)
            more = len(found) > PAGE
    values = {
        "rows": [(one, prices_of(one)) for one in found[:PAGE]],
        "count": count,
        "feed": feed,
        "feed_said": at.query.get("feed", ""),
        "q": wanted,
        "whole": is_whole,
        "looked": MOST_LOOKED,
        "next": found[PAGE - 1].id if more else "",
    }
    return page(at, "products.html", values)


def shown(at: AtShop) -> Response:
    key = at.query.get("id", "")[:LONGEST]
    with at.store.reading() as reading:
        product = reading.products_by(at.id, [key]).get(key)
        reviews = reviews_shown(reading, at.id, key)
    if product is None:
        raise Refused(404)
    values = {"product": product, "prices": prices_of(product), "reviews": reviews}
    return page(at, "product.html", values)


# --- a file -------------------------------------------------------------------------------------


def ask(at: AtShop) -> Response:
    return _form(at)


def _form(at: AtShop, taken: Taken | None = None, error: str = "", text: str = "") -> Response:
    def told(rows: Sequence[Unread]) -> Sequence[Row]:
        return [Row(one.line, reason(at, one.fault, one.reason)) for one in rows]

    values = {
        "taken": taken,
        "bad": [] if taken is None else told(taken.examples),
        "repeats": [] if taken is None else told(taken.repeats),
        "error": error,
        "text": text,
    }
    return page(at, "products-file.html", values, status=422 if error else 200)


def take(at: AtShop) -> Response:
    """Rows of a table, or JSON, as they were pasted: each that makes sense is taken."""
    text, whole = at.form.text("rows"), at.form.text("whole") == "on"
    if not text:
        return _form(at, error=at.say.gettext("Paste the file's text here."))
    try:
        rows = list(at.ground.read_products(text.encode(), at.settings.currency))
    except ValueError as error:
        return _form(at, error=fault_text(error, at.language), text=text)
    store = at.noting("saved products", at.user.email, products=len(rows), whole=whole)
    taken = take_products(store, at.id, rows, at.now, whole=whole)
    at.ground.written()
    return _form(at, taken)
