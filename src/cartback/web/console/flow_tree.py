"""A flow as cards on a page, with what each step did."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

from cartback.domain.effect import Reason
from cartback.domain.flow import Flow, OnSegment, conditions_of, flow_document
from cartback.domain.layout import all_steps, unreachable, ways_of
from cartback.domain.phrase.decision import reason_text
from cartback.domain.phrase.steps import Speech
from cartback.domain.rules import referred
from cartback.domain.step import AnyStep, Email, StepKey
from cartback.engine.figures import Counts, Passage, by_step, figures, passages, together
from cartback.engine.flow_needs import coupons_of, is_live
from cartback.engine.mailing import mailing_of
from cartback.engine.naming import names_of
from cartback.engine.ports import Reading
from cartback.engine.rulebook import present_rules
from cartback.web.console.asked import AtShop
from cartback.web.console.sketch.document import begun_by, read, sketch_of
from cartback.web.console.sketch.shown import (
    Card,
    FlowCard,
    Showing,
    all_cards,
    cards,
    flow_card,
    trigger_card,
)

Numbered: TypeAlias = Sequence[tuple[str, int]]


def speech_of(reading: Reading, at: AtShop) -> Speech:
    """How flows of the shop are told in the visitor's language."""
    templates = {one.key: one.name for one in reading.templates(at.id)}
    coupons = {one.key: one.name for one in reading.coupons(at.id)}
    return Speech(at.language, names_of(reading, at.id), templates, coupons)


class Tree(NamedTuple):
    """A flow's parts as cards."""

    begins: Card
    people: FlowCard
    cards: Sequence[Card]
    templates: Mapping[str, str] = {}


def tree_of(at: AtShop, flow: Flow, speech: Speech) -> Tree:
    """A flow that is finished, as the page shows it."""
    sketch = sketch_of(flow_document(flow), at.settings.currency)
    began = begun_by(sketch, at.settings.currency)
    how = Showing(speech._replace(began=began.metric), began, {})
    found = read(sketch, at.settings.currency)
    shown = cards(sketch.steps, how)
    return Tree(trigger_card(sketch, found, how), flow_card(flow, how), shown, speech.templates)


class Lack(NamedTuple):
    """What is to be done before a flow can start; `step` is where, "sender" names the settings and
    "coupon:KEY" a coupon that is still to be made."""

    text: str
    step: str = ""


def what_lacks(at: AtShop, reading: Reading, flow: Flow, tree: Tree) -> Sequence[Lack]:
    """What the flow names and is not there, and the sender where it sends mails."""
    say = at.say.gettext
    found = [
        Lack(f"{one.text}: {' '.join(one.wrong)}", one.key)
        for one in all_cards(tree.cards)
        if one.wrong and one.status != "draft"
    ]
    if not flow.steps:
        found.append(Lack(say("It has no step yet.")))
    texts = {one.key: one.text for one in all_cards(tree.cards)}
    nowhere = say("Nobody comes here: the way ends before it.")
    found += [Lack(f"{texts[key]}: {nowhere}", key) for key in unreachable(flow.steps)]
    mails = [one for one in all_steps(flow.steps) if isinstance(one, Email)]
    if any(one.status != "draft" for one in mails) and mailing_of(reading, at.id) is None:
        found.append(Lack(say("The shop has no sender for its mails yet."), "sender"))
    found += _codeless(at, reading, mails, tree)
    segments = {one.key for one in present_rules(reading, at.id).segments}
    asked = {key for condition in conditions_of(flow) for key in referred(condition)}
    if isinstance(flow.trigger, OnSegment):
        asked.add(flow.trigger.segment)
    found += [Lack(say("There is no segment “%s”.") % key) for key in sorted(asked - segments)]
    return found


def _codeless(at: AtShop, reading: Reading, mails: Sequence[Email], tree: Tree) -> Sequence[Lack]:
    """Coupons that are not there, and without whose codes mails do not go."""
    said = at.say.gettext("“%(mail)s” needs the coupon “%(coupon)s”, which is not there yet.")
    return [
        Lack(
            said % {"mail": tree.templates.get(one.template, one.template), "coupon": coupon},
            f"coupon:{coupon}",
        )
        for one in mails
        for coupon in coupons_of(reading, at.id, one)
        if not is_live(reading, at.id, coupon)
    ]


class Did(NamedTuple):
    """What a step did so far; `share` is who came to it, of those who entered, in percent, and
    `reached` the same without the `unreachable`, of whom no address was known."""

    passage: Passage
    share: int
    reached: int
    unreachable: int
    counts: Counts
    held: Numbered
    skipped: Numbered
    why_left: Numbered


class Done(NamedTuple):
    """What a flow did so far: its steps, all of it, and who is in it now. `unreachable`: so many of
    those who entered had no address when a mail was to go to them."""

    steps: Mapping[StepKey, Did]
    total: Counts
    inside: int
    unreachable: int


def done_by(reading: Reading, at: AtShop, key: str, flow: Flow, only: int | None = None) -> Done:
    """Counted as it happened: over all versions, or of `only` one."""
    every = figures(reading, at.id, key, at.settings.currency)
    counts = by_step({place: one for place, one in every.items() if only in (None, place[0])})
    waiting: Counter[str] = Counter()
    for (version, step), count in reading.count_runs(at.id, key).items():
        if only in (None, version):
            waiting[step] += count
    total = together(counts.values())
    found = {
        step: _did(at, passage, counts.get(step, Counts()), total.entered)
        for step, passage in passages(flow.steps, counts, waiting, total.entered).items()
    }
    return Done(found, total, waiting.total(), _met(flow.steps, found))


def _met(steps: Sequence[AnyStep], found: Mapping[StepKey, Did]) -> int:
    """How many the steps could not reach: who goes from mail to mail is counted once, and who goes
    different ways of a split are different people."""
    ways = (
        (found[one.key].unreachable, [_met(way, found) for way in ways_of(one)]) for one in steps
    )
    return max((max(here, sum(apart)) for here, apart in ways), default=0)


def _did(at: AtShop, passage: Passage, here: Counts, entered: int) -> Did:
    def share(part: int) -> int:
        return min(100, round(100 * part / entered)) if entered else 0

    unreachable = min(here.skipped[str(Reason.NO_ADDRESS)], passage.came)
    why = {reason: count for reason, count in here.ended.items() if reason != "completed"}
    return Did(
        passage,
        share(passage.came),
        share(passage.came - unreachable),
        unreachable,
        here,
        reasons(at, here.held),
        reasons(at, here.skipped),
        reasons(at, why),
    )


def not_sent(at: AtShop, flow: Flow, done: Done) -> Numbered:
    """Why the e-mails of all steps did not go, as the table counts them."""
    mails = [done.steps[one.key].counts for one in all_steps(flow.steps) if isinstance(one, Email)]
    return reasons(at, together(mails).skipped)


def reasons(at: AtShop, counted: Mapping[str, int]) -> Numbered:
    """Reasons in words, the most frequent first."""
    rows = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    return [(reason_text(reason, at.language), count) for reason, count in rows]
