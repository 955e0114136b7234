"""How long after a click or an open a cart counts as brought back by a message: a shop's choice."""

from typing import Final

import msgspec

from cartback.domain.attribution import Windows
from cartback.domain.event import Json, ShopId
from cartback.domain.instant import DAY, MINUTE, parse_duration
from cartback.domain.number import Node
from cartback.engine.ports import Reading, Store, Transaction

LONGEST: Final = 90 * DAY
"""Beyond that nothing ties the one to the other."""


class CreditWindows(Node, frozen=True):
    """After a click, and after an open; without the latter an open gives no credit."""

    click: str = "5 days"
    open: str | None = "5 days"

    def __post_init__(self) -> None:
        for text in (self.click, self.open):
            if text is not None and not MINUTE <= parse_duration(text) <= LONGEST:
                raise ValueError("expected from 1 minute to 90 days")

    def windows(self) -> Windows:
        return Windows(parse_duration(self.click), parse_duration(self.open) if self.open else 0)


class BadWindows(ValueError):
    """What was given is no choice of windows; the message says where."""


_decoder: Final = msgspec.json.Decoder(CreditWindows)


def windows_of(reading: Reading, shop: ShopId) -> CreditWindows:
    """What the shop chose, or what counts for who chose nothing."""
    note = reading.note(f"credit-windows:{shop}")
    return _decoder.decode(note) if note else CreditWindows()


def set_windows(store: Store, shop: ShopId, document: Json) -> CreditWindows:
    """Choose, from plain data; what came back before is credited anew, behind live work.

    Raises BadWindows.
    """
    try:
        chosen = msgspec.convert(document, CreditWindows)
    except msgspec.ValidationError as error:
        raise BadWindows(str(error)) from None
    with store.transaction() as tx:
        tx.hold(shop)  # whoever credits by the old ones has finished
        if chosen != windows_of(tx, shop):
            tx.set_note(f"credit-windows:{shop}", msgspec.json.encode(chosen))
            set_progress(tx, shop, 0)
    return chosen


def progress_of(reading: Reading, shop: ShopId) -> int | None:
    """Behind which recovery crediting anew goes on; None where nothing is to be done."""
    note = reading.note(f"credit-anew:{shop}")
    return int(note) if note else None


def set_progress(tx: Transaction, shop: ShopId, seq: int | None) -> None:
    tx.set_note(f"credit-anew:{shop}", b"" if seq is None else str(seq).encode())
