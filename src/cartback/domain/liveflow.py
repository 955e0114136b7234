"""Flows ready to run: their conditions compiled, their triggers found by what happens."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeVar

import msgspec

from cartback.domain.condition import BadCondition, Condition
from cartback.domain.document import unknown_key
from cartback.domain.event import Metric
from cartback.domain.fault import Fault
from cartback.domain.flow import (
    MOST_FLOWS,
    Flow,
    GoodsTrigger,
    OnBackInStock,
    OnCart,
    OnConsentDue,
    OnDate,
    OnList,
    OnLowStock,
    OnMetric,
    OnPriceDrop,
    OnSegment,
    conditions_of,
    flow_document,
)
from cartback.domain.instant import FOREVER, Instant, Milliseconds, Zone, parse_duration
from cartback.domain.law.terms import Purpose
from cartback.domain.layout import Placed, all_steps, lay_out
from cartback.domain.predicate import Predicate, every
from cartback.domain.product_news import NOTHING_WANTED, Wanted, test_of, wanted_by
from cartback.domain.rules import FlowVersion, Rules, Settings, referred
from cartback.domain.segment import Compiled, compile_condition
from cartback.domain.step import Email, GiveCoupon, Split, StepKey, TriggerSplit, WaitFor

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class LiveFlow:
    """One version of a flow. `open` ones take new runs; the others let theirs come to an end.

    `again` is how long after a run began the next may: 0 always, FOREVER never.
    """

    key: str
    version: int
    open: bool
    paused: bool
    flow: Flow
    first: StepKey
    steps: Mapping[StepKey, Placed]
    trigger: Predicate | None
    who: Compiled | None
    only_if: Compiled | None
    splits: Mapping[StepKey, tuple[Compiled, ...]]
    tests: Mapping[StepKey, tuple[Predicate, ...]]
    again: Milliseconds
    since: Instant = 0

    def choose(self, properties: Mapping[str, object]) -> tuple[tuple[str, int], ...]:
        """The way at each split that only the trigger decides."""
        return tuple(
            (key, next((way for way, test in enumerate(tests) if test(properties)), len(tests)))
            for key, tests in self.tests.items()
            if isinstance(self.steps[key].step, TriggerSplit)
        )


@dataclass(frozen=True, slots=True)
class LiveFlows:
    """All flows of a shop, by version and by what begins them."""

    versions: Mapping[tuple[str, int], LiveFlow]
    by_metric: Mapping[str, tuple[LiveFlow, ...]]
    by_move: Mapping[tuple[str, bool], tuple[LiveFlow, ...]]
    gives_codes: bool = False
    by_date: tuple[LiveFlow, ...] = ()
    wanted: Wanted = NOTHING_WANTED
    keeps_views: bool = False
    about_carts: frozenset[tuple[str, int]] = frozenset()
    """The flows and versions of which each run is about one cart."""


NO_FLOWS: Final = LiveFlows(MappingProxyType({}), MappingProxyType({}), MappingProxyType({}))


def compile_flows(rules: Rules) -> LiveFlows:
    """The flows of the rules, ready to run."""
    if not rules.flows:
        return NO_FLOWS
    zone = Zone(rules.settings.zone)
    versions = {(one.key, one.version): _live(one, zone, rules.settings) for one in rules.flows}
    by_metric: dict[str, list[LiveFlow]] = {}
    by_move: dict[tuple[str, bool], list[LiveFlow]] = {}
    for live in versions.values():
        if not live.open:
            continue
        metric = metric_of(live.flow)
        if metric is not None:
            by_metric.setdefault(metric, []).append(live)
        elif isinstance(live.flow.trigger, OnSegment):
            trigger = live.flow.trigger
            by_move.setdefault((trigger.segment, trigger.joined), []).append(live)
    gives_codes = any(
        isinstance(placed.step, GiveCoupon)
        for live in versions.values()
        for placed in live.steps.values()
    )
    by_date = tuple(
        live
        for live in versions.values()
        if live.open and isinstance(live.flow.trigger, OnDate | OnConsentDue)
    )
    return LiveFlows(
        versions,
        _ranked(by_metric),
        _ranked(by_move),
        gives_codes,
        by_date,
        wanted_in(rules.flows),
        views_span(rules.flows) > 0,
        frozenset(key for key, live in versions.items() if live.flow.of_cart),
    )


def views_span(flows: Iterable[FlowVersion]) -> Milliseconds:
    """For how long looks at products count in any of them; 0 where none asks for looks."""
    triggers = (one.flow.trigger for one in flows if one.open)
    asking = (one for one in triggers if isinstance(one, GoodsTrigger) and one.interest != "cart")
    return max((one.span for one in asking), default=0)


def wanted_in(flows: Iterable[FlowVersion]) -> Wanted:
    """Which news of products begin any of them."""
    return wanted_by(one.flow.trigger for one in flows if one.open)


def metric_of(flow: Flow) -> str | None:
    """The metric of the events that may begin a run; None where a move or a date does."""
    match flow.trigger:
        case OnMetric(metric):
            return metric
        case OnCart():
            return Metric.CART_ABANDONED
        case OnList(joined=joined):
            return Metric.JOINED_LIST if joined else Metric.LEFT_LIST
        case OnPriceDrop():
            return Metric.PRICE_DROPPED
        case OnLowStock():
            return Metric.LOW_ON_STOCK
        case OnBackInStock():
            return Metric.BACK_IN_STOCK
        case _:
            return None


def check_flows(flows: Sequence[FlowVersion], segments: Iterable[str]) -> None:
    """Refuse flows that refer to a segment that is not there. Raises BadCondition."""
    known = set(segments)
    if sum(one.open for one in flows) > MOST_FLOWS:
        raise BadCondition(Fault("too_many_flows", most=MOST_FLOWS))
    for one in flows:
        wanted = {key for condition in conditions_of(one.flow) for key in referred(condition)}
        if isinstance(one.flow.trigger, OnSegment):
            wanted.add(one.flow.trigger.segment)
        for key in sorted(wanted - known):
            fault = Fault("flow_no_segment", flow=one.key, key=key)
            document = flow_document(one.flow)
            raise BadCondition(*unknown_key(document, "segment", key, known, fault))


def flow_conditions(flows: Iterable[FlowVersion]) -> list[Condition]:
    """All conditions that the flows ask, and what their waits listen to need none."""
    return [condition for one in flows for condition in conditions_of(one.flow)]


def _ranked(found: dict[Key, list[LiveFlow]]) -> dict[Key, tuple[LiveFlow, ...]]:
    """Those of the higher priority first."""
    return {key: tuple(sorted(some, key=rank)) for key, some in found.items()}


def rank(live: LiveFlow) -> tuple[int, str]:
    """In which order flows are served at one instant."""
    return -live.flow.priority, live.key


def _live(one: FlowVersion, zone: Zone, settings: Settings) -> LiveFlow:
    flow = one.flow
    purpose = _purpose_of(flow)
    steps = {key: _purposeful(at, purpose) for key, at in lay_out(flow.steps).items()}
    splits, tests = {}, {}
    for step in all_steps(flow.steps):
        match step:
            case Split(branches=branches):
                splits[step.key] = tuple(compile_condition(b.when, settings) for b in branches)
            case TriggerSplit(branches=ways):
                tests[step.key] = tuple(every(way.where, zone) for way in ways)
            case WaitFor(where=where):
                tests[step.key] = (every(where, zone),)
    return LiveFlow(
        key=one.key,
        version=one.version,
        open=one.open,
        paused=one.paused,
        flow=flow,
        first=flow.steps[0].key if flow.steps else "",
        steps=steps,
        trigger=_trigger_test(flow, zone),
        who=None if flow.who is None else compile_condition(flow.who, settings),
        only_if=None if flow.only_if is None else compile_condition(flow.only_if, settings),
        splits=splits,
        tests=tests,
        again=_again(flow),
        since=one.since,
    )


def _purpose_of(flow: Flow) -> Purpose:
    """What the messages of a flow are for that do not say it themselves."""
    match flow.trigger:
        case OnCart():
            return Purpose.CART_REMINDER
        case OnConsentDue():
            return Purpose.NOTICE
        case _:
            return Purpose.MARKETING


def _purposeful(placed: Placed, purpose: Purpose) -> Placed:
    """A message that does not say what it is for is for what its flow is."""
    step = placed.step
    if not isinstance(step, Email) or step.purpose is not None:
        return placed
    return placed._replace(step=msgspec.structs.replace(step, purpose=purpose))


def _trigger_test(flow: Flow, zone: Zone) -> Predicate | None:
    match flow.trigger:
        case OnMetric(where=where) | OnCart(where=where):
            return every(where, zone) if where else None
        case OnPriceDrop() | OnLowStock() | OnBackInStock():
            return test_of(flow.trigger)
        case OnList(key):
            return lambda properties: properties.get("list") == key
        case _:
            return None


def _again(flow: Flow) -> Milliseconds:
    match flow.again.rule:
        case "always":
            return 0
        case "after":
            return parse_duration(flow.again.duration or "")
        case _:
            return FOREVER
