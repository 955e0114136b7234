"""Who would be inside, while somebody types: counted where the tape can say, else reckoned.

An answer has to come at once. So of many people only a part is judged, and the answer says so.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, Protocol

from cartback.domain.condition import (
    Condition,
    Consented,
    HasCart,
    InList,
    Located,
    Reachable,
    Share,
    Stage,
    Trait,
    leaves,
)
from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant, Zone
from cartback.domain.profile import decode_profile
from cartback.domain.segment import judge
from cartback.engine.ports import Clock, Reading
from cartback.engine.preview import SAMPLES, Counter, alone_in_rules, everybody, insiders, these
from cartback.engine.profile_ports import ProfileRow
from cartback.engine.rulebook import present_rules

MOST: Final = 1_000
"""So many are made again from their histories before the rest is reckoned."""
MOST_STATES: Final = 20_000
"""So many states are looked at, where the states alone can say."""


class Reckoned(NamedTuple):
    """How many would be inside, and a few of them; not `exact`: reckoned from a part of them."""

    total: int
    samples: Sequence[ProfileId]
    exact: bool = True


class Count(Protocol):
    """Asks a condition, in which no segment is referred to, about everybody."""

    def __call__(self, reading: Reading, shop: ShopId, meaning: Condition) -> Reckoned: ...


class Reckoner:
    """A `Count` that asks a counter first."""

    def __init__(self, counter: Counter, clock: Clock) -> None:
        self._counter = counter
        self._clock = clock

    def __call__(self, reading: Reading, shop: ShopId, meaning: Condition) -> Reckoned:
        now = self._clock()
        zone = Zone(present_rules(reading, shop).settings.zone)
        found = self._counter.count(reading, shop, meaning, now, zone)
        if found is not None:
            return Reckoned(found.total, found.samples)
        candidates = self._counter.candidates(reading, shop, meaning, now, zone)
        return reckon(reading, shop, meaning, now, candidates)


def reckon(
    reading: Reading,
    shop: ShopId,
    meaning: Condition,
    now: Instant,
    candidates: Sequence[ProfileId] | None = None,
) -> Reckoned:
    """Of the only profiles that may be inside, or of all; of many, a part of them is judged.

    The condition refers to no segment (see `rules.resolve`).
    """
    settings = present_rules(reading, shop).settings
    by_state = all(isinstance(one, _IN_STATE) for one in leaves(meaning))
    most = MOST_STATES if by_state else MOST
    alone = alone_in_rules(meaning, settings)
    inside: list[ProfileId] = []
    asked = 0
    for rows in _pages(reading, shop, candidates, most):
        asked += len(rows)
        if by_state:
            states = ((row.id, decode_profile(row.state)) for row in rows)
            inside += [one for one, state in states if judge(meaning, state, now, settings).inside]
        else:
            inside += insiders(reading, shop, alone, rows, now)
        if asked >= most:
            break
    total = reading.count_profiles(shop) if candidates is None else len(candidates)
    samples = sorted(inside)[: -SAMPLES - 1 : -1]
    if asked < most or asked >= total:
        return Reckoned(len(inside), samples)
    return Reckoned(round(len(inside) * total / asked), samples, exact=False)


_IN_STATE: Final = (Consented, HasCart, InList, Located, Reachable, Share, Stage, Trait)
"""What a state answers whatever the rules are."""


def _pages(
    reading: Reading, shop: ShopId, candidates: Sequence[ProfileId] | None, most: int
) -> Iterator[Sequence[ProfileRow]]:
    if candidates is None:
        return everybody(reading, shop)
    every = max(len(candidates) // most, 1)  # spread over old and new ones
    return these(reading, shop, candidates[::-every])
