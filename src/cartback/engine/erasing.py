"""Forgetting somebody everywhere: the store at once, and each copy of the log after it."""

from cartback.domain.event import ProfileId, ShopId
from cartback.engine.amending import amendments, note_erasing
from cartback.engine.people import erase_person
from cartback.engine.ports import Store


def erase(store: Store, shop: ShopId, profile: ProfileId) -> int:
    """Forget one person; how many events were deleted. Raises NobodyFound.

    It is noted before it begins, so that a process that dies halfway leaves a trace.
    """
    with store.transaction() as tx:
        row = tx.profile(shop, profile)
        tails = [tail for tail in row.tails if tail] if row is not None else []
        recorded = {logged.profile for logged in tx.history(shop, tails)} | {profile}
        note_erasing(tx, shop, profile, recorded)
    events, _ = erase_person(store, shop, profile)
    amendments(store, shop)
    return events
