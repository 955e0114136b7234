"""The demo's cast through the real engine: everybody enters and leaves at the promised second."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from cartback.demo.habits import Habits
from cartback.demo.segments import KEYS, segment_documents
from cartback.demo.simulation import simulate
from cartback.demo.story import ADA, CAST, JONAS, MINA, OMAR, ROBIN, TOM, Part, story, tell
from cartback.domain.event import Identifier, Metric, ShopId
from cartback.domain.instant import DAY, HOUR, MINUTE, WEEK, Instant, Milliseconds, parse_instant
from cartback.engine.backfill import backfill_all
from cartback.engine.ingest import Delivery, ingest
from cartback.engine.ports import Store
from cartback.engine.rulebook import Rulebook
from cartback.engine.segments import create_segment
from cartback.engine.wake import wake_all
from cartback.store import open_store

START = parse_instant("2026-03-02")
OPENING = START + 8 * DAY + 12 * HOUR
END = OPENING + 8 * DAY

Stay = tuple[Milliseconds, Milliseconds | None]


class Shown:
    """Who was in which segment from when until when, after the opening, and what was derived."""

    def __init__(self, store: Store, shop: ShopId) -> None:
        with store.reading() as reading:
            emails = {Identifier("email", part.person.email): part for part in CAST}
            self._profiles = {
                emails[name]: profile
                for name, profile in reading.profiles_by(shop, list(emails)).items()
            }
            moves = [move for _, move in reading.moves(shop, limit=1_000_000)]
            self.drops = reading.drops(shop)
            self.quarantined = reading.quarantined(shop)
            self.conflicts = reading.conflicts(shop)
            self._derived: defaultdict[tuple[int, str], list[Instant]] = defaultdict(list)
            for logged in reading.log_after(shop, 0, 1_000_000):
                self._derived[logged.profile, logged.event.metric].append(logged.event.time)
        self._stays: defaultdict[tuple[int, str], list[Stay]] = defaultdict(list)
        for move in moves:
            stays = self._stays[move.profile, move.segment]
            if move.joined:
                stays.append((move.at - OPENING, None))
            else:
                stays[-1] = (stays[-1][0], move.at - OPENING)

    def stays(self, part: Part, segment: str = KEYS[0]) -> list[Stay]:
        return self._stays[self._profiles[part], segment]

    def derived(self, part: Part, metric: Metric) -> list[Milliseconds]:
        return [at - OPENING for at in self._derived[self._profiles[part], metric]]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    path: Path = tmp_path_factory.mktemp("demo") / "demo.db"
    store = open_store(str(path))
    try:
        with store.transaction() as tx:
            shop = tx.add_shop("demo", START)
        _run(store, shop)
        return Shown(store, shop)
    finally:
        store.close()


def _run(store: Store, shop: ShopId) -> None:
    rulebook = Rulebook()
    for document in segment_documents():
        create_segment(store, shop, document, START)
    backfill_all(store, rulebook, shop, lambda: START)
    few = Habits(shoppers_per_day=12)
    simulated = simulate(shop=shop, seed=7, start=START, days=17, habits=few)
    waiting = list(tell(simulated, story(shop, OPENING)))
    for now in range(START, END + 1, 2 * HOUR):
        due = [event for event in waiting if event.time <= now]
        waiting = waiting[len(due) :]
        ingest(store, rulebook, [Delivery(shop, due)])
        wake_all(store, rulebook, now)


def test_nothing_of_the_demo_is_refused(shown: Shown) -> None:
    assert not shown.drops
    assert not shown.quarantined
    assert not shown.conflicts


def test_ada_is_in_the_segment_for_a_week_to_the_second(shown: Shown) -> None:
    assert shown.stays(ADA) == [(ADA.at, ADA.at + WEEK)]


def test_tom_leaves_by_time_alone(shown: Shown) -> None:
    assert shown.stays(TOM) == [(TOM.at - WEEK, TOM.at)]


def test_jonas_orders_before_the_hour_and_his_cart_is_never_abandoned(shown: Shown) -> None:
    assert shown.stays(JONAS) == [(8 * MINUTE + 5_000, JONAS.at)]
    assert shown.derived(JONAS, Metric.CART_ABANDONED) == []


def test_mina_comes_back_and_orders(shown: Shown) -> None:
    assert shown.stays(MINA) == [(-DAY - 2 * HOUR, MINA.at)]
    assert len(shown.derived(MINA, Metric.CART_ABANDONED)) == 1


def test_robin_only_looks(shown: Shown) -> None:
    assert shown.stays(ROBIN) == []
    assert [start for start, _ in shown.stays(ROBIN, "browse-abandoners")] == [5 * MINUTE + 30_000]


def test_omar_says_who_he_is_after_his_cart_was_left(shown: Shown) -> None:
    assert shown.stays(OMAR) == [(8 * MINUTE, 8 * MINUTE + WEEK)]
    (abandoned,) = shown.derived(OMAR, Metric.CART_ABANDONED)
    assert abandoned <= OMAR.at


def test_adas_cart_is_a_big_one(shown: Shown) -> None:
    (stay,) = shown.stays(ADA, "big-carts")
    assert HOUR < stay[0] < HOUR + 5 * MINUTE
