"""What copies of the log have to change: somebody is forgotten, or given back an event.

A list in the store says it. It only grows, by numbers that mean nobody any more or somebody's own
events, so that each tape, on whichever machine, can do what it has not done yet.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from cartback.domain.event import ProfileId, ShopId
from cartback.engine.ports import Amendment, Reading, Seq, Store, Transaction
from cartback.engine.shop_note import ShopNote


class _List(msgspec.Struct, frozen=True):
    """`settled`: what is to be changed, in order. `begun`: a profile that is being erased, and
    under which profiles its events were recorded.

    An erasing is noted before it begins, so that a process that dies halfway leaves a trace.
    """

    settled: tuple[Amendment, ...] = ()
    begun: tuple[tuple[ProfileId, tuple[ProfileId, ...]], ...] = ()


_LISTED: Final = ShopNote("amendments", _List)


def note_erasing(
    tx: Transaction, shop: ShopId, profile: ProfileId, recorded: Iterable[ProfileId]
) -> None:
    """A profile is about to be erased, whose events were recorded for these profiles."""
    known = _listed(tx, shop)
    begun = (*known.begun, (profile, tuple(sorted(recorded))))
    _LISTED.keep(tx, shop, msgspec.structs.replace(known, begun=begun))


def give_back(tx: Transaction, shop: ShopId, owners: Mapping[Seq, ProfileId]) -> None:
    """Events are another profile's from now on, because a merge was undone."""
    of_owner: dict[ProfileId, list[Seq]] = defaultdict(list)
    for seq, owner in sorted(owners.items()):
        of_owner[owner].append(seq)
    if of_owner:
        known = _listed(tx, shop)
        new = [Amendment(owner, tuple(seqs)) for owner, seqs in of_owner.items()]
        _LISTED.keep(tx, shop, msgspec.structs.replace(known, settled=(*known.settled, *new)))


def amendments(store: Store, shop: ShopId) -> Sequence[Amendment]:
    """What every copy has to change, in order."""
    with store.reading() as reading:
        known = _listed(reading, shop)
    if not known.begun:
        return known.settled
    with store.transaction() as tx:
        known = _listed(tx, shop)
        gone = {one for one, _ in known.begun if tx.profile(shop, one) is None}
        erased = [Amendment(one) for profile, ids in known.begun if profile in gone for one in ids]
        begun = tuple(entry for entry in known.begun if entry[0] not in gone)
        listed = _List((*known.settled, *erased), begun)
        if gone:
            _LISTED.keep(tx, shop, listed)
    return listed.settled


def _listed(reading: Reading, shop: ShopId) -> _List:
    return _LISTED.of(reading, shop) or _List()
