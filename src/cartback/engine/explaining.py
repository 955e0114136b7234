"""Why somebody is inside a segment or not, and until when: now, in the past, or in the future."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from cartback.domain.advance import advance, replay
from cartback.domain.condition import Condition, condition_document
from cartback.domain.event import Event, ProfileId, ShopId
from cartback.domain.explain import Explanation, explain
from cartback.domain.instant import FOREVER, Instant, text_of
from cartback.domain.profile import Profile
from cartback.domain.rules import Rules
from cartback.engine.log_ports import Seq
from cartback.engine.people import show
from cartback.engine.ports import Reading
from cartback.engine.rulebook import Rulebook, present_rules
from cartback.engine.segments import NoSuchSegment


class Explained(NamedTuple):
    """What a condition makes of a profile at an instant, and the rules that were asked."""

    profile: Profile
    at: Instant
    explanation: Explanation
    rules: Rules


def explain_one(
    reading: Reading,
    rulebook: Rulebook,
    shop: ShopId,
    segment: str,
    profile: ProfileId,
    now: Instant,
    at: Instant | None = None,
) -> Explained:
    """Explain a segment as of now, or of `at`.

    The past is judged by the definition of today. Raises NoSuchSegment and NobodyFound.
    """
    rules = present_rules(reading, shop)
    conditions = {one.key: one.when for one in rules.segments}
    if segment not in conditions:
        raise NoSuchSegment(f"there is no segment {segment!r}")
    state = state_at(reading, rulebook, shop, profile, now, at)
    moment = max(now, state.clock) if at is None else at
    found = explain(conditions[segment], state, moment, rules.settings, conditions)
    return Explained(state, moment, found, rules)


def state_at(
    reading: Reading,
    rulebook: Rulebook,
    shop: ShopId,
    profile: ProfileId,
    now: Instant,
    at: Instant | None = None,
) -> Profile:
    """Somebody's state then: made again from the log where it is past. Raises NobodyFound."""
    moment = now if at is None else at
    person = show(reading, rulebook, shop, profile, moment)
    rules = rulebook.of(reading, shop)
    is_past = at is not None and moment < person.profile.clock
    if is_past or person.profile.rules < rules.version:  # or not reached by the back-fill yet
        events = _until(reading, shop, person.tails, moment)
        return replay(profile, events, moment, rules, shop)
    return advance(person.profile, (), moment, rules, shop).profile


def _until(
    reading: Reading, shop: ShopId, tails: Sequence[Seq], moment: Instant
) -> Sequence[Event]:
    history = reading.history(shop, [tail for tail in tails if tail])
    return [one.event for one in reversed(history) if one.event.received <= moment]


class Membership(NamedTuple):
    """A member of a segment since, and why; until when if nothing happens, or not before."""

    segment: str
    name: str
    since: Instant
    why: Explanation

    @property
    def until(self) -> Instant:
        return self.why.until

    @property
    def exact(self) -> bool:
        return self.why.exact


def memberships_of(
    reading: Reading, shop: ShopId, profile: Profile, now: Instant
) -> Sequence[Membership]:
    """Where somebody stands as of now, by key."""
    rules = present_rules(reading, shop)
    conditions = {one.key: one.when for one in rules.segments}
    names = {one.key: one.name for one in rules.segments}
    moment = max(now, profile.clock)
    found = []
    for key, standing in sorted(profile.standings.items()):
        if standing.since is None or key not in conditions:
            continue
        why = explain(conditions[key], profile, moment, rules.settings, conditions)
        found.append(Membership(key, names[key], standing.since, why))
    return found


def explanation_document(found: Explanation) -> dict[str, Any]:
    """An explanation as JSON data; the parts of a part are under `of`."""
    return {
        "condition": _short(found.condition),
        "holds": found.holds,
        "until": _text(found.until),
        "exact": found.exact,
        "because_of": [text_of(time) for time in found.deciding],
        "found": msgspec.to_builtins(found.found),
        "of": [explanation_document(one) for one in found.children],
    }


def _short(condition: Condition) -> dict[str, Any]:
    document = condition_document(condition)
    return {name: value for name, value in document.items() if name != "of"}


def _text(at: Instant) -> str | None:
    return None if abs(at) >= FOREVER else text_of(at)
