"""How long after a click or an open a cart counts as brought back by a message: a shop's choice."""

from typing import Final

from cartback.domain.attribution import Windows
from cartback.domain.event import Json, ShopId
from cartback.domain.fault import BadDocument, Fault
from cartback.domain.instant import DAY, MINUTE, parse_duration
from cartback.domain.number import Node
from cartback.engine.ports import Reading, Store, Transaction
from cartback.engine.shop_note import ShopNote

LONGEST: Final = 90 * DAY
"""Beyond that nothing ties the one to the other."""


class CreditWindows(Node, frozen=True):
    """After a click, and after an open; without the latter an open gives no credit."""

    click: str = "5 days"
    open: str | None = "5 days"

    def __post_init__(self) -> None:
        for name, text in (("click", self.click), ("open", self.open)):
            if text is not None and not MINUTE <= parse_duration(text) <= LONGEST:
                raise Fault("window_out_of_range", field=name, text=text[:60])

    def windows(self) -> Windows:
        return Windows(parse_duration(self.click), parse_duration(self.open) if self.open else 0)


class BadWindows(BadDocument):
    """What was given is no choice of windows; the message says where."""


_WINDOWS: Final = ShopNote("credit-windows", CreditWindows)
_ANEW: Final = ShopNote("credit-anew", int)


def windows_of(reading: Reading, shop: ShopId) -> CreditWindows:
    """What the shop chose, or what counts for who chose nothing."""
    return _WINDOWS.of(reading, shop) or CreditWindows()


def set_windows(store: Store, shop: ShopId, document: Json) -> CreditWindows:
    """Choose, from plain data; what came back before is credited anew, behind live work.

    Raises BadWindows.
    """
    chosen = _WINDOWS.read(document, BadWindows)
    with store.transaction() as tx:
        tx.hold(shop)  # whoever credits by the old ones has finished
        if chosen != windows_of(tx, shop):
            _WINDOWS.keep(tx, shop, chosen)
            set_progress(tx, shop, 0)
    return chosen


def progress_of(reading: Reading, shop: ShopId) -> int | None:
    """Behind which recovery crediting anew goes on; None where nothing is to be done."""
    return _ANEW.of(reading, shop)


def set_progress(tx: Transaction, shop: ShopId, seq: int | None) -> None:
    """Keep behind which recovery it goes on; None: nothing is left to be done. The shop is held,
    or its rules were looked at, in this transaction."""
    if seq is None:
        _ANEW.drop(tx, shop)
    else:
        _ANEW.keep(tx, shop, seq)
