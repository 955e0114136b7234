"""What a segment's page tells: its size over time, its members by name, and why of one person."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.explain import Explanation
from cartback.domain.instant import FOREVER, Instant, Milliseconds
from cartback.domain.rules import Rules
from cartback.engine.calling import name_by_id
from cartback.engine.explaining import explain_one
from cartback.engine.ports import Reading
from cartback.engine.rulebook import Rulebook
from cartback.engine.standing import MOVED, SLOT, slot_of

POINTS: Final = 120


class Size(NamedTuple):
    """How many members there were from that instant on, and who came and went since."""

    at: Instant
    members: int
    entered: int = 0
    left: int = 0


class Member(NamedTuple):
    """A member as a list shows it."""

    profile: ProfileId
    name: str
    since: Instant


class Why(NamedTuple):
    """Where a person stands with a segment, and why."""

    explanation: Explanation
    rules: Rules
    since: Instant | None
    at: Instant


def sizes(
    reading: Reading, shop: ShopId, key: str, now: Instant, period: Milliseconds
) -> Sequence[Size]:
    """The size over the period, reckoned back from what it is now, the oldest first."""
    start = now - period
    step = max(-(-period // POINTS // SLOT) * SLOT, SLOT)
    tallied = reading.tallied(shop, MOVED, f"{key} {slot_of(start)}", f"{key} {slot_of(FOREVER)}~")
    entered: dict[int, int] = {}
    left: dict[int, int] = {}
    for name, count in tallied.items():
        _, slot, way = name.split(" ")
        place = max(int(slot) * SLOT - start, 0) // step
        found = entered if way == "in" else left
        found[place] = found.get(place, 0) + count
    members = reading.count_members(shop, key)
    found_sizes = [Size(now, members)]
    for place in range(period // step, -1, -1):
        came, went = entered.get(place, 0), left.get(place, 0)
        members = max(members - came + went, 0)
        found_sizes.append(Size(start + place * step, members, came, went))
    return found_sizes[::-1]


def members(
    reading: Reading, shop: ShopId, key: str, after: ProfileId, limit: int
) -> Sequence[Member]:
    """Members in the order of their ids, by name."""
    return [
        Member(profile, name_by_id(reading, shop, profile), since)
        for profile, since in reading.members(shop, key, after, limit)
    ]


def why(
    reading: Reading, rulebook: Rulebook, shop: ShopId, key: str, profile: ProfileId, now: Instant
) -> Why:
    """Of every part of a segment whether it holds for a person, and until when.

    Raises NoSuchSegment and NobodyFound.
    """
    found = explain_one(reading, rulebook, shop, key, profile, now)
    since = found.profile.member_since(key)
    return Why(found.explanation, found.rules, since, found.at)
