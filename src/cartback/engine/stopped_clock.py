"""The clock of a shop whose past was replayed: it stands where the replay left it.

As long as nothing happens live, everybody is as they were then, and whoever looks or asks does so
as of then. It runs on when a server goes to work, or something arrives now.
"""

from cartback.domain.event import ShopId
from cartback.domain.instant import Instant
from cartback.engine.ports import Reading, Transaction

_RUNS = b""


def stopped_at(reading: Reading, shop: ShopId) -> Instant | None:
    """When the shop's clock stands still, None where it runs."""
    kept = reading.note(_note_of(shop))
    return int(kept) if kept else None


def stop_clock(tx: Transaction, shop: ShopId, at: Instant) -> None:
    """From here on it is that instant in the shop, until its clock is let run."""
    tx.set_note(_note_of(shop), b"%d" % at)


def let_run(tx: Transaction, shop: ShopId) -> None:
    """It is now in the shop, as elsewhere."""
    if stopped_at(tx, shop) is not None:
        tx.set_note(_note_of(shop), _RUNS)


def _note_of(shop: ShopId) -> str:
    return f"stopped-clock:{shop}"
