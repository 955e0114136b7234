"""Home says how the carts stand and what came back, by numbers that were kept, not counted."""

from __future__ import annotations

from cartback.domain.instant import DAY, HOUR, MINUTE, Zone
from cartback.engine.home import days, newest_left, standing, total
from tests.scenarios.engine_shop import did, segment
from tests.web.console.desk import Desk


def checks_out(desk: Desk, who: str, value: int, currency: str = "USD") -> None:
    desk.engine.happens(
        f"#{who}",
        "Checkout Started",
        cart_id=f"cart-{who}",
        value=value,
        currency=currency,
        lines=[{"product_id": "tea", "name": "Green tea", "price": value}],
    )


def orders(desk: Desk, who: str, value: int, currency: str = "USD") -> None:
    desk.engine.happens(
        f"#{who}", "Placed Order", cart_id=f"cart-{who}", value=value, currency=currency
    )


def later(desk: Desk, duration: int) -> None:
    desk.engine.passes(duration)
    desk.now = desk.engine.now


def test_a_cart_is_open_then_abandoned_then_brought_back(staffed: Desk) -> None:
    checks_out(staffed, "ada", 5990)
    with staffed.store.reading() as reading:
        now = standing(reading, staffed.shop, "USD")
        assert (now.active.count, now.active.amount("USD")) == (1, 5990)
        assert now.abandoned.count == 0
    later(staffed, HOUR)
    with staffed.store.reading() as reading:
        now = standing(reading, staffed.shop, "USD")
        assert (now.active.count, now.abandoned.count) == (0, 1)
        assert now.abandoned.amount("USD") == 5990
        [left] = newest_left(reading, staffed.shop, (staffed.now + 1, 0), 9, "USD")
        assert (left.name, left.value, left.lines) == ("ada", 5990, ["Green tea"])
        assert left.at == staffed.now
    later(staffed, 5 * MINUTE)
    orders(staffed, "ada", 5000)
    with staffed.store.reading() as reading:
        now = standing(reading, staffed.shop, "USD")
        assert now.abandoned.count == now.active.count == 0
        assert newest_left(reading, staffed.shop, (staffed.now + 1, 0), 9, "USD") == []
        past = days(reading, staffed.shop, Zone(), staffed.now, 7, "USD")
    assert [day.recovered.count for day in past] == [0] * 6 + [1]
    whole = total(past)
    assert (whole.abandoned.count, whole.recovered.amount("USD")) == (1, 5000)
    assert (whole.ordered.count, whole.ordered.amount("USD")) == (1, 5000)


def test_a_cart_whose_value_was_not_sent_is_not_worth_nothing(staffed: Desk) -> None:
    staffed.engine.happens("#ada", "Checkout Started")
    later(staffed, HOUR)
    with staffed.store.reading() as reading:
        [left] = newest_left(reading, staffed.shop, (staffed.now + 1, 0), 9, "USD")
    assert (left.value, left.is_priced) == (0, False)
    for path in ((), ("carts",)):
        page = staffed.visitor("viewer").get(staffed.path(*path)).text
        assert page.count("no value was sent") == 1


def test_days_begin_at_midnight_of_the_shop(staffed: Desk) -> None:
    later(staffed, 14 * HOUR)  # 23:00 UTC, 08:00 of the next day in Seoul
    checks_out(staffed, "ada", 100)
    later(staffed, HOUR)
    later(staffed, DAY)
    with staffed.store.reading() as reading:
        utc = days(reading, staffed.shop, Zone(), staffed.now, 3, "USD")
        seoul = days(reading, staffed.shop, Zone("Asia/Seoul"), staffed.now, 3, "USD")
    assert [day.abandoned.count for day in utc] == [0, 1, 0]
    assert [day.abandoned.count for day in seoul] == [0, 1, 0]
    assert utc[1].start - seoul[1].start == 9 * HOUR


def test_each_currency_is_its_own_sum(staffed: Desk) -> None:
    checks_out(staffed, "ada", 100, "EUR")
    checks_out(staffed, "bob", 200, "USD")
    later(staffed, HOUR)
    with staffed.store.reading() as reading:
        found = standing(reading, staffed.shop, "USD").abandoned
    assert dict(found.money) == {"EUR": 100, "USD": 200}
    page = staffed.visitor("viewer").get(staffed.path()).text
    assert "$2.00" in page
    assert "+ €1.00" in page


def test_another_shops_carts_are_not_ours(staffed: Desk) -> None:
    checks_out(staffed, "ada", 100)
    later(staffed, HOUR)
    other = staffed.visitor("other")
    assert "Green tea" not in other.get(f"/shops/{staffed.other}").text
    for path in (staffed.path(), staffed.path("carts")):
        assert other.get(path).status_code == 404
        assert staffed.visitor().get(path).status_code == 303
        assert "Green tea" in staffed.visitor("viewer").get(path).text


def test_the_carts_page_pages(staffed: Desk) -> None:
    for number in range(60):
        checks_out(staffed, f"shopper-{number:02}", 100 + number)
    later(staffed, HOUR)
    viewer = staffed.visitor("viewer")
    first = viewer.get(staffed.path("carts")).text
    assert first.count("Green tea") == 50
    older = first.partition('rel="next" href="')[2].partition('"')[0]
    second = viewer.get(staffed.path("carts") + older).text
    assert second.count("Green tea") == 10
    assert "before=" not in second
    assert viewer.get(staffed.path("carts") + "?before=nonsense").status_code == 200


def test_carts_are_sorted_by_value_and_those_of_little_value_left_out(staffed: Desk) -> None:
    for number in range(60):
        checks_out(staffed, f"shopper-{number:02}", 100 + number)
    checks_out(staffed, "euro", 9_900, "EUR")
    later(staffed, HOUR)
    viewer, path = staffed.visitor("viewer"), staffed.path("carts")
    page = viewer.get(f"{path}?sort=value").text
    assert page.index("$1.59") < page.index("$1.58") < page.index("$1.11")
    assert "€99.00" not in page, "on the second page: no rate is known"
    second = page.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "€99.00" in viewer.get(path + second).text
    page = viewer.get(f"{path}?least=1.55").text
    assert page.count("Green tea") == 5
    assert 'value="1.55"' in page
    assert "€99.00" not in page
    assert "No abandoned cart is worth as much." in viewer.get(f"{path}?least=70").text
    for bad in ("x", "-1", "1e9", "9" * 99, "1.2.3", "."):
        assert viewer.get(f"{path}?least={bad}").text.count("Green tea") == 50


def test_names_are_shown_and_never_obeyed(staffed: Desk) -> None:
    staffed.engine.happens("#eve", "Checkout Started", value=1, traits={"name": "<script>alert(1)"})
    later(staffed, HOUR)
    page = staffed.visitor("viewer").get(staffed.path()).text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


def test_who_can_be_written_to_stands_before_who_cannot(staffed: Desk) -> None:
    line = {"product_id": "tea", "name": "Green tea", "price": 900}
    for who in ("anonymous-1", "#ada ada@example.com", "anonymous-2"):
        staffed.engine.happens(who, "Added to Cart", cart_id=who, lines=[line])
    later(staffed, 2 * HOUR)
    page = staffed.visitor("viewer").get(staffed.path()).text
    known, unknown = page.split("No address is known of these")
    assert "ada@example.com" in known.split("Just left a cart behind")[1]
    assert unknown.split("</section>")[0].count("Somebody unknown") == 2


def test_what_somebody_enters_at_once_is_told_at_once(staffed: Desk) -> None:
    for key in ("one", "two", "three"):
        staffed.engine.has(segment(key, did("Viewed Product")))
    staffed.engine.catches_up()
    staffed.engine.happens("#ada ada@example.com", "Viewed Product")
    page = staffed.visitor("viewer").get(staffed.path()).text
    assert page.count("data-arrival") == 1
    assert page.count("entered ") == 3
