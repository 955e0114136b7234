"""Who would enter and leave which segment under other rules, found without writing anything.

It is the back-fill's own work, a page of profiles at a time: each is brought to the rules as they
are and to those that would be, as of the same instant, and the two are compared.
"""

import contextlib
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant
from cartback.domain.profile import Profile
from cartback.domain.rules import Rules
from cartback.domain.ruleset import Ruleset, compile_rules
from cartback.engine.adoption import adopted
from cartback.engine.backfill import AT_ONCE, Recaller
from cartback.engine.log_ports import Recall
from cartback.engine.ports import Reading, Store
from cartback.engine.profile_ports import ProfileRow

SAMPLES: Final = 5


class Few(NamedTuple):
    """How many, and the newest few of them."""

    total: int
    samples: tuple[ProfileId, ...]


class Foreseen(NamedTuple):
    """Who would enter a segment and who would leave it."""

    entering: Few
    leaving: Few


def foresee(
    store: Store,
    shop: ShopId,
    present: Rules,
    rules: Rules,
    now: Instant,
    recaller: Recaller | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Mapping[str, Foreseen]:
    """By segment, for those that come, go, or mean something else than before."""
    old, new = compile_rules(present), compile_rules(rules)
    keys = sorted(
        {one.key for one in new.segments if one.since == new.version}
        | ({one.key for one in old.segments} - {one.key for one in new.segments})
    )
    tallies = {key: _Tally() for key in keys}
    after, done = 0, 0
    with contextlib.ExitStack() as stack:
        recall = _recall(stack, recaller, shop, new, now) if keys else None
        while keys:
            with store.reading() as reading:
                rows = reading.profiles_after(shop, after, AT_ONCE)
                _compare(reading, shop, (old, new), rows, now, recall, tallies)
                total = reading.count_profiles(shop)
            if len(rows) < AT_ONCE:
                break
            after, done = rows[-1].id, done + len(rows)
            if progress is not None:
                progress(done, total)
    return {key: tally.foreseen() for key, tally in tallies.items()}


def _recall(
    stack: contextlib.ExitStack,
    recaller: Recaller | None,
    shop: ShopId,
    new: Ruleset,
    now: Instant,
) -> Recall | None:
    """The past of what is newly asked, from the tape where there is one."""
    asked = [one for one in new.questions.values() if one.since == new.version]
    if recaller is None or not asked:
        return None
    return stack.enter_context(recaller(shop, asked, new.settings, now))


def _compare(
    reading: Reading,
    shop: ShopId,
    rulesets: tuple[Ruleset, Ruleset],
    rows: Sequence[ProfileRow],
    now: Instant,
    recall: Recall | None,
    tallies: Mapping[str, "_Tally"],
) -> None:
    old, new = rulesets
    moved = _as_of_now(reading, shop, old, rows, now)
    for one in adopted(reading, shop, new, rows, now, recall):
        if one.error:
            continue
        was, is_ = moved.get(one.row.id, one.before), one.moved.profile
        for key, tally in tallies.items():
            tally.count(one.row.id, _inside(was, key), _inside(is_, key))


def _as_of_now(
    reading: Reading, shop: ShopId, rules: Ruleset, rows: Sequence[ProfileRow], now: Instant
) -> dict[ProfileId, Profile]:
    """Those that time alone has moved, or that are not at the rules as they are yet."""
    behind = [row for row in rows if row.rules_version < rules.version or row.wake_at <= now]
    return {
        one.row.id: one.before if one.error else one.moved.profile
        for one in adopted(reading, shop, rules, behind, now)
    }


def _inside(profile: Profile, segment: str) -> bool:
    return profile.member_since(segment) is not None


class _Tally:
    """Enterings and leavings of one segment, counted."""

    def __init__(self) -> None:
        self._entering, self._leaving = 0, 0
        self._entered: deque[ProfileId] = deque(maxlen=SAMPLES)
        self._left: deque[ProfileId] = deque(maxlen=SAMPLES)

    def count(self, profile: ProfileId, was: bool, is_: bool) -> None:
        if is_ and not was:
            self._entering += 1
            self._entered.append(profile)
        elif was and not is_:
            self._leaving += 1
            self._left.append(profile)

    def foreseen(self) -> Foreseen:
        return Foreseen(
            Few(self._entering, tuple(reversed(self._entered))),
            Few(self._leaving, tuple(reversed(self._left))),
        )
