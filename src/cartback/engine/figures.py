"""What a flow's steps brought over a period: what became of what they sent in it, by flow, step and
template, and how many people came to each step and left there.

Everything is counted as it happens (resting.py): a look at years of it reads a number for each day.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

from cartback.domain.event import ShopId
from cartback.domain.instant import DAY, MINUTE, Instant
from cartback.domain.layout import all_steps, ways_of
from cartback.domain.step import AnyStep, Email, StepKey
from cartback.engine.flows import definition
from cartback.engine.growth import BadPeriod
from cartback.engine.ports import Reading
from cartback.engine.resting import BECAME, DAY_LENGTH, day_of
from cartback.engine.standing import SLOT_LENGTH, slot_of

Version: TypeAlias = int
HALF_HOUR: Final = 30 * MINUTE
_NUMBERS: Final = frozenset(
    "delivered bounced opened clicked unsubscribed complained in_doubt failed recovered".split()
)
_REASONS: Final = {
    "held": "held",
    "skipped": "skipped",
    "not_given": "skipped",
    "not_entered": "not_entered",
    "ended": "ended",
}


class Period(NamedTuple):
    """From an instant to before another, both at the half hour."""

    start: Instant
    end: Instant


def period_between(start: Instant | None, end: Instant | None, now: Instant) -> Period | None:
    """Whole half hours around the two; ever where there is neither. Raises BadPeriod."""
    if start is None and end is None:
        return None
    first, last = start or 0, now if end is None else end
    period = Period(first // HALF_HOUR * HALF_HOUR, -(-last // HALF_HOUR) * HALF_HOUR)
    if period.start < 0 or period.end <= period.start:
        raise BadPeriod("a period ends after it begins")
    return period


@dataclass(slots=True)
class Counts:
    """What a step did in a period, and what became of what it sent in it, whenever that was.

    `queued` is what it put into the outbox; of that `delivered` was taken by the provider and did
    not come back, `bounced` came back. `opened`, `clicked` and `unsubscribed` count each message
    once. `revenue` is in minor units by currency; reasons are by the word for them.
    """

    entered: int = 0
    queued: int = 0
    gave: int = 0
    delivered: int = 0
    bounced: int = 0
    opened: int = 0
    clicked: int = 0
    unsubscribed: int = 0
    complained: int = 0
    in_doubt: int = 0
    failed: int = 0
    recovered: int = 0
    revenue: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    not_entered: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    went: Counter[int] = field(default_factory=Counter)

    @property
    def sent(self) -> int:
        """What the provider took."""
        return self.delivered + self.bounced

    def add(self, what: str, count: int) -> None:
        """Count something under its name in the tallies."""
        word, _, why = what.partition(":")
        money, _, currency = what.partition(" ")
        if what in _NUMBERS or word in ("entered", "gave"):
            setattr(self, word, getattr(self, word) + count)
        elif word == "sent":
            self.queued += count
        elif money == "revenue":
            self.revenue[currency] += count
        elif word == "went" and why.isdigit():
            self.went[int(why)] += count
        elif word in _REASONS:
            getattr(self, _REASONS[word])[why] += count

    def plus(self, other: "Counts") -> "Counts":
        """Both together."""
        return Counts(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


def figures(
    reading: Reading, shop: ShopId, flow: str, currency: str, period: Period | None = None
) -> Mapping[tuple[Version, StepKey], Counts]:
    """Of each step of each version; ever where there is no period.

    Amounts of which no currency was said are in the shop's own, `currency`.
    """
    found: dict[tuple[Version, StepKey], Counts] = {}
    for first, last, start in _ranges(flow, period):
        for name, count in reading.tallied(shop, BECAME, first, last, skip=start).items():
            version, step, what = name.split("/", 2)
            found.setdefault((int(version), step), Counts()).add(what, count)
    for counts in found.values():
        counts.revenue[currency] += counts.revenue.pop("", 0)
    return found


def _ranges(flow: str, period: Period | None) -> Iterator[tuple[str, str, int]]:
    """Names from and to, and how long their beginning is: days, and half hours at the two ends."""
    days, slots = f"{flow}/d", f"{flow}/h"
    of_days, of_slots = len(days) + DAY_LENGTH + 1, len(slots) + SLOT_LENGTH + 1
    if period is None:
        yield days, f"{days}~", of_days
        return
    first_day, last_day = -(-period.start // DAY) * DAY, period.end // DAY * DAY
    if first_day >= last_day:
        ends = [period]
    else:
        ends = [Period(period.start, first_day), Period(last_day, period.end)]
        yield f"{days}{day_of(first_day)}", f"{days}{day_of(last_day - 1)}~", of_days
    for start, end in ends:
        if start < end:
            yield f"{slots}{slot_of(start)}", f"{slots}{slot_of(end - 1)}~", of_slots


def together(counts: Iterable[Counts]) -> Counts:
    """All of them as one."""
    found = Counts()
    for one in counts:
        found = found.plus(one)
    return found


def by_step(found: Mapping[tuple[Version, StepKey], Counts]) -> Mapping[StepKey, Counts]:
    """All versions of a step as one."""
    steps: dict[StepKey, Counts] = {}
    for (_, step), counts in found.items():
        steps[step] = steps.get(step, Counts()).plus(counts)
    return steps


def by_template(
    reading: Reading, shop: ShopId, flow: str, found: Mapping[tuple[Version, StepKey], Counts]
) -> Mapping[str, Counts]:
    """By the template that the step had in that version; steps that send none are left out."""
    templates: dict[str, Counts] = {}
    for version in sorted({version for version, _ in found}):
        row = reading.flow_version(shop, flow, version)
        steps = () if row is None else all_steps(definition(row).steps)
        for step in steps:
            if isinstance(step, Email) and (version, step.key) in found:
                before = templates.get(step.template, Counts())
                templates[step.template] = before.plus(found[version, step.key])
    return templates


class Passage(NamedTuple):
    """How many came to a step, how many are there now, and how many left the flow there."""

    came: int
    waiting: int
    left: int


def passages(
    steps: Sequence[AnyStep],
    counts: Mapping[StepKey, Counts],
    waiting: Mapping[StepKey, int],
    entered: int,
) -> Mapping[StepKey, Passage]:
    """How many came to each step of a flow into which so many entered; the drop-off is `left`.

    Who came to a step and neither waits nor left there went on. Over several versions it is as if
    all had gone through this one.
    """
    found: dict[StepKey, Passage] = {}
    _pass(steps, counts, waiting, entered, found)
    return found


def _pass(
    steps: Sequence[AnyStep],
    counts: Mapping[StepKey, Counts],
    waiting: Mapping[StepKey, int],
    came: int,
    found: dict[StepKey, Passage],
) -> int:
    """How many go on behind these steps."""
    for step in steps:
        here = counts.get(step.key, Counts())
        left = sum(count for why, count in here.ended.items() if why != "completed")
        found[step.key] = Passage(came, waiting.get(step.key, 0), left)
        came = max(0, came - sum(here.ended.values()) - waiting.get(step.key, 0))
        ways = ways_of(step)
        if ways:
            through = sum(here.went.values())
            came = max(0, came - through)
            for place, way in enumerate(ways):
                came += _pass(way, counts, waiting, here.went[place], found)
    return came
