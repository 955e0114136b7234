"""Whatever is done to a shop, in whatever order: the members are those whom the history names.

Hypothesis invents the story. The oracle reads each person's whole history in the plainest way.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)

from cartback.domain.condition import parse_condition
from cartback.domain.event import Event, Json
from cartback.domain.instant import DAY, HOUR, MINUTE, WEEK, Zone
from cartback.domain.profile import decode_profile
from cartback.domain.rules import Settings
from cartback.engine import backfill as backfilling
from cartback.engine.backfill import backfill
from cartback.engine.intake import Receipt
from cartback.engine.people import CannotMerge, merge_by_hand, undo_merge
from cartback.engine.rulebook import Rulebook, present_rules
from cartback.engine.rules_change import change_settings
from cartback.engine.segment_document import BadSegment
from cartback.engine.segments import (
    NoSuchSegment,
    SegmentExists,
    archive_segment,
    change_segment,
    create_segment,
)
from cartback.engine.wake import wake
from cartback.store import open_store
from tests.oracle import Person, holds
from tests.scenarios.engine_shop import (
    ALL,
    EngineShop,
    check_consistency,
    did,
    event,
    every,
    segment,
)


def inside(key: str, within: str = "") -> dict[str, Json]:
    document: dict[str, Json] = {"kind": "in_segment", "segment": key}
    if within:
        document["joined"] = {"kind": "last", "duration": within}
    return document


def sequence(*, followed: bool) -> dict[str, Json]:
    return {
        "kind": "sequence",
        "first": {"metric": "Added to Cart"},
        "then": {"metric": "Placed Order"},
        "inside": "2 hours",
        "followed": followed,
        "within": {"kind": "last", "duration": "1 week"},
    }


CONDITIONS = [
    every(did("Checkout Started", "1 week"), did("Placed Order", "1 week", exactly=0)),
    did("Viewed Product", "2 days", at_least=2),
    did("Viewed Product", "2 days", at_most=1),
    did("Placed Order", at_least=2),
    did("Cart Abandoned", "1 day"),
    did("Cart Recovered"),
    {"kind": "not", "of": did("Cart Abandoned", "1 week")},
    {"kind": "did", "metric": "Viewed Product", "within": {"kind": "calendar", "unit": "day"}},
    {
        "kind": "did",
        "metric": "Added to Cart",
        "within": {"kind": "more_than_ago", "duration": "1 day"},
    },
    {
        "kind": "did",
        "metric": "Placed Order",
        "within": {"kind": "between_ago", "nearest": "1 day", "farthest": "1 week"},
    },
    {
        "kind": "aggregate",
        "metric": "Placed Order",
        "function": "sum",
        "path": "value",
        "is": {"at_least": 2_000},
        "within": {"kind": "last", "duration": "1 week"},
    },
    sequence(followed=True),
    sequence(followed=False),
    {
        "kind": "first_time",
        "metric": "Placed Order",
        "within": {"kind": "last", "duration": "1 day"},
    },
    {
        "kind": "last_time",
        "metric": "Placed Order",
        "within": {"kind": "last", "duration": "1 day"},
    },
    {"kind": "stage", "is": "lead"},
    {"kind": "trait", "path": "plan", "is": "equals", "value": "gold"},
    {"kind": "in_list", "list": "news", "joined": {"kind": "last", "duration": "1 day"}},
    {"kind": "consent", "channel": "email", "status": "subscribed"},
    {"kind": "share", "percent": 50},
    inside("one"),
    {"kind": "not", "of": inside("two")},
    inside("one", "1 day"),
]
KEYS = ["one", "two", "three"]
NAMES = ["d1", "d2", "d3", "d4", "a@x.org", "b@x.org", "#1", "#2"]
PROPERTIES: dict[str, dict[str, Json]] = {
    "Placed Order": {"value": 1_500},
    "Added to Cart": {"product_id": "mug", "price": 1_500},
    "Subscribed": {"channel": "email"},
    "Unsubscribed": {"channel": "email"},
    "Joined List": {"list": "news"},
    "Left List": {"list": "news"},
    "Viewed Product": {},
    "Checkout Started": {},
    "Identified": {},
}
AGES = st.sampled_from([0, 0, 0, 1, MINUTE, HOUR, DAY, 2 * DAY, WEEK, 8 * DAY])


@st.composite
def happenings(draw: st.DrawFn) -> tuple[str, str, int, dict[str, Json]]:
    """Who did what how long ago, and what it says of the person."""
    who = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True))
    traits = draw(st.sampled_from([{}, {}, {"plan": "gold"}, {"plan": "free"}]))
    return " ".join(who), draw(st.sampled_from(sorted(PROPERTIES))), draw(AGES), traits


class Shops(RuleBasedStateMachine):
    """A shop and a clock; a stranger beside it."""

    empty: Path
    sent = Bundle("sent")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="cartback-machine-"))
        self.url = str(self.folder / "cartback.db")
        shutil.copy(self.empty, self.url)
        self.store = open_store(self.url)
        with self.store.transaction() as tx:
            tx.add_shop("a stranger", 0)
            self.shop = EngineShop(self.store, tx.add_shop("the shop", 0))
        self.taken: list[str] = []

    @initialize(condition=st.sampled_from(CONDITIONS[:7]))
    def begin(self, condition: dict[str, Json]) -> None:
        self.shop.has(segment("one", condition))

    # --- what senders do ----------------------------------------------------------------------

    @rule(target=sent, some=st.lists(happenings(), min_size=1, max_size=4))
    def some_events_arrive(self, some: list[tuple[str, str, int, dict[str, Json]]]) -> Event:
        return self.events_arrive(some)

    @rule(target=sent, some=st.lists(happenings(), min_size=3, max_size=9))
    def many_events_arrive(self, some: list[tuple[str, str, int, dict[str, Json]]]) -> Event:
        return self.events_arrive(some)

    def events_arrive(self, some: list[tuple[str, str, int, dict[str, Json]]]) -> Event:
        self.shop.now += 1
        events = [
            event(
                who,
                metric,
                self.shop.now - age,
                received=self.shop.now,
                id=f"event-{len(self.taken) + place}",
                traits=traits,
                **PROPERTIES[metric],
            )
            for place, (who, metric, age, traits) in enumerate(some)
        ]
        return self._takes(events)

    @rule(target=sent, one=happenings(), backfill=st.booleans())
    def history_arrives(self, one: tuple[str, str, int, dict[str, Json]], backfill: bool) -> Event:
        """What is imported says so; what is replayed arrives at its own time."""
        who, metric, age, traits = one
        at = self.shop.now - age
        past = event(
            who,
            metric,
            at,
            received=self.shop.now if backfill else at,
            id=f"event-{len(self.taken)}",
            traits=traits,
            backfill=backfill,
            **PROPERTIES[metric],
        )
        return self._takes([past])

    def _takes(self, events: list[Event]) -> Event:
        assert self.shop.send(*events) == Receipt(len(events))
        self.taken += [one.id for one in events]
        return events[0]

    @rule(one=sent)
    def an_event_is_sent_again(self, one: Event) -> None:
        again = msgspec.structs.replace(one, received=self.shop.now)
        assert self.shop.send(again, again) == Receipt(0, 2)

    @rule(one=happenings())
    def a_delivery_fails(self, one: tuple[str, str, int, dict[str, Json]]) -> None:
        """Nothing of it is taken."""
        who, metric, age, _ = one
        good = event(who, metric, self.shop.now - age, received=self.shop.now, **PROPERTIES[metric])
        bad = event("mallory", "X", self.shop.now, id="no text: \ud800")
        with pytest.raises(UnicodeEncodeError):
            self.shop.send(good, bad)

    # --- time ---------------------------------------------------------------------------------

    @rule(duration=st.sampled_from([1, MINUTE, HOUR, 2 * HOUR, DAY, 2 * DAY, WEEK, 30 * DAY]))
    def time_passes(self, duration: int) -> None:
        self.shop.now += duration

    @rule(limit=st.sampled_from([1, 2, 500]))
    def some_wake(self, limit: int) -> None:
        wake(self.store, self.shop.rulebook, self.shop.now, limit)

    @rule()
    def it_crashes(self) -> None:
        """What was not written is gone; a new process begins."""
        self.store.close()
        self.store = open_store(self.url)
        self.shop.store = self.store
        self.shop.rulebook = Rulebook()

    # --- what people of the shop do -----------------------------------------------------------

    @rule(key=st.sampled_from(KEYS), when=st.sampled_from(CONDITIONS))
    def a_segment_is_made(self, key: str, when: dict[str, Json]) -> None:
        with contextlib.suppress(SegmentExists, BadSegment):
            create_segment(self.store, self.shop.id, segment(key, when), self.shop.now)

    @rule(key=st.sampled_from(KEYS), when=st.sampled_from(CONDITIONS))
    def a_segment_is_changed(self, key: str, when: dict[str, Json]) -> None:
        with contextlib.suppress(NoSuchSegment, BadSegment):
            change_segment(self.store, self.shop.id, segment(key, when), self.shop.now)

    @rule(key=st.sampled_from(KEYS))
    def a_segment_is_archived(self, key: str) -> None:
        with contextlib.suppress(NoSuchSegment, BadSegment):
            archive_segment(self.store, self.shop.id, key, self.shop.now)

    @rule(zone=st.sampled_from(["UTC", "Asia/Seoul"]), idle=st.sampled_from(["1 hour", "1 day"]))
    def settings_are_changed(self, zone: str, idle: str) -> None:
        changed = Settings(zone=zone, cart_idle=idle)
        change_settings(self.store, self.shop.id, changed, self.shop.now)

    @rule()
    def a_back_fill_goes_on_a_step(self) -> None:
        shop = self.shop
        next(backfill(self.store, shop.rulebook, shop.id, lambda: shop.now), None)

    @rule(one=st.sampled_from(NAMES), other=st.sampled_from(NAMES))
    def two_are_merged_by_hand(self, one: str, other: str) -> None:
        shop = self.shop
        try:
            two = shop.profile_of(one), shop.profile_of(other)
            merge_by_hand(self.store, shop.rulebook, shop.id, *two, shop.now)
        except ValueError:
            pass

    @rule(which=st.integers(0, 9))
    def a_merge_is_undone(self, which: int) -> None:
        shop = self.shop
        with self.store.reading() as reading:
            merges = [one for one in reading.merges(shop.id) if one.undone_at is None]
        if merges:
            with contextlib.suppress(CannotMerge):
                undo_merge(
                    self.store, shop.rulebook, shop.id, merges[which % len(merges)].id, shop.now
                )

    # --- what is true -------------------------------------------------------------------------

    @invariant()
    def each_event_is_there_once(self) -> None:
        with self.store.reading() as reading:
            log = [one.event.id for one in reading.log_after(self.shop.id, 0, ALL)]
            assert len(log) == len(set(log))
            assert [one for one in log if not one.startswith("cart-")] == self.taken
            assert reading.last_seq(1) == 0, "a stranger has nothing"

    @rule()
    def everything_is_settled(self) -> None:
        shop = self.shop
        shop.catches_up()
        shop.wakes(shop.now)
        check_consistency(self.store, shop.id, shop.now)
        with self.store.reading() as reading:
            rules = present_rules(reading, shop.id)
            zone = Zone(rules.settings.zone)
            for row in reading.profiles_after(shop.id, 0, ALL):
                history = reading.history(shop.id, [tail for tail in row.tails if tail])
                memberships = reading.memberships(shop.id, row.id)
                person = Person([one.event for one in history[::-1]], row.id, memberships)
                for one in rules.segments:
                    expected = holds(one.when, person, shop.now, zone)
                    assert (one.key in memberships) == expected, (row.id, one.key, one.when)
                state = decode_profile(row.state)
                assert state.clock <= shop.now
                assert row.rules_version == rules.version

    def teardown(self) -> None:
        try:
            self.everything_is_settled()
        finally:
            self.store.close()
            shutil.rmtree(self.folder)


@pytest.fixture(autouse=True)
def _small_steps(empty_sqlite: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A back-fill takes many steps also in a small shop."""
    Shops.empty = empty_sqlite
    monkeypatch.setattr(backfilling, "AT_ONCE", 2)


def test_conditions_are_conditions() -> None:
    for document in CONDITIONS:
        parse_condition(document)


Test = Shops.TestCase
Test.settings = settings(
    max_examples=settings().max_examples, stateful_step_count=50, deadline=None
)
