"""Profiles brought to the present rules: worked out beside live work, written if still as read.

Whoever moves a profile brings it to the present rules first. So a row that is still at an older
version when it is to be written has not been touched since it was read.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from cartback.domain.advance import Advanced, adopt, is_same_under
from cartback.domain.effect import Derived
from cartback.domain.event import Event, Metric, ProfileId, ShopId
from cartback.domain.instant import DAY, HOUR, Instant
from cartback.domain.memory import QuestionKey, Remembered
from cartback.domain.product_news import cared_for
from cartback.domain.profile import Profile, decode_profile
from cartback.domain.recall import lacking
from cartback.domain.ruleset import Ruleset
from cartback.engine.log_ports import Recall
from cartback.engine.ports import Reading
from cartback.engine.profile_ports import ProfileRow

_CLOCKS_DIFFER: Final = DAY
"""Arrivals are not in order to the millisecond where several processes write."""
_log: Final = logging.getLogger("cartback.adoption")


class Adopted(NamedTuple):
    """A row as it was, its state as it was, and what the present rules make of it.

    With an `error`, a rule failed: the profile stays at the rules of before and is tried again in
    an hour. `cares`: news of products are listened to since, and it may care for some.
    """

    row: ProfileRow
    before: Profile
    moved: Advanced
    error: str = ""
    cares: bool = False

    @property
    def derives(self) -> bool:
        """Whether events follow from it, which have to be written to the log."""
        effects = self.moved.effects
        return bool(effects) and any(isinstance(effect, Derived) for effect in effects)


def state_of(row: ProfileRow) -> Profile:
    """A row's state; the row says at which version of the rules it is."""
    profile = decode_profile(row.state)
    profile.rules = row.rules_version
    return profile


def adopted(
    reading: Reading,
    shop: ShopId,
    rules: Ruleset,
    rows: Sequence[ProfileRow],
    now: Instant,
    recall: Recall | None = None,
) -> list[Adopted]:
    """Bring rows to the present rules, without writing anything; those that are the same under
    them but for the version are left out.

    What these newly ask is recalled from the tape where there is one, and read from the log where
    it is newer than that.
    """
    if not rows:
        return []
    missing = {
        question.key
        for version in {row.rules_version for row in rows}
        for question in lacking(version, rules)
    }
    recalled: Mapping[ProfileId, Mapping[QuestionKey, Remembered]] = {}
    through = 0
    if missing and recall is not None and missing <= set(recall.questions):
        ids = [row.id for row in rows]
        recalled = recall.memories(min(ids), max(ids))
        through = recall.through
    tails = {row.id: row.tails for row in rows if max(row.tails, default=0) > through}
    histories = reading.histories(shop, tails, through) if missing and tails else {}
    looks = _looks(reading, shop, rules, rows, now)
    found = []
    for row in rows:
        before = state_of(row)
        past, known, looked = histories.get(row.id), recalled.get(row.id), looks.get(row.id)
        if not (past or known or looked) and is_same_under(rules, before, now):
            continue
        history = [logged.event for logged in reversed(past or ())]
        try:
            moved = adopt(before, history, now, rules, shop, known or {}, looked or ())
        except Exception as error:  # noqa: BLE001  whatever a rule does, it blocks nobody
            _log.exception("profile %d could not be brought to the present rules", row.id)
            moved = Advanced(postponed(before, now), ())
            found.append(Adopted(row, before, moved, sentence(error)))
        else:
            carts, viewed = moved.profile.carts, moved.profile.viewed
            listens = max(rules.goods_since, rules.views_since)
            cares = row.rules_version < listens and bool(cared_for(carts, viewed))
            if cares or moved.effects or _differ(before, moved.profile):
                found.append(Adopted(row, before, moved, cares=cares))
    return found


def _differ(before: Profile, after: Profile) -> bool:
    """Whether anything but the version of the rules does."""
    return after != msgspec.structs.replace(before, rules=after.rules)


def _looks(
    reading: Reading, shop: ShopId, rules: Ruleset, rows: Sequence[ProfileRow], now: Instant
) -> Mapping[ProfileId, Sequence[Event]]:
    """The looks at products of those from before looks were kept, as far back as a flow asks."""
    since = now - rules.views_span
    tails = {row.id: row.tails for row in rows if row.rules_version < rules.views_since}
    if not tails:
        return {}
    found = reading.happened(shop, tails, Metric.VIEWED_PRODUCT, since - _CLOCKS_DIFFER)
    return {
        profile: [one.event for one in logged if one.event.time >= since]
        for profile, logged in found.items()
    }


def postponed(profile: Profile, now: Instant) -> Profile:
    """The state as it is, to be looked at again in an hour."""
    later = profile.copy()
    later.wake_at = now + HOUR
    return later


def sentence(error: Exception) -> str:
    """What is shown of an error: its first line, for a database tells whose data it was below."""
    return f"{type(error).__name__}: {error}".partition("\n")[0][:500]
