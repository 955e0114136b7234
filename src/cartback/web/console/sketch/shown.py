"""A sketch as the page shows it: cards one below the other, with branches beside each other."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from cartback.domain.condition import Condition, Did, Not
from cartback.domain.flow import Flow, Trigger
from cartback.domain.number import Count
from cartback.domain.phrase import Language, describe
from cartback.domain.phrase.steps import (
    Speech,
    again_text,
    fixed_way_text,
    step_text,
    trigger_text,
    way_text,
)
from cartback.domain.step import AnyStep, Email, GiveCoupon
from cartback.web.console.property_tests import Asked
from cartback.web.console.sketch import words
from cartback.web.console.sketch.document import Reading, step_of
from cartback.web.console.sketch.forms import form_of
from cartback.web.console.sketch.node import TRIGGER, Node, Sketch
from cartback.web.console.words import Words


class Card(NamedTuple):
    """A part on the page; `text` is empty where it is not finished."""

    key: str
    kind: str
    icon: str
    name: str
    text: str
    wrong: Sequence[str] = ()
    ways: "Sequence[WayShown]" = ()
    status: str = ""
    template: str = ""
    ends: bool = False


class WayShown(NamedTuple):
    """One way on; `home` is where its steps stand. `ends`: nobody comes out of it again."""

    text: str
    home: str
    cards: Sequence[Card]
    ends: bool


class FlowCard(NamedTuple):
    """For whom a flow is, and how often; what is not finished is told."""

    audience: str
    lines: Sequence[str]
    wrong: Sequence[str] = ()


class Showing(NamedTuple):
    """How cards are told: the language and names, by which metric the flow begins, and what is
    wrong by part."""

    speech: Speech
    began: Asked
    wrong: Mapping[str, Sequence[str]]

    @property
    def language(self) -> Language:
        return self.speech.language


def trigger_card(sketch: Sketch, reading: Reading, how: Showing) -> Card:
    """What begins it."""
    kind = words.kind_words(words.triggers(how.language), sketch.trigger.kind)
    text = ""
    if TRIGGER not in reading.wrong:
        trigger: Any = msgspec.convert(reading.document["trigger"], Trigger)
        text = trigger_text(trigger, how.speech)
    wrong = how.wrong.get(TRIGGER, ())
    begins = Words(how.language).gettext("Begins when")
    return Card(TRIGGER, sketch.trigger.kind, kind.icon, begins, text or kind.name, wrong)


def flow_card(flow: Flow, how: Showing) -> FlowCard:
    """For whom it is, in words."""
    lines = [again_text(flow, how.speech)]
    say = Words(how.language).gettext
    if flow.who is not None:
        lines.append(
            say("Only who: %s") % describe(plainly(flow.who), how.language, how.speech.names)
        )
    if flow.only_if is not None:
        lines.append(
            say("While: %s") % describe(plainly(flow.only_if), how.language, how.speech.names)
        )
    return FlowCard(flow.audience, lines)


def plainly(condition: Condition) -> Condition:
    """That something did not happen at all is said as zero times, which reads better."""
    match condition:
        case Not(Did(times=Count(at_least=1)) as did):
            return msgspec.structs.replace(did, times=Count(exactly=0))
        case _:
            return condition


def all_cards(found: Sequence[Card]) -> Iterator[Card]:
    """Every card, those of branches behind their split."""
    for one in found:
        yield one
        for way in one.ways:
            yield from all_cards(way.cards)


def cards(nodes: Sequence[Node], how: Showing) -> Sequence[Card]:
    """The steps, each with its ways."""
    return [card(one, how) for one in nodes]


def card(node: Node, how: Showing) -> Card:
    """One step."""
    kind = words.kind_words(words.steps(how.language), node.kind)
    step = step_of(node, how.began)
    ways = []
    for number, way in enumerate(node.ways):
        below = cards(way.steps, how)
        text = _branch(node, number, how) if step is None else way_text(step, number, how.speech)
        ends = bool(below) and below[-1].ends
        ways.append(WayShown(text, f"{node.key}.{number}", below, ends))
    wrong = list(how.wrong.get(node.key, ()))
    wrong += _lacking(step, how)
    return Card(
        node.key,
        node.kind,
        kind.icon,
        kind.name,
        "" if step is None else step_text(step, how.speech),
        wrong,
        ways,
        str(getattr(step, "status", "")),
        str(getattr(step, "template", "")),
        node.kind == "end" or (bool(ways) and all(one.ends for one in ways)),
    )


def _lacking(step: AnyStep | None, how: Showing) -> Sequence[str]:
    """What the step names and is not there."""
    say = Words(how.language).gettext
    match step:
        case Email(template=key) if key not in how.speech.templates:
            return [say("There is no such mail yet.")]
        case GiveCoupon(coupon=key) if key not in how.speech.coupons:
            return [say("There is no such coupon yet.")]
        case _:
            return []


def _branch(node: Node, number: int, how: Showing) -> str:
    """What a way is called while its split is not finished."""
    fixed = form_of(node).fixed
    own = number - (len(node.ways) - len(fixed))
    if own >= 0:
        return fixed_way_text(fixed[own], how.speech)
    return Words(how.language).gettext("Branch %(number)s") % {"number": number + 1}
