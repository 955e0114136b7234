"""What copies of the log have to change: somebody is forgotten, or given back an event.

A list in the store says it. It only grows, by numbers that mean nobody any more or somebody's own
events, so that each tape, on whichever machine, can do what it has not done yet. Whoever adds to it
holds the shop: of two at once neither loses what the other wrote.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import msgspec

from cartback.domain.event import ProfileId, ShopId
from cartback.engine.log_ports import Amendment, Seq
from cartback.engine.ports import Reading, Store, Transaction
from cartback.engine.shop_note import ShopNote


class _List(msgspec.Struct, frozen=True):
    """What is to be changed, in order."""

    settled: tuple[Amendment, ...] = ()


_LISTED: Final = ShopNote("amendments", _List)


def forget(tx: Transaction, shop: ShopId, recorded: Collection[ProfileId]) -> None:
    """What was recorded for these profiles is gone. The shop is held."""
    _add(tx, shop, [Amendment(one) for one in sorted(recorded)])


def give_back(tx: Transaction, shop: ShopId, owners: Mapping[Seq, ProfileId]) -> None:
    """Events are another profile's from now on, because a merge was undone. The shop is held."""
    of_owner: dict[ProfileId, list[Seq]] = defaultdict(list)
    for seq, owner in sorted(owners.items()):
        of_owner[owner].append(seq)
    _add(tx, shop, [Amendment(owner, tuple(seqs)) for owner, seqs in of_owner.items()])


def _add(tx: Transaction, shop: ShopId, new: Sequence[Amendment]) -> None:
    if new:
        _LISTED.keep(tx, shop, _List((*_listed(tx, shop), *new)))


def amendments(store: Store, shop: ShopId) -> Sequence[Amendment]:
    """What every copy has to change, in order."""
    with store.reading() as reading:
        return _listed(reading, shop)


def _listed(reading: Reading, shop: ShopId) -> Sequence[Amendment]:
    return (_LISTED.of(reading, shop) or _List()).settled
