"""Automations in the console: the columns, starting from a ready-made one, the tree, and why."""

from __future__ import annotations

import re
from typing import Any

import pytest

from cartback.domain.effect import Reason
from cartback.domain.event import Metric
from cartback.domain.flow import parse_flow
from cartback.domain.instant import HOUR
from cartback.domain.layout import all_steps, ways_of
from cartback.domain.phrase import Language
from cartback.domain.phrase.decision import reason_text
from cartback.domain.phrase.steps import Speech, again_text, step_text, trigger_text, way_text
from cartback.domain.step import STEPS, kind_of
from cartback.engine.coupons import define_coupon
from cartback.engine.flow_start import READY
from cartback.engine.flows import change_flow, create_flow, definition, set_status
from cartback.engine.mailing import set_mailing
from cartback.engine.segments import create_segment
from cartback.engine.templates import save_template, template_of
from tests.scenarios.engine_shop import did, segment
from tests.web.console.automations import WINTER, can_send
from tests.web.console.desk import Desk

CART: dict[str, Any] = {
    "name": "Cart <series>",
    "trigger": {"kind": "cart_abandoned"},
    "audience": "leads",
    "steps": [
        {"kind": "email", "key": "help", "template": "help"},
        {"kind": "wait", "key": "a-day", "for": "1 day"},
        {"kind": "email", "key": "again", "template": "help"},
    ],
}


@pytest.fixture
def shop(staffed: Desk) -> Desk:
    """With an automation at work, in which Ada waits; Bob has not agreed to be written to."""
    can_send(staffed, CART)
    create_flow(staffed.store, staffed.shop, "cart", CART, staffed.now, by="owner@example.com")
    set_status(staffed.store, staffed.shop, "cart", "live", staffed.now)
    engine = staffed.engine
    engine.catches_up()
    engine.happens("#ada ada@example.com", Metric.SUBSCRIBED, channel="email")
    for who in ("#ada", "#bob bob@example.com"):
        engine.happens(who, Metric.ADDED_TO_CART, cart_id=who, product_id="mug", price=900)
    engine.passes(2 * HOUR)
    staffed.now = engine.now
    return staffed


def test_without_any_one_begins_with_a_ready_made_one(staffed: Desk) -> None:
    set_mailing(staffed.store, staffed.shop, {"sender": "a@shop.example", "language": "ko"})
    marketer = staffed.visitor("marketer")
    assert "No automations yet" in marketer.get(staffed.path("flows")).text
    answer = marketer.post(staffed.path("flows"), {"ready": "abandoned-cart-leads"})
    assert answer.headers["location"] == staffed.path("flows", "abandoned-cart-leads") + "?begun=1"
    with staffed.store.reading() as reading:
        row = reading.flow(staffed.shop, "abandoned-cart-leads")
        assert row is not None
        assert row.status == "draft"
        there = {one.key for one in reading.templates(staffed.shop)}
        assert there == {"cart-help-lead", "cart-proof", "cart-coupon-lead"}
        _, template = template_of(reading, staffed.shop, "cart-proof")
        assert template.language == "ko", "the language of the shop's mails"
    page = marketer.get(answer.headers["location"]).text
    assert "Look at it, then start it" in page
    asked = marketer.get(staffed.path("flows", "abandoned-cart-leads", "archive")).text
    assert "Archive this automation?" in asked


@pytest.mark.parametrize("key", [one.key for one in READY])
def test_every_ready_made_one_can_be_started_for_good(staffed: Desk, key: str) -> None:
    can_send(staffed)
    ten = {"gives": {"kind": "percent", "percent": 10}}
    define_coupon(staffed.store, staffed.shop, "Come back", ten, staffed.now)
    marketer = staffed.visitor("marketer")
    for copy in (key, f"{key}-2"):
        marketer.post(staffed.path("flows"), {"ready": key})
        status = staffed.path("flows", copy, "status")
        assert marketer.post(status, {"status": "live"}).status_code == 303
        assert marketer.get(staffed.path("flows", copy)).status_code == 200


def test_a_mail_that_needs_a_coupon_says_so_before_it_can_start(staffed: Desk) -> None:
    can_send(staffed)
    marketer, at = staffed.visitor("marketer"), staffed.path("flows", "abandoned-cart-leads")
    marketer.post(staffed.path("flows"), {"ready": "abandoned-cart-leads"})
    page = marketer.get(at).text
    assert "needs the coupon “come-back”, which is not there yet." in page
    [link] = re.findall(r'href="([^"]+coupons/new[^"]*)"', page)
    assert 'value="Come back"' in marketer.get(link).text
    assert marketer.post(f"{at}/status", {"status": "live"}).status_code == 409


def test_a_template_that_is_there_stays_as_it_is(staffed: Desk) -> None:
    own = {"subject": "Ours", "blocks": [{"kind": "footer", "text": "Ours"}]}
    save_template(staffed.store, staffed.shop, "cart-proof", "Ours", own, staffed.now)
    staffed.visitor("marketer").post(staffed.path("flows"), {"ready": "abandoned-cart-leads"})
    with staffed.store.reading() as reading:
        row, _ = template_of(reading, staffed.shop, "cart-proof")
    assert (row.name, row.version) == ("Ours", 1)


def test_what_is_no_ready_made_one_is_not_found(staffed: Desk) -> None:
    assert (
        staffed.visitor("marketer").post(staffed.path("flows"), {"ready": "x"}).status_code == 404
    )


def test_the_list_tells_who_is_in_and_what_was_sent(shop: Desk) -> None:
    page = shop.visitor("viewer").get(shop.path("flows")).text
    assert "Cart &lt;series&gt;" in page
    assert "Somebody leaves a cart behind" in page
    assert "2 people in it" in page
    assert "0 sent" in page, "it is in the outbox still"
    assert "Begin with" not in page, "a viewer begins nothing"


def test_each_step_tells_what_it_did(shop: Desk) -> None:
    page = shop.visitor("viewer").get(shop.path("flows", "cart")).text
    assert "2 came" in page
    assert "they never subscribed" in (
        shop.visitor("viewer").get(shop.path("flows", "cart") + "?step=help").text
    )
    assert "ada@example.com" in page
    assert "owner@example.com" in page, "who made the version"


def test_why_in_words_for_each_of_them(shop: Desk) -> None:
    viewer = shop.visitor("viewer")
    why = shop.path("flows", "cart", "why")
    assert "Sent: every rule allowed it" in viewer.get(f"{why}?person=ada@example.com").text
    assert "Not sent:" in viewer.get(f"{why}?person=bob").text
    assert viewer.get(f"{why}?person=nobody").status_code == 404
    shop.engine.happens("#eve", Metric.VIEWED_PRODUCT)
    assert "has not happened to them" in viewer.get(f"{why}?person=eve").text


def test_it_is_started_paused_and_put_away(shop: Desk) -> None:
    marketer = shop.visitor("marketer")
    at = shop.path("flows", "cart", "status")
    for status in ("paused", "live", "archived", "draft"):
        assert marketer.post(at, {"status": status}).status_code == 303
        with shop.store.reading() as reading:
            row = reading.flow(shop.shop, "cart")
        assert row is not None
        assert row.status == status
        page = marketer.get(shop.path("flows") + "?show=archived").text
        assert ("Cart &lt;series&gt;" in page) == (status == "archived")
    assert marketer.post(at, {"status": "paused"}).status_code == 409, "a draft is not at work"
    assert marketer.post(at, {"status": "gone"}).status_code == 400
    changes = shop.visitor("owner").get(shop.path("settings", "changes")).text
    assert "cart" in changes


def test_what_cannot_start_says_why(shop: Desk) -> None:
    document = {**CART, "trigger": {"kind": "segment", "segment": "nowhere"}}
    create_flow(shop.store, shop.shop, "broken", document, shop.now)
    answer = shop.visitor("marketer").post(
        shop.path("flows", "broken", "status"), {"status": "live"}
    )
    assert answer.status_code == 409
    assert "nowhere" in answer.text


def test_people_are_paged(shop: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cartback.web.console.flow.PAGE", 1)
    viewer = shop.visitor("viewer")
    first = viewer.get(shop.path("flows", "cart")).text
    assert "after=1&amp;cart=%23ada#people" in first
    second = viewer.get(shop.path("flows", "cart") + "?after=1&cart=%23ada").text
    assert "bob@example.com" in second
    assert 'rel="next"' not in second


@pytest.mark.parametrize("language", Language)
def test_every_kind_of_step_and_every_reason_has_words(language: Language) -> None:
    flow = parse_flow(WINTER)
    speech = Speech(language)
    steps = list(all_steps(flow.steps))
    assert {kind_of(one) for one in steps} == set(STEPS)
    for step in steps:
        texts = [step_text(step, speech)]
        texts += [way_text(step, place, speech) for place in range(len(ways_of(step)))]
        assert all(texts)
    for ready in READY:
        found = parse_flow({"name": "x", **ready.document})
        assert trigger_text(found.trigger, speech)
        assert again_text(found, speech)
    for reason in Reason:
        assert reason_text(reason, language) != reason


def test_a_person_tells_what_flows_did_with_them_and_which_they_are_in(shop: Desk) -> None:
    viewer = shop.visitor("viewer")
    page = viewer.get(shop.path("people", 1)).text
    assert "Sent: every rule allowed it" in page
    assert "Waits:" not in page, "only whoever asks is told of steps in between"
    assert "Wait 1 day" in page
    assert "until 3 Mar 2026" in page
    create_segment(shop.store, shop.shop, segment("late", did("Searched")), shop.now)
    assert "Wait 1 day" in viewer.get(shop.path("people", 1)).text, "before the back-fill too"
    messages = viewer.get(shop.path("people", 1) + "?show=messages").text
    assert "Sent: every rule allowed it" in messages
    assert "Waits:" in messages
    assert "Added to Cart" not in messages
    assert "Sent:" not in viewer.get(shop.path("people", 1) + "?show=carts").text
    assert "Not sent:" in viewer.get(shop.path("people", 2)).text


def test_one_message_is_paused_from_the_tree_for_those_on_the_way_too(shop: Desk) -> None:
    marketer, path = shop.visitor("marketer"), shop.path("flows", "cart", "steps", "again")
    sent = {"status": "paused", "version": "1"}
    answer = marketer.post(f"{path}/status", sent)
    assert answer.headers["location"] == shop.path("flows", "cart") + "?step=again#panel"
    assert marketer.post(f"{path}/status", sent).status_code == 303, "it is so already"
    assert marketer.post(f"{path}/status", {**sent, "status": "live"}).status_code == 409, "stale"
    assert marketer.post(f"{path}/status", {"status": "gone"}).status_code == 400
    nowhere = shop.path("flows", "cart", "steps", "a-day", "status")
    assert marketer.post(nowhere, sent).status_code == 404, "a wait is no message"
    shop.engine.catches_up()
    shop.engine.passes(25 * HOUR)
    with shop.store.reading() as reading:
        assert {one.step for one in reading.runs_at(shop.shop, "cart")} == {"again"}
    page = marketer.get(shop.path("flows", "cart") + "?step=again").text
    assert "Paused: people wait here." in page
    assert "?person=1" in page
    elsewhere = marketer.get(shop.path("flows", "cart") + "?step=a-day").text
    assert "?person=1" not in elsewhere
    assert "Nobody waits here" in elsewhere


def test_the_way_of_a_person_is_marked_in_the_tree(shop: Desk) -> None:
    page = shop.visitor("viewer").get(shop.path("flows", "cart", "why") + "?person=bob").text
    been = page.split('class="flow-card')
    marked = [one for one in been if one.startswith(("  been", "   been", " been"))]
    assert len(marked) == 2, "the mail that was not sent, and the wait"
    assert "Not sent: " in marked[0]


def test_another_is_duplicated_as_a_draft(shop: Desk) -> None:
    marketer = shop.visitor("marketer")
    for key in ("cart-2", "cart-3"):
        answer = marketer.post(shop.path("flows", "cart", "copy"))
        assert answer.headers["location"] == shop.path("flows", key, "change")
        with shop.store.reading() as reading:
            row, other = reading.flow(shop.shop, key), reading.flow(shop.shop, "cart")
        assert row is not None
        assert other is not None
        assert (row.name, row.status) == ("Cart <series> (copy)", "draft")
        assert definition(row).steps == definition(other).steps
    assert marketer.post(shop.path("flows", "none", "copy")).status_code == 404


def test_what_was_changed_is_told_and_one_goes_back_to_it(shop: Desk) -> None:
    marketer = shop.visitor("marketer")
    other = {
        **CART,
        "name": "Other",
        "audience": "everyone",
        "steps": [
            {"kind": "wait", "key": "a-day", "for": "2 days"},
            {"kind": "email", "key": "help", "template": "help", "useful": "1 hour"},
            {"kind": "end", "key": "done"},
        ],
    }
    change_flow(shop.store, shop.shop, "cart", other, shop.now, by="bob@example.com")
    at = shop.path("flows", "cart", "versions")
    page = shop.visitor("viewer").get(f"{at}/2").text
    for text in (
        "Cart &lt;series&gt; → Other",
        "Leads → Everyone",
        "Wait 1 day → Wait 2 days",
        "Added: End here",
        "Removed: Send the e-mail",
        "Changed: Send the e-mail",
        "another order",
        "bob@example.com",
    ):
        assert text in page, text
    assert "Go back" not in page, "it is the present one"
    assert "Go back" in marketer.get(f"{at}/1").text
    assert "Go back" not in shop.visitor("viewer").get(f"{at}/1").text
    assert marketer.get(f"{at}/9").status_code == 404
    assert marketer.post(f"{at}/1", {"version": "1"}).status_code == 409, "stale"
    assert marketer.post(f"{at}/1", {"version": "2"}).status_code == 303
    with shop.store.reading() as reading:
        row = reading.flow(shop.shop, "cart")
    assert row is not None
    assert (row.version, definition(row)) == (3, parse_flow(CART))


def test_archiving_is_undone_by_a_press(shop: Desk) -> None:
    marketer = shop.visitor("marketer")
    answer = marketer.post(shop.path("flows", "cart", "status"), {"do": "archived"})
    assert answer.headers["location"] == shop.path("flows") + "?archived=cart"
    page = marketer.get(answer.headers["location"]).text
    assert "Archived: " in page
    assert "Undo" in page
    assert "Undo" not in shop.visitor("viewer").get(answer.headers["location"]).text


def test_who_came_back_is_thanked_once_for_the_first_order(staffed: Desk) -> None:
    can_send(staffed)
    marketer, engine = staffed.visitor("marketer"), staffed.engine
    marketer.post(staffed.path("flows"), {"ready": "thank-you"})
    marketer.post(staffed.path("flows", "thank-you", "status"), {"status": "live"})
    engine.catches_up()
    engine.happens("#ada ada@example.com", Metric.SUBSCRIBED, channel="email")
    engine.happens("#ada", Metric.ADDED_TO_CART, cart_id="c1", product_id="mug", price=900)
    engine.passes(2 * HOUR)
    engine.happens("#ada", Metric.PLACED_ORDER, cart_id="c1", order_id="o1", value=900)
    engine.passes(2 * HOUR)
    with staffed.store.reading() as reading:
        sent = [one.step for one in reading.messages_of(staffed.shop, 1)]
    assert sent == ["first"]


def test_each_time_that_somebody_entered_has_its_way(shop: Desk) -> None:
    engine = shop.engine
    engine.happens("#ada", Metric.ADDED_TO_CART, cart_id="another", product_id="tea", price=500)
    engine.passes(2 * HOUR)
    why, viewer = shop.path("flows", "cart", "why") + "?person=ada", shop.visitor("viewer")
    for number in ("", "&run=1", "&run=9", "&run=x"):
        page = viewer.get(why + number).text
        assert page.count("run=0") == page.count("run=1") == 1
        shown = "1" if number == "&run=1" else "0"
        assert f'run={shown}" aria-current="true"' in page


def test_who_has_no_address_is_told_apart_from_who_dropped_off(shop: Desk) -> None:
    for who in ("nobody-1", "nobody-2"):
        cart = {"cart_id": who, "product_id": "mug", "price": 900}
        shop.engine.happens(who, Metric.ADDED_TO_CART, **cart)
    shop.engine.passes(2 * HOUR)
    shop.now = shop.engine.now
    page = shop.visitor("viewer").get(shop.path("flows", "cart")).text
    assert "2 of them cannot be reached: no address is known" in page
    assert page.count("2 of them cannot be reached: no address<") == 1, "at the mail, not the wait"
    assert "All versions" not in page


def test_the_page_says_why_e_mails_were_not_sent(shop: Desk) -> None:
    viewer, address = shop.visitor("viewer"), shop.path("flows", "cart")
    said = viewer.get(address).text.partition("Not sent, because")[2].partition("</section>")[0]
    assert reason_text(Reason.NOT_SUBSCRIBED, Language.ENGLISH) in said, "Bob"
    viewer.client.cookies.set("cartback_language", "ko")
    assert "보내지 않은 이유" in viewer.get(address).text


def test_who_has_no_address_is_counted_on_every_way_of_a_split(shop: Desk) -> None:
    large = {"kind": "property", "path": "value", "is": "at_least", "value": 1_000}
    first = {"where": [large], "steps": [CART["steps"][0]]}
    rest = [{**CART["steps"][0], "key": "other"}]
    apart = {"kind": "trigger_split", "key": "apart", "branches": [first], "otherwise": rest}
    change_flow(
        shop.store, shop.shop, "cart", {**CART, "steps": [apart, *CART["steps"][1:]]}, shop.now
    )
    shop.engine.catches_up()
    for who, price in (("nobody-1", 500), ("nobody-2", 5_000), ("nobody-3", 6_000)):
        cart = {"cart_id": who, "product_id": "mug", "price": price}
        shop.engine.happens(who, Metric.ADDED_TO_CART, **cart)
    shop.engine.passes(2 * HOUR)
    shop.now = shop.engine.now
    viewer, address = shop.visitor("viewer"), shop.path("flows", "cart")
    assert "3 of them cannot be reached: no address is known" in viewer.get(address).text
    shop.engine.passes(26 * HOUR)
    shop.now = shop.engine.now
    later = viewer.get(address).text
    assert "3 of them cannot be reached: no address is known" in later, "each is counted once"


def test_the_steps_count_all_versions_or_this_one(shop: Desk) -> None:
    longer = {**CART, "again": {"rule": "always"}}
    change_flow(shop.store, shop.shop, "cart", longer, shop.now)
    shop.engine.catches_up()
    viewer, path = shop.visitor("viewer"), shop.path("flows", "cart")
    every, only = viewer.get(path).text, viewer.get(path + "?version=this").text
    assert "over all 2 versions" in every
    assert "2 came" in every
    assert "Those who entered since" in only
    assert "2 came" not in only


def test_who_waits_and_can_be_written_to_stands_first(shop: Desk) -> None:
    waits = {"name": "Waits", "trigger": {"kind": "metric", "metric": "Viewed Product"}}
    steps = [{"kind": "wait", "key": "a-day", "for": "1 day"}]
    create_flow(shop.store, shop.shop, "waits", {**waits, "steps": steps}, shop.now)
    set_status(shop.store, shop.shop, "waits", "live", shop.now)
    shop.engine.catches_up()
    for who in ("nobody-1", "#eve eve@example.com"):
        shop.engine.happens(who, Metric.VIEWED_PRODUCT, product_id="mug")
    page = shop.visitor("viewer").get(shop.path("flows", "waits")).text
    listed = page.partition('id="people"')[2]
    known, _, unknown = listed.partition("No address is known of these")
    assert "eve@example.com" in known
    assert "Somebody unknown" not in known
    assert unknown.partition("</section>")[0].count("Somebody unknown") == 1
