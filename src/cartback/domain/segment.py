"""Judging: does a condition hold for a profile now, and until when is that so?

A document is compiled once into leaves joined by all, any and not; what is judged often is the
compiled form. `judge` is the same for a bounded memory and for a full history: the difference is
only how much the profile that it looks at remembers.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from cartback.domain.cart import Cart, CartLimits
from cartback.domain.condition import (
    Aggregate,
    All,
    Any_,
    Condition,
    Consented,
    Did,
    FirstTime,
    HasCart,
    InList,
    InSegment,
    LastTime,
    Located,
    Match,
    Not,
    Reachable,
    Sequence_,
    Share,
    Stage,
    Trait,
)
from cartback.domain.instant import FOREVER, Instant, Zone, parse_duration
from cartback.domain.leaf import (
    Aggregated,
    CartWithin,
    Counted,
    FirstOrLast,
    Followed,
    Joined,
    Known,
    Leaf,
    Part,
)
from cartback.domain.memory import Question, QuestionKey
from cartback.domain.number import Number, micro
from cartback.domain.profile import Profile
from cartback.domain.property import PropertyTest
from cartback.domain.region import EUROPEAN_UNION
from cartback.domain.rules import Settings
from cartback.domain.share import bucket
from cartback.domain.span import BEGINNING, Fixed, Span, span_of
from cartback.domain.trait import trait_leaf
from cartback.domain.verdict import Interval, Verdict
from cartback.domain.window import Window


@dataclass(frozen=True, slots=True)
class AllOf:
    """Inside until the first one leaves; outside at least until the last outsider may enter."""

    of: tuple["Compiled", ...]

    def judge(self, profile: Profile, now: Instant, run_start: Instant | None) -> Verdict:
        inside_until, outside_until = FOREVER, None
        for one in self.of:
            inside, until = one.judge(profile, now, run_start)
            if inside:
                if until < inside_until:
                    inside_until = until
            elif outside_until is None or until > outside_until:
                outside_until = until
        if outside_until is None:
            return Verdict(True, inside_until)
        return Verdict(False, outside_until)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The mirror image: outside until the first enters, inside until the last may leave."""

    of: tuple["Compiled", ...]

    def judge(self, profile: Profile, now: Instant, run_start: Instant | None) -> Verdict:
        outside_until, inside_until = FOREVER, None
        for one in self.of:
            inside, until = one.judge(profile, now, run_start)
            if not inside:
                if until < outside_until:
                    outside_until = until
            elif inside_until is None or until > inside_until:
                inside_until = until
        if inside_until is None:
            return Verdict(False, outside_until)
        return Verdict(True, inside_until)


@dataclass(frozen=True, slots=True)
class NotOf:
    of: "Compiled"

    def judge(self, profile: Profile, now: Instant, run_start: Instant | None) -> Verdict:
        inside, until = self.of.judge(profile, now, run_start)
        return Verdict(not inside, until)


Compiled: TypeAlias = AllOf | AnyOf | NotOf | Leaf


def judge(
    condition: Condition,
    profile: Profile,
    now: Instant,
    settings: Settings,
    run_start: Instant | None = None,
) -> Verdict:
    """Whether the condition holds for the profile now, and until when that is sure.

    `now` is no earlier than anything the profile remembers.
    """
    return compile_condition(condition, settings).judge(profile, now, run_start)


@lru_cache(maxsize=4096)
def compile_condition(condition: Condition, settings: Settings) -> Compiled:
    """The condition ready to be judged with a shop's settings."""
    match condition:
        case All(of):
            return AllOf(tuple(compile_condition(one, settings) for one in of))
        case Any_(of):
            return AnyOf(tuple(compile_condition(one, settings) for one in of))
        case Not(of):
            return NotOf(compile_condition(of, settings))
        case _:
            return _leaf(condition, Zone(settings.zone), settings)


def compiled_leaves(compiled: Compiled) -> Iterator[Leaf]:
    """The questions at the ends of a compiled tree."""
    match compiled:
        case AllOf(of) | AnyOf(of):
            for one in of:
                yield from compiled_leaves(one)
        case NotOf(of):
            yield from compiled_leaves(of)
        case _:
            yield compiled


def leanings(compiled: Compiled, sign: int = 1) -> dict[QuestionKey, int]:
    """For each question of the tree: can one more event only make it hold (1), only not hold (-1),
    or either (0)?
    """
    if isinstance(compiled, NotOf):
        return leanings(compiled.of, -sign)
    if isinstance(compiled, AllOf | AnyOf):
        found: dict[QuestionKey, int] = {}
        for one in compiled.of:
            for key, lean in leanings(one, sign).items():
                found[key] = lean if found.get(key, lean) == lean else 0
        return found
    keys = [question.key for question, _ in compiled.asks]
    return {key: sign * compiled.leans.get(key, 0) for key in keys}


def may_hold_newly(compiled: Compiled) -> bool:
    """Whether it can hold for a profile of which nothing is known but its id."""
    if any("" in leaf.reads for leaf in compiled_leaves(compiled)):
        return True
    return compiled.judge(Profile(0), 0, None) != Verdict(False, FOREVER)


def _leaf(condition: Condition, zone: Zone, settings: Settings) -> Leaf:
    match condition:
        case Did(metric, times, within, where):
            low, high = times.bounds()
            question, span = _question(metric, where, within, zone)
            return Counted(question, question.key, low, high, span)
        case Aggregate(metric, function, path, number, within, where):
            least, most = number.bounds()
            question, span = _question(metric, where, within, zone, path)
            return Aggregated(question, question.key, function, least, most, span)
        case Sequence_(first, then, inside, followed, within):
            return _followed(first, then, span_of(within, zone), inside, followed)
        case FirstTime(metric, within, where) | LastTime(metric, within, where):
            question = Question(metric, where)
            first_time = isinstance(condition, FirstTime)
            return FirstOrLast(question, question.key, first_time, span_of(within, zone))
        case Trait():
            return trait_leaf(condition, zone)
        case InList(key, joined):
            return Joined(Part.LISTS, _list_since(key), span_of(joined, zone))
        case InSegment(key, joined):
            return Joined(Part.SEGMENT + key, _segment_since(key), span_of(joined, zone))
        case HasCart():
            return CartWithin(_cart_intervals(condition, settings.limits()))
        case _:
            return _known(condition)


def _question(
    metric: str,
    where: tuple[PropertyTest, ...],
    within: Window,
    zone: Zone,
    path: str | None = None,
) -> tuple[Question, Span]:
    """Fixed bounds belong to the question itself, so that its memory holds only what matters."""
    span = span_of(within, zone)
    if isinstance(span, Fixed):
        return Question(metric, where, span.start, span.end, path), span
    return Question(metric, where, path=path), span


def _followed(first: Match, then: Match, span: Span, inside: str, followed: bool) -> Followed:
    one, other = Question(first.metric, first.where), Question(then.metric, then.where)
    return Followed(one, other, one.key, other.key, parse_duration(inside), followed, span)


def _list_since(key: str) -> Callable[[Profile, Instant], Instant | None]:
    def since(profile: Profile, _now: Instant) -> Instant | None:
        standing = profile.lists.get(key)
        return standing.at if standing is not None and standing.joined else None

    return since


def _segment_since(key: str) -> Callable[[Profile, Instant], Instant | None]:
    def since(profile: Profile, now: Instant) -> Instant | None:
        joined = profile.member_since(key)
        return now if joined is None else joined

    return since


def _known(condition: Condition) -> Known:
    """Questions whose answer time alone does not change."""
    match condition:
        case Consented(channel, status):
            return Known(Part.CONSENTS, _consented(channel, status))
        case Reachable(channel):
            return Known(Part.CONSENTS, _reachable(channel))
        case Stage(stage):
            return Known(Part.STAGE, lambda profile: profile.is_customer == (stage == "customer"))
        case Located():
            return Known(Part.LOCATION, _located(condition))
        case Share(percent, salt):
            below = round(percent * 100)
            return Known("", lambda profile: bucket(profile.id, salt) < below)
        case _:
            raise TypeError(f"not a condition: {condition!r}")


def _consented(channel: str, status: str) -> Callable[[Profile], bool]:
    def holds(profile: Profile) -> bool:
        consent = profile.consents.get(channel)
        if consent is None:
            return status == "never"
        return consent.subscribed == (status == "subscribed") and status != "never"

    return holds


def _reachable(channel: str) -> Callable[[Profile], bool]:
    name = "email" if channel == "email" else "phone"
    subscribed = _consented(channel, "subscribed")
    return lambda profile: name in profile.names and subscribed(profile)


def _located(asked: Located) -> Callable[[Profile], bool]:
    countries = {one.casefold() for one in asked.country}
    regions = {one.casefold() for one in asked.region}
    cities = {one.casefold() for one in asked.city}

    def holds(profile: Profile) -> bool:
        place = profile.place
        if place is None:
            return False
        in_union = place.country.upper() in EUROPEAN_UNION if place.country else None
        return (
            (asked.eu is None or in_union == asked.eu)
            and (not countries or place.country.casefold() in countries)
            and (not regions or place.region.casefold() in regions)
            and (not cities or place.city.casefold() in cities)
        )

    return holds


def _cart_intervals(asked: HasCart, limits: CartLimits) -> Callable[[Profile], Sequence[Interval]]:
    """From when to when each cart of the profile is as asked."""

    def intervals(profile: Profile) -> Sequence[Interval]:
        return [
            _cart_interval(asked, limits, cart)
            for cart in profile.carts.values()
            if cart.is_open and _cart_fits(asked, cart)
        ]

    return intervals


def _cart_interval(asked: HasCart, limits: CartLimits, cart: Cart) -> Interval:
    start, end = BEGINNING, limits.expires(cart)
    if asked.status == "active":
        end = min(end, limits.due(cart))
    elif asked.status == "abandoned":
        start = limits.due(cart)
    if asked.idle is not None:
        low, high = asked.idle.bounds()
        start, end = max(start, cart.activity + low), min(end, cart.activity + high, FOREVER)
    return start, end


def _cart_fits(asked: HasCart, cart: Cart) -> bool:
    lines = cart.lines()
    return (
        _in_bounds(asked.value, cart.value())
        and _in_bounds(asked.items, cart.items())
        and (not asked.product or any(line.product_id in asked.product for line in lines))
        and (not asked.category or any(line.category in asked.category for line in lines))
        and (not asked.brand or any(line.brand in asked.brand for line in lines))
    )


def _in_bounds(number: Number | None, value: int) -> bool:
    if number is None:
        return True
    low, high = number.bounds()
    found = micro(value)
    if found is None:
        return False
    return (low is None or low <= found) and (high is None or found <= high)
