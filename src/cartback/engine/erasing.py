"""Forgetting somebody everywhere: the store at once, and each copy of the log after it."""

from collections.abc import Sequence
from typing import NamedTuple

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.profile import decode_profile
from cartback.engine.amending import amendments, note_erasing
from cartback.engine.calling import name_of
from cartback.engine.people import NobodyFound, erase_person
from cartback.engine.ports import Reading, Store


class Going(NamedTuple):
    """What an erasing would take: a name for the question, how many events, and known by what."""

    name: str
    events: int
    identifiers: Sequence[str]
    was_merged: bool


def what_goes(reading: Reading, shop: ShopId, profile: ProfileId) -> Going:
    """What would be forgotten with somebody. Raises NobodyFound."""
    row = reading.profile(shop, profile)
    if row is None:
        raise NobodyFound(f"there is no profile {profile}")
    return Going(
        name_of(decode_profile(row.state)),
        len(reading.history(shop, [tail for tail in row.tails if tail])),
        [value for _, value in reading.identifiers_of(shop, profile)],
        any(one.undone_at is None for one in reading.merges(shop, profile)),
    )


def erase(store: Store, shop: ShopId, profile: ProfileId) -> int:
    """Forget one person; how many events were deleted. Raises NobodyFound.

    It is noted before it begins, so that a process that dies halfway leaves a trace.
    """
    with store.transaction() as tx:
        row = tx.profile(shop, profile)
        if row is None:  # its number may be somebody else's one day
            raise NobodyFound(f"there is no profile {profile}")
        tails = [tail for tail in row.tails if tail]
        recorded = {logged.profile for logged in tx.history(shop, tails)} | {profile}
        note_erasing(tx, shop, profile, recorded)
    events, _ = erase_person(store, shop, profile)
    amendments(store, shop)
    return events
