"""Explaining: of every part of a condition, whether it holds, what decides it, and until when.

Every part is judged as `judge` would judge it alone, so an explanation cannot disagree with the
engine. What it adds is read from the same profile: the times of the deciding events, what was
found, and the instant at which the answer will really change if nothing happens.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

import msgspec

from cartback.domain.condition import (
    All,
    Any_,
    Condition,
    Consented,
    HasCart,
    InList,
    InSegment,
    Located,
    Not,
    Reachable,
    Stage,
    Trait,
    leaves,
)
from cartback.domain.event import Json
from cartback.domain.instant import FOREVER, Instant
from cartback.domain.leaf import Aggregated, Counted, Leaf
from cartback.domain.profile import Profile, Standing
from cartback.domain.rules import Settings, resolve
from cartback.domain.segment import compile_condition, compiled_leaves, judge
from cartback.domain.span import Fixed, SinceStart, interval_in
from cartback.domain.trait import trait_at
from cartback.domain.verdict import Verdict, within
from cartback.domain.window import EVER

MOST_DECIDING: Final = 10
MOST_STEPS: Final = 64
NO_SEGMENTS: Final[Mapping[str, Condition]] = MappingProxyType({})


class Explanation(msgspec.Struct, frozen=True):
    """One part of a condition, judged.

    `until`: it stays so until then if nothing happens, and changes then (FOREVER: it stays so).
    Where `exact` is false the change may come later. `deciding` are the times of the events that
    the answer rests on, latest first, at most 10. `found` is what the question met:

    - did: how many events count now, as far as they are remembered;
    - aggregate: the number in millionths, None where there is none;
    - trait: its value; in_list: true, false once left, None if never in it;
    - consent: subscribed, unsubscribed or never; reachable: (has an address, consent);
    - cart: (open carts, value and items of the one last touched), None without an open cart;
    - location: (country, region, city), None if unknown; in_segment: a member since.

    `forgotten` counts events that no longer fit into memory and may be missing in the answer.
    """

    condition: Condition
    holds: bool
    until: Instant
    deciding: tuple[Instant, ...] = ()
    children: tuple["Explanation", ...] = ()
    found: Json = None
    exact: bool = True
    forgotten: int = 0


def explain(
    condition: Condition,
    profile: Profile,
    now: Instant,
    settings: Settings,
    segments: Mapping[str, Condition] = NO_SEGMENTS,
    run_start: Instant | None = None,
) -> Explanation:
    """The condition and each of its parts, judged for the profile at `now`.

    A reference to a segment is explained by that segment's own condition. `now` is no earlier than
    anything the profile remembers. Raises BadCondition for a segment that is not in `segments` or
    that refers to itself.
    """
    resolve(condition, segments)
    return _Asked(profile, now, settings, segments, run_start).explain(condition)


class _Finding(NamedTuple):
    """What a question met: the times that decide it, latest first, and what was found."""

    times: Sequence[Instant] = ()
    found: Json = None
    forgotten: int = 0


@dataclass(frozen=True, slots=True)
class _Asked:
    """One profile at one moment."""

    profile: Profile
    now: Instant
    settings: Settings
    segments: Mapping[str, Condition]
    run_start: Instant | None

    def explain(self, condition: Condition) -> Explanation:
        meaning = resolve(condition, self.segments)
        verdict = judge(meaning, self.profile, self.now, self.settings, self.run_start)
        children = tuple(self.explain(one) for one in self._parts(condition))
        finding = self._finding(condition, verdict.inside, children)
        until, exact = self._change(meaning, verdict)
        return Explanation(
            condition=condition,
            holds=verdict.inside,
            until=until,
            deciding=tuple(finding.times[:MOST_DECIDING]),
            children=children,
            found=finding.found,
            exact=exact,
            forgotten=finding.forgotten,
        )

    def _parts(self, condition: Condition) -> tuple[Condition, ...]:
        match condition:
            case All(of) | Any_(of):
                return of
            case Not(of):
                return (of,)
            case InSegment(key):
                return (self.segments[key],)
            case _:
                return ()

    # --- until when ---------------------------------------------------------------------------

    def _change(self, meaning: Condition, verdict: Verdict) -> tuple[Instant, bool]:
        """When the answer will change by itself, and whether that is certain or a lower bound."""
        future = _Future(self, meaning)
        holds, until = verdict
        until = min(until, future.step(self.now))
        for _ in range(MOST_STEPS):
            if until >= FOREVER:
                return FOREVER, True
            at = until
            following = future.step(at)
            inside, until = judge(meaning, future.profile, at, self.settings, self.run_start)
            if inside != holds:
                return at, True
            until = min(until, following)
        return until, until >= FOREVER

    # --- what was found -----------------------------------------------------------------------

    def _finding(
        self, condition: Condition, holds: bool, children: Sequence[Explanation]
    ) -> _Finding:
        match condition:
            case All() | Any_():
                return _of_parts([one for one in children if one.holds == holds])
            case Not():
                return _of_parts(children)
            case InSegment():
                return self._in_segment(condition, children[0])
            case Consented(channel):
                consent = self.profile.consents.get(channel)
                return _Finding(() if consent is None else (consent.at,), self._consent(channel))
            case Reachable():
                return self._reachable(condition)
            case Stage():
                first = self.profile.first_order
                return _Finding((first,) if self.profile.is_customer else ())
            case HasCart():
                return self._carts(condition)
            case Located():
                seen = self.profile.location
                return _Finding() if seen is None else _Finding((seen.at,), tuple(seen.value))
            case InList(key):
                standing = self.profile.lists.get(key)
                return _Finding() if standing is None else _Finding((standing.at,), standing.joined)
            case _:
                return self._leaf(condition)

    def _leaf(self, condition: Condition) -> _Finding:
        (leaf,) = compiled_leaves(compile_condition(condition, self.settings))
        forgotten = self._forgotten(leaf)
        times, found = leaf.deciding(self.profile, self.now), None
        match leaf:
            case Counted():
                times = self._counted(leaf)
                found = len(times)
            case Aggregated():
                found = _aggregated(leaf, self.profile, self.now, self.run_start)
            case _ if isinstance(condition, Trait):
                name, *path = condition.path.split(".")
                found = trait_at(self.profile, name, path)
        return _Finding(times, found, forgotten)

    def _counted(self, leaf: Counted) -> Sequence[Instant]:
        """The times that count now, latest first, from the part of the memory that judges."""
        memory, span = self.profile.remembered(leaf.key), leaf.span
        if isinstance(span, SinceStart):
            start = FOREVER if self.run_start is None else self.run_start
            return [time for time in reversed(memory.times) if time >= start]
        judged = memory.times if span.immediate or span.horizon is not None else memory.earliest
        return [time for time in reversed(judged) if within(span.interval(time), self.now).inside]

    def _forgotten(self, leaf: Leaf) -> int:
        """How many events overflowed the memory while ones as old may still count."""
        span = getattr(leaf, "span", None)
        if span is None:
            return 0
        lost = 0
        for question, retention in leaf.asks:
            memory = self.profile.remembered(question.key)
            if retention.horizon and memory.times and span.interval(memory.times[0])[1] > self.now:
                lost += memory.forgotten
        return lost

    def _in_segment(self, condition: InSegment, meaning: Explanation) -> _Finding:
        since = self.profile.member_since(condition.segment)
        if not meaning.holds or condition.joined == EVER:
            return _Finding(meaning.deciding, since)
        return _Finding((self.now if since is None else since,), since)

    def _consent(self, channel: str) -> str:
        consent = self.profile.consents.get(channel)
        if consent is None:
            return "never"
        return "subscribed" if consent.subscribed else "unsubscribed"

    def _reachable(self, condition: Reachable) -> _Finding:
        name = "email" if condition.channel == "email" else "phone"
        consent = self.profile.consents.get(condition.channel)
        found = (name in self.profile.names, self._consent(condition.channel))
        return _Finding(() if consent is None else (consent.at,), found)

    def _carts(self, condition: HasCart) -> _Finding:
        """The carts that are as asked, or where none is, all open ones; last touched first."""
        opened, fitting = [], []
        for key, cart in self.profile.carts.items():
            alone = self.profile.copy()
            alone.carts = {key: cart}
            if judge(HasCart(), alone, self.now, self.settings).inside:
                opened.append(cart)
                if judge(condition, alone, self.now, self.settings).inside:
                    fitting.append(cart)
        shown = sorted(fitting or opened, key=lambda one: (one.activity, one.id), reverse=True)
        if not shown:
            return _Finding()
        latest = shown[0]
        found = (len(opened), latest.value(), latest.items(), latest.currency)
        return _Finding([cart.activity for cart in shown], found)


class _Future:
    """The profile as time alone moves it: who asks when somebody joined a segment needs to know.

    Such questions are left beside the segments' meanings by `resolve`; here the joining and
    leaving that time brings is written into a draft, as the engine would.
    """

    def __init__(self, asked: _Asked, meaning: Condition) -> None:
        self._asked = asked
        self.profile = asked.profile
        keys = _joinings(meaning)
        meanings = {key: resolve(asked.segments[key], asked.segments) for key in keys}
        # One that asks about another has all the other's questions, and that one more.
        self._segments = sorted(meanings.items(), key=lambda one: (len(_joinings(one[1])), one[0]))
        if keys:
            self.profile = asked.profile.copy()

    def step(self, at: Instant) -> Instant:
        """Bring the draft to that instant; the next one at which a membership may change."""
        following = FOREVER
        for key, meaning in self._segments:
            inside, until = judge(
                meaning, self.profile, at, self._asked.settings, self._asked.run_start
            )
            if inside != (self.profile.member_since(key) is not None):
                self.profile.standings[key] = Standing(at if inside else None, until)
            following = min(following, until)
        return following


def _joinings(meaning: Condition) -> set[str]:
    """The segments about which a resolved condition asks when somebody joined them."""
    return {leaf.segment for leaf in leaves(meaning) if isinstance(leaf, InSegment)}


def _of_parts(parts: Iterable[Explanation]) -> _Finding:
    """The parts that make the whole what it is decide it together."""
    return _Finding(sorted({time for one in parts for time in one.deciding}, reverse=True))


def _aggregated(
    leaf: Aggregated, profile: Profile, now: Instant, run_start: Instant | None
) -> int | None:
    """The number that is compared, in millionths.

    An average between two millionths is rounded so that it stays on its side of the bounds.
    """
    memory = profile.remembered(leaf.key)
    if isinstance(leaf.span, Fixed):
        totals = memory.totals
        if totals is None:
            return 0 if leaf.function == "sum" else None
        count, total = totals.count, totals.sum
        lowest, highest = totals.lowest, totals.highest
    else:
        pairs = zip(memory.times, memory.values, strict=True)
        values = [
            value
            for time, value in pairs
            if within(interval_in(leaf.span, time, run_start), now).inside
        ]
        if not values:
            return 0 if leaf.function == "sum" else None
        count, total, lowest, highest = len(values), sum(values), min(values), max(values)
    match leaf.function:
        case "sum":
            return total
        case "min":
            return lowest
        case "max":
            return highest
        case _:
            above = leaf.high is not None and total > leaf.high * count
            return -(-total // count) if above else total // count
