"""Reviews: what customers say of a product, and which of them speaks best for it.

Only reviews whose author allowed it are shown, and none is made up, changed or shortened.
"""

from collections.abc import Iterable, Sequence
from math import exp, sqrt
from typing import Annotated, Final

import msgspec

from cartback.domain.event import Key, Text
from cartback.domain.instant import DAY, Instant

Stars = Annotated[int, msgspec.Meta(ge=1, le=5)]
MOST_STARS: Final = 5


class Review(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody said of a product. `permission`: the author allows it to be shown."""

    id: Key
    product: Key
    author: Annotated[str, msgspec.Meta(max_length=200)]
    rating: Stars
    at: Instant
    text: Annotated[str, msgspec.Meta(max_length=10_000)] = ""
    portrait: Text = ""
    permission: bool = False


FEWEST_STARS: Final = 4
SHORTEST: Final = 20
LONGEST: Final = 280
"""Between these many characters a text says something and is read to the end."""
FRESH: Final = 365 * DAY


def best_reviews(reviews: Iterable[Review], now: Instant, most: int = 1) -> Sequence[Review]:
    """The reviews that speak best for a product, best first; the same ones whenever asked.

    Shown are those that may be, with four stars or five and some words; rather five stars, rather
    as long as one reads, rather new.
    """
    fit = [one for one in reviews if may_be_shown(one)]
    return sorted(fit, key=lambda one: (-_weight(one, now), -one.at, one.id))[:most]


def may_be_shown(review: Review) -> bool:
    """Whether its author allowed it and it says anything."""
    words = review.permission and bool(review.text.strip()) and bool(review.author.strip())
    return words and review.rating >= FEWEST_STARS


def _weight(review: Review, now: Instant) -> float:
    """From 0 to 3: the stars, the length, and how new it is, each up to 1."""
    length = len(review.text.strip())
    reads = min(length / SHORTEST, 1.0) * min(LONGEST / length, 1.0)
    age = max(now - review.at, 0)
    return review.rating / MOST_STARS + reads + exp(-age / FRESH)


class Rated(msgspec.Struct, frozen=True):
    """How a product is rated: how many reviews, their mean, and its lower bound (Wilson)."""

    count: int
    mean: float
    bound: float


Z: Final = 1.96
"""95 % confidence."""


def rated(reviews: Iterable[Review]) -> Rated:
    """What all reviews of a product say together, those too that may not be shown.

    The bound is what the rating is at least, with 95 % confidence, from 1 to 5: five stars from one
    customer say less than four and a half from a hundred. (Wilson's score interval; a rating of r
    stars counts as r-1 of 4 possible successes, as for a binomial share.)
    """
    ratings = [one.rating for one in reviews]
    count = len(ratings)
    if not count:
        return Rated(0, 0.0, 0.0)
    mean = sum(ratings) / count
    return Rated(count, mean, 1 + (MOST_STARS - 1) * wilson((mean - 1) / (MOST_STARS - 1), count))


def wilson(share: float, count: int) -> float:
    """The lower bound of a share seen in so many trials (Wilson 1927), from 0 to 1."""
    if not count:
        return 0.0
    square = Z * Z
    middle = share + square / (2 * count)
    spread = Z * sqrt(max(share * (1 - share) / count + square / (4 * count * count), 0.0))
    return max((middle - spread) / (1 + square / count), 0.0)
