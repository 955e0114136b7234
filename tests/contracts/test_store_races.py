"""Threads and processes that write at the same time: nothing is lost, doubled or seen half."""

import multiprocessing
import random
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pytest

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import FOREVER
from cartback.engine.log_ports import LoggedEvent
from cartback.engine.ports import Contention
from cartback.engine.segment_ports import Move
from cartback.store import DatabaseStore, open_store
from tests.contracts.conftest import InThreads
from tests.contracts.made import a_profile, an_event, email, save_new


def until_it_succeeds(store: DatabaseStore, work: Callable[[Any], Any]) -> Any:  # noqa: ANN401
    """Do the work in a transaction, again after Contention."""
    while True:
        try:
            with store.transaction() as tx:
                return work(tx)
        except Contention:
            continue


def count_up(store: DatabaseStore, shop: ShopId, profile: ProfileId, times: int) -> None:
    """Read, add one, write: the update that is lost where nobody locks."""

    def once(tx: Any) -> None:  # noqa: ANN401
        row = tx.lock(shop, [profile])[profile]
        tx.save(shop, [a_profile(profile, b"%d" % (int(row.state) + 1))])

    for _ in range(times):
        until_it_succeeds(store, once)


def count_up_elsewhere(url: str, shop: ShopId, profile: ProfileId, times: int) -> None:
    store = open_store(url)
    count_up(store, shop, profile, times)
    store.close()


def a_counter(store: DatabaseStore, shop: ShopId) -> ProfileId:
    with store.transaction() as tx:
        [profile] = tx.new_profile_ids(1)
        tx.save(shop, [a_profile(profile, b"0")])
        return profile


def state_of(store: DatabaseStore, shop: ShopId, profile: ProfileId) -> bytes:
    with store.reading() as reading:
        row = reading.profile(shop, profile)
    assert row is not None
    return row.state


def test_no_update_is_lost_among_threads(
    store: DatabaseStore, shop: ShopId, in_threads: InThreads
) -> None:
    counter = a_counter(store, shop)
    in_threads(4, lambda _: count_up(store, shop, counter, 150))
    assert state_of(store, shop, counter) == b"600"


def test_no_update_is_lost_among_processes(
    store: DatabaseStore, store_url: str, shop: ShopId
) -> None:
    counter = a_counter(store, shop)
    with ProcessPoolExecutor(3, multiprocessing.get_context("spawn")) as pool:
        others = [pool.submit(count_up_elsewhere, store_url, shop, counter, 50) for _ in range(3)]
        count_up(store, shop, counter, 50)
        for other in others:
            other.result()
    assert state_of(store, shop, counter) == b"200"


def test_an_id_is_new_to_one_of_those_who_bring_it(
    store: DatabaseStore, shop: ShopId, in_threads: InThreads
) -> None:
    def bring(number: int) -> list[str]:
        mine: list[str] = []
        for start in range(0, 200, 20):
            ids = [f"id-{n}" for n in range(start, start + 40)]
            random.Random(number).shuffle(ids)

            def once(tx: Any, ids: list[str] = ids) -> set[str]:  # noqa: ANN401
                return set(tx.unseen(shop, ids))

            mine += until_it_succeeds(store, once)
        return mine

    brought = [id_ for mine in in_threads(4, bring) for id_ in mine]
    assert sorted(brought) == sorted(f"id-{n}" for n in range(220))


def test_a_new_identifier_goes_to_one_profile(
    store: DatabaseStore, shop: ShopId, in_threads: InThreads
) -> None:
    """Each finds or makes the profiles of overlapping identifiers, in an order of its own."""

    def find_or_make(number: int) -> dict[Any, ProfileId]:
        found: dict[Any, ProfileId] = {}
        for start in range(0, 100, 10):
            names = [email(f"{n}@example.com") for n in range(start, start + 20)]
            random.Random(number).shuffle(names)

            def once(tx: Any, names: Any = names) -> dict[Any, ProfileId]:  # noqa: ANN401
                known: dict[Any, ProfileId] = tx.profiles_by(shop, names)
                missing = [name for name in names if name not in known]
                fresh = dict(zip(missing, tx.new_profile_ids(len(missing)), strict=True))
                tx.link(shop, fresh)
                tx.save(shop, [a_profile(id_) for id_ in fresh.values()])
                return known | fresh

            found |= until_it_succeeds(store, once)
        return found

    answers = in_threads(4, find_or_make)
    assert all(answer == answers[0] for answer in answers)
    with store.reading() as reading:
        assert reading.count_profiles(shop) == len(answers[0]) == 110
        assert len(reading.profiles_after(shop, 0, 999)) == 110


def test_a_due_profile_is_woken_by_one(
    store: DatabaseStore, shop: ShopId, in_threads: InThreads
) -> None:
    with store.transaction() as tx:
        save_new(tx, shop, 200, wake_at=5)

    def wake(_: int) -> list[ProfileId]:
        def once(tx: Any) -> list[ProfileId]:  # noqa: ANN401
            due = tx.claim_due(5, 7).get(shop, [])
            tx.save(shop, [a_profile(row.id, wake_at=FOREVER) for row in due])
            return [row.id for row in due]

        woken: list[ProfileId] = []
        while some := until_it_succeeds(store, once):
            woken += some
        return woken

    woken = [id_ for some in in_threads(3, wake) for id_ in some]
    assert len(woken) == len(set(woken))
    with store.transaction() as tx:  # one may have found the rest locked by another
        assert len(woken) + len(tx.claim_due(5, 200).get(shop, [])) == 200


def test_tallies_agree_with_the_rows_after_a_race(
    store: DatabaseStore, shop: ShopId, in_threads: InThreads
) -> None:
    def change(number: int) -> None:
        chance = random.Random(number)
        for at in range(30):
            profile = chance.randrange(1, 6)

            def once(tx: Any, at: int = at, profile: int = profile) -> None:  # noqa: ANN401
                tx.lock(shop, [profile])
                tx.move(shop, [Move("idle", profile, at, joined=chance.random() < 0.5)])
                tx.count_drops(shop, {"bot": 1})

            until_it_succeeds(store, once)

    with store.transaction() as tx:
        save_new(tx, shop, 5)
    in_threads(4, change)
    with store.reading() as reading:
        assert reading.count_members(shop, "idle") == len(reading.members(shop, "idle"))
        assert reading.drops(shop) == {"bot": 120}
        assert len(reading.moves(shop, limit=999)) == 120


def test_a_follower_of_the_log_misses_nothing(
    store: DatabaseStore, shop: ShopId, in_threads: InThreads
) -> None:
    """Writers commit in any order; who goes on from the last number sees every row once."""
    writers, batches = 3, 40

    def write(number: int) -> None:
        for batch in range(batches):

            def once(tx: Any, batch: int = batch) -> None:  # noqa: ANN401
                seqs = tx.new_seqs(2)
                tx.move(shop, [Move("idle", number, batch, joined=True)])
                events = [an_event(shop, seq) for seq in seqs]
                tx.append(
                    [LoggedEvent(s, 1, 0, event) for s, event in zip(seqs, events, strict=True)]
                )

            until_it_succeeds(store, once)

    def follow(_: int) -> tuple[list[int], list[int]]:
        seqs: list[int] = [0]
        numbers: list[int] = [0]
        while True:
            all_was_written = not writing
            with store.reading() as reading:
                events = [event.seq for event in reading.log_after(shop, seqs[-1], 7)]
                moves = [n for n, _ in reading.moves(shop, after=numbers[-1], limit=5)]
            seqs += events
            numbers += moves
            if all_was_written and not events and not moves:
                return seqs[1:], numbers[1:]

    writing = set(range(writers))

    def task(number: int) -> Any:  # noqa: ANN401
        if number == writers:
            return follow(number)
        try:
            return write(number)
        finally:
            writing.remove(number)

    seqs, numbers = in_threads(writers + 1, task)[-1]
    assert len(seqs) == 2 * writers * batches
    with store.reading() as reading:
        assert seqs == [event.seq for event in reading.log_after(shop, 0, 9_999)]
        assert numbers == [number for number, _ in reading.moves(shop, limit=9_999)]


def test_a_reading_stays_as_it_was_and_keeps_nobody_waiting(
    store: DatabaseStore, shop: ShopId
) -> None:
    with store.reading() as reading:
        assert reading.count_profiles(shop) == 0
        with store.transaction() as tx:
            save_new(tx, shop)
            tx.move(shop, [Move("idle", 1, 5, joined=True)])
        assert reading.count_profiles(shop) == 0
        assert reading.profiles_after(shop, 0, 9) == []
        assert reading.moves(shop) == []
    with store.reading() as reading:
        assert reading.count_profiles(shop) == 1


def test_a_transaction_that_raises_leaves_nothing(store: DatabaseStore, shop: ShopId) -> None:
    def fail() -> None:
        with store.transaction() as tx:
            save_new(tx, shop)
            tx.count_drops(shop, {"bot": 1})
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    with store.reading() as reading:
        assert reading.counts(shop)["profiles"] == 0
        assert reading.drops(shop) == {}
