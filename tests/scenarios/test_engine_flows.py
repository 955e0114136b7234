"""A flow at work on a real store: who enters, what goes into the outbox, and what leaves it."""

from __future__ import annotations

from typing import Any

import pytest

from cartback.domain.event import Metric
from cartback.domain.flow import BadFlow
from cartback.domain.instant import DAY, HOUR, MINUTE
from cartback.domain.law.terms import Bar
from cartback.domain.message import Accepted, InDoubt, Refused
from cartback.engine.deliver import Sending, begin, claim
from cartback.engine.erasing import erase
from cartback.engine.flow_ports import DecisionRow, MessageRow
from cartback.engine.flows import (
    CannotBecome,
    FlowExists,
    NoSuchFlow,
    StaleFlow,
    change_flow,
    create_flow,
    flow_of,
    set_status,
)
from cartback.engine.mailing import set_mailing
from cartback.engine.noting import LONGEST_HANDOVER, doubt_stale, note
from cartback.engine.permission import choose
from cartback.engine.suppression_ports import Suppressed
from cartback.engine.templates import save_template
from tests.scenarios.engine_shop import MONDAY, EngineShop, segment

SERIES: dict[str, Any] = {
    "name": "Abandoned cart",
    "trigger": {"kind": "cart_abandoned"},
    "steps": [
        {"kind": "email", "key": "help", "template": "help"},
        {"kind": "wait", "key": "a-day", "for": "1 day"},
        {"kind": "email", "key": "proof", "template": "proof"},
    ],
}
ADA = "#1 ada@example.com"


BLOCKS = [{"kind": "text", "text": "Still thinking?"}, {"kind": "footer"}]


def can_send(shop: EngineShop) -> None:
    """It has a sender, and the templates of the series."""
    set_mailing(shop.store, shop.id, {"sender": "hello@shop.example"})
    for name in ("help", "proof"):
        document = {"subject": name, "blocks": BLOCKS}
        save_template(shop.store, shop.id, name, name, document, shop.now)


def starts(shop: EngineShop, key: str = "cart", **change: object) -> None:
    can_send(shop)
    create_flow(shop.store, shop.id, key, {**SERIES, **change}, shop.now)
    set_status(shop.store, shop.id, key, "live", shop.now)
    shop.catches_up()


def leaves_cart(shop: EngineShop, who: str = ADA, cart: str = "c1") -> None:
    shop.happens(who, Metric.SUBSCRIBED, channel="email")
    shop.happens(who, Metric.ADDED_TO_CART, cart_id=cart, product_id="mug", price=900)
    shop.passes(HOUR)


def outbox(shop: EngineShop, who: str = ADA) -> list[MessageRow]:
    with shop.store.reading() as reading:
        return list(reversed(reading.messages_of(shop.id, shop.profile_of(who.split()[0]))))


def decisions(shop: EngineShop, who: str = ADA) -> list[DecisionRow]:
    with shop.store.reading() as reading:
        found = reading.decisions(shop.id, shop.profile_of(who.split()[0]))
    return [row for _, row in reversed(found)]


def claims(shop: EngineShop) -> list[Sending]:
    return claim(shop.store, shop.rulebook, shop.now)


def test_who_leaves_a_cart_is_in_the_outbox_and_at_the_wait(shop: EngineShop) -> None:
    starts(shop)
    leaves_cart(shop)
    [message] = outbox(shop)
    assert (message.step, message.status, message.at) == ("help", "queued", MONDAY + HOUR)
    with shop.store.reading() as reading:
        [run] = reading.runs_at(shop.id, "cart")
        assert (run.step, run.due) == ("a-day", MONDAY + HOUR + DAY)
        assert reading.count_runs(shop.id, "cart") == {(1, "a-day"): 1}
        assert reading.next_message("email") == MONDAY + HOUR
    assert [(one.what, one.reason) for one in decisions(shop)] == [
        ("entered", "triggered"),
        ("sent", "ready"),
        ("waits", "waiting"),
    ]


def test_a_claimed_message_is_handed_over_once_and_its_receipt_is_kept(shop: EngineShop) -> None:
    starts(shop)
    leaves_cart(shop)
    [sending] = claims(shop)
    assert sending.message.recipient == "ada@example.com"
    assert claims(shop) == []
    note(shop.store, shop.rulebook, shop.id, sending.message, Accepted("250 ok"), shop.now)
    note(shop.store, shop.rulebook, shop.id, sending.message, Refused(True, 550, "no"), shop.now)
    [message] = outbox(shop)
    assert (message.status, message.receipt, message.attempts) == ("sent", "250 ok", 1)


def test_an_order_between_the_outbox_and_the_claim_cancels_the_message(shop: EngineShop) -> None:
    starts(shop)
    leaves_cart(shop)
    shop.happens(ADA, Metric.PLACED_ORDER, cart_id="c1")
    assert claims(shop) == []
    [message] = outbox(shop)
    assert (message.status, message.error) == ("cancelled", "ordered")
    assert decisions(shop)[-1].reason == "ordered"
    shop.passes(3 * DAY)
    assert len(outbox(shop)) == 1


def test_a_cart_in_use_again_puts_the_message_off_until_it_is_left(shop: EngineShop) -> None:
    starts(shop)
    leaves_cart(shop)
    shop.happens(ADA, Metric.ADDED_TO_CART, cart_id="c1", product_id="tee", price=900)
    assert claims(shop) == []
    [message] = outbox(shop)
    assert (message.status, message.due) == ("queued", shop.now + HOUR)
    shop.passes(HOUR)
    assert len(claims(shop)) == 1


def test_a_suppressed_address_and_a_withdrawn_consent_get_nothing(shop: EngineShop) -> None:
    starts(shop)
    leaves_cart(shop)
    bob = "#2 bob@example.com"
    leaves_cart(shop, bob, "c2")
    with shop.store.transaction() as tx:
        tx.suppress(shop.id, [Suppressed("email", "ada@example.com", Bar.COMPLAINED, shop.now)])
    shop.happens(bob, Metric.UNSUBSCRIBED, channel="email")
    assert claims(shop) == []
    assert outbox(shop)[0].error == "suppressed"
    assert outbox(shop, bob)[0].error == "unsubscribed"


def test_a_temporary_refusal_is_tried_again_later_and_a_lasting_one_is_not(
    shop: EngineShop,
) -> None:
    starts(shop)
    leaves_cart(shop)
    [sending] = claims(shop)
    note(
        shop.store,
        shop.rulebook,
        shop.id,
        sending.message,
        Refused(False, 451, "greylisted"),
        shop.now,
    )
    assert claims(shop) == []
    shop.passes(MINUTE)
    [sending] = claims(shop)
    assert sending.message.attempts == 2
    dead = Refused(True, 550, "no such user", "recipient")
    note(shop.store, shop.rulebook, shop.id, sending.message, dead, shop.now)
    assert outbox(shop)[0].status == "failed"
    with shop.store.reading() as reading:
        found = reading.suppressed(shop.id, "email", ["ada@example.com"])
    assert found["ada@example.com"].reason is Bar.BOUNCED
    shop.passes(2 * DAY)
    assert claims(shop) == []


def test_a_handover_that_nobody_noted_is_in_doubt_and_never_repeated(shop: EngineShop) -> None:
    starts(shop)
    leaves_cart(shop)
    [sending] = claims(shop)
    assert begin(shop.store, shop.rulebook, sending, shop.now)
    assert not begin(shop.store, shop.rulebook, sending, shop.now), "once"
    assert doubt_stale(shop.store, shop.now + LONGEST_HANDOVER) == 0
    assert doubt_stale(shop.store, shop.now + LONGEST_HANDOVER + 1) == 1
    assert outbox(shop)[0].status == "in_doubt"
    note(shop.store, shop.rulebook, shop.id, sending.message, InDoubt("late"), shop.now)
    assert claims(shop) == []


def test_a_claim_whose_handover_never_began_is_due_again(shop: EngineShop) -> None:
    starts(shop)
    leaves_cart(shop)
    [first] = claims(shop)
    shop.now += LONGEST_HANDOVER + 1
    assert doubt_stale(shop.store, shop.now) == 1
    assert outbox(shop)[0].status == "queued"
    [second] = claims(shop)
    assert not begin(shop.store, shop.rulebook, first, shop.now), "it is another's by now"
    note(shop.store, shop.rulebook, shop.id, first.message, InDoubt("late"), shop.now)
    assert outbox(shop)[0].status == "claimed"
    assert begin(shop.store, shop.rulebook, second, shop.now)
    note(shop.store, shop.rulebook, shop.id, second.message, Accepted("250 ok"), shop.now)
    assert outbox(shop)[0].status == "sent"


def test_a_changed_flow_is_a_new_version_and_runs_end_on_theirs(shop: EngineShop) -> None:
    starts(shop)
    leaves_cart(shop)
    new = {**SERIES, "steps": [{"kind": "email", "key": "other", "template": "help"}]}
    change_flow(shop.store, shop.id, "cart", new, shop.now, expected=1)
    shop.catches_up()
    shop.passes(DAY)
    bob = "#2 bob@example.com"
    leaves_cart(shop, bob, "c2")
    assert [one.step for one in outbox(shop)] == ["help", "proof"]
    assert [one.step for one in outbox(shop, bob)] == ["other"]
    with pytest.raises(StaleFlow, match="version 2"):
        change_flow(shop.store, shop.id, "cart", SERIES, shop.now, expected=1)


def test_a_paused_flow_lets_nobody_in_and_holds_who_is_on_the_way(shop: EngineShop) -> None:
    starts(shop)
    leaves_cart(shop)
    set_status(shop.store, shop.id, "cart", "paused", shop.now)
    shop.catches_up()
    leaves_cart(shop, "#2 bob@example.com", "c2")
    shop.passes(2 * DAY)
    assert len(outbox(shop)) == 1
    assert outbox(shop, "#2") == []
    assert (decisions(shop)[-1].what, decisions(shop)[-1].reason) == ("held", "paused")
    set_status(shop.store, shop.id, "cart", "live", shop.now)
    shop.catches_up()
    shop.passes(1)
    assert [one.step for one in outbox(shop)] == ["help", "proof"]


def test_an_archived_flow_ends_its_runs_and_cancels_what_waits(shop: EngineShop) -> None:
    starts(shop)
    leaves_cart(shop)
    set_status(shop.store, shop.id, "cart", "archived", shop.now)
    shop.catches_up()
    assert claims(shop) == []
    assert outbox(shop)[0].error == "archived"
    assert decisions(shop)[-2].reason == "archived"
    with shop.store.reading() as reading:
        assert reading.runs_at(shop.id, "cart") == []


def test_a_flow_that_cannot_send_does_not_start(shop: EngineShop) -> None:
    create_flow(shop.store, shop.id, "cart", SERIES, shop.now)
    with pytest.raises(BadFlow, match=r"'help' sends the template 'help', .*; the shop has no"):
        set_status(shop.store, shop.id, "cart", "live", shop.now)
    with shop.store.reading() as reading:
        row = reading.flow(shop.id, "cart")
        assert row is not None
        assert row.status == "draft"
    can_send(shop)
    set_status(shop.store, shop.id, "cart", "live", shop.now)
    other = {"kind": "email", "key": "more", "template": "none"}
    with pytest.raises(BadFlow, match="step 'more' sends the template 'none', which is not there"):
        change_flow(shop.store, shop.id, "cart", {**SERIES, "steps": [other]}, shop.now)
    near = {"kind": "email", "key": "more", "template": "hlep"}
    with pytest.raises(BadFlow, match=r"'hlep', which is not there; did you mean 'help'\?"):
        change_flow(shop.store, shop.id, "cart", {**SERIES, "steps": [near]}, shop.now)
    far = {**SERIES, "who": {"kind": "location", "country": ["KOR"]}}
    with pytest.raises(BadFlow, match=r"'KOR' is no country.*`\$\.who\.country\[0\]`; .*'KR'"):
        change_flow(shop.store, shop.id, "cart", far, shop.now)
    nobody = {"kind": "not", "of": {"kind": "in_segment", "segment": "nobody"}}
    with pytest.raises(BadFlow, match=r"'nobody', and there is none - at `\$\.who\.of\.segment`"):
        change_flow(shop.store, shop.id, "cart", {**SERIES, "who": nobody}, shop.now)
    draft = {**SERIES, "steps": [{**other, "status": "draft"}]}
    assert change_flow(shop.store, shop.id, "cart", draft, shop.now).version == 2


def test_flows_by_name(shop: EngineShop) -> None:
    can_send(shop)
    create_flow(shop.store, shop.id, "cart", SERIES, shop.now)
    with pytest.raises(FlowExists):
        create_flow(shop.store, shop.id, "cart", SERIES, shop.now)
    with pytest.raises(NoSuchFlow):
        set_status(shop.store, shop.id, "none", "live", shop.now)
    with pytest.raises(CannotBecome):
        set_status(shop.store, shop.id, "cart", "paused", shop.now)
    with pytest.raises(BadFlow, match="is not a key"):
        create_flow(shop.store, shop.id, "A b", SERIES, shop.now)
    of_none = {**SERIES, "who": {"kind": "in_segment", "segment": "none"}}
    create_flow(shop.store, shop.id, "of-none", of_none, shop.now)
    with pytest.raises(BadFlow, match="segment 'none'"):
        set_status(shop.store, shop.id, "of-none", "live", shop.now)


def test_entering_a_segment_begins_a_run(shop: EngineShop) -> None:
    shop.has(segment("big", {"kind": "cart", "value": {"at_least": 5000}}))
    starts(shop, trigger={"kind": "segment", "segment": "big"})
    shop.happens(ADA, Metric.SUBSCRIBED, channel="email")
    shop.happens(ADA, Metric.ADDED_TO_CART, cart_id="c1", product_id="sofa", price=90_000)
    assert [one.step for one in outbox(shop)] == ["help"]


def test_leaving_a_segment_begins_a_run_and_entering_it_does_not(shop: EngineShop) -> None:
    shop.has(segment("big", {"kind": "cart", "value": {"at_least": 5000}}))
    starts(shop, trigger={"kind": "segment", "segment": "big", "joined": False})
    shop.happens(ADA, Metric.SUBSCRIBED, channel="email")
    shop.happens(ADA, Metric.ADDED_TO_CART, cart_id="c1", product_id="sofa", price=90_000)
    assert outbox(shop) == []
    shop.passes(MINUTE)
    shop.happens(ADA, Metric.CART_UPDATED, cart_id="c1", lines=[])
    assert [one.step for one in outbox(shop)] == ["help"]


def test_merging_two_takes_their_runs_along(shop: EngineShop) -> None:
    starts(shop)
    shop.happens("device", Metric.ADDED_TO_CART, cart_id="c1", product_id="mug", price=900)
    shop.happens(ADA, Metric.SUBSCRIBED, channel="email")
    shop.passes(HOUR)
    shop.happens("device #1", "Signed In")
    shop.passes(DAY)
    with shop.store.reading() as reading:
        assert [one.profile for one in reading.runs_at(shop.id, "cart")] in (
            [],
            [shop.profile_of("#1")],
        )
    assert [one.step for one in outbox(shop)] == ["proof"]


def test_a_message_that_waits_goes_with_the_person_into_a_merge(shop: EngineShop) -> None:
    starts(shop)
    shop.happens("ada@example.com", Metric.SUBSCRIBED, channel="email")
    shop.happens("#1", "Signed Up")
    shop.happens("ada@example.com", Metric.ADDED_TO_CART, cart_id="c1", product_id="mug")
    shop.passes(HOUR)
    shop.happens("#1 ada@example.com", "Signed In")
    assert len(claims(shop)) == 1


def test_what_the_shop_chose_within_the_law_counts_for_its_flows(shop: EngineShop) -> None:
    """Where the law of the shop's country asks for no consent, the shop may ask for it itself."""
    starts(shop)
    choose(shop.store, shop.id, {"home": "US"})
    shop.catches_up()
    for number, sent in ((1, 1), (2, 0)):
        who = f"#{number} person-{number}@example.com"
        shop.happens(who, Metric.ADDED_TO_CART, cart_id=f"c{number}", product_id="mug", price=900)
        shop.passes(HOUR)
        assert len(outbox(shop, who)) == sent
        choose(shop.store, shop.id, {"home": "US", "ask": "consent"})
        shop.catches_up()
    assert ("skipped", "not_subscribed") in [
        (one.what, one.reason) for one in decisions(shop, "#2")
    ]
    assert decisions(shop, "#2")[1].rule == "house.consent"


def test_erasing_a_person_leaves_nothing_of_their_flows(shop: EngineShop) -> None:
    starts(shop)
    leaves_cart(shop)
    profile = shop.profile_of("#1")
    erase(shop.store, shop.id, profile)
    with shop.store.reading() as reading:
        assert reading.messages_of(shop.id, profile) == []
        assert reading.decisions(shop.id, profile) == []
        assert reading.runs_at(shop.id, "cart") == []
    assert claims(shop) == []


def test_an_archived_flow_that_cannot_start_stays_archived(shop: EngineShop) -> None:
    create_flow(shop.store, shop.id, "cart", SERIES, shop.now)
    set_status(shop.store, shop.id, "cart", "archived", shop.now)
    with pytest.raises(BadFlow, match="not there"):
        set_status(shop.store, shop.id, "cart", "live", shop.now)
    with shop.store.reading() as reading:
        assert [one.status for one in reading.flows(shop.id)] == ["archived"]
    can_send(shop)
    assert set_status(shop.store, shop.id, "cart", "live", shop.now).status == "live"


def test_a_shop_has_so_many_flows_and_no_more(
    shop: EngineShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cartback.engine.flows.MOST_FLOWS", 1)
    create_flow(shop.store, shop.id, "one", SERIES, shop.now)
    with pytest.raises(BadFlow, match="at most 1 automations"):
        create_flow(shop.store, shop.id, "two", SERIES, shop.now)


END: dict[str, Any] = {"kind": "end", "key": "stop"}
MAIL: dict[str, Any] = {"kind": "email", "key": "late", "template": "help"}


def both(*steps: dict[str, Any]) -> dict[str, Any]:
    """Everybody goes one of two ways, and both are these steps."""
    ways = [[{**one, "key": f"{one['key']}{way}"} for one in steps] for way in range(2)]
    branches = [{"weight": 1, "steps": way} for way in ways]
    return {"kind": "random", "key": "r", "branches": branches}


@pytest.mark.parametrize(
    "steps, word",
    [
        ([], "no step"),
        ([END, MAIL], "'late' stands behind an end"),
        ([both(END), MAIL], "'late' stands behind an end"),
        ([both(END, MAIL)], "'late0' stands behind an end"),
    ],
)
def test_a_flow_of_which_a_part_could_never_happen_does_not_start(
    shop: EngineShop, steps: list[dict[str, Any]], word: str
) -> None:
    with pytest.raises(BadFlow, match=word):
        starts(shop, steps=steps)
    with shop.store.reading() as reading:
        assert flow_of(reading, shop.id, "cart").status == "draft"


def test_a_flow_that_is_live_stays_able_to_work(shop: EngineShop) -> None:
    starts(shop)
    with pytest.raises(BadFlow, match="no step"):
        change_flow(shop.store, shop.id, "cart", {**SERIES, "steps": []}, shop.now)


def test_an_end_on_one_way_of_two_is_no_end(shop: EngineShop) -> None:
    one = both(MAIL)
    one["branches"][0]["steps"] = [END]
    starts(shop, steps=[one, {**MAIL, "key": "after"}])


def test_no_advertising_passes_for_a_notice(shop: EngineShop) -> None:
    """A notice needs no label, and by it the two years of Korean law begin anew."""
    mail = {**SERIES["steps"][0], "purpose": "notice"}
    with pytest.raises(BadFlow, match="tells people of the yes") as found:
        starts(shop, steps=[mail])
    assert found.value.fault is not None
    assert found.value.fault.kind == "notice_elsewhere"
    create_flow(shop.store, shop.id, "draft", {**SERIES, "steps": [mail]}, shop.now)
    due = {**SERIES, "trigger": {"kind": "consent_due"}, "steps": [mail]}
    create_flow(shop.store, shop.id, "told", due, shop.now)
    set_status(shop.store, shop.id, "told", "live", shop.now)


@pytest.mark.parametrize(
    "trigger",
    [
        {"kind": "cart_abandoned"},
        {"kind": "metric", "metric": "Checkout Started"},
        {"kind": "price_drop", "at_least": 10},
    ],
)
def test_no_reminder_passes_for_a_part_of_an_order(
    shop: EngineShop, trigger: dict[str, Any]
) -> None:
    """It would go without consent, and to who took it back."""
    mail = {**SERIES["steps"][0], "purpose": "transactional"}
    flow = {**SERIES, "trigger": trigger, "steps": [mail]}
    with pytest.raises(BadFlow, match="part of an order") as found:
        starts(shop, **flow)
    assert found.value.fault is not None
    assert found.value.fault.kind == "transactional_elsewhere"
    ordered = {**flow, "trigger": {"kind": "metric", "metric": "Placed Order"}}
    create_flow(shop.store, shop.id, "thanks", ordered, shop.now)
    set_status(shop.store, shop.id, "thanks", "live", shop.now)
