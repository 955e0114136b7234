"""A random share of all profiles by a stable hash: integer arithmetic, the same in any SQL."""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from cartback.domain.event import ProfileId

BUCKETS: Final = 10_000
PRIME: Final = 2**31 - 1


@lru_cache(maxsize=4096)
def factors(salt: str) -> tuple[int, int]:
    """Two factors drawn from the salt: 1 <= a < PRIME and 0 <= b < PRIME."""
    digest = blake2b(salt.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    a = int.from_bytes(digest[:8], "big") % (PRIME - 1) + 1
    return a, int.from_bytes(digest[8:], "big") % PRIME


def bucket(profile: ProfileId, salt: str) -> int:
    """The profile's place from 0 to 9,999, always the same for the same salt.

    ((a * (profile mod p) + b) mod p) mod 10,000 with p = 2**31 - 1; no step reaches 2**62, so
    64-bit integers are enough everywhere.
    """
    a, b = factors(salt)
    return (a * (profile % PRIME) + b) % PRIME % BUCKETS


def draw(profile: ProfileId, salt: str, weights: Sequence[int]) -> int:
    """The place of the one among the weights that the profile draws, always the same; each is drawn
    by its weight's part of their sum."""
    drawn, passed = bucket(profile, salt) * sum(weights), 0
    for place, weight in enumerate(weights):
        passed += weight
        if drawn < passed * BUCKETS:
            return place
    return len(weights) - 1


def buckets_of(percent: float) -> int:
    """How many buckets the percentage is: a profile is in the share when its bucket is below."""
    return round(percent * 100)
