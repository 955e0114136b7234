"""What happens between the outbox and the hand-over still counts, to the last moment."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cartback.domain.contact import ChannelRules, ContactRules
from cartback.domain.event import Metric
from cartback.domain.instant import DAY, HOUR, MINUTE
from cartback.domain.law.terms import Bar
from cartback.domain.message import Accepted, Outcome, Refused
from cartback.engine.deliver import Begins, Sending, begin, deliver
from cartback.engine.flows import (
    change_contact_rules,
    change_flow,
    create_flow,
    set_status,
    set_step_status,
)
from cartback.engine.noting import note
from cartback.engine.people import undo_merge
from cartback.engine.suppression_list import suppression
from cartback.engine.suppression_ports import Suppressed
from tests.scenarios.engine_shop import EngineShop
from tests.scenarios.test_engine_flows import (
    ADA,
    SERIES,
    can_send,
    claims,
    leaves_cart,
    outbox,
    starts,
)


def test_an_order_between_the_claim_and_the_hand_over_keeps_it_back(shop: EngineShop) -> None:
    starts(shop)
    leaves_cart(shop)
    [sending] = claims(shop)
    shop.happens(ADA, Metric.PLACED_ORDER, cart_id="c1")
    assert not begin(shop.store, shop.rulebook, sending, shop.now)
    [message] = outbox(shop)
    assert (message.status, message.error) == ("cancelled", "ordered")


def test_an_order_on_another_device_that_turns_out_to_be_theirs(shop: EngineShop) -> None:
    starts(shop)
    shop.happens("ada@example.com", Metric.SUBSCRIBED, channel="email")
    shop.happens("#1", "Signed Up")
    shop.happens("ada@example.com", Metric.ADDED_TO_CART, cart_id="c1", product_id="mug")
    shop.passes(HOUR)
    [sending] = claims(shop)
    shop.happens("#1 ada@example.com", "Signed In")
    shop.happens("#1", Metric.PLACED_ORDER, cart_id="c1")
    assert not begin(shop.store, shop.rulebook, sending, shop.now)


def test_suppressed_between_the_claim_and_the_hand_over(shop: EngineShop) -> None:
    starts(shop)
    leaves_cart(shop)
    [sending] = claims(shop)
    with shop.store.transaction() as tx:
        tx.suppress(shop.id, [Suppressed("email", "ada@example.com", Bar.BY_HAND, shop.now)])
    assert not begin(shop.store, shop.rulebook, sending, shop.now)
    assert outbox(shop)[0].error == "suppressed"


def quiet(shop: EngineShop, **rules: Any) -> None:  # noqa: ANN401
    change_contact_rules(shop.store, shop.id, lambda _: ContactRules(email=ChannelRules(**rules)))
    shop.catches_up()


def test_what_a_server_put_off_into_quiet_hours_waits_until_they_end(shop: EngineShop) -> None:
    starts(shop)
    quiet(shop, quiet_from="10:30", quiet_until="20:00")
    leaves_cart(shop)  # at 10:00
    [sending] = claims(shop)
    assert begin(shop.store, shop.rulebook, sending, shop.now)
    note(
        shop.store, shop.rulebook, shop.id, sending.message, Refused(False, 421, "later"), shop.now
    )
    shop.now += 40 * MINUTE
    assert claims(shop) == []
    [message] = outbox(shop)
    assert (message.status, message.due) == ("queued", shop.now + 9 * HOUR + 20 * MINUTE)
    shop.now = message.due
    assert len(claims(shop)) == 1


def test_two_that_become_one_get_no_two_mails_at_once(shop: EngineShop) -> None:
    starts(shop)
    shop.happens("a@example.com", Metric.SUBSCRIBED, channel="email")
    shop.happens("#1 b@example.com", Metric.SUBSCRIBED, channel="email")
    shop.happens("a@example.com", Metric.ADDED_TO_CART, cart_id="c1", product_id="mug")
    shop.passes(MINUTE)
    shop.happens("#1", Metric.ADDED_TO_CART, cart_id="c2", product_id="tee")
    shop.passes(HOUR)
    shop.happens("#1 a@example.com", "Signed In")
    left = []
    for _ in range(48):
        left += [shop.now for _ in claims(shop)]
        shop.passes(HOUR)
    assert len(left) == 2
    assert left[1] - left[0] >= 16 * HOUR


def test_a_step_that_is_paused_keeps_back_what_waits_in_the_outbox(shop: EngineShop) -> None:
    starts(shop)
    leaves_cart(shop)
    set_step_status(shop.store, shop.id, "cart", "help", "paused", shop.now)
    assert claims(shop) == []
    assert outbox(shop)[0].status == "queued"
    set_step_status(shop.store, shop.id, "cart", "help", "live", shop.now)
    shop.now += HOUR
    assert len(claims(shop)) == 1


def test_a_flow_that_is_paused_keeps_back_what_waits_in_the_outbox(shop: EngineShop) -> None:
    starts(shop)
    leaves_cart(shop)
    set_status(shop.store, shop.id, "cart", "paused", shop.now)
    assert claims(shop) == []
    assert outbox(shop)[0].status == "queued"


def test_what_was_claimed_ends_on_its_version(shop: EngineShop) -> None:
    one = {**SERIES, "steps": SERIES["steps"][:1]}
    starts(shop, steps=one["steps"])
    leaves_cart(shop)
    [sending] = claims(shop)
    change_flow(shop.store, shop.id, "cart", {**one, "priority": 3}, shop.now)
    rules = shop.rulebook
    with shop.store.reading() as reading:
        assert ("cart", 1) in rules.of(reading, shop.id).flows.versions
    note(
        shop.store, shop.rulebook, shop.id, sending.message, Refused(False, 421, "later"), shop.now
    )
    shop.now += HOUR
    assert len(claims(shop)) == 1


def test_undoing_a_merge_wishes_nobody_happy_birthday_twice(shop: EngineShop) -> None:
    can_send(shop)
    document = {
        "name": "Birthday",
        "trigger": {"kind": "date", "trait": "birthday"},
        "steps": [{"kind": "email", "key": "wish", "template": "help"}],
    }
    create_flow(shop.store, shop.id, "birthday", document, shop.now)
    set_status(shop.store, shop.id, "birthday", "live", shop.now)
    shop.catches_up()
    shop.happens("ada@example.com", Metric.SUBSCRIBED, channel="email")
    shop.happens("ada@example.com", Metric.IDENTIFIED, traits={"birthday": "1990-03-03"})
    shop.happens("#1", "Signed Up")
    shop.passes(DAY)
    assert len(outbox(shop, "ada@example.com")) == 1
    shop.passes(HOUR)
    shop.happens("#1 ada@example.com", "Signed In")
    with shop.store.reading() as reading:
        [merge] = reading.merges(shop.id)
    shop.passes(HOUR)
    undo_merge(shop.store, shop.rulebook, shop.id, merge.id, shop.now)
    shop.happens("ada@example.com", Metric.IDENTIFIED, traits={"town": "York"})
    shop.passes(2 * DAY)
    with shop.store.reading() as reading:
        rows = [
            row
            for profile in (merge.winner, merge.loser)
            for row in reading.messages_of(shop.id, profile)
        ]
    assert len(rows) == 1


def test_undoing_a_merge_forgets_no_contact(shop: EngineShop) -> None:
    starts(shop)
    leaves_cart(shop, "ada@example.com")
    assert len(claims(shop)) == 1
    shop.happens("#1", "Signed Up")
    shop.happens("#1 ada@example.com", "Signed In")
    with shop.store.reading() as reading:
        [merge] = reading.merges(shop.id)
    undo_merge(shop.store, shop.rulebook, shop.id, merge.id, shop.now)
    shop.happens("ada@example.com", Metric.ADDED_TO_CART, cart_id="c9", product_id="tee")
    shop.passes(2 * HOUR)
    assert len(outbox(shop, "ada@example.com")) == 1, "16 hours are not over"


@pytest.mark.parametrize(
    "known, listed",
    [
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@xn--bcher-kva.example", "ada@bücher.example"),
        ("ada@example.com", "ada@example.com"),
    ],
)
def test_a_suppressed_address_gets_nothing_however_its_domain_is_spelled(
    shop: EngineShop, known: str, listed: str
) -> None:
    starts(shop)
    leaves_cart(shop, known)
    with shop.store.transaction() as tx:
        tx.suppress(shop.id, [suppression("email", listed, Bar.BY_HAND, shop.now)])
    assert claims(shop) == []
    assert outbox(shop, known)[0].error == "suppressed"


def test_one_cart_on_two_devices_that_become_one_person_has_one_mail(shop: EngineShop) -> None:
    """One cart on two devices, both with a mail of it in the outbox, then one person."""
    starts(shop, steps=SERIES["steps"][:1])
    for who in ("a@example.com", "#1 b@example.com"):
        shop.happens(who, Metric.SUBSCRIBED, channel="email")
        shop.happens(who, Metric.ADDED_TO_CART, cart_id="c1", product_id="mug")
    shop.passes(2 * HOUR)
    shop.happens("#1 a@example.com", "Signed In")
    left = []
    for _ in range(60):
        left += [one.message.step for one in claims(shop)]
        shop.passes(HOUR)
    assert len(left) == 1, left


def test_undoing_a_merge_gives_runs_back_to_whom_they_began_for(shop: EngineShop) -> None:
    can_send(shop)
    steps = [
        {"kind": "wait", "key": "w", "for": "2 hours"},
        {"kind": "email", "key": "m", "template": "help"},
    ]
    document = {"name": "w", "trigger": {"kind": "metric", "metric": "Looked"}, "steps": steps}
    create_flow(shop.store, shop.id, "looked", document, shop.now)
    set_status(shop.store, shop.id, "looked", "live", shop.now)
    shop.catches_up()
    shop.happens("#1 b@example.com", Metric.SUBSCRIBED, channel="email")
    shop.happens("a@example.com", Metric.SUBSCRIBED, channel="email")
    shop.happens("a@example.com", "Looked")
    shop.happens("#1 a@example.com", "Signed In")
    with shop.store.reading() as reading:
        [merge] = reading.merges(shop.id)
    undo_merge(shop.store, shop.rulebook, shop.id, merge.id, shop.now)
    shop.passes(3 * HOUR)
    assert [one.message.recipient for one in claims(shop)] == ["a@example.com"]


def test_undoing_a_merge_gives_back_what_waits(shop: EngineShop) -> None:
    starts(shop, trigger={"kind": "metric", "metric": "Looked"}, steps=SERIES["steps"][:1])
    shop.happens("#1 b@example.com", Metric.SUBSCRIBED, channel="email")
    shop.happens("a@example.com", Metric.SUBSCRIBED, channel="email")
    shop.happens("a@example.com", "Looked")
    shop.happens("#1 a@example.com", "Signed In")
    with shop.store.reading() as reading:
        [merge] = reading.merges(shop.id)
    undo_merge(shop.store, shop.rulebook, shop.id, merge.id, shop.now)
    assert [one.message.recipient for one in claims(shop)] == ["a@example.com"]


@pytest.mark.parametrize("named", [{"cart_id": "c1"}, {}])
def test_an_order_counts_although_the_clock_was_set_back(
    shop: EngineShop, named: dict[str, str]
) -> None:
    starts(shop)
    leaves_cart(shop)
    shop.now -= 3 * HOUR
    shop.happens(ADA, Metric.PLACED_ORDER, **named)
    shop.now += 3 * HOUR
    assert claims(shop) == []
    shop.passes(3 * DAY)
    assert len(outbox(shop)) == 1


class FailsForAda:
    """A postman with a fault, which shows while it has another mail in its hands."""

    def __init__(self) -> None:
        self.failed = asyncio.Event()

    async def hand_over(self, sending: Sending, begins: Begins) -> Outcome | None:
        await begins()
        if sending.message.recipient == "ada@example.com":
            self.failed.set()
            raise RuntimeError("no ink")
        await self.failed.wait()
        await asyncio.sleep(0.05)
        return Accepted("250 ok")


def test_where_one_hand_over_fails_what_became_of_the_others_is_kept(shop: EngineShop) -> None:
    starts(shop)
    leaves_cart(shop)
    leaves_cart(shop, "#2 bob@example.com")
    with pytest.raises(RuntimeError, match="no ink"):
        asyncio.run(deliver(shop.store, shop.rulebook, lambda: shop.now, FailsForAda()))
    assert [one.status for one in outbox(shop)] == ["handing"]
    assert [one.status for one in outbox(shop, "#2 bob@example.com")] == ["sent"]
