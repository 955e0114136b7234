"""Single questions, made ready to be judged: each knows what it asks and answers with a Verdict.

A leaf reads a profile's state; it never changes it. `deciding` names the times of the events that
its answer rests on.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Protocol

from cartback.domain.instant import FOREVER, LONGEST, Instant, Milliseconds
from cartback.domain.memory import Question, QuestionKey, Remembered, Retention
from cartback.domain.profile import Profile
from cartback.domain.span import Fixed, SinceStart, Sliding, Span, interval_in
from cartback.domain.verdict import NO, YES, Interval, Verdict, covered, within


class Leaf(Protocol):
    """A question at the end of a tree."""

    @property
    def asks(self) -> Sequence[tuple[Question, Retention]]:
        """What has to be remembered to answer it."""

    @property
    def reads(self) -> frozenset[str]:
        """Which other parts of a profile its answer depends on (see `Part`)."""

    @property
    def leans(self) -> Mapping[QuestionKey, int]:
        """Questions of which one more event can only make it hold (1), or only not hold (-1)."""

    def judge(self, profile: Profile, now: Instant, run_start: Instant | None) -> Verdict: ...

    def deciding(self, profile: Profile, now: Instant) -> Sequence[Instant]:
        """The times of the events that decide it now, latest first."""


class Part:
    """The parts of a profile that a leaf may read besides its memory."""

    TRAITS = "traits"
    LISTS = "lists"
    CONSENTS = "consents"
    STAGE = "stage"
    CARTS = "carts"
    LOCATION = "location"
    SEGMENT = "segment:"  # followed by the segment's key


NONE: Final[frozenset[str]] = frozenset()
EITHER_WAY: Final[Mapping[QuestionKey, int]] = MappingProxyType({})


class OfEvents:
    """Asks about events only; which way one more leads is not said."""

    __slots__ = ()

    @property
    def reads(self) -> frozenset[str]:
        return NONE

    @property
    def leans(self) -> Mapping[QuestionKey, int]:
        return EITHER_WAY


class OfState:
    """Asks about what a profile's state says besides; no events have to be remembered."""

    __slots__ = ()

    @property
    def asks(self) -> Sequence[tuple[Question, Retention]]:
        return ()

    @property
    def leans(self) -> Mapping[QuestionKey, int]:
        return EITHER_WAY


@dataclass(frozen=True, slots=True)
class Counted(OfEvents):
    """Did it happen so often within the window?"""

    question: Question
    key: QuestionKey
    low: int
    high: int | None
    span: Span

    @property
    def asks(self) -> Sequence[tuple[Question, Retention]]:
        enough = self.low if self.high is None else self.high + 1
        if self.span.immediate:
            return [(self.question, Retention(latest=enough, reach=self.span.horizon or 0))]
        if self.span.horizon is None:
            return [(self.question, Retention(earliest=enough))]
        return [(self.question, Retention(horizon=self.span.horizon))]

    @property
    def leans(self) -> Mapping[QuestionKey, int]:
        if self.high is None:
            return {self.key: 1}
        return {self.key: -1} if self.low == 0 else EITHER_WAY

    def judge(self, profile: Profile, now: Instant, run_start: Instant | None) -> Verdict:
        memory = profile.memory.get(self.key)
        low, high = self.low, self.high
        if memory is None:
            return Verdict(low == 0)
        span = self.span
        if not span.immediate:
            times = memory.times if span.horizon is not None else memory.earliest
            return covered([span.interval(time) for time in times], now, low, high)
        times = memory.times
        if isinstance(span, SinceStart):
            first = bisect_left(times, FOREVER if run_start is None else run_start)
            count = len(times) - first
            return Verdict(low <= count and (high is None or count <= high))
        count = self._now(times, now)
        if count < low:
            return NO
        if high is not None and count > high:
            return Verdict(False, span.ends(times[-high - 1]))
        return YES if low == 0 else Verdict(True, span.ends(times[-low]))

    def _now(self, times: tuple[Instant, ...], now: Instant) -> int:
        """How many of the times count now; they stop counting in the order of their times."""
        span = self.span
        if type(span) is Sliding and span.farthest is not None:
            return len(times) - bisect_right(times, now - span.farthest)
        if type(span) is Fixed:
            return len(times)
        count = 0
        for time in reversed(times):
            if span.ends(time) <= now:
                break
            count += 1
        return count

    def deciding(self, profile: Profile, now: Instant) -> Sequence[Instant]:
        memory = profile.remembered(self.key)
        return _in_window(memory.times or memory.earliest, self.span, now)


def _in_window(times: Sequence[Instant], span: Span, now: Instant) -> Sequence[Instant]:
    return [time for time in reversed(times) if within(span.interval(time), now).inside]


@dataclass(frozen=True, slots=True)
class Aggregated(OfEvents):
    """Is the sum, lowest, highest or average within the bounds (in millionths)?"""

    question: Question
    key: QuestionKey
    function: str
    low: int | None
    high: int | None
    span: Span

    @property
    def asks(self) -> Sequence[tuple[Question, Retention]]:
        if isinstance(self.span, Fixed):
            return [(self.question, Retention(totals=True))]
        return [(self.question, Retention(horizon=self.span.horizon or LONGEST))]

    def judge(self, profile: Profile, now: Instant, run_start: Instant | None) -> Verdict:
        memory = profile.remembered(self.key)
        if isinstance(self.span, Fixed):
            totals = memory.totals
            if totals is None:
                return Verdict(self._holds(0, 0, 0, 0))
            return Verdict(self._holds(totals.count, totals.sum, totals.lowest, totals.highest))
        inside: list[int] = []
        until = FOREVER
        for time, value in zip(memory.times, memory.values, strict=True):
            start, end = interval_in(self.span, time, run_start)
            if start <= now < end:
                inside.append(value)
                until = min(until, end)
            elif now < start:
                until = min(until, start)
        if not inside:
            return Verdict(self._holds(0, 0, 0, 0), until)
        return Verdict(self._holds(len(inside), sum(inside), min(inside), max(inside)), until)

    def _holds(self, count: int, total: int, lowest: int, highest: int) -> bool:
        """Compare without dividing, so that an average is exact."""
        if count == 0 and self.function != "sum":
            return False
        factor = 1
        match self.function:
            case "sum":
                value = total
            case "min":
                value = lowest
            case "max":
                value = highest
            case _:
                value, factor = total, count
        if self.low is not None and value < self.low * factor:
            return False
        return self.high is None or value <= self.high * factor

    def deciding(self, profile: Profile, now: Instant) -> Sequence[Instant]:
        return _in_window(profile.remembered(self.key).times, self.span, now)


@dataclass(frozen=True, slots=True)
class Followed(OfEvents):
    """Did `then` come after `first` within a time, or did it not?"""

    first: Question
    then: Question
    first_key: QuestionKey
    then_key: QuestionKey
    inside: Milliseconds
    followed: bool
    span: Span

    @property
    def asks(self) -> Sequence[tuple[Question, Retention]]:
        retention = Retention(horizon=self.span.horizon or LONGEST)
        return [(self.first, retention), (self.then, retention)]

    @property
    def leans(self) -> Mapping[QuestionKey, int]:
        if self.first_key == self.then_key:
            return EITHER_WAY
        return {self.first_key: 1, self.then_key: 1 if self.followed else -1}

    def judge(self, profile: Profile, now: Instant, run_start: Instant | None) -> Verdict:
        found = [interval for _, interval in self._candidates(profile, run_start)]
        return covered(found, now)

    def _candidates(
        self, profile: Profile, run_start: Instant | None = None
    ) -> list[tuple[Instant, Interval]]:
        """Each first event that counts, and from when to when it does."""
        firsts = profile.remembered(self.first_key).times
        thens = profile.remembered(self.then_key).times
        found = []
        for time in firsts:
            place = bisect_right(thens, time)
            came = place < len(thens) and thens[place] <= time + self.inside
            start, end = interval_in(self.span, time, run_start)
            if self.followed and came:
                found.append((time, (max(start, thens[place]), end)))
            elif not self.followed and not came:
                found.append((time, (max(start, time + self.inside), end)))
        return found

    def deciding(self, profile: Profile, now: Instant) -> Sequence[Instant]:
        return [
            time for time, one in reversed(self._candidates(profile)) if within(one, now).inside
        ]


@dataclass(frozen=True, slots=True)
class FirstOrLast(OfEvents):
    """Is the first or the latest time within the window?"""

    question: Question
    key: QuestionKey
    first: bool
    span: Span

    @property
    def asks(self) -> Sequence[tuple[Question, Retention]]:
        return [(self.question, Retention(earliest=1) if self.first else Retention(latest=1))]

    def judge(self, profile: Profile, now: Instant, run_start: Instant | None) -> Verdict:
        time = self._time(profile.remembered(self.key))
        if time is None:
            return NO
        return within(interval_in(self.span, time, run_start), now)

    def _time(self, memory: Remembered) -> Instant | None:
        times = memory.earliest[:1] if self.first else memory.times[-1:]
        return times[0] if times else None

    def deciding(self, profile: Profile, now: Instant) -> Sequence[Instant]:
        time = self._time(profile.remembered(self.key))
        return [] if time is None else [time]


@dataclass(frozen=True, slots=True)
class Known(OfState):
    """Is something true of the profile that time alone does not change?"""

    part: str
    holds: Callable[[Profile], bool]

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({self.part})

    def judge(self, profile: Profile, now: Instant, run_start: Instant | None) -> Verdict:
        return YES if self.holds(profile) else NO

    def deciding(self, profile: Profile, now: Instant) -> Sequence[Instant]:
        return []


@dataclass(frozen=True, slots=True)
class Joined(OfState):
    """Is it in the list or segment, and did it join within the window?"""

    part: str
    since: Callable[[Profile, Instant], Instant | None]
    span: Span

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({self.part})

    def judge(self, profile: Profile, now: Instant, run_start: Instant | None) -> Verdict:
        since = self.since(profile, now)
        if since is None:
            return NO
        return within(interval_in(self.span, since, run_start), now)

    def deciding(self, profile: Profile, now: Instant) -> Sequence[Instant]:
        since = self.since(profile, now)
        return [] if since is None else [since]


@dataclass(frozen=True, slots=True)
class CartWithin(OfState):
    """Has it a cart of which all is true, and for how long will that be so?"""

    interval: Callable[[Profile], Sequence[Interval]]

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({Part.CARTS})

    def judge(self, profile: Profile, now: Instant, run_start: Instant | None) -> Verdict:
        return covered(self.interval(profile), now)

    def deciding(self, profile: Profile, now: Instant) -> Sequence[Instant]:
        return sorted(cart.activity for cart in profile.carts.values() if cart.is_open)[::-1]
