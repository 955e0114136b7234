"""Coupons in the console: made, changed, put away and brought back; codes and the pool."""

from __future__ import annotations

import html
from typing import Any

import pytest

from cartback.domain.coupon import Goods, Wish
from cartback.domain.event import Metric
from cartback.engine.codes import fill_pool, give
from cartback.engine.coupon_ports import CodeRow
from cartback.engine.coupon_supply import running_out
from cartback.engine.coupons import archive_coupon, coupon_of, define_coupon
from cartback.engine.redeeming import Order, redeem
from tests.web.console.desk import Desk

TYPED: dict[str, str] = {
    "name": "Ten & more",
    "kind": "percent",
    "percent": "10",
    "minimum": "20.50",
    "products": "tea, cake\nmug",
    "expires": "36",
    "expires_unit": "hour",
    "single_use": "on",
    "budget": "100",
    "margin_floor": "20",
    "pause": "30",
    "pause_unit": "day",
    "codes": "made",
    "prefix": "tea",
}
DOCUMENT: dict[str, Any] = {
    "gives": {"kind": "percent", "percent": 10},
    "currency": "USD",
    "minimum": 2_050,
    "products": ("tea", "cake", "mug"),
    "expires": "36 hours",
    "budget": 10_000,
    "margin_floor": 20,
    "not_again_within": "30 days",
    "prefix": "TEA",
}


def coupon(desk: Desk, key: str) -> dict[str, Any]:
    """What is defined, of the fields that the form was given."""
    with desk.store.reading() as reading:
        row = reading.coupon(desk.shop, key)
    assert row is not None
    found = coupon_of(row)
    values = {name: getattr(found, name) for name in DOCUMENT if name != "gives"}
    return values | {"gives": {"kind": "percent", "percent": getattr(found.gives, "percent", 0)}}


def made(desk: Desk, **offer: Any) -> str:  # noqa: ANN401  a document's fields
    document = {"gives": {"kind": "percent", "percent": 10}, **offer}
    return define_coupon(desk.store, desk.shop, "Ten", document, desk.now).key


def code_of(desk: Desk, who: str, key: str = "ten") -> CodeRow:
    desk.engine.happens(who, Metric.VIEWED_PAGE)
    wish = Wish(coupon=key, cart="0:cart-7", goods=(Goods("tea", 4_000),))
    with desk.store.transaction() as tx:
        found = give(tx, desk.shop, wish, desk.engine.profile_of(who), desk.now)
    assert isinstance(found, CodeRow)
    return found


def test_a_coupon_is_made_and_changed_as_it_was_typed(staffed: Desk) -> None:
    marketer = staffed.visitor("marketer")
    answer = marketer.post(staffed.path("coupons"), TYPED)
    assert answer.headers["location"] == staffed.path("coupons", "ten-more") + "?saved=1"
    assert coupon(staffed, "ten-more") == DOCUMENT
    page = marketer.get(staffed.path("coupons", "ten-more")).text
    assert "good for 36 hours after it was given" in page
    form = marketer.get(staffed.path("coupons", "ten-more", "change")).text
    assert 'value="20.50"' in form
    path = staffed.path("coupons", "ten-more", "change")
    marketer.post(path, TYPED | {"percent": "15", "version": "1"})
    assert coupon(staffed, "ten-more")["gives"]["percent"] == 15
    answer = marketer.post(path, TYPED | {"percent": "20", "version": "1"})
    assert answer.status_code == 422
    assert "Somebody else changed it meanwhile" in answer.text
    with staffed.store.reading() as reading:
        done = [one.action for one in reading.audit(staffed.shop, 2**62, 9)]
    assert done == ["changed coupon", "made coupon"]


@pytest.mark.parametrize(
    "field, value",
    [
        ("percent", "0"),
        ("percent", "101"),
        ("percent", "ten"),
        ("minimum", "-3"),
        ("minimum", "1.234"),
        ("budget", "x"),
        ("margin_floor", "100"),
        ("expires", "0"),
        ("pause", "1.5"),
        ("prefix", "A B"),
        ("name", ""),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(staffed: Desk, field: str, value: str) -> None:
    answer = staffed.visitor("marketer").post(staffed.path("coupons"), TYPED | {field: value})
    assert answer.status_code == 422
    assert f'id="wrong-{field}"' in answer.text
    with staffed.store.reading() as reading:
        assert reading.coupons(staffed.shop) == []


def test_a_name_that_is_taken_is_refused(staffed: Desk) -> None:
    made(staffed)
    answer = staffed.visitor("marketer").post(staffed.path("coupons"), TYPED | {"name": "ten"})
    assert answer.status_code == 422
    assert "There is a coupon of that name already" in answer.text


def test_it_is_put_away_and_brought_back(staffed: Desk) -> None:
    key, marketer = made(staffed), staffed.visitor("marketer")
    answer = marketer.post(staffed.path("coupons", key, "archive"))
    page = marketer.get(answer.headers["location"]).text
    assert "No code is given any more" in page
    assert "Undo" in page
    assert "1 archived" in marketer.get(staffed.path("coupons")).text
    assert marketer.post(staffed.path("coupons", key, "change"), TYPED).status_code == 409
    marketer.post(staffed.path("coupons", key, "restore"))
    with staffed.store.reading() as reading:
        row = reading.coupon(staffed.shop, key)
    assert row is not None
    assert row.status == "live"


def test_codes_are_found_by_how_they_are_written_and_whose_they_are(staffed: Desk) -> None:
    made(staffed, currency="USD", budget=1_000)
    ada, bob = code_of(staffed, "ada@example.com"), code_of(staffed, "bob@example.com")
    with staffed.store.transaction() as tx:
        order = Order(id="o-7", goods=(Goods("tea", 4_000),), currency="USD")
        redeem(tx, staffed.shop, ada.code, order, staffed.now)
    viewer, path = staffed.visitor("viewer"), staffed.path("coupons", "ten")
    page = viewer.get(path).text
    for text in ("order o-7", "cart-7", ada.code, bob.code, "$4.00", "Codes used"):
        assert text in page, text
    assert "$2.00 left this month" in viewer.get(staffed.path("coupons")).text
    for query in (bob.code.lower().replace("-", ""), "bob@example.com"):
        page = viewer.get(f"{path}?q={query}").text
        assert bob.code in page
        assert ada.code not in page
    assert "No code is written so" in viewer.get(f"{path}?q=nobody").text
    text = staffed.visitor("marketer").get(path + "/codes.csv").text
    assert f"{ada.code}," in text
    assert "o-7" in text


def test_a_pool_tells_what_was_taken_and_what_was_refused(staffed: Desk) -> None:
    made(staffed, codes="pool")
    marketer, path = staffed.visitor("marketer"), staffed.path("coupons", "ten", "pool")
    assert "0 codes wait" in marketer.get(staffed.path("coupons", "ten")).text
    page = marketer.post(path, {"codes": "SAVE-1\nSAVE-2, save1\n<b>쿠폰</b>"}).text
    assert "2 codes taken" in page
    assert "1 was there already" in page
    assert "1 can be no code" in page
    assert "&lt;b&gt;쿠폰&lt;/b&gt;" in page
    assert "2 codes wait to be given" in page
    assert marketer.post(path, {"codes": " "}).status_code == 422
    with staffed.store.reading() as reading:
        [line] = reading.audit(staffed.shop, 2**62, 9)
    assert (line.action, line.detail) == ("uploaded codes", {"added": 2, "known": 1})


def test_an_amount_is_kept_in_the_coupons_own_currency(staffed: Desk) -> None:
    made(staffed, gives={"kind": "amount", "amount": 5_000}, currency="KRW")
    marketer, path = staffed.visitor("marketer"), staffed.path("coupons", "ten", "change")
    assert 'value="5000"' in marketer.get(path).text
    typed = {**TYPED, "kind": "amount", "amount": "7000", "minimum": "", "budget": ""}
    assert marketer.post(path, typed | {"name": "Ten"}).status_code == 303
    with staffed.store.reading() as reading:
        row = reading.coupon(staffed.shop, "ten")
    assert row is not None
    assert coupon_of(row).currency == "KRW"
    assert getattr(coupon_of(row).gives, "amount", 0) == 7_000


def with_pool(desk: Desk, size: int) -> str:
    key = made(desk, codes="pool")
    with desk.store.transaction() as tx:
        fill_pool(tx, desk.shop, key, [f"SAVE{number}" for number in range(size)])
    return key


def short(desk: Desk) -> list[tuple[str, int, int, bool]]:
    with desk.store.reading() as reading:
        found = running_out(reading, desk.shop, desk.now)
    return [(one.of, one.left, one.whole, one.is_gone) for one in found]


def gives(desk: Desk, count: int) -> None:
    for number in range(count):
        code_of(desk, f"p{desk.now}-{number}@example.com")


def test_a_pool_that_runs_dry_tells_the_shop_before_and_then(staffed: Desk) -> None:
    with_pool(staffed, 20)
    gives(staffed, 17)
    assert short(staffed) == []
    pages = [staffed.path(), staffed.path("coupons")]
    marketer, viewer = staffed.visitor("marketer"), staffed.visitor("viewer")
    assert not any("Coupons that run out" in marketer.get(one).text for one in pages)
    staffed.now += 1
    gives(staffed, 1)
    assert short(staffed) == [("pool", 2, 20, False)]
    assert all("2 codes are left, of 20." in marketer.get(one).text for one in pages)
    staffed.now += 1
    gives(staffed, 2)
    assert short(staffed) == [("pool", 0, 20, True)]
    for one in pages:
        assert "Its pool is empty" in marketer.get(one).text
        assert 'ten#pool">Upload codes' in marketer.get(one).text
        assert "Its pool is empty" in viewer.get(one).text
        assert "Upload codes" not in viewer.get(one).text
    with staffed.store.transaction() as tx:
        fill_pool(tx, staffed.shop, "ten", [f"MORE{number}" for number in range(9)])
    assert short(staffed) == []
    staffed.now += 1
    gives(staffed, 8)
    assert short(staffed) == [], "one of nine is more than a tenth"


def test_a_pool_that_was_never_filled_is_empty(staffed: Desk) -> None:
    made(staffed, codes="pool")
    assert short(staffed) == [("pool", 0, 0, True)]


def test_a_budget_that_is_used_up_tells_the_shop_before_and_then(staffed: Desk) -> None:
    five = {"kind": "amount", "amount": 500}
    made(staffed, gives=five, currency="USD", budget=10_000)
    gives(staffed, 18)
    assert short(staffed) == []
    staffed.now += 1
    gives(staffed, 1)
    assert short(staffed) == [("budget", 500, 10_000, False)]
    page = staffed.visitor("marketer").get(staffed.path("coupons")).text
    assert "$5.00 is left of the month's budget of $100.00." in html.unescape(page)
    staffed.now += 1
    gives(staffed, 1)
    assert short(staffed) == [("budget", 0, 10_000, True)]
    visitor = staffed.visitor("marketer")
    visitor.client.cookies.set("cartback_language", "ko")
    assert "모두 썼어요" in visitor.get(staffed.path()).text
    assert staffed.path("coupons", "ten", "change") in visitor.get(staffed.path()).text
    archive_coupon(staffed.store, staffed.shop, "ten", staffed.now)
    assert short(staffed) == []


def test_what_is_less_than_a_code_costs_is_nothing(staffed: Desk) -> None:
    five = {"kind": "amount", "amount": 500}
    made(staffed, gives=five, currency="USD", budget=1_400)
    gives(staffed, 2)
    assert short(staffed) == [("budget", 400, 1_400, True)]
