"""What of a profile must be the same whatever the order of arrival, and whoever it was before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from cartback.domain.advance import trimmed
from cartback.domain.event import Event
from cartback.domain.instant import Instant
from cartback.domain.profile import Profile
from cartback.domain.ruleset import Ruleset
from tests.strategies import arriving


def known_of(profile: Profile, rules: Ruleset, now: Instant) -> dict[str, Any]:
    """Everything that is known of a person, but not since when they are where they are, and not
    what was announced of their carts: that depends on what was known at the time.
    """
    draft = profile.copy()
    draft.clock = now
    carts = {
        key: msgspec.structs.replace(cart, announced=0, abandoned_at=0, settles_at=0)
        for key, cart in profile.carts.items()
        if rules.limits.expires(cart) > now
    }
    return {
        "first_seen": profile.first_seen,
        "last_seen": profile.last_seen,
        "first_order": profile.first_order,
        "names": profile.names,
        "traits": profile.traits,
        "consents": profile.consents,
        "lists": profile.lists,
        "location": profile.location,
        "carts": carts,
        "memory": trimmed(draft, rules).memory,
        "inside": inside_of(profile, rules),
        "verdicts": verdicts_of(profile, rules, now),
    }


def inside_of(profile: Profile, rules: Ruleset) -> set[str]:
    """The segments that it is in."""
    return {one.key for one in rules.segments if profile.member_since(one.key) is not None}


def verdicts_of(profile: Profile, rules: Ruleset, now: Instant) -> dict[str, Any]:
    return {one.key: one.compiled.judge(profile, now, None) for one in rules.segments}


def in_this_order(history: Sequence[Event]) -> list[Event]:
    """The events arriving in this order, each as soon as it has happened and those before it."""
    arrived = []
    received = min((event.time for event in history), default=0)
    for event in history:
        received = max(received, event.time)
        arrived.append(arriving(event, received))
    return arrived
