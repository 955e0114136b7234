"""Moves in and out of segments as they are shown: what somebody did in one instant together."""

from collections.abc import Sequence
from itertools import groupby

from cartback.domain.event import ProfileId
from cartback.domain.instant import Instant
from cartback.engine.watching import Moved


def together(moves: Sequence[Moved], most: int) -> Sequence[Sequence[Moved]]:
    """The latest first; each is one person at one instant, with all that they entered and left."""
    return [list(found) for _, found in groupby(moves, key=_whose)][:most]


def _whose(one: Moved) -> tuple[ProfileId, Instant]:
    return one.profile, one.at
