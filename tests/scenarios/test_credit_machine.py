"""Whatever comes in whatever order: the credit is what working it out anew from the rows gives.

Hypothesis invents the story; `credited.check_credit` reads the rows in the plainest way.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from cartback.domain.event import Metric, ProfileId
from cartback.domain.instant import DAY, HOUR, MINUTE
from cartback.domain.profile import RunId
from cartback.engine.bounces import Fate, Returned, take_back
from cartback.engine.credit_windows import set_windows
from cartback.engine.crediting import credit_anew
from cartback.engine.erasing import erase
from cartback.engine.flow_ports import MessageRow
from cartback.engine.people import CannotMerge, merge_by_hand, undo_merge
from cartback.engine.resting import rest
from cartback.engine.visits import Came, judge_due, keep_visit
from cartback.store import open_store
from tests.scenarios.engine_shop import ALL, EngineShop, check_consistency

NAMES = ["d1", "d2", "a@x.org"]
AGENTS = ["Mozilla/5.0 Firefox/140.0", "Mozilla/5.0", "GoogleBot crawler"]
ORDERS = ["o1", "o2"]
PLACES = [-1, 0, 1, 65_536]


class Credits(RuleBasedStateMachine):
    """A shop that sends, and whose people come back."""

    empty: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="cartback-credits-"))
        url = str(self.folder / "cartback.db")
        shutil.copy(self.empty, url)
        self.store = open_store(url)
        with self.store.transaction() as tx:
            self.shop = EngineShop(self.store, tx.add_shop("the shop", 0))
        self.sent: list[str] = []
        self.erased = False

    @rule(who=st.sampled_from(NAMES), step=st.sampled_from(["help", "proof"]))
    def somebody_leaves_a_cart_and_is_written_to(self, who: str, step: str) -> None:
        line, cart = {"product_id": "mug", "price": 900}, f"c-{who}"
        self.shop.happens(who, Metric.CART_UPDATED, cart_id=cart, currency="EUR", lines=[line])
        self.shop.passes(2 * HOUR)
        self.a_message_is_sent(who, step)

    @rule(one=st.sampled_from(NAMES), other=st.sampled_from(NAMES))
    def two_names_are_one(self, one: str, other: str) -> None:
        self.shop.happens(" ".join(dict.fromkeys((one, other))), Metric.IDENTIFIED)

    @rule(duration=st.sampled_from([HOUR, DAY, 3 * DAY]))
    def time_passes(self, duration: int) -> None:
        self.shop.passes(duration)

    @rule(who=st.sampled_from(NAMES), order=st.sampled_from(ORDERS), ago=st.sampled_from([0, DAY]))
    def somebody_orders(self, who: str, order: str, ago: int) -> None:
        at = self.shop.now - ago
        self.shop.happens(
            who, Metric.PLACED_ORDER, at=at, order_id=order, value=2_000, currency="EUR"
        )

    @rule(
        who=st.sampled_from(NAMES),
        order=st.sampled_from(ORDERS),
        value=st.sampled_from([None, 500, 1_800]),
        currency=st.sampled_from([{}, {"currency": "EUR"}, {"currency": "USD"}]),
    )
    def an_order_is_given_back(
        self, who: str, order: str, value: int | None, currency: dict[str, str]
    ) -> None:
        metric = Metric.CANCELLED_ORDER if value is None else Metric.REFUNDED_ORDER
        self.shop.happens(who, metric, order_id=order, value=value, **currency)

    @rule(who=st.sampled_from(NAMES), step=st.sampled_from(["help", "proof"]))
    def a_message_is_sent(self, who: str, step: str) -> None:
        profile = self._profile(who)
        if profile:
            key = f"m{len(self.sent)}"
            run = RunId("cart", 1, "c1", self.shop.now)
            now = self.shop.now
            row = MessageRow(
                key, profile, run, step, "email", now, now + DAY, now, recipient="a@x.org"
            )
            with self.store.transaction() as tx:
                tx.queue(self.shop.id, [row])
                rest(tx, self.shop.id, row, "sent")
            self.sent.append(key)

    @rule(
        which=st.integers(0, 9),
        place=st.sampled_from(PLACES),
        agent=st.sampled_from(AGENTS[:1] * 4 + AGENTS),
    )
    def a_message_is_visited(self, which: int, place: int, agent: str) -> None:
        if self.sent:
            key = self.sent[which % len(self.sent)]
            keep_visit(
                self.store, self.shop.id, key, Came("GET", agent, place, "https://x"), self.shop.now
            )

    @rule(which=st.integers(0, 9), place=st.sampled_from(PLACES), who=st.sampled_from(NAMES))
    def somebody_comes_back_by_a_message(self, which: int, place: int, who: str) -> None:
        self.shop.passes(HOUR)
        self.a_message_is_visited(which, place, AGENTS[0])
        self.shop.passes(MINUTE)
        self.somebody_orders(who, ORDERS[which % 2], 0)

    @rule()
    def visits_are_judged(self) -> None:
        self.shop.now += 2 * MINUTE
        judge_due(self.store, self.shop.rulebook, self.shop.now)

    @rule(which=st.integers(0, 9), fate=st.sampled_from(["soft", "complaint", "delivered"]))
    def a_message_comes_back(self, which: int, fate: Fate) -> None:
        if self.sent:
            key = self.sent[which % len(self.sent)]
            take_back(self.store, self.shop.rulebook, Returned(fate=fate, key=key), self.shop.now)

    @rule(click=st.sampled_from(["1 hour", "5 days"]), opened=st.sampled_from([None, "2 days"]))
    def the_windows_are_changed(self, click: str, opened: str | None) -> None:
        set_windows(self.store, self.shop.id, {"click": click, "open": opened})

    @rule(limit=st.sampled_from([1, 100]))
    def some_are_credited_anew(self, limit: int) -> None:
        credit_anew(self.store, self.shop.id, limit)

    @rule(one=st.sampled_from(NAMES), other=st.sampled_from(NAMES))
    def two_are_merged(self, one: str, other: str) -> None:
        two = self._profile(one), self._profile(other)
        if all(two):
            with contextlib.suppress(ValueError):
                merge_by_hand(self.store, self.shop.rulebook, self.shop.id, *two, self.shop.now)

    @rule(which=st.integers(0, 3))
    def a_merge_is_undone(self, which: int) -> None:
        shop = self.shop
        with self.store.reading() as reading:
            merges = [one for one in reading.merges(shop.id) if one.undone_at is None]
        if merges:
            number = merges[which % len(merges)].id
            with contextlib.suppress(CannotMerge):
                undo_merge(self.store, shop.rulebook, shop.id, number, shop.now)

    @rule()
    def it_is_told_to_the_end(self) -> None:
        while credit_anew(self.store, self.shop.id):
            pass
        check_consistency(self.store, self.shop.id)

    def _profile(self, who: str) -> ProfileId:
        try:
            return self.shop.profile_of(who)
        except ValueError:
            return 0

    def teardown(self) -> None:
        self.it_is_told_to_the_end()
        with self.store.reading() as reading:
            rows = reading.profiles_after(self.shop.id, 0, ALL)
        for row in rows:
            erase(self.store, self.shop.id, row.id)
        with self.store.reading() as reading:
            assert reading.recoveries_after(self.shop.id, 0, ALL) == []
        self.store.close()
        shutil.rmtree(self.folder)


@pytest.fixture(autouse=True)
def begins_empty(empty_sqlite: Path) -> None:
    Credits.empty = empty_sqlite


TestCredits = Credits.TestCase
TestCredits.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
