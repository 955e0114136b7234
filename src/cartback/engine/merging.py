"""Two persons as the one that a merge would make of them, before anybody makes it."""

from collections.abc import Sequence
from typing import NamedTuple

from cartback.domain.advance import merge
from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant
from cartback.domain.profile import Profile
from cartback.engine.explaining import state_at
from cartback.engine.people import who_stays
from cartback.engine.ports import Reading
from cartback.engine.rulebook import Rulebook, present_rules


class Together(NamedTuple):
    """Who stays, who becomes part of them, and what they would be as one.

    `segments`: where the one would be inside, by name, and whether the one who stays is already.
    """

    stays: Profile
    goes: Profile
    one: Profile
    segments: Sequence[tuple[str, bool]]


def foresee(
    reading: Reading,
    rulebook: Rulebook,
    shop: ShopId,
    one: ProfileId,
    other: ProfileId,
    now: Instant,
) -> Together:
    """What `merge_by_hand` would make of the two now. Raises NobodyFound and CannotMerge."""
    stays, goes = who_stays(
        state_at(reading, rulebook, shop, one, now), state_at(reading, rulebook, shop, other, now)
    )
    together = merge(stays, goes, now, rulebook.of(reading, shop), shop).profile
    segments = [
        (segment.name, stays.member_since(segment.key) is not None)
        for segment in present_rules(reading, shop).segments
        if together.member_since(segment.key) is not None
    ]
    return Together(stays, goes, together, sorted(segments))
