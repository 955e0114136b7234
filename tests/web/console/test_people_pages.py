"""People: found by any identifier, the cart on top, and of each segment why and until when."""

from __future__ import annotations

from cartback.domain.instant import HOUR
from tests.scenarios.engine_shop import did, segment
from tests.web.console.desk import Desk


def later(desk: Desk, duration: int) -> None:
    desk.engine.passes(duration)
    desk.now = desk.engine.now


def test_somebody_is_found_by_any_identifier(staffed: Desk) -> None:
    staffed.engine.happens("#ada ada@example.com device-1", "Viewed Product")
    viewer = staffed.visitor("viewer")
    found = {
        viewer.get(staffed.path("people") + f"?q={wanted}").headers["location"]
        for wanted in ("ada", "ADA@example.com", "device-1", "email:ada@example.com")
    }
    assert len(found) == 1
    page = viewer.get(found.pop()).text
    assert "ada@example.com" in page
    assert "device-1" in page
    missing = viewer.get(staffed.path("people") + "?q=nobody")
    assert missing.status_code == 404
    assert "Nobody has exactly that identifier" in missing.text


def test_the_cart_is_on_top_and_says_from_when_it_is_abandoned(staffed: Desk) -> None:
    staffed.engine.happens(
        "#ada",
        "Checkout Started",
        value=1234,
        currency="EUR",
        lines=[{"product_id": "tea", "name": "Green tea", "price": 617, "quantity": 2}],
    )
    viewer = staffed.visitor("viewer")
    page = viewer.get(staffed.path("people", 1)).text
    assert "In the checkout" in page
    assert "counts as abandoned from 2 Mar 2026, 10:00:00" in page
    assert "€12.34" in page
    assert page.index("Green tea") < page.index("What happened")
    later(staffed, HOUR)
    page = viewer.get(staffed.path("people", 1)).text
    assert "Checkout left behind" in page
    assert "Cart Abandoned" in page
    assert "장바구니 이탈" in viewer.get(staffed.path("people", 1), accept_language="ko").text


def test_each_segment_says_since_and_until(staffed: Desk) -> None:
    staffed.engine.has(segment("hourly", did("Placed Order", "1 hour")))
    staffed.engine.has(segment("viewers", did("Viewed Product")))
    staffed.engine.happens("#ada", "Placed Order")
    page = staffed.visitor("viewer").get(staffed.path("people", 1)).text
    assert "until 2 Mar 2026, 10:00:00" in page
    assert f"{staffed.path('segments', 'viewers', 'why')}?person=1" in page


def test_the_timeline_can_be_narrowed_and_goes_on(staffed: Desk) -> None:
    for _ in range(40):
        staffed.engine.happens("#ada", "Viewed Product")
    staffed.engine.happens("#ada", "Added to Cart", product_id="tea")
    viewer = staffed.visitor("viewer")
    path = staffed.path("people", 1)
    assert viewer.get(path).text.count(">Viewed Product<") == 29
    assert viewer.get(path + "?show=carts").text.count(">Viewed Product<") == 0
    assert viewer.get(path + "?show=visits").text.count(">Added to Cart<") == 0
    assert viewer.get(path + "?events=130").text.count(">Viewed Product<") == 40
    assert viewer.get(path + "?events=nonsense&show=nonsense").status_code == 200


def test_everything_is_downloaded_and_that_is_noted(staffed: Desk) -> None:
    staffed.engine.happens("#ada", "Placed Order")
    answer = staffed.visitor("marketer").get(staffed.path("people", 1, "export"))
    assert answer.json()["events"][0]["metric"] == "Placed Order"
    changes = staffed.visitor("owner").get(staffed.path("settings", "changes")).text
    assert "marketer@example.com" in changes
    assert "downloaded all about person" in changes


def test_a_merge_is_undone(staffed: Desk) -> None:
    staffed.engine.happens("device-1", "Viewed Product")
    staffed.engine.happens("#ada", "Viewed Product")
    staffed.engine.happens("#ada device-1", "Identified")
    viewer, marketer = staffed.visitor("viewer"), staffed.visitor("marketer")
    with staffed.store.reading() as reading:
        [merge] = reading.merges(staffed.shop)
    page = staffed.path("people", merge.winner)
    assert "Undo" not in viewer.get(page).text
    assert ">Undo<" in marketer.get(page).text
    assert marketer.post(page + "/undo", {"merge": str(merge.id)}).status_code == 303
    assert "undone 2 Mar 2026" in marketer.get(page).text
    assert marketer.post(page + "/undo", {"merge": str(merge.id)}).status_code == 409
    assert marketer.post(page + "/undo", {"merge": "99"}).status_code == 404


def test_traits_are_shown_and_never_obeyed(staffed: Desk) -> None:
    traits = {"name": "<b>Eve", "plan": {"a": "<i>"}, "rtl": "\u202eabc"}
    staffed.engine.happens("#eve", "Identified", traits=traits)
    page = staffed.visitor("viewer").get(staffed.path("people", 1)).text
    assert "&lt;b&gt;Eve" in page
    assert "<i>" not in page
