"""The catalog's feed on the page of products: set, asked now, how it fared row by row, removed."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.fault import Fault
from cartback.domain.phrase import fault_text, kept_text
from cartback.engine.feeding import BadFeed, Fed, Feed, ask_again, feed_of, remove_feed, set_feed
from cartback.engine.ports import Reading
from cartback.web.console.asked import AtShop, Refused
from cartback.web.console.guard import Guard
from cartback.web.console.render import page, see

LONGEST_URL: Final = 2_000
OFTEN: Final = ("15 minutes", "1 hour", "2 hours", "6 hours", "12 hours", "1 day")


def routes(guard: Guard) -> Sequence[BaseRoute]:
    at = "/shops/{shop}/products/feed"
    return [
        Route(at, guard.of_shop(ask, sees="marketer"), methods=["GET"]),
        Route(at, guard.of_shop(change), methods=["POST"]),
    ]


class Row(NamedTuple):
    """A row with which something was wrong, in the visitor's language."""

    line: int
    reason: str


class Shown(NamedTuple):
    """The feed as its panel shows it."""

    feed: Feed
    fared: Fed
    rows: Sequence[Row]
    failure: str


def shown(reading: Reading, at: AtShop) -> Shown | None:
    """None where the shop has no feed."""
    found = feed_of(reading, at.id)
    if found is None:
        return None
    rows = [Row(one.line, reason(at, one.fault, one.reason)) for one in found[1].rows]
    return Shown(*found, rows, kept_text(found[1].failure, at.language))


def reason(at: AtShop, fault: Fault | None, english: str) -> str:
    """Why a row was not taken, as far as it can be said in the visitor's language."""
    return english if fault is None else fault_text(fault, at.language)


def ask(at: AtShop) -> Response:
    """The form."""
    with at.store.reading() as reading:
        return _form(at, shown(reading, at))


def _form(at: AtShop, feed: Shown | None, error: str = "", url: str = "") -> Response:
    values = {"feed": feed, "often": OFTEN, "error": error, "url": url}
    return page(at, "products-feed.html", values, status=422 if error else 200)


def change(at: AtShop) -> Response:
    """Set it, ask it now, or remove it."""
    match at.form.text("do"):
        case "set":
            return _set(at)
        case "now":
            if not ask_again(at.store, at.id):
                raise Refused(404)
            said = "asked"
        case "remove":
            said = "removed"
            with at.store.reading() as reading:
                if feed_of(reading, at.id) is None:
                    raise Refused(404)
            remove_feed(at.noting("removed the catalog's feed", at.user.email), at.id)
        case _:
            raise Refused(400)
    at.ground.written()
    return see(f"{at.path('products')}?feed={said}")


def _set(at: AtShop) -> Response:
    url, every = at.form.text("url")[:LONGEST_URL], at.form.text("every")
    document = {"url": url, "every": every, "whole": at.form.text("whole") == "on"}
    try:
        set_feed(at.noting("set the catalog's feed", url), at.id, document)
    except BadFeed:
        with at.store.reading() as reading:
            sentence = at.say.gettext("Write an address that begins with https://.")
            return _form(at, shown(reading, at), sentence, url)
    at.ground.written()
    return see(f"{at.path('products')}?feed=set")
