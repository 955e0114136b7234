"""One person's timeline: what is told again is what was written when it happened."""

from __future__ import annotations

from random import Random

import pytest

from cartback.domain.instant import HOUR, MINUTE
from cartback.engine.explaining import state_at
from cartback.engine.merging import foresee
from cartback.engine.people import merge_by_hand, show
from cartback.engine.story import Entered, story
from tests.scenarios.engine_shop import ABANDONERS, EngineShop, did, segment

METRICS = ("Viewed Product", "Checkout Started", "Placed Order")


def told(shop: EngineShop, who: str) -> list[tuple[int, str, bool]]:
    """When they entered and left which segment, the first first."""
    with shop.store.reading() as reading:
        profile = shop.profile_of(who)
        state = state_at(reading, shop.rulebook, shop.id, profile, shop.now)
        tails = show(reading, shop.rulebook, shop.id, profile, shop.now).tails
        entries = story(reading, shop.rulebook, shop.id, state, tails, shop.now)
    return sorted(
        (place.at, one.segment, one.joined) for place, one in entries if isinstance(one, Entered)
    )


def written(shop: EngineShop, who: str) -> list[tuple[int, str, bool]]:
    with shop.store.reading() as reading:
        moves = [move for _, move in reading.moves(shop.id, limit=10_000)]
    profile = shop.profile_of(who)
    return sorted((one.at, one.segment, one.joined) for one in moves if one.profile == profile)


@pytest.mark.parametrize("seed", range(4))
def test_joins_and_leaves_are_told_as_they_were_written(shop: EngineShop, seed: int) -> None:
    luck = Random(seed)
    shop.has(ABANDONERS)
    shop.has(segment("lookers", did("Viewed Product", "2 hours", at_least=2)))
    for _ in range(60):
        late = luck.choice((0, 0, 30 * MINUTE, 5 * HOUR))
        shop.happens("#ada", luck.choice(METRICS), at=shop.now - late, value=100, currency="USD")
        shop.passes(luck.choice((0, MINUTE, 40 * MINUTE, 30 * HOUR)))
    assert told(shop, "#ada") == written(shop, "#ada") != []


def test_a_segment_that_came_later_is_entered_when_it_came(shop: EngineShop) -> None:
    shop.happens("#ada", "Placed Order")
    shop.passes(HOUR)
    shop.has(segment("buyers", did("Placed Order")))
    assert told(shop, "#ada") == written(shop, "#ada") == [(shop.now, "buyers", True)]


@pytest.mark.parametrize("seed", range(4))
def test_a_merge_is_foreseen_as_it_comes(shop: EngineShop, seed: int) -> None:
    luck = Random(seed)
    shop.has(ABANDONERS)
    shop.has(segment("lookers", did("Viewed Product", "2 days", at_least=3)))
    for _ in range(20):
        who = luck.choice(("device-1", "#ada"))
        shop.happens(who, luck.choice(METRICS), value=100, currency="USD")
        shop.passes(luck.choice((MINUTE, HOUR)))
    one, other = shop.profile_of("device-1"), shop.profile_of("#ada")
    with shop.store.reading() as reading:
        together = foresee(reading, shop.rulebook, shop.id, one, other, shop.now)
    merge_by_hand(shop.store, shop.rulebook, shop.id, one, other, shop.now)
    with shop.store.reading() as reading:
        state = state_at(reading, shop.rulebook, shop.id, other, shop.now)
    assert together.stays.id == other
    assert (together.one.standings, together.one.carts) == (state.standings, state.carts)
    assert together.one.first_order == state.first_order
