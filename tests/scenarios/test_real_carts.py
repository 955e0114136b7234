"""A real store's cart log through the real engine: the members are those of a plain count.

The log has no checkouts, so that adding to a cart stands for starting one in the article's segment.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cartback.domain.event import Event, Identifier, ShopId
from cartback.domain.instant import DAY, HOUR, WEEK, Instant
from cartback.engine.backfill import backfill_all
from cartback.engine.ingest import Delivery, ingest
from cartback.engine.ports import Store
from cartback.engine.rulebook import Rulebook
from cartback.engine.segments import create_segment
from cartback.engine.wake import wake_all
from cartback.sources.file import LogFile, parse_mapping
from cartback.store import open_store
from tests.scenarios import cart_log

SEGMENT = "recent-cart-abandoners"
ARTICLE = {
    "name": "Recent cart abandoners",
    "when": {
        "kind": "all",
        "of": [
            {
                "kind": "did",
                "metric": "Added to Cart",
                "times": {"at_least": 1},
                "within": {"kind": "last", "duration": "1 week"},
            },
            {
                "kind": "did",
                "metric": "Placed Order",
                "times": {"exactly": 0},
                "within": {"kind": "last", "duration": "1 week"},
            },
        ],
    },
}
MAPPING = Path(__file__).parents[1] / "data" / "mapping" / "cart_log.yaml"
RANDOM_SECONDS = 100
TICK = 4 * HOUR


@dataclass
class Replayed:
    """The log after it went through the engine, and what a reader saw on the way."""

    rows: list[cart_log.Row]
    visitors: Mapping[int, str] = field(default_factory=dict)
    seen: dict[Instant, set[str]] = field(default_factory=dict)
    changes: list[cart_log.Change] = field(default_factory=list)
    metrics: dict[str, int] = field(default_factory=dict)


@pytest.mark.needs_shared_data
def test_a_real_log_replayed_has_the_members_that_a_plain_count_gives(
    real_data: Path, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    """One test, so that the log is replayed once also where tests run in several processes."""
    path = real_data / "retailrocket" / "replay_log.csv.gz"
    store = open_store(str(tmp_path / "cartback.db"))
    try:
        replayed = _replay(store, path, cart_log.read_rows(path))
    finally:
        store.close()
    for check in (
        _the_members_at_every_midnight_and_at_random_seconds_are_those_of_a_plain_count,
        _the_history_of_moves_gives_the_same_members_at_those_instants,
        _everybody_enters_and_leaves_at_the_very_millisecond,
        _who_leaves_does_so_a_week_after_the_last_add_to_cart_or_with_an_order,
        _carts_are_abandoned_and_recovered_as_a_plain_count_says,
        _the_figures_of_that_store,
    ):
        with subtests.test(check.__name__.strip("_").replace("_", " ")):
            check(replayed)


def _replay(store: Store, path: Path, rows: list[cart_log.Row]) -> Replayed:
    """Some hours at a time, as it happened; at each checkpoint somebody looks at the members."""
    rulebook = Rulebook()
    start = rows[0].at
    with store.transaction() as tx:
        tx.add_shop("a stranger", start)
        shop = tx.add_shop("the shop of the log", start)
    create_segment(store, shop, ARTICLE, start)
    backfill_all(store, rulebook, shop, lambda: start)
    events = log_events(path, shop)
    asked = _checkpoints(rows)
    looks: dict[Instant, list[int]] = {}
    ticks = range(start // TICK * TICK, rows[-1].at + TICK, TICK)
    end = rows[-1].at + 8 * DAY
    position = 0
    for now in sorted({*ticks, *asked, end}):
        behind = position
        while position < len(events) and events[position].received <= now:
            position += 1
        if position > behind:
            [receipt] = ingest(store, rulebook, [Delivery(shop, events[behind:position])])
            assert receipt == (position - behind, 0)
        wake_all(store, rulebook, now)
        if now in asked:
            looks[now] = _members(store, shop)
    replayed = Replayed(rows)
    replayed.visitors = _visitors(store, shop, rows)
    replayed.seen = {
        now: {replayed.visitors[one] for one in members} for now, members in looks.items()
    }
    replayed.changes = _changes(store, shop, replayed.visitors)
    with store.reading() as reading:
        assert reading.counts(1) == dict.fromkeys(reading.counts(1), 0), "a stranger has nothing"
        assert reading.next_wake() > end
        for logged in reading.log_after(shop, 0, 10_000_000):
            metric = logged.event.metric
            replayed.metrics[metric] = replayed.metrics.get(metric, 0) + 1
    return replayed


def log_events(path: Path, shop: ShopId) -> Sequence[Event]:
    """The events of the log, none dropped."""
    mapping = parse_mapping(MAPPING.read_text())
    outcomes = [
        one.outcome for one in LogFile(path, shop=shop, format="csv", mapping=mapping).read()
    ]
    events = [one for one in outcomes if isinstance(one, Event)]
    assert len(events) == len(outcomes), "no row is dropped"
    return events


def _checkpoints(rows: list[cart_log.Row]) -> set[Instant]:
    """Every midnight, and a hundred seconds drawn from the whole time."""
    drawn = random.Random(2015)
    first, last = rows[0].at // 1000, rows[-1].at // 1000
    seconds = {drawn.randrange(first, last) * 1000 for _ in range(RANDOM_SECONDS)}
    return {*cart_log.midnights(rows), *seconds}


def _members(store: Store, shop: ShopId) -> list[int]:
    with store.reading() as reading:
        members = reading.members(shop, SEGMENT, limit=1_000_000)
        assert reading.count_members(shop, SEGMENT) == len(members)
    return [profile for profile, _ in members]


def _visitors(store: Store, shop: ShopId, rows: list[cart_log.Row]) -> dict[int, str]:
    """Who each profile is."""
    names = {Identifier("anonymous_id", row.visitor) for row in rows}
    with store.reading() as reading:
        owners = reading.profiles_by(shop, names)
    assert len(owners) == len(names) == len(set(owners.values()))
    return {profile: name.value for name, profile in owners.items()}


def _changes(store: Store, shop: ShopId, visitors: Mapping[int, str]) -> list[cart_log.Change]:
    """The history of the members, in order of time; who came and went in no time was not there."""
    with store.reading() as reading:
        moves = [move for _, move in reading.moves(shop, segment=SEGMENT, limit=10_000_000)]
    by_visitor: dict[str, list[cart_log.Change]] = {}
    for move in moves:
        visitor = visitors[move.profile]
        change = cart_log.Change(move.at, visitor, move.joined)
        before = by_visitor.setdefault(visitor, [])
        assert move.joined != bool(before and before[-1].entered), "each entering, then a leaving"
        if before and before[-1].at == move.at:
            before.pop()
        else:
            before.append(change)
    return sorted(change for some in by_visitor.values() for change in some)


def _the_members_at_every_midnight_and_at_random_seconds_are_those_of_a_plain_count(
    replayed: Replayed,
) -> None:
    assert len(replayed.seen) >= 90 + RANDOM_SECONDS - 1
    for now, members in replayed.seen.items():
        assert members == cart_log.members_at(replayed.rows, now), now
    assert max(map(len, replayed.seen.values())) > 1_000


def _the_history_of_moves_gives_the_same_members_at_those_instants(replayed: Replayed) -> None:
    inside: set[str] = set()
    waiting = iter(replayed.changes)
    change = next(waiting, None)
    for now in sorted(replayed.seen):
        while change is not None and change.at <= now:
            (inside.add if change.entered else inside.discard)(change.visitor)
            change = next(waiting, None)
        assert inside == replayed.seen[now], now


def _everybody_enters_and_leaves_at_the_very_millisecond(replayed: Replayed) -> None:
    assert replayed.changes == cart_log.changes(replayed.rows)


def _who_leaves_does_so_a_week_after_the_last_add_to_cart_or_with_an_order(
    replayed: Replayed,
) -> None:
    adds: dict[str, list[int]] = {}
    orders: set[tuple[str, int]] = set()
    for row in replayed.rows:
        if row.event == cart_log.ADDED:
            adds.setdefault(row.visitor, []).append(row.at)
        elif row.event == cart_log.ORDERED:
            orders.add((row.visitor, row.at))
    leaves = [change for change in replayed.changes if not change.entered]
    assert len(leaves) * 2 == len(replayed.changes), "in the end everybody has left"
    for leave in leaves:
        latest = max(at for at in adds[leave.visitor] if at < leave.at)
        assert latest + WEEK == leave.at or (leave.visitor, leave.at) in orders


def _carts_are_abandoned_and_recovered_as_a_plain_count_says(replayed: Replayed) -> None:
    metrics = replayed.metrics
    counted = (metrics["Cart Abandoned"], metrics["Cart Recovered"])
    assert counted == cart_log.abandonments(replayed.rows) == (21_890, 386)


def _the_figures_of_that_store(replayed: Replayed) -> None:
    assert len(replayed.visitors) == 25_342
    assert replayed.metrics["Added to Cart"] == 45_102
    assert replayed.metrics["Placed Order"] == 8_078
    assert len(replayed.changes) // 2 == 26_270, "so many enterings"
    assert _largest(replayed.changes) == 1_742


def _largest(changes: Sequence[cart_log.Change]) -> int:
    """The most members that there were at any instant."""
    size, sizes = 0, {}
    for change in changes:
        size += 1 if change.entered else -1
        sizes[change.at] = size
    return max(sizes.values())
