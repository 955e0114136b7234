"""A share always holds the same people, and as many of them as it says."""

from __future__ import annotations

import pytest

from cartback.domain.share import BUCKETS, PRIME, bucket, buckets_of, factors


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
