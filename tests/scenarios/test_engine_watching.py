"""What a watcher is told: everything that moved, each once, however often they were away."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartback.engine.segment_ports import Move
from cartback.engine.watching import (
    MOST_MOVES,
    Place,
    Seen,
    just_now,
    news_since,
    place_of,
    read_place,
)
from cartback.store import DatabaseStore
from tests.scenarios.engine_shop import EngineShop, did, segment

HOURLY = segment("hourly", did("Placed Order", "1 hour"))


def place(shop: EngineShop) -> Place:
    with shop.store.reading() as reading:
        return place_of(reading, shop.id)


def test_who_has_seen_everything_is_told_nothing(shop: EngineShop) -> None:
    shop.has(HOURLY)
    shop.happens("#ada", "Placed Order")
    with shop.store.reading() as reading:
        news = news_since(reading, shop.id, Seen(place(shop)))
        assert not news
        assert not news_since(reading, shop.id, news.seen)


def test_figures_change_with_events_carts_and_segments(shop: EngineShop) -> None:
    with shop.store.reading() as reading:
        seen = news_since(reading, shop.id, Seen(place(shop))).seen
    shop.happens("#ada", "Viewed Product")
    with shop.store.reading() as reading:
        news = news_since(reading, shop.id, seen)
    assert (news.figures, news.moves, news.cut) == (True, [], False)
    shop.has(HOURLY)
    with shop.store.reading() as reading:
        assert news_since(reading, shop.id, news.seen).figures


def test_the_latest_are_named_and_those_of_a_back_fill_are_not_among_them(shop: EngineShop) -> None:
    shop.happens("#bob", "Placed Order")
    shop.has(HOURLY)
    shop.happens("#ada", "Placed Order")
    shop.happens("device", "Placed Order")
    with shop.store.reading() as reading:
        told = just_now(reading, shop.id, 8)
        assert [(one.name, one.joined) for one in told] == [("", True), ("ada", True)]
        assert just_now(reading, shop.id, 1, "hourly") == told[:1]
        assert just_now(reading, shop.id, 8, "other") == []
        assert just_now(reading, shop.id + 1, 8) == []


def test_a_large_back_fill_does_not_hide_who_moved_before_it(shop: EngineShop) -> None:
    shop.has(HOURLY)
    shop.happens("#ada", "Placed Order")
    quiet = [
        Move("hourly", number, shop.now, joined=joined, quiet=True)
        for number in range(1_000, 1_000 + 2 * MOST_MOVES)
        for joined in (True, False)
    ]
    with shop.store.transaction() as tx:
        tx.move(shop.id, quiet)
    with shop.store.reading() as reading:
        for key in (None, "hourly"):
            assert [one.name for one in just_now(reading, shop.id, 8, key)] == ["ada"]


def moves(count: int, quiet: Sequence[bool] = ()) -> list[Move]:
    """Somebody goes in and out; the instant tells which is which."""
    still = [*quiet, *[False] * count]
    return [Move("idle", 1, at, joined=at % 2 == 0, quiet=still[at]) for at in range(count)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(quiet=st.lists(st.booleans(), max_size=30), stops=st.sets(st.integers(0, 30), max_size=6))
def test_whoever_was_away_is_told_each_move_once(
    store: DatabaseStore, quiet: list[bool], stops: set[int]
) -> None:
    told: list[int] = []
    with store.transaction() as tx:
        shop = tx.add_shop("another", 1)
        seen = Seen(place_of(tx, shop))
        for number, move in enumerate(moves(len(quiet), quiet)):
            if number in stops:
                news = news_since(tx, shop, Seen(seen.place))
                told += [one.at for one in news.moves]
                seen = news.seen
            tx.move(shop, [move])
        news = news_since(tx, shop, seen)
        told += [one.at for one in news.moves]
        assert news.seen.place == place_of(tx, shop)
    assert told == [number for number, is_quiet in enumerate(quiet) if not is_quiet]


def test_whoever_missed_too_much_is_told_to_look_anew_and_goes_on_from_there(
    store: DatabaseStore,
) -> None:
    with store.transaction() as tx:
        shop = tx.add_shop("the shop", 1)
        start = place_of(tx, shop)
        *first, last = moves(MOST_MOVES + 1)
        tx.move(shop, first)
        assert len(news_since(tx, shop, Seen(start)).moves) == MOST_MOVES
        tx.move(shop, [last])
        news = news_since(tx, shop, Seen(start))
        assert (news.cut, news.moves) == (True, ())
        assert not news_since(tx, shop, news.seen)


@given(st.integers(0, 10**18 - 1), st.integers(0, 10**18 - 1))
def test_a_place_is_read_as_it_is_written(seq: int, move: int) -> None:
    assert read_place(str(Place(seq, move))) == Place(seq, move)


@pytest.mark.parametrize("text", ["", "-", "1", "1-", "-1", "1-2-3", "x-1", "+1-1", " 1-1", "²-1"])
def test_other_texts_are_no_places(text: str) -> None:
    assert read_place(text) is None
