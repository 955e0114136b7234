"""Whatever happens in whatever order, with processes killed and events sent twice: no reminder of a
cart is handed over after its order, twice, without consent, in quiet hours, or too soon after
another one; and none is lost.

Hypothesis invents the story; what must never happen is looked for in the events as they were sent.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from cartback.domain.contact import ChannelRules
from cartback.domain.event import Event, Metric
from cartback.domain.instant import DAY, HOUR, MINUTE, Zone
from cartback.domain.law.terms import Bar
from cartback.domain.message import Accepted, Outcome, Refused
from cartback.engine.deliver import Sending, begin, claim
from cartback.engine.flow_ports import MessageRow
from cartback.engine.flows import change_contact_rules
from cartback.engine.noting import LONGEST_HANDOVER, doubt_stale, note
from cartback.engine.suppression_list import suppression
from cartback.store import open_store
from tests.scenarios.engine_shop import EngineShop
from tests.scenarios.test_engine_flows import starts

ADDRESSES = {"ada@x.org": "d1", "bob@x.org": "d2"}
"""Each person's address, and the device that turns out to be theirs."""
CARTS = ["c1", "c2"]
QUIET = ChannelRules(quiet_from="21:00", quiet_until="08:00")
GAP = 16 * HOUR
FATES = ["taken", "taken", "taken", "put off", "taken late", "died before", "died after"]
BETWEEN = ["order", "their device ordered", "fill", "no", "suppress", "time"]
SETTLED = {"sent", "failed", "cancelled", "in_doubt"}


class Handed(NamedTuple):
    """A mail that left, or began to: nobody who died can say which."""

    address: str
    at: int
    left: bool


class Post(RuleBasedStateMachine):
    """A shop with two people, a flow of two mails, and a mail server."""

    empty: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="cartback-post-"))
        url = str(self.folder / "cartback.db")
        shutil.copy(self.empty, url)
        self.store = open_store(url)
        with self.store.transaction() as tx:
            self.shop = EngineShop(self.store, tx.add_shop("the shop", 0))
        starts(self.shop)
        change_contact_rules(
            self.store, self.shop.id, lambda rules: msgspec.structs.replace(rules, email=QUIET)
        )
        self.shop.catches_up()
        self.events: list[Event] = []
        self.claimed: list[Sending] = []
        self.late: list[MessageRow] = []
        self.handed: dict[str, Handed] = {}
        self.suppressed: set[str] = set()

    @initialize()
    def two_carts_were_left(self) -> None:
        for who, cart in zip(ADDRESSES, CARTS, strict=True):
            self.somebody_says_yes_or_no(who, yes=True)
            self.a_cart_is_filled(who, cart)
        self.time_passes(HOUR)

    # --- what happens -------------------------------------------------------------------------

    def _happens(self, who: str, metric: str, ago: int = 0, **more: Any) -> None:  # noqa: ANN401  as `event`
        at = self.shop.now - ago
        one = self.shop.happens(who, metric, at=at, received=self.shop.now, **more)
        self.events.append(one)

    @rule(who=st.sampled_from([*ADDRESSES, *ADDRESSES, "d1", "d2"]), cart=st.sampled_from(CARTS))
    def a_cart_is_filled(self, who: str, cart: str) -> None:
        self._happens(who, Metric.ADDED_TO_CART, cart_id=cart, product_id="mug", price=900)

    @rule(who=st.sampled_from([*ADDRESSES]), cart=st.sampled_from(CARTS))
    def somebody_subscribes_and_leaves_a_cart(self, who: str, cart: str) -> None:
        self.somebody_says_yes_or_no(who, yes=True)
        self.a_cart_is_filled(who, cart)
        self.time_passes(HOUR)

    @rule(
        who=st.sampled_from([*ADDRESSES, "d1", "d2"]),
        cart=st.sampled_from(CARTS),
        ago=st.sampled_from([0, 0, MINUTE, 2 * HOUR]),
    )
    def somebody_orders(self, who: str, cart: str, ago: int) -> None:
        self._happens(who, Metric.PLACED_ORDER, ago, cart_id=cart)

    @rule(who=st.sampled_from([*ADDRESSES]), yes=st.booleans())
    def somebody_says_yes_or_no(self, who: str, yes: bool) -> None:
        metric = Metric.SUBSCRIBED if yes else Metric.UNSUBSCRIBED
        self._happens(who, metric, channel="email")

    @rule(who=st.sampled_from([*ADDRESSES]))
    def a_device_is_known(self, who: str) -> None:
        self._happens(f"{ADDRESSES[who]} {who}", "Identified")

    @rule(who=st.sampled_from([*ADDRESSES]), on=st.booleans())
    def somebody_is_suppressed_or_no_more(self, who: str, on: bool) -> None:
        (self.suppressed.add if on else self.suppressed.discard)(who)
        with self.store.transaction() as tx:
            if on:
                tx.suppress(
                    self.shop.id, [suppression("email", who, Bar.BY_HAND, self.shop.now, "")]
                )
            else:
                tx.unsuppress(self.shop.id, "email", who)

    @rule(which=st.integers(0, 99))
    def an_event_is_sent_again(self, which: int) -> None:
        if self.events:
            again = self.events[which % len(self.events)]
            self.shop.send(msgspec.structs.replace(again, received=self.shop.now))

    @rule(duration=st.sampled_from([MINUTE, HOUR, 3 * HOUR, 9 * HOUR, DAY]), wakes=st.booleans())
    def time_passes(self, duration: int, wakes: bool = True) -> None:
        if wakes:
            self.shop.passes(duration)
        else:
            self.shop.now += duration

    # --- what the post does -------------------------------------------------------------------

    @rule(limit=st.sampled_from([1, 100]))
    def messages_are_claimed(self, limit: int) -> None:
        self.claimed += claim(self.store, self.shop.rulebook, self.shop.now, limit)

    @rule(which=st.integers(0, 9), fate=st.sampled_from(FATES))
    def one_is_handed_over(self, which: int, fate: str) -> None:
        if self.claimed:
            self._hands_over(self.claimed.pop(which % len(self.claimed)), fate)

    @rule(fate=st.sampled_from(FATES))
    def all_are_handed_over(self, fate: str) -> None:
        self.messages_are_claimed(100)
        while self.claimed:
            self._hands_over(self.claimed.pop(0), fate)

    @rule(who=st.sampled_from([*ADDRESSES]), between=st.sampled_from(BETWEEN))
    def something_happens_between_claim_and_hand_over(self, who: str, between: str) -> None:
        self.messages_are_claimed(100)
        match between:
            case "order":
                self.somebody_orders(who, CARTS[0], 0)
            case "their device ordered":
                self.somebody_orders(ADDRESSES[who], CARTS[1], 0)
                self.a_device_is_known(who)
            case "fill":
                self.a_cart_is_filled(who, CARTS[0])
            case "no":
                self.somebody_says_yes_or_no(who, yes=False)
            case "suppress":
                self.somebody_is_suppressed_or_no_more(who, on=True)
            case _:
                self.shop.now += 5 * HOUR
        while self.claimed:
            self._hands_over(self.claimed.pop(0), "taken")

    @rule(fate=st.sampled_from(["died before", "died after"]))
    def it_dies_in_the_act_and_another_one_goes_on(self, fate: str) -> None:
        self.all_are_handed_over(fate)
        self.shop.now += LONGEST_HANDOVER + 1
        doubt_stale(self.store, self.shop.now)
        self.all_are_handed_over("taken")

    @rule()
    def an_answer_comes_after_all(self) -> None:
        """Perhaps of a mail that was given up since."""
        while self.late:
            note(
                self.store,
                self.shop.rulebook,
                self.shop.id,
                self.late.pop(),
                Accepted("250 ok"),
                self.shop.now,
            )

    @rule()
    def the_process_is_killed(self) -> None:
        self.claimed.clear()

    @rule(later=st.sampled_from([0, LONGEST_HANDOVER + 1]))
    def what_a_dead_process_left_is_looked_at(self, later: int) -> None:
        self.shop.now += later
        doubt_stale(self.store, self.shop.now)

    def _hands_over(self, sending: Sending, fate: str) -> None:
        if not begin(self.store, self.shop.rulebook, sending, self.shop.now):
            return
        message = sending.message
        self._looks_at(sending)
        if fate != "put off":
            handed = Handed(message.recipient, self.shop.now, fate != "died before")
            self.handed[message.key] = handed
        if fate == "taken late":
            self.late.append(message)
        if fate in ("taken", "put off"):
            refused = Refused(permanent=False, code=450, sentence="450 later")
            outcome: Outcome = Accepted("250 ok") if fate == "taken" else refused
            note(self.store, self.shop.rulebook, self.shop.id, message, outcome, self.shop.now)

    # --- what must never happen ---------------------------------------------------------------

    def _looks_at(self, sending: Sending) -> None:
        message, now = sending.message, self.shop.now
        mine = self._events_of(message.recipient)
        assert message.key not in self.handed, "never twice"
        assert message.recipient not in self.suppressed
        cart = message.run.cart
        touched = max(
            one.time
            for one in mine
            if one.properties.get("cart_id") == cart and one.metric == Metric.ADDED_TO_CART
        )
        assert now >= touched + HOUR, "never while it is being filled"
        orders = [one.time for one in mine if one.metric == Metric.PLACED_ORDER]
        assert not [at for at in orders if at >= touched], "never after the order"
        said = [
            (one.time, place, one.metric)
            for place, one in enumerate(mine)
            if one.metric in (Metric.SUBSCRIBED, Metric.UNSUBSCRIBED)
        ]
        assert said, "never without consent"
        assert max(said)[2] == Metric.SUBSCRIBED, "never against the last word"
        assert 8 <= Zone("UTC").local(now).hour < 21, "never in quiet hours"
        past = [one.at for one in self.handed.values() if one.address == message.recipient]
        assert not past or now >= max(past) + GAP, "never too soon"

    def _events_of(self, address: str) -> list[Event]:
        """A person's events, with those of the device once that is known to be theirs."""
        names = {address}
        if any(len(one.identifiers) > 1 and self._is_of(one, names) for one in self.events):
            names.add(ADDRESSES[address])
        return [one for one in self.events if self._is_of(one, names)]

    @staticmethod
    def _is_of(one: Event, names: set[str]) -> bool:
        return any(value in names for _, value in one.identifiers)

    def teardown(self) -> None:
        """In the end every message has gone, or says why not; what was begun is never lost."""
        self.claimed.clear()
        answered = {one.key for one in self.late}
        for _ in range(14):
            self.shop.passes(DAY // 2)
            doubt_stale(self.store, self.shop.now)
            self.all_are_handed_over("taken")
        self.an_answer_comes_after_all()
        with self.store.reading() as reading:
            counts = reading.count_messages(self.shop.id)
            assert counts.keys() <= SETTLED, counts
            for key, handed in self.handed.items():
                row = reading.message(self.shop.id, key)
                assert row is not None
                assert row.status in ("sent", "in_doubt")
                assert row.status == "sent" or key not in answered, "it was taken after all"
                assert handed.left or row.status == "in_doubt"
        self.store.close()
        shutil.rmtree(self.folder)


@pytest.fixture(autouse=True)
def begins_empty(empty_sqlite: Path) -> None:
    Post.empty = empty_sqlite


TestPost = Post.TestCase
TestPost.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
