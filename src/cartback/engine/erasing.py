"""Forgetting somebody everywhere: the store at once, and whoever keeps a copy of the log after it.

A list in the store says whose events were erased. It only grows, by numbers that mean nobody any
more, so that each tape, on whichever machine, can take out what it has not taken out yet.
"""

from collections.abc import Sequence

import msgspec

from cartback.domain.event import ProfileId, ShopId
from cartback.engine.people import erase_person
from cartback.engine.ports import Reading, Store, Transaction


class _Erasing(msgspec.Struct, frozen=True):
    """`erased`: profiles whose events must not be kept. `begun`: one of them, and all its events'.

    An erasing is noted before it begins, so that a process that dies halfway leaves a trace.
    """

    erased: tuple[ProfileId, ...] = ()
    begun: tuple[tuple[ProfileId, tuple[ProfileId, ...]], ...] = ()


def erase(store: Store, shop: ShopId, profile: ProfileId) -> int:
    """Forget one person; how many events were deleted. Raises NobodyFound."""
    with store.transaction() as tx:
        row = tx.profile(shop, profile)
        tails = [tail for tail in row.tails if tail] if row is not None else []
        recorded = {logged.profile for logged in tx.history(shop, tails)} | {profile}
        known = _erasing(tx, shop)
        begun = (*known.begun, (profile, tuple(sorted(recorded))))
        _save(tx, shop, msgspec.structs.replace(known, begun=begun))
    events, _ = erase_person(store, shop, profile)
    erased(store, shop)
    return events


def erased(store: Store, shop: ShopId) -> Sequence[ProfileId]:
    """Profiles whose events no copy may keep, in the order in which they were erased."""
    with store.reading() as reading:
        known = _erasing(reading, shop)
    if not known.begun:
        return known.erased
    with store.transaction() as tx:
        known = _erasing(tx, shop)
        gone = {one for one, _ in known.begun if tx.profile(shop, one) is None}
        events_of = (one for profile, ids in known.begun if profile in gone for one in ids)
        begun = tuple(entry for entry in known.begun if entry[0] not in gone)
        settled = _Erasing((*known.erased, *events_of), begun)
        if gone:
            _save(tx, shop, settled)
    return settled.erased


def _note(shop: ShopId) -> str:
    return f"erasing:{shop}"


def _erasing(reading: Reading, shop: ShopId) -> _Erasing:
    saved = reading.note(_note(shop))
    return msgspec.json.decode(saved, type=_Erasing) if saved else _Erasing()


def _save(tx: Transaction, shop: ShopId, erasing: _Erasing) -> None:
    tx.set_note(_note(shop), msgspec.json.encode(erasing))
