"""A shop's rules, compiled: which questions an event answers, and which segments then change.

The document (`Rules`) is plain data and travels; this is what each process makes of it once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from cartback.domain.cart import CartLimits
from cartback.domain.condition import BadCondition, Condition, InSegment, leaves
from cartback.domain.contact import ContactRules
from cartback.domain.instant import Instant, Milliseconds, Zone
from cartback.domain.law.terms import Choice
from cartback.domain.liveflow import (
    LiveFlows,
    check_flows,
    compile_flows,
    flow_conditions,
    views_span,
    wanted_in,
)
from cartback.domain.memory import Question, QuestionKey, Retention
from cartback.domain.predicate import Predicate, every
from cartback.domain.rules import (
    MOST_SEGMENTS,
    AskedQuestion,
    FlowVersion,
    Rules,
    Segment,
    Settings,
    check_for_segment,
    choice_in,
    in_order,
    meanings_of,
)
from cartback.domain.segment import (
    Compiled,
    compile_condition,
    compiled_leaves,
    leanings,
    may_hold_newly,
)


@dataclass(frozen=True, slots=True)
class LiveSegment:
    """A segment ready to be judged, at its place behind those that it needs."""

    place: int
    key: str
    compiled: Compiled
    since: int
    dependents: tuple[int, ...]
    born: int = 0


class Asker(NamedTuple):
    """A segment that asks a question, by its place and key.

    Where one more event can only keep members in, or others out, nothing has to be judged of them
    before the verdict known so far runs out.
    """

    place: int
    key: str
    keeps_in: bool
    keeps_out: bool


@dataclass(frozen=True, slots=True)
class LiveQuestion:
    """A question ready to be recorded, and the segments that ask it."""

    asked: Question
    key: QuestionKey
    metric: str
    test: Predicate | None
    start: Instant
    end: Instant
    path: tuple[str, ...] | None
    retention: Retention
    since: int
    segments: tuple[Asker, ...]


@dataclass(frozen=True, slots=True)
class Ruleset:
    """Everything that `advance` looks things up in."""

    version: int
    settings: Settings
    limits: CartLimits
    segments: tuple[LiveSegment, ...]
    questions: dict[QuestionKey, LiveQuestion]
    by_metric: dict[str, tuple[LiveQuestion, ...]]
    by_part: dict[str, tuple[int, ...]]
    of_newcomers: tuple[int, ...]
    """The segments that somebody of whom nothing is known may be in."""
    contact: ContactRules
    choice: Choice
    flows: LiveFlows
    goods_since: int = 0
    views_since: int = 0
    views_span: Milliseconds = 0
    notes: dict[int, Any] = field(default_factory=dict, compare=False, repr=False)
    """What `advance` worked out for profiles of older versions, so that it does so once."""

    def place_of(self, segment: str) -> int | None:
        """The place of a segment by its key."""
        return next((one.place for one in self.segments if one.key == segment), None)


def make_rules(
    previous: Rules | None,
    settings: Settings,
    segments: Iterable[tuple[str, str, Condition]],
    flows: Sequence[FlowVersion] | None = None,
    contact: ContactRules | None = None,
) -> Rules:
    """The next version of a shop's rules: what changed is marked with its number.

    Flows and contact rules stay as they were where none are given. Raises BadCondition for a
    segment that refers to itself or to none, or asks for a flow's run, and for a flow that refers
    to a segment that is not there.
    """
    if flows is None:
        flows = () if previous is None else previous.flows
    if contact is None:
        contact = ContactRules() if previous is None else previous.contact
    version = 1 if previous is None else previous.version + 1
    wanted = [Segment(key, name, when) for key, name, when in segments]
    if len(wanted) > MOST_SEGMENTS:
        raise BadCondition(f"a shop has at most {MOST_SEGMENTS} segments; archive some")
    ordered = in_order(wanted)
    meanings = _meanings(ordered)
    before = {} if previous is None else {one.key: one for one in previous.segments}
    if previous is not None and previous.settings == settings:
        old = _meanings(previous.segments)
        same = {key for key, meaning in meanings.items() if old.get(key) == meaning}
    else:
        same = set()
    kept = [
        msgspec.structs.replace(
            one,
            since=before[one.key].since if one.key in same else version,
            born=before[one.key].born if one.key in before else version,
        )
        for one in ordered
    ]
    check_flows(flows, meanings)
    conditions = [*meanings.values(), *flow_conditions(flows)]
    questions = _questions(previous, settings, conditions, version)
    goods_since = 0
    if wanted_in(flows):
        goods_since = (0 if previous is None else previous.goods_since) or version
    return Rules(
        version,
        settings,
        tuple(kept),
        questions,
        tuple(flows),
        contact,
        goods_since,
        *_views(previous, version, views_span(flows)),
    )


def _views(previous: Rules | None, version: int, span: Milliseconds) -> tuple[int, Milliseconds]:
    """Since when looks are kept, and how far back they were gathered then."""
    if not span:
        return 0, 0
    if previous is None or not previous.views_since or previous.views_span < span:
        return version, span
    return previous.views_since, previous.views_span


def _meanings(segments: Iterable[Segment]) -> dict[str, Condition]:
    """Each segment's condition with those it refers to in their places."""
    known = list(segments)
    for segment in known:
        check_for_segment(segment.when)
    return meanings_of(known)


def _questions(
    previous: Rules | None, settings: Settings, conditions: Iterable[Condition], version: int
) -> tuple[AskedQuestion, ...]:
    """What all of them ask together, each since the version at which it began to need more."""
    needed: dict[Question, Retention] = {}
    for condition in conditions:
        for leaf in compiled_leaves(compile_condition(condition, settings)):
            for question, retention in leaf.asks:
                needed[question] = needed.get(question, Retention()) | retention
    known = {}
    if previous is not None and previous.settings.zone == settings.zone:
        # Else dates without an offset in a question's tests mean other instants now.
        known = {one.question: one for one in previous.questions}
    asked = []
    for question, retention in sorted(needed.items(), key=lambda one: one[0].key):
        before = known.get(question)
        if before is not None and before.retention.covers(retention):
            asked.append(AskedQuestion(question, before.retention, before.since))
        else:
            asked.append(AskedQuestion(question, retention, version))
    return tuple(asked)


@lru_cache(maxsize=64)
def compile_rules(rules: Rules) -> Ruleset:
    """The rules ready to run."""
    zone = Zone(rules.settings.zone)
    meanings = _meanings(rules.segments)
    compiled = [compile_condition(meanings[one.key], rules.settings) for one in rules.segments]
    by_question: dict[QuestionKey, dict[int, int]] = {}
    by_part: dict[str, list[int]] = {}
    for place, tree in enumerate(compiled):
        for key, lean in leanings(tree).items():
            by_question.setdefault(key, {})[place] = lean
        for leaf in compiled_leaves(tree):
            for part in leaf.reads:
                by_part.setdefault(part, []).append(place)
    keys = [one.key for one in rules.segments]
    questions = [_live(one, zone, by_question, keys) for one in rules.questions]
    by_metric: dict[str, list[LiveQuestion]] = {}
    for live in questions:
        by_metric.setdefault(live.metric, []).append(live)
    return Ruleset(
        version=rules.version,
        settings=rules.settings,
        limits=rules.settings.limits(),
        segments=tuple(_live_segments(rules.segments, compiled, meanings)),
        questions={question.key: question for question in questions},
        by_metric={metric: tuple(found) for metric, found in by_metric.items()},
        by_part={part: tuple(sorted(set(places))) for part, places in by_part.items()},
        of_newcomers=tuple(place for place, tree in enumerate(compiled) if may_hold_newly(tree)),
        contact=rules.contact,
        choice=choice_in(rules),
        flows=compile_flows(rules),
        goods_since=rules.goods_since,
        views_since=rules.views_since,
        views_span=rules.views_span,
    )


def _live(
    asked: AskedQuestion,
    zone: Zone,
    by_question: dict[QuestionKey, dict[int, int]],
    keys: Sequence[str] = (),
) -> LiveQuestion:
    question = asked.question
    leans = by_question.get(question.key, {})
    return LiveQuestion(
        asked=question,
        key=question.key,
        metric=question.metric,
        test=every(question.where, zone) if question.where else None,
        start=question.start,
        end=question.end,
        path=None if question.path is None else tuple(question.path.split(".")),
        retention=asked.retention,
        since=asked.since,
        segments=tuple(
            Asker(place, keys[place], lean > 0, lean < 0) for place, lean in sorted(leans.items())
        ),
    )


def _live_segments(
    segments: Sequence[Segment], compiled: Sequence[Compiled], meanings: dict[str, Condition]
) -> Iterable[LiveSegment]:
    """Who asks when somebody joined a segment depends on it: judged again when members change."""
    asks_about: dict[str, set[int]] = {}
    for place, segment in enumerate(segments):
        for leaf in leaves(meanings[segment.key]):
            if isinstance(leaf, InSegment):
                asks_about.setdefault(leaf.segment, set()).add(place)
    for place, (segment, tree) in enumerate(zip(segments, compiled, strict=True)):
        dependents = tuple(sorted(asks_about.get(segment.key, ())))
        yield LiveSegment(place, segment.key, tree, segment.since, dependents, segment.born)
