"""What a segment's page tells: its members by name, and why of one person."""

from collections.abc import Sequence
from typing import NamedTuple

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.explain import Explanation
from cartback.domain.instant import Instant
from cartback.domain.rules import Rules
from cartback.engine.calling import name_by_id
from cartback.engine.explaining import explain_one
from cartback.engine.people import NobodyFound, find
from cartback.engine.ports import Reading
from cartback.engine.rulebook import Rulebook


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


def members(
    reading: Reading, shop: ShopId, key: str, after: ProfileId, limit: int
) -> Sequence[Member]:
    """Members in the order of their ids, by name."""
    return [
        Member(profile, name_by_id(reading, shop, profile), since)
        for profile, since in reading.members(shop, key, after, limit)
    ]


def member_named(reading: Reading, shop: ShopId, key: str, person: str) -> Sequence[Member]:
    """Whom an identifier names, where they are inside."""
    try:
        profile = find(reading, shop, person)
    except NobodyFound:
        return []
    since = reading.memberships(shop, profile).get(key)
    name = name_by_id(reading, shop, profile)
    return [] if since is None else [Member(profile, name, since)]


def why(
    reading: Reading, rulebook: Rulebook, shop: ShopId, key: str, profile: ProfileId, now: Instant
) -> Why:
    """Of every part of a segment whether it holds for a person, and until when.

    Raises NoSuchSegment and NobodyFound.
    """
    found = explain_one(reading, rulebook, shop, key, profile, now)
    since = found.profile.member_since(key)
    return Why(found.explanation, found.rules, since, found.at)
