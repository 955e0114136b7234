"""Who would be inside a condition, before anything is saved: how many, and a few of them."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple, Protocol, TypeAlias

from cartback.domain.advance import replay
from cartback.domain.condition import BadCondition, Condition, condition_document
from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant, Zone
from cartback.domain.rules import Rules, Settings, resolve
from cartback.domain.ruleset import Ruleset, compile_rules, make_rules
from cartback.engine.countries import check_countries
from cartback.engine.ports import Reading, Store
from cartback.engine.profile_ports import ProfileRow
from cartback.engine.rulebook import present_rules
from cartback.engine.segment_document import BadSegment

SAMPLES: Final = 5
PAGE: Final = 500
MOST_AT_ONCE: Final = 50
"""A condition of more parts, with those of the segments it refers to, is not asked as one SQL
query: writing that would cost more than to judge a part of the people."""
_ITSELF: Final = "preview"


class Found(NamedTuple):
    """How many would be inside, and the newest few of them."""

    total: int
    samples: tuple[ProfileId, ...]


class Counter(Protocol):
    """Counts over everybody at once, where it can."""

    def count(
        self, reading: Reading, shop: ShopId, condition: Condition, now: Instant, zone: Zone
    ) -> Found | None:
        """None where this asks what is only in a profile's state, such as carts, or too much."""

    def candidates(
        self, reading: Reading, shop: ShopId, condition: Condition, now: Instant, zone: Zone
    ) -> Sequence[ProfileId] | None:
        """The only profiles for which it may hold, by their ids; None: anybody."""


class NoCounter:
    """Where there is no tape: everybody is looked at."""

    def count(self, *_: object) -> None:
        return None

    def candidates(self, *_: object) -> None:
        return None


class Preview(NamedTuple):
    """How many would be inside of how many, a few of them, and the rules that were asked with."""

    found: Found
    everybody: int
    rules: Rules


Progress: TypeAlias = Callable[[int, int], None]
"""Told how many were looked at, of how many."""


def preview(
    store: Store,
    counter: Counter,
    shop: ShopId,
    condition: Condition,
    now: Instant,
    progress: Progress | None = None,
) -> Preview:
    """Count who would be inside. Raises BadSegment where it refers to a segment that is not."""
    with store.reading() as reading:
        rules = present_rules(reading, shop)
        meaning = meant(rules, condition)
        zone = Zone(rules.settings.zone)
        found = counter.count(reading, shop, meaning, now, zone)
        if found is None:
            some = counter.candidates(reading, shop, meaning, now, zone)
            pages = everybody(reading, shop) if some is None else these(reading, shop, some)
            alone = alone_in_rules(meaning, rules.settings)
            total = reading.count_profiles(shop) if some is None else len(some)
            found = _one_by_one(
                reading, shop, pages, alone, now, progress and (lambda n: progress(n, total))
            )
        return Preview(found, reading.count_profiles(shop), rules)


def meant(rules: Rules, condition: Condition) -> Condition:
    """The condition with what it refers to put in. Raises BadSegment."""
    try:
        check_countries(condition_document(condition))
        return resolve(condition, {one.key: one.when for one in rules.segments})
    except BadCondition as error:
        raise BadSegment(f"when: {error}", error.fault) from None


def everybody(reading: Reading, shop: ShopId) -> Iterator[Sequence[ProfileRow]]:
    """All rows, a page at a time."""
    after = 0
    while rows := reading.profiles_after(shop, after, PAGE):
        yield rows
        after = rows[-1].id


def these(
    reading: Reading, shop: ShopId, profiles: Sequence[ProfileId]
) -> Iterator[Sequence[ProfileRow]]:
    """The rows of those who are still there, a page at a time."""
    for start in range(0, len(profiles), PAGE):
        rows = (reading.profile(shop, one) for one in profiles[start : start + PAGE])
        yield [row for row in rows if row is not None]


def alone_in_rules(meaning: Condition, settings: Settings) -> Ruleset:
    """Rules that ask nothing but the condition."""
    return compile_rules(make_rules(None, settings, [(_ITSELF, _ITSELF, meaning)]))


def insiders(
    reading: Reading, shop: ShopId, alone: Ruleset, rows: Sequence[ProfileRow], now: Instant
) -> list[ProfileId]:
    """Those of whom the only condition of these rules holds, by their whole histories."""
    tails = {row.id: [tail for tail in row.tails if tail] for row in rows}
    inside = []
    for profile, history in reading.histories(shop, tails).items():
        events = [logged.event for logged in reversed(history)]
        if replay(profile, events, now, alone, shop).member_since(_ITSELF) is not None:
            inside.append(profile)
    return inside


def _one_by_one(
    reading: Reading,
    shop: ShopId,
    pages: Iterator[Sequence[ProfileRow]],
    rules: Ruleset,
    now: Instant,
    progress: Callable[[int], None] | None,
) -> Found:
    """Each from the whole history: slower, and the same."""
    total, samples, done = 0, list[ProfileId](), 0
    for rows in pages:
        inside = insiders(reading, shop, rules, rows, now)
        total += len(inside)
        samples = [*samples, *inside][-SAMPLES:]
        done += len(rows)
        if progress is not None:
            progress(done)
    return Found(total, tuple(samples[::-1]))
