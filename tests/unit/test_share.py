"""A share always holds the same people, and as many of them as it says."""

from __future__ import annotations

import math
from collections import Counter

import pytest

from cartback.domain.share import BUCKETS, PRIME, bucket, buckets_of, draw, factors


def test_a_profile_keeps_its_bucket_for_ever() -> None:
    assert [bucket(profile, "summer") for profile in (1, 2, 3)] == [6640, 1405, 2523]


def test_another_salt_draws_other_people() -> None:
    summer = {profile for profile in range(10_000) if bucket(profile, "summer") < 5_000}
    winter = {profile for profile in range(10_000) if bucket(profile, "winter") < 5_000}
    assert 2_300 < len(summer & winter) < 2_700


@pytest.mark.parametrize("percent", [0, 0.29, 1, 33.33, 50, 100])
def test_a_share_has_the_size_that_it_says(percent: float) -> None:
    inside = sum(bucket(profile, "") < buckets_of(percent) for profile in range(100_000))
    assert inside == pytest.approx(percent * 1_000, abs=100)


@pytest.mark.parametrize("weights", [(1, 1), (5, 3, 2), (90, 10), (1,) * 7, (1, 1_000)])
@pytest.mark.parametrize("first, step", [(1, 1), (1_700_000_000_000 << 20, 1 << 20)])
def test_what_is_drawn_by_weights_comes_out_near_its_share(
    weights: tuple[int, ...], first: int, step: int
) -> None:
    """Within four standard deviations of what chance would give, of 20,000 people."""
    people, total = 20_000, sum(weights)
    ids = range(first, first + people * step, step)
    drawn = Counter(draw(profile, "cart/ab", weights) for profile in ids)
    assert sum(drawn.values()) == people
    for place, weight in enumerate(weights):
        share = weight / total
        sigma = math.sqrt(people * share * (1 - share))
        assert abs(drawn[place] - people * share) <= 4 * sigma, place


def test_who_draws_what_is_the_same_for_ever_and_another_step_draws_anew() -> None:
    assert [draw(profile, "cart/ab", (5, 3, 2)) for profile in range(8)] == [1, 1, 1, 0, 0, 0, 0, 1]
    same = sum(draw(one, "cart/ab", (1, 1)) == draw(one, "cart/cd", (1, 1)) for one in range(9_999))
    assert 4_700 < same < 5_300


def test_the_arithmetic_fits_signed_64_bits() -> None:
    a, b = factors("any")
    assert 1 <= a < PRIME
    assert 0 <= b < PRIME
    assert (PRIME - 1) * (PRIME - 1) + (PRIME - 1) < 2**62
    assert buckets_of(100) == BUCKETS


def test_time_ordered_ids_are_spread_evenly() -> None:
    """Ids may be snowflakes: time in the high bits, zeros below."""
    ids = [(1_700_000_000_000 + step) << 20 for step in range(100_000)]
    inside = sum(bucket(profile, "holdout") < buckets_of(10) for profile in ids)
    assert inside == pytest.approx(10_000, abs=300)
