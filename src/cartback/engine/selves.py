"""Who somebody is by now, and who they were before: profiles that became one.

What was sent to somebody, and what came back of them, keeps the profile that it was about then.
"""

from collections.abc import Sequence

from cartback.domain.event import ProfileId, ShopId
from cartback.engine.ports import Reading
from cartback.engine.profile_ports import ProfileRow


def present_row(reading: Reading, shop: ShopId, profile: ProfileId) -> ProfileRow | None:
    """Somebody's row, under the profile that they became since; None for who was erased."""
    seen: set[ProfileId] = set()
    while profile not in seen:
        seen.add(profile)
        row = reading.profile(shop, profile)
        if row is not None:
            return row
        for merge in reading.merges(shop, profile):
            if merge.loser == profile and merge.undone_at is None:
                profile = merge.winner
    return None


def known_as(reading: Reading, shop: ShopId, profile: ProfileId) -> Sequence[ProfileId]:
    """A person's profile, and those that became one with it: what was sent to them is theirs."""
    found = [profile]
    for one in found:  # it grows on the way
        found += [
            merge.loser
            for merge in reading.merges(shop, one)
            if merge.winner == one and merge.undone_at is None and merge.loser not in found
        ]
    return found
