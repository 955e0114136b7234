"""People: found by any identifier, the cart on top, and of each segment why and until when."""

from __future__ import annotations

import html
import re

from cartback.domain.instant import HOUR, MINUTE
from cartback.engine.people import find, merge_by_hand, undo_merge
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


def test_a_cart_whose_value_was_not_sent_is_not_worth_nothing(staffed: Desk) -> None:
    staffed.engine.happens("#ada", "Checkout Started")
    page = staffed.visitor("viewer").get(staffed.path("people", 1)).text
    assert "no value was sent" in page
    assert "0.00" not in page
    staffed.engine.happens("#ada", "Checkout Started", value=0, currency="EUR")
    page = staffed.visitor("viewer").get(staffed.path("people", 1)).text
    assert "€0.00" in page
    assert "no value was sent" not in page


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
    first = viewer.get(path).text
    assert first.count(">Viewed Product<") == 29
    older = re.search(r'href="(\?show=&amp;before=[0-9.]+)#timeline"', first)
    assert older is not None
    second = viewer.get(path + html.unescape(older[1])).text
    assert second.count(">Viewed Product<") == 11
    assert "Earlier ones" not in second
    assert "Back to the latest" in second
    assert viewer.get(path + "?show=carts").text.count(">Viewed Product<") == 0
    assert viewer.get(path + "?show=visits").text.count(">Added to Cart<") == 0
    assert viewer.get(path + "?before=nonsense&show=nonsense").status_code == 200


def test_no_page_of_the_timeline_comes_twice_wherever_it_ends(staffed: Desk) -> None:
    staffed.engine.has(segment("lookers", did("Viewed Product", "1 minute")))
    staffed.engine.happens("#ada", "Viewed Product", at=-HOUR)
    for _ in range(40):
        staffed.engine.happens("#ada", "Viewed Product")
        later(staffed, 5 * MINUTE)
    viewer, path = staffed.visitor("viewer"), staffed.path("people", 1)
    titles, address = [], path
    for _ in range(9):
        page = viewer.get(address).text
        titles += _timeline(page)
        older = re.search(r'href="(\?show=&amp;before=[-0-9.]+)#timeline"', page)
        if older is None:
            break
        address = path + html.unescape(older[1])
    assert titles.count("Viewed Product") == 41
    assert titles.count("Entered “Lookers”") == titles.count("Left “Lookers”") == 40


def _timeline(page: str) -> list[str]:
    """The titles of the timeline's lines, the latest first."""
    part = page[page.index('id="timeline"') : page.index('id="inside"')]
    return [
        html.unescape(one) for one in re.findall(r"break-words font-medium[^>]*>([^<]+)<", part)
    ]


def test_one_timeline_tells_events_segments_carts_and_merges(staffed: Desk) -> None:
    staffed.engine.has(segment("lookers", did("Viewed Product", "2 hours")))
    staffed.engine.happens("device-1", "Viewed Product")
    staffed.engine.happens("device-1", "Checkout Started", value=500, currency="USD")
    later(staffed, 3 * HOUR)
    staffed.engine.happens("device-1", "Placed Order", value=500, currency="USD")
    later(staffed, HOUR)
    staffed.engine.happens("#ada", "Identified")
    later(staffed, HOUR)
    with staffed.store.reading() as reading:
        one, other = find(reading, staffed.shop, "device-1"), find(reading, staffed.shop, "ada")
    merge_by_hand(staffed.store, staffed.engine.rulebook, staffed.shop, one, other, staffed.now)
    later(staffed, HOUR)
    undo_merge(staffed.store, staffed.engine.rulebook, staffed.shop, 1, staffed.now)
    viewer = staffed.visitor("viewer")
    page = viewer.get(staffed.path("people", one)).text
    assert _timeline(page) == [
        "Merge with 2 undone",
        "Merged with 2",
        "Cart Recovered",
        "Placed Order",
        "Left “Lookers”",
        "Cart Abandoned",
        "Entered “Lookers”",
        "Checkout Started",
        "Viewed Product",
    ]
    path = staffed.path("people", one) + "?show=segments"
    assert _timeline(viewer.get(path).text)[2:] == ["Left “Lookers”", "Entered “Lookers”"]
    assert "“Lookers”에 들어옴" in viewer.get(path, accept_language="ko").text


def test_a_cart_that_came_back_tells_what_was_in_it_and_what_was_paid(staffed: Desk) -> None:
    for who, worth in (("#ada", {"value": 4_200}), ("#bob", {})):
        staffed.engine.happens(who, "Checkout Started", value=5_990, currency="USD")
        later(staffed, 3 * HOUR)
        staffed.engine.happens(who, "Placed Order", currency="USD", **worth)
    viewer, path = staffed.visitor("viewer"), staffed.path("people", 1)
    assert "$59.90 in the cart · $42.00 paid" in viewer.get(path).text
    korean = viewer.get(path, accept_language="ko").text
    assert "장바구니 금액 US$59.90 · 결제 금액 US$42.00" in korean
    unpriced = viewer.get(staffed.path("people", 2)).text
    assert "$59.90 in the cart<" in unpriced
    assert "paid" not in unpriced


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


def test_an_owner_forgets_somebody_for_ever(staffed: Desk) -> None:
    staffed.engine.happens("#ada ada@example.com", "Placed Order", value=100, currency="USD")
    staffed.engine.happens("#ben", "Viewed Product")
    owner, page = staffed.visitor("owner"), staffed.path("people", 1)
    assert page + "/erase" in owner.get(page).text
    assert page + "/erase" not in staffed.visitor("marketer").get(page).text
    asked = owner.get(page + "/erase").text
    assert "1 event: all that they did" in asked
    assert "ada@example.com, ada" in asked
    assert owner.get(page + "/erased").status_code == 404, "nobody is forgotten yet"
    done = owner.post(page + "/erase")
    assert done.status_code == 303
    assert "with them 1 event" in owner.get(done.headers["location"]).text
    assert "ada" not in owner.get(done.headers["location"]).text
    assert owner.get(page).status_code == 404
    assert owner.post(page + "/erase").status_code == 404
    with staffed.store.reading() as reading:
        assert [one.profile for one in reading.log_after(staffed.shop, 0, 10)] == [2]
        assert staffed.amended == [staffed.shop]
    changes = owner.get(staffed.path("settings", "changes")).text
    assert "erased person" in changes
    assert "ada@" not in changes


def test_the_tape_that_is_busy_is_told_of(staffed: Desk) -> None:
    staffed.engine.happens("#ada", "Placed Order")
    staffed.tape_is_busy = True
    done = staffed.visitor("owner").post(staffed.path("people", 1, "erase"))
    told = staffed.visitor("owner").get(done.headers["location"]).text
    assert "taken out of it within minutes" in told


def test_two_are_seen_side_by_side_and_become_one(staffed: Desk) -> None:
    staffed.engine.has(segment("buyers", did("Placed Order")))
    staffed.engine.happens("device-1 ada@example.com", "Placed Order", value=100, currency="USD")
    staffed.engine.happens("#ada", "Viewed Product")
    marketer = staffed.visitor("marketer")
    page = staffed.path("people", 1, "merge")
    assert "/merge" not in staffed.visitor("viewer").get(staffed.path("people", 1)).text
    assert "What becomes of them" not in marketer.get(page).text
    shown = marketer.get(page + "?with=external_id:ada").text
    assert "stays, with the number 2" in shown
    assert "becomes part of the other one" in shown
    assert "A customer, because one of them has ordered." in shown
    assert "Buyers" in shown[shown.index("What becomes of them") :]
    done = marketer.post(page, {"other": "2"})
    assert done.headers["location"] == staffed.path("people", 2) + "?merged=1"
    merged = marketer.get(done.headers["location"]).text
    assert "They are one person now" in merged
    assert "ada@example.com" in merged
    assert ">Undo<" in merged
    assert (
        "merged people into"
        in staffed.visitor("owner").get(staffed.path("settings", "changes")).text
    )


def test_who_cannot_be_merged(staffed: Desk) -> None:
    staffed.engine.happens("#ada", "Viewed Product")
    staffed.engine.happens("#ben", "Viewed Product")
    marketer, page = staffed.visitor("marketer"), staffed.path("people", 1, "merge")
    assert "Nobody has exactly" in marketer.get(page + "?with=carl").text
    assert "this very person" in marketer.get(page + "?with=ada").text
    assert "two customers" in marketer.get(page + "?with=ben").text
    assert marketer.post(page, {"other": "1"}).status_code == 409
    assert marketer.post(page, {"other": "2"}).status_code == 409
    assert marketer.post(page, {"other": "3"}).status_code == 404
    assert marketer.post(page, {"other": "x"}).status_code == 400
    with staffed.store.reading() as reading:
        assert reading.merges(staffed.shop) == []


def test_whoever_was_tied_and_stayed_apart_is_told_on_both_pages(staffed: Desk) -> None:
    staffed.engine.happens("#ada kiosk", "Viewed Product")
    staffed.engine.happens("#bob", "Viewed Product")
    staffed.engine.happens("#eve", "Viewed Product")
    viewer, marketer = staffed.visitor("viewer"), staffed.visitor("marketer")
    assert "kept apart" not in viewer.get(staffed.path("people", 1)).text
    staffed.engine.happens("#bob kiosk", "Viewed Product")
    for mine, other in ((1, 2), (2, 1)):
        page = marketer.get(staffed.path("people", mine)).text
        assert "Tied to somebody else, and kept apart" in page
        assert f'href="{staffed.path("people", other)}"' in page
        assert "bob + kiosk" in page
        assert "they stay two customers" in page
        assert "?with=" not in page
    assert "kept apart" not in viewer.get(staffed.path("people", 3)).text
    korean = viewer.get(staffed.path("people", 1), accept_language="ko").text
    assert "따로 두었어요" in korean


def test_from_a_conflict_one_goes_to_merging_by_hand(staffed: Desk) -> None:
    staffed.engine.happens("ada@example.com", "Viewed Product")
    staffed.engine.happens("device-1", "Viewed Product")
    now, shop = staffed.engine.now, staffed.engine.id
    merge = merge_by_hand(staffed.engine.store, staffed.engine.rulebook, shop, 1, 2, now)
    undo_merge(staffed.engine.store, staffed.engine.rulebook, shop, merge, now)
    staffed.engine.happens("ada@example.com device-1", "Viewed Product")
    page = staffed.visitor("marketer").get(staffed.path("people", 1)).text
    [link] = re.findall(r'href="([^"]*[?]with=[^"]*)"', page)
    seen = staffed.visitor("marketer").get(html.unescape(link))
    assert seen.status_code == 200
    assert "device-1" in seen.text
    page = staffed.visitor("viewer").get(staffed.path("people", 1)).text
    assert "kept apart" in page
    assert "?with=" not in page
