"""Forgetting somebody everywhere: the store at once, and each copy of the log after it."""

from collections.abc import Sequence
from typing import NamedTuple

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.profile import decode_profile
from cartback.engine.amending import forget
from cartback.engine.calling import name_of
from cartback.engine.ingest import tried
from cartback.engine.left_behind import forget_behind
from cartback.engine.listing import enlisted
from cartback.engine.people import NobodyFound
from cartback.engine.ports import Reading, Store, Transaction
from cartback.engine.standing import NO_CARTS, carts_of, recount


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
    """Forget one person entirely: events, state, identifiers, memberships (GDPR, article 17); how
    many events were deleted. Raises NobodyFound.

    In the same transaction it is noted under which profiles the events were recorded: each copy of
    the log has to forget those too.
    """

    def act(tx: Transaction) -> int:
        tx.hold(shop)  # nobody works with their events, or adds to the list, until this is done
        row = tx.lock(shop, [profile]).get(profile)
        if row is None:
            raise NobodyFound(f"there is no profile {profile}")
        history = tx.history(shop, [tail for tail in row.tails if tail])
        for logged in history:
            tx.release(shop, logged.seq)
        tx.blank(shop, [logged.seq for logged in history])
        tx.unlink(shop, profile)
        tx.enlist(shop, enlisted(profile, decode_profile(row.state).lists, {}))
        tx.remove(shop, profile)
        recount(tx, shop, profile, carts_of(row), NO_CARTS)
        recorded = {logged.profile for logged in history} | {profile}
        for one in recorded:
            tx.forget_moves(shop, one)
            tx.forget_merges(shop, one)
            tx.forget_flows_of(shop, one)
        tx.forget_codes(shop, recorded)
        forget_behind(tx, shop, profile)
        forget(tx, shop, recorded)
        return len(history)

    return tried(store, act)
