"""The catalog's feed is asked by itself, against a real HTTP server: only what changed is taken,
and what goes wrong is kept and shown."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from cartback.cli.health_catalog import catalog_findings
from cartback.domain.instant import HOUR, MINUTE
from cartback.engine.feeding import (
    Answered,
    BadFeed,
    Fed,
    Feed,
    ask_again,
    feed_due,
    feed_of,
    remove_feed,
    set_feed,
)
from cartback.engine.shop_ports import ShopRow
from cartback.fetch import Guard
from cartback.sources.catalog.feed import asking
from tests.scenarios.engine_shop import EngineShop

HEAD = "id,title,price,quantity\n"
ASKS = asking(Guard(["127.0.0.1"], None))


class Shop(BaseHTTPRequestHandler):
    """Serves a feed with its ETag."""

    body: ClassVar[str] = ""
    status: ClassVar[int] = 200
    asked: ClassVar[list[dict[str, str]]] = []

    def do_GET(self) -> None:
        self.asked.append({name.lower(): value for name, value in self.headers.items()})
        etag = f'"{hash(self.body)}"'
        status = 304 if self.headers.get("If-None-Match") == etag else self.status
        body = self.body.encode() if status == 200 else b""
        self.send_response(status)
        self.send_header("ETag", etag)
        self.send_header("Last-Modified", "Mon, 02 Mar 2026 09:00:00 GMT")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    Shop.body, Shop.status, Shop.asked = HEAD + "mug,Mug,9.00,3\n", 200, []
    running = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    thread = threading.Thread(target=running.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}/feed.csv"
    running.shutdown()
    thread.join()
    running.server_close()


def asks(shop: EngineShop) -> int:
    return feed_due(shop.store, ASKS, shop.now)


def fared(shop: EngineShop) -> Fed:
    with shop.store.reading() as reading:
        found = feed_of(reading, shop.id)
    assert found is not None
    return found[1]


def sold(shop: EngineShop) -> dict[str, int | None]:
    with shop.store.reading() as reading:
        return {one.id: one.variants[0].stock for one in reading.products_after(shop.id, "", 99)}


def finding(shop: EngineShop) -> tuple[bool, str]:
    with shop.store.reading() as reading:
        [one] = catalog_findings(reading, ShopRow(shop.id, "Mugs", 0))
    return one.well, one.says


def test_it_is_asked_at_once_and_then_in_its_time(shop: EngineShop, url: str) -> None:
    set_feed(shop.store, shop.id, {"url": url, "every": "2 hours"})
    assert "not asked yet" in finding(shop)[1]
    assert asks(shop) == 1
    assert sold(shop) == {"mug": 3}
    assert asks(shop) == 0
    shop.now += 2 * HOUR
    assert asks(shop) == 1
    assert Shop.asked[-1]["if-none-match"]
    assert Shop.asked[-1]["if-modified-since"] == "Mon, 02 Mar 2026 09:00:00 GMT"
    assert fared(shop).taken["created"] == 1, "nothing was taken the second time"
    Shop.body = HEAD + "jug,Jug,12.00,0\n"
    shop.now += 2 * HOUR
    asks(shop)
    assert sold(shop) == {"jug": 0}
    assert fared(shop).well == shop.now
    assert finding(shop)[0]


@pytest.mark.parametrize("status", [500, 404])
def test_a_failure_is_kept_and_the_catalog_stays(shop: EngineShop, url: str, status: int) -> None:
    set_feed(shop.store, shop.id, {"url": url})
    asks(shop)
    first, Shop.status, Shop.body = shop.now, status, "other"
    shop.now += 6 * HOUR
    asks(shop)
    assert str(status) in fared(shop).failure
    assert fared(shop).well == first
    assert sold(shop) == {"mug": 3}
    well, says = finding(shop)
    assert not well
    assert f"answers {status}" in says
    Shop.status, Shop.body = 200, HEAD + "mug,Mug,9.00,2\n"
    shop.now += 15 * MINUTE
    assert asks(shop) == 1, "it is asked again soon"
    assert fared(shop).failure == ""
    assert sold(shop) == {"mug": 2}


def test_rows_that_cannot_be_read_are_said_and_nothing_is_removed(
    shop: EngineShop, url: str
) -> None:
    set_feed(shop.store, shop.id, {"url": url})
    asks(shop)
    Shop.body = HEAD + "jug,Jug,12.00,1\n,,free,\n"
    shop.now += 6 * HOUR
    asks(shop)
    assert set(sold(shop)) == {"mug", "jug"}
    assert "1 rows could not be read, such as line 3" in fared(shop).failure
    assert "nothing was removed" in fared(shop).failure


def test_a_page_instead_of_a_feed_is_a_failure(shop: EngineShop, url: str) -> None:
    Shop.body = "<!doctype html><title>Sign in</title>"
    set_feed(shop.store, shop.id, {"url": url})
    asks(shop)
    assert fared(shop).failure
    assert sold(shop) == {}


def test_no_address_inside_is_asked(shop: EngineShop, url: str) -> None:
    set_feed(shop.store, shop.id, {"url": url})
    feed_due(shop.store, asking(Guard()), shop.now)
    assert Shop.asked == []
    assert fared(shop).failure


def test_a_feed_that_was_removed_is_asked_no_more(shop: EngineShop, url: str) -> None:
    set_feed(shop.store, shop.id, {"url": url})
    assert remove_feed(shop.store, shop.id)
    assert not remove_feed(shop.store, shop.id)
    assert asks(shop) == 0


@pytest.mark.parametrize(
    "document", [{}, {"url": "ftp://x"}, {"url": "https://x.example", "every": "1 minute"}]
)
def test_what_is_no_feed_is_refused(shop: EngineShop, document: dict[str, str]) -> None:
    with pytest.raises(BadFeed):
        set_feed(shop.store, shop.id, document)


def test_who_wants_it_asked_again_while_it_is_read_has_it_asked_again(shop: EngineShop) -> None:
    set_feed(shop.store, shop.id, {"url": "https://shop.example/feed.csv"})

    @contextmanager
    def slow(feed: Feed, before: Fed, currency: str) -> Iterator[Answered]:
        heard.append(before.etag)
        if len(heard) == 2:
            ask_again(shop.store, shop.id)
        yield Answered(iter(()), etag='"1"')

    heard: list[str] = []
    feed_due(shop.store, slow, shop.now)
    shop.now += 6 * HOUR
    feed_due(shop.store, slow, shop.now)
    assert feed_due(shop.store, slow, shop.now) == 1
    assert heard == ["", '"1"', ""], "it is read even if it is the same"
