"""Who could not be brought to the present rules, because one of these fails for them: they stay as
the rules of before judged them, hold up nobody, and are tried again each hour, or by hand."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant
from cartback.engine.ports import Reading, Transaction
from cartback.engine.shop_note import ShopNote

MOST_NAMED: Final = 200
"""Where a rule fails for very many, the others are only counted."""


class Behind(msgspec.Struct, frozen=True):
    """Somebody for whom a rule failed, when, and how."""

    profile: ProfileId
    at: Instant
    error: str


class LeftBehind(NamedTuple):
    """How many there are, and the first of them."""

    number: int
    named: Sequence[Behind]


class _Left(msgspec.Struct, frozen=True):
    """Those whom a back-fill to this version of the rules left behind, and how many more."""

    version: int
    named: tuple[Behind, ...] = ()
    more: int = 0


_LEFT: Final = ShopNote("left_behind", _Left)


def left_behind(reading: Reading, shop: ShopId) -> LeftBehind:
    """Whom the latest back-fill left behind, but for those who have caught up since, or are gone.

    Of more than MOST_NAMED nobody can tell: they count until the next back-fill.
    """
    left = _LEFT.of(reading, shop) or _Left(0)
    rows = ((one, reading.profile(shop, one.profile)) for one in left.named)
    still = [one for one, row in rows if row is not None and row.rules_version < left.version]
    return LeftBehind(len(still) + left.more, still)


def keep_behind(
    tx: Transaction, shop: ShopId, version: int, some: Sequence[Behind], *, anew: bool
) -> None:
    """Note whom a step of a back-fill left behind; `anew` where it is the first."""
    known = _LEFT.of(tx, shop)
    before = _Left(version) if anew or known is None else known
    if not some and before == known:
        return
    named = {one.profile: one for one in (*before.named, *some)}
    first = tuple(named.values())[:MOST_NAMED]
    _LEFT.keep(tx, shop, _Left(version, first, before.more + len(named) - len(first)))


def forget_behind(tx: Transaction, shop: ShopId, profile: ProfileId) -> None:
    """Nothing is known any more of somebody who is erased. The shop is held."""
    left = _LEFT.of(tx, shop)
    if left is not None:
        named = tuple(one for one in left.named if one.profile != profile)
        _LEFT.keep(tx, shop, msgspec.structs.replace(left, named=named))
