"""Who would be inside, before anything is saved: each profile judged from its whole history.

Slower than asking the tape, and the same answer; for installations without one.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, Protocol

from cartback.domain.advance import replay
from cartback.domain.condition import Condition
from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant
from cartback.domain.ruleset import compile_rules, make_rules
from cartback.engine.ports import ProfileRow, Reading
from cartback.engine.rulebook import present_rules

PAGE: Final = 500
SAMPLES: Final = 5
MOST: Final = 5_000
_ITSELF: Final = "preview"


class Preview(NamedTuple):
    """How many would be inside, and a few of them; not `exact`: reckoned from a part of them."""

    total: int
    samples: Sequence[ProfileId]
    exact: bool = True


class Count(Protocol):
    """Asks a condition, in which no segment is referred to, about everybody."""

    def __call__(self, reading: Reading, shop: ShopId, meaning: Condition) -> Preview: ...


def preview(
    reading: Reading,
    shop: ShopId,
    meaning: Condition,
    now: Instant,
    candidates: Sequence[ProfileId] | None = None,
) -> Preview:
    """Of the only profiles that may be inside, or of all; of many, MOST of them are judged.

    The condition refers to no segment (see `rules.resolve`).
    """
    settings = present_rules(reading, shop).settings
    rules = compile_rules(make_rules(None, settings, [(_ITSELF, _ITSELF, meaning)]))
    inside: list[ProfileId] = []
    asked = 0
    for rows in _pages(reading, shop, candidates):
        asked += len(rows)
        tails = {row.id: [tail for tail in row.tails if tail] for row in rows}
        for profile, history in reading.histories(shop, tails).items():
            events = [logged.event for logged in reversed(history)]
            if replay(profile, events, now, rules, shop).member_since(_ITSELF) is not None:
                inside.append(profile)
        if asked >= MOST:
            break
    everybody = reading.count_profiles(shop) if candidates is None else len(candidates)
    samples = sorted(inside)[: -SAMPLES - 1 : -1]
    if asked < MOST or asked >= everybody:
        return Preview(len(inside), samples)
    return Preview(round(len(inside) * everybody / asked), samples, exact=False)


def _pages(
    reading: Reading, shop: ShopId, candidates: Sequence[ProfileId] | None
) -> Iterator[Sequence[ProfileRow]]:
    if candidates is None:
        after = 0
        while rows := reading.profiles_after(shop, after, PAGE):
            yield rows
            after = rows[-1].id
        return
    every = max(len(candidates) // MOST, 1)  # spread over old and new ones
    chosen = candidates[::-every]
    for start in range(0, len(chosen), PAGE):
        page = (reading.profile(shop, one) for one in chosen[start : start + PAGE])
        yield [row for row in page if row is not None]
