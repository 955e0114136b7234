"""The one function that moves a profile: state, signals and a moment in; state and effects out.

Live work, back-fill, rehearsal, the demo's time lapse and every runtime call it. Two rules make
them agree, whatever their batches: before an event is applied, all wake-ups due before it run, in
order; and a tick catches up everything that is due until now.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from cartback.domain.cart import forget_oldest
from cartback.domain.cart import union as union_carts
from cartback.domain.contact import MOST_A_WEEK
from cartback.domain.effect import Decided, Effect, Moved, Reason
from cartback.domain.event import Event, ProfileId, ShopId
from cartback.domain.instant import FOREVER, Instant
from cartback.domain.lastword import later_consent, later_standing
from cartback.domain.memory import NOTHING, QuestionKey, Remembered, trim
from cartback.domain.memory import union as union_memories
from cartback.domain.order import latest_orders
from cartback.domain.profile import (
    MOST_CONSENTS,
    MOST_LISTS,
    MOST_TRAITS,
    Profile,
    Run,
    Standing,
    look_at,
    newer,
    note_look,
    stamp,
)
from cartback.domain.recall import lacking, recall
from cartback.domain.ruleset import LiveQuestion, LiveSegment, Ruleset
from cartback.domain.run import Walk
from cartback.domain.segment import compiled_leaves
from cartback.domain.turn import Turn


class Advanced(NamedTuple):
    """The new state, what happened, and when the profile must be looked at again."""

    profile: Profile
    effects: tuple[Effect, ...]

    @property
    def wake_at(self) -> Instant:
        return self.profile.wake_at


def new_profile(profile: ProfileId, rules: Ruleset) -> Profile:
    """A profile of which nothing is known yet."""
    return Profile(profile, rules=rules.version)


def advance(
    profile: Profile, events: Sequence[Event], now: Instant, rules: Ruleset, shop: ShopId = 0
) -> Advanced:
    """Apply the events in their order of arrival, then everything that is due until `now`.

    The profile given is left as it is. It has to be at the version of the rules (see `adopt`).
    """
    draft = profile.copy()
    turn = Turn(draft, rules, shop)
    for event in events:
        turn.catch_up(max(event.received, draft.clock) - 1)
        turn.apply(event)
    turn.catch_up(now)
    return Advanced(draft, tuple(turn.effects))


def replay(
    profile: ProfileId, history: Iterable[Event], now: Instant, rules: Ruleset, shop: ShopId
) -> Profile:
    """The state that a profile has after its whole history, in the order of the log.

    Events that were derived then are taken from the history and not derived again.
    """
    return retell(profile, history, now, rules, shop).profile


def retell(
    profile: ProfileId, history: Iterable[Event], now: Instant, rules: Ruleset, shop: ShopId
) -> Advanced:
    """The same, and which segments it entered and left on the way."""
    turn = Turn(new_profile(profile, rules), rules, shop, deriving=False)
    for event in history:
        turn.catch_up(max(event.received, turn.profile.clock) - 1)
        turn.apply(event)
    turn.catch_up(now)
    return Advanced(turn.profile, tuple(turn.effects))


def adopt(
    profile: Profile,
    history: Sequence[Event],
    now: Instant,
    rules: Ruleset,
    shop: ShopId = 0,
    recalled: Mapping[QuestionKey, Remembered] = MappingProxyType({}),
    looks: Sequence[Event] = (),
) -> Advanced:
    """Bring a profile to the present version of the rules; nothing is started by it.

    `history` holds at least all events of the metrics that `lacking` names, but for those that
    `recalled` holds already; `looks` are the looks at products that count from now on.
    """
    if not (history or recalled or looks) and is_same_under(rules, profile, now):
        return Advanced(msgspec.structs.replace(profile, rules=rules.version), ())
    news = _news(profile.rules, rules)
    draft = profile.copy()
    entered = (one.since for one in draft.standings.values() if one.since is not None)
    now = max(draft.clock, now, max(entered, default=now))  # nobody leaves before they came
    if not draft.memory.keys() <= news.kept:
        draft.memory = {key: one for key, one in draft.memory.items() if key in news.kept}
    if news.missing and (history or recalled):
        known = {key: memory for key, memory in recalled.items() if key in news.missing}
        draft.memory.update(recall(history, news.missing.values(), now, known))
    before = profile.standings
    if not before.keys() <= news.unchanged:
        draft.standings = {key: one for key, one in before.items() if key in news.unchanged}
    draft.rules = rules.version
    turn = Turn(draft, rules, shop)
    if draft.wake_at <= now:
        turn.resting = frozenset(news.changed.values())
        turn.catch_up(now)
        turn.resting = frozenset()
    for key, standing in before.items():
        if key in news.changed and key not in news.reborn:
            draft.standings[key] = Standing(standing.since, now)
        elif key not in news.unchanged and standing.since is not None:
            turn.effects.append(Moved(key, now, joined=False, quiet=True))
    touched = turn.announce(now, quiet=True)
    touched.update(news.changed.values())
    if draft.viewed and not rules.flows.keeps_views:
        draft.viewed = {}
    for look in looks:
        note_look(draft.viewed, look)
    if draft.dates:
        at_work = {live.key for live in rules.flows.by_date}
        draft.dates = {key: at for key, at in draft.dates.items() if key in at_work}
    if draft.runs:
        Walk(turn, now).leave_archived()
    turn.settle(now, touched, quiet=True)
    turn.starts = []
    was = (profile.memory, before, profile.runs)
    if (draft.memory, draft.standings, draft.runs) != was:
        draft.clock = now
    return Advanced(draft, tuple(turn.effects))


class _News(NamedTuple):
    """What the present rules have that an older version had not."""

    version: int
    missing: dict[QuestionKey, LiveQuestion]
    kept: frozenset[QuestionKey]
    changed: dict[str, int]
    unchanged: frozenset[str]
    reborn: frozenset[str]
    concerns_nobody_new: bool
    """Whoever remembers nothing of what is missing is in none of the changed segments, nor will
    be by time alone."""


def is_same_under(rules: Ruleset, profile: Profile, now: Instant) -> bool:
    """Whether somebody of whom nothing is to be remembered of what is new is the same under these
    rules, but for their version."""
    news = _news(profile.rules, rules)
    if not news.concerns_nobody_new or rules.flows.by_date or now >= profile.wake_at:
        return False
    if profile.carts or profile.runs or profile.dates or profile.viewed:
        return False
    untils = (standing.until for standing in profile.standings.values())
    return (
        profile.wake_at == min(untils, default=FOREVER)
        and profile.memory.keys() <= news.kept
        and profile.standings.keys() <= news.unchanged
    )


def _news(version: int, rules: Ruleset) -> _News:
    found: _News | None = rules.notes.get(version)
    if found is None:
        missing = {question.key: question for question in lacking(version, rules)}
        kept = frozenset(rules.questions.keys() - missing.keys())
        changed = {one.key: one.place for one in rules.segments if one.since > version}
        unchanged = frozenset(one.key for one in rules.segments if one.since <= version)
        reborn = frozenset(one.key for one in rules.segments if one.born > version)
        nobody_new = all(
            _rests_on(one, missing, rules) for one in rules.segments if one.since > version
        )
        found = rules.notes[version] = _News(
            version, missing, kept, changed, unchanged, reborn, nobody_new
        )
    return found


def _rests_on(segment: LiveSegment, questions: Container[QuestionKey], rules: Ruleset) -> bool:
    """Whether nobody is in the segment, now or later, of whom none of the questions is
    remembered."""
    if segment.place in rules.of_newcomers:
        return False
    return all(
        not leaf.reads and all(question.key in questions for question, _ in leaf.asks)
        for leaf in compiled_leaves(segment.compiled)
    )


def merge(
    winner: Profile,
    loser: Profile,
    now: Instant,
    rules: Ruleset,
    shop: ShopId,
    told: Container[str] = (),
) -> Advanced:
    """One profile with all that is known of both: as if their events had been in one.

    Both have been advanced to just before `now`. The winner stays a member since when it was, as
    its history says; what it becomes a member of through the other, it enters now. `told` are ids
    of events that follow from being one and are in the log already: they were one before.
    """
    draft, known = winner.copy(), loser
    draft.clock = max(draft.clock, known.clock, now)
    draft.first_seen = min(draft.first_seen, known.first_seen)
    draft.last_seen = max(draft.last_seen, known.last_seen)
    draft.first_order = min(draft.first_order, known.first_order)
    for name, stamped in known.names.items():
        stamp(draft.names, {name: stamped.value}, stamped.at, MOST_TRAITS)
    for name, stamped in known.traits.items():
        stamp(draft.traits, {name: stamped.value}, stamped.at, MOST_TRAITS)
    for channel, consent in known.consents.items():
        if channel in draft.consents or len(draft.consents) < MOST_CONSENTS:
            draft.consents[channel] = later_consent(draft.consents.get(channel), consent)
    for key, standing in known.lists.items():
        if key in draft.lists or len(draft.lists) < MOST_LISTS:
            draft.lists[key] = later_standing(draft.lists.get(key), standing)
    for channel, at in known.told.items():
        draft.told[channel] = max(at, draft.told.get(channel, at))
    if known.location is not None:
        draft.location = newer(draft.location, known.location)
    for key, cart in known.carts.items():
        draft.carts[key] = union_carts(draft.carts[key], cart) if key in draft.carts else cart
    for question in rules.questions.values():
        if question.key in known.memory:
            draft.memory[question.key] = union_memories(
                draft.remembered(question.key),
                known.remembered(question.key),
                question.retention,
                draft.clock,
            )
    draft.orders = latest_orders((*draft.orders, *known.orders))
    forget_oldest(draft.carts)
    turn = Turn(draft, rules, shop)
    turn.told = told
    _join_runs(turn, known)
    for order in draft.orders:
        turn.close(order, set(), quiet=False)
    turn.announce(draft.clock, quiet=False)
    turn.settle(draft.clock, range(len(rules.segments)), quiet=False)
    turn.look_at_dates(draft.clock)
    if turn.starts or draft.runs:
        turn.flow(draft.clock)
    return Advanced(draft, tuple(turn.effects))


def _join_runs(turn: Turn, known: Profile) -> None:
    """The other's runs go on; of two of one flow the earlier does."""
    draft = turn.profile
    for key, theirs in known.runs.items():
        mine = draft.runs.get(key)
        draft.runs[key] = theirs if mine is None or theirs.started < mine.started else mine
        if mine is not None:
            other = mine if draft.runs[key] is theirs else theirs
            turn.effects.append(_merged(other, draft.clock))
    for product, at in known.viewed.items():
        look_at(draft.viewed, product, at)
    for key, at in known.dates.items():
        draft.dates[key] = max(at, draft.dates.get(key, at))
    for key, at in known.entered.items():
        draft.entered[key] = max(at, draft.entered.get(key, at))
    for channel, times in known.contacts.items():
        together = sorted((*times, *draft.contacts.get(channel, ())))
        draft.contacts[channel] = tuple(together[-MOST_A_WEEK:])


def _merged(run: Run, at: Instant) -> Decided:
    return Decided(run.id, run.step, at, "ended", Reason.MERGED)


def resumed(profile: Profile, before: Profile) -> Profile:
    """A state that was made again from its history, with what its flows did meanwhile.

    What was sent was sent: a replay decides nothing anew.
    """
    later = profile.copy()
    later.runs, later.entered = before.runs.copy(), before.entered.copy()
    later.contacts = before.contacts.copy()
    later.dates = before.dates.copy()
    dues = (run.due for run in later.runs.values())
    later.wake_at = min(later.wake_at, before.wake_at, *dues)
    return later


def trimmed(profile: Profile, rules: Ruleset) -> Profile:
    """The state without what no answer from its clock on can need, for comparing two of them."""
    draft = profile.copy()
    kept = {
        key: trim(memory, rules.questions[key].retention, profile.clock)
        for key, memory in profile.memory.items()
        if key in rules.questions
    }
    draft.memory = {key: memory for key, memory in kept.items() if memory != NOTHING}
    return draft
