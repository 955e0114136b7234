"""Products in the console: found, looked at with their reviews, and taken from a file's text."""

from __future__ import annotations

from contextlib import nullcontext
from typing import NoReturn

from cartback.domain.fault import Fault
from cartback.domain.product import Product, Variant
from cartback.domain.review import Review
from cartback.engine.feeding import Answered, Fed, Feed, FeedFailed, feed_due, feed_of, set_feed
from cartback.sources.catalog.pasted import pasted_products
from tests.web.console.desk import OURS, Desk

TABLE = """id,title,price,availability
mug,"Blue <mug>",9.00 USD,in stock
cup,Cup,abc,in stock
pot,Pot,19.00 USD,out of stock
"""


def stocked(desk: Desk) -> Desk:
    small = Variant(id="s", sku="MUG-S", price=900, sale_price=700, currency="USD", stock=3)
    mug = Product(id="mug/1", name="Blue <mug>", brand="Clay", variants=(small, Variant(id="l")))
    cup = Product(id="cup", name="Cup", categories=("Kitchen",), variants=(Variant(stock=0),))
    review = Review(id="r", product="mug/1", author="Ada", rating=4, at=desk.now, text="Good.")
    with desk.store.transaction() as tx:
        tx.save_products(desk.shop, [mug, cup], desk.now)
        tx.save_reviews(desk.shop, [review])
    return desk


def test_products_are_found_by_any_name(staffed: Desk) -> None:
    viewer, path = stocked(staffed).visitor("viewer"), staffed.path("products")
    page = viewer.get(path).text
    for text in ("Blue &lt;mug&gt;", "$7.00", "sold out", "reduced"):
        assert text in page, text
    for query, mug, cup in (
        ("MUG-S", True, False),
        ("blue", True, False),
        ("clay", True, False),
        ("kitchen", False, True),
        ("cup", False, True),
        ("nothing", False, False),
    ):
        page = viewer.get(f"{path}?q={query}").text
        assert ("Blue &lt;mug&gt;" in page, "?id=cup" in page) == (mug, cup), query
    assert "No product has that id" in viewer.get(f"{path}?q=nothing").text


def test_a_product_shows_its_variants_and_reviews(staffed: Desk) -> None:
    viewer = stocked(staffed).visitor("viewer")
    page = viewer.get(staffed.path("products", "one") + "?id=mug/1").text
    for text in ("MUG-S", "3 in stock", "not counted", "4 of 5 stars", "has not allowed it"):
        assert text in page, text
    assert viewer.get(staffed.path("products", "one") + "?id=x").status_code == 404
    assert viewer.get(staffed.path("products", "one")).status_code == 404


def test_a_files_text_is_taken_and_what_is_wrong_is_named(staffed: Desk) -> None:
    marketer, path = staffed.visitor("marketer"), staffed.path("products", "file")
    page = marketer.post(path, {"rows": TABLE}).text
    assert "1 row could not be read" in page
    assert "Line 3:" in page
    with staffed.store.reading() as reading:
        assert [one.id for one in reading.products_after(staffed.shop, "", 9)] == ["mug", "pot"]
        [line] = reading.audit(staffed.shop, 2**62, 9)
    assert line.action == "saved products"
    staffed.now += 1
    whole = TABLE.replace("cup,Cup,abc,in stock\n", "").replace("pot,Pot", "jug,Jug")
    marketer.post(path, {"rows": whole, "whole": "on"})
    with staffed.store.reading() as reading:
        assert [one.id for one in reading.products_after(staffed.shop, "", 9)] == ["jug", "mug"]


def test_a_price_that_is_none_is_named_as_it_was_written(staffed: Desk) -> None:
    marketer, path = staffed.visitor("marketer"), staffed.path("products", "file")
    page = marketer.post(path, {"rows": "id,name,price\n1,Mug,abc"}).text
    assert "abc" in page.partition("is not an amount")[0].rpartition("Line 2")[2]


def test_what_is_no_table_is_refused_with_a_sentence(staffed: Desk) -> None:
    marketer, path = staffed.visitor("marketer"), staffed.path("products", "file")
    for text in ("", "[1,", "colour,size\nred,m\n"):
        answer = marketer.post(path, {"rows": text})
        assert answer.status_code == 422, text
        assert "wrong-rows" in answer.text
    korean = {**OURS, "accept-language": "ko"}
    answer = marketer.post(path, {"rows": "colour,size\nred,m\n"}, korean)
    assert "열이 필요합니다. 지금 있는 열: colour, size" in answer.text


def test_without_any_the_page_says_where_they_come_from(staffed: Desk) -> None:
    assert "No products yet" in staffed.visitor("viewer").get(staffed.path("products")).text


def test_a_feed_that_is_not_well_is_seen_above_the_products(staffed: Desk) -> None:
    viewer, path = stocked(staffed).visitor("viewer"), staffed.path("products")
    assert "The feed" not in viewer.get(path).text.partition("<main")[2]
    set_feed(staffed.store, staffed.shop, {"url": "https://shop.example/f.csv?a=1&b=<2>"})
    assert "was not asked yet" in viewer.get(path).text

    def fails(feed: Feed, before: Fed, currency: str) -> NoReturn:
        raise FeedFailed(str(Fault("feed_answered", status=500)))

    feed_due(staffed.store, fails, staffed.now)
    page = viewer.get(path).text
    assert "The feed is not well" in page
    assert "The products stay as they were." in page
    assert "the feed&#39;s server answers 500" in page
    assert "피드 서버가 500(으)로 응답했습니다" in viewer.get(path, accept_language="ko").text
    assert "b=&lt;2&gt;" in page


def test_a_feed_is_set_asked_now_and_removed(staffed: Desk) -> None:
    marketer, path = stocked(staffed).visitor("marketer"), staffed.path("products", "feed")
    refused = marketer.post(path, {"do": "set", "url": "not an address", "every": "1 hour"})
    assert refused.status_code == 422
    assert "begins with https://" in refused.text
    assert "not an address" in refused.text
    feed = {"do": "set", "url": "https://shop.example/f.csv", "every": "1 hour", "whole": "on"}
    answer = marketer.post(path, feed)
    page = marketer.get(answer.headers["location"]).text
    assert "asked within seconds" in page
    feed_due(staffed.store, lambda *_: nullcontext(Answered(None, etag="v1")), staffed.now)
    assert marketer.post(path, {"do": "now"}).status_code == 303
    with staffed.store.reading() as reading:
        found = feed_of(reading, staffed.shop)
    assert found is not None
    assert (found[1].due, found[1].etag) == (0, "")
    assert marketer.post(path, {"do": "remove"}).status_code == 303
    for act, status in (("now", 404), ("remove", 404), ("dance", 400)):
        assert marketer.post(path, {"do": act}).status_code == status
    with staffed.store.reading() as reading:
        actions = [one.action for one in reading.audit(staffed.shop, 2**62, 9)]
    assert actions == ["removed the catalog's feed", "set the catalog's feed"]


def test_a_feeds_rows_are_named_in_the_readers_language(staffed: Desk) -> None:
    set_feed(staffed.store, staffed.shop, {"url": "https://shop.example/f.csv"})
    rows = list(pasted_products(f"{TABLE}mug,Mug again,8.00 USD,in stock\n".encode(), "USD"))
    feed_due(staffed.store, lambda *_: nullcontext(Answered(rows)), staffed.now)
    viewer, path = staffed.visitor("viewer"), staffed.path("products")
    english = viewer.get(path).text
    assert "1 row could not be read. So nothing was removed" in english
    assert "Line 3:" in english
    assert "is not an amount" in english
    assert "stood in line 2 already; this line counts" in english
    korean = viewer.get(path, accept_language="ko").text
    assert "금액이 아닙니다" in korean
    assert "2번째 줄에 이미 있습니다" in korean
    assert "is not an amount" not in korean


def test_what_is_wrong_with_a_row_is_said_in_korean(staffed: Desk) -> None:
    marketer, path = staffed.visitor("marketer"), staffed.path("products", "file")
    rows = (
        "id,title,price,availability",
        "a,Cup,abc USD,in stock",
        "b,Cup,9.00 XYZ,in stock",
        "c,Cup,9.00 USD,perhaps",
        "d,,9.00 USD,in stock",
        "e,Cup",
        "f,Cup,9.00 USD,in stock",
        "f,Cup,8.00 USD,in stock",
    )
    marketer.client.headers["accept-language"] = "ko"
    page = marketer.post(path, {"rows": "\n".join(rows)}).text
    report = page.partition("<main")[2].partition("</section>")[0]
    for text in (
        "금액이 아닙니다",
        "“XYZ”: 통화가 아닙니다",
        "“perhaps”: 재고가 있는지",
        "`name` 값이 없습니다",
        "머리글에는 4개가",
        "7번째 줄에 이미 있습니다",
    ):
        assert text in report, text
    with staffed.store.reading() as reading:
        [cup] = reading.products_after(staffed.shop, "", 9)
    assert cup.variants[0].price == 800, "the later one counts"


def test_a_form_that_is_shown_again_can_be_gone_back_to(staffed: Desk) -> None:
    """With `no-store` a browser would ask for it to be sent again: ERR_CACHE_MISS."""
    marketer, path = staffed.visitor("marketer"), staffed.path("products", "feed")
    assert marketer.get(path).headers["cache-control"] == "no-store"
    again = marketer.post(path, {"do": "set", "url": "x"})
    assert (again.status_code, again.headers["cache-control"]) == (422, "private, no-cache")
