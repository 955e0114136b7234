"""Whose is what, when a merge is undone: the events of the two are parted, and their names.

What was recorded since the merge stands in the winner's chain. An event is the loser's if it names
the loser and not the winner; then what it names for the first time is the loser's too. One that
names both, such as the one that tied them, stays with the winner. What was derived goes with the
events that it was derived from.
"""

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

import msgspec

from cartback.domain.cart import CART_METRICS
from cartback.domain.event import (
    DERIVED,
    Event,
    Identifier,
    IdentifierKind,
    Metric,
    ProfileId,
    ShopId,
)
from cartback.domain.instant import Instant
from cartback.domain.law.terms import EMAIL
from cartback.engine.amending import give_back
from cartback.engine.elsewhere import Placed, give_orders_back
from cartback.engine.log_ports import LoggedEvent, Seq
from cartback.engine.merge_ports import Merge
from cartback.engine.ports import Transaction
from cartback.engine.profile_ports import ProfileRow

Tails: TypeAlias = tuple[Seq, ...]
ALL: Final = 1_000_000


def part(tx: Transaction, shop: ShopId, merge: Merge, row: ProfileRow) -> dict[ProfileId, Tails]:
    """Part the winner's row: the ends of the chains that each of the two has from now on."""
    own, theirs = row.tails[0], merge.tails
    others = tuple(tail for tail in row.tails[1:] if tail not in theirs)
    chain = _oldest_first(tx, shop, (own,))
    names, of_loser = _sort_out(chain, _oldest_first(tx, shop, others), merge)
    of_loser |= _derived_from(chain, of_loser, _oldest_first(tx, shop, theirs), merge.winner)
    ends = {merge.winner: 0, merge.loser: theirs[0] if theirs else 0}
    links, moved = [], {}
    for logged in chain:
        owner = merge.loser if logged.seq in of_loser else merge.winner
        if (logged.profile, logged.previous) != (owner, ends[owner]):
            links.append((logged.seq, owner, ends[owner]))
        if logged.profile != owner:
            moved[logged.seq] = owner
        ends[owner] = logged.seq
    tx.rechain(shop, links)
    give_back(tx, shop, moved)
    tx.own_recoveries(shop, list(moved.items()))
    orders = [
        Placed(one.event, moved[one.seq])
        for one in chain
        if one.seq in moved and one.event.metric == Metric.PLACED_ORDER
    ]
    give_orders_back(tx, shop, merge.winner, orders)
    for waiting in tx.quarantined(shop, ALL):
        if waiting.seq in of_loser:
            tx.release(shop, waiting.seq)
            tx.quarantine(shop, msgspec.structs.replace(waiting, profile=merge.loser))
    present = tx.identifiers_of(shop, merge.winner)
    tx.relink(shop, [one for one in present if one in names], merge.loser)
    for message in tx.messages_of(shop, merge.winner, ALL):
        written_to = Identifier(str(IdentifierKind.EMAIL), message.recipient.lower())
        if message.channel == EMAIL and written_to in names:  # what it says goes with who was told
            tx.hand_back(shop, message.key, merge.loser)
    return {
        merge.winner: (ends[merge.winner], *others),
        merge.loser: (ends[merge.loser], *theirs[1:]),
    }


def _oldest_first(tx: Transaction, shop: ShopId, tails: Tails) -> Sequence[LoggedEvent]:
    return tx.history(shop, [tail for tail in tails if tail])[::-1]


def _sort_out(
    chain: Iterable[LoggedEvent], others: Iterable[LoggedEvent], merge: Merge
) -> tuple[set[Identifier], set[Seq]]:
    """The loser's names, and which of the events that were sent are the loser's."""
    theirs = set(merge.moved)
    ours = {name for one in others for name in one.event.identifiers} - theirs
    found = set()
    for seq, event in ((one.seq, one.event) for one in chain):
        named = set(event.identifiers)
        if named & theirs and not named & ours:
            theirs |= named
            found.add(seq)
        else:
            ours |= named - theirs
    return theirs, found


def _derived_from(
    chain: Iterable[LoggedEvent],
    of_loser: set[Seq],
    before: Iterable[LoggedEvent],
    winner: ProfileId,
) -> set[Seq]:
    """Which derived events follow from the loser's events alone."""
    theirs = [one.event for one in chain if one.seq in of_loser] + [one.event for one in before]
    ours = [one.event for one in chain if one.seq not in of_loser]
    causes = _causes(theirs) - _causes(ours)
    return {
        one.seq
        for one in chain
        if one.event.metric in DERIVED and _cause(one.event, winner) in causes
    }


_Cause: TypeAlias = tuple[str, Instant | str]


def _causes(events: Iterable[Event]) -> set[_Cause]:
    """What may follow from the events: a cart left since then, or recovered by an order."""
    carts = [event for event in events if event.metric in CART_METRICS]
    return {(_cart(event), event.time) for event in carts} | {("", event.id) for event in carts}


def _cause(derived: Event, profile: ProfileId) -> _Cause:
    """Since when its cart was left, also where somebody else ordered it; or which order recovered
    it."""
    cart = _cart(derived)
    if derived.metric != Metric.CART_RECOVERED:
        return cart, derived.properties.get("last_activity", 0)
    return "", derived.id.removeprefix(f"cart-recovered:{profile}:{cart}:")


def _cart(event: Event) -> str:
    return str(event.properties.get("cart_id", ""))
