"""Keeping a tape up: it follows the log, and takes out whoever was erased.

How many of the erased it has taken out is kept beside it, so that each tape of a shop, on whichever
machine, catches up by itself.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cartback.bulk.manifest import keep, read_manifest, shop_folder
from cartback.bulk.tape import Log, erase, write_tape
from cartback.domain.event import ProfileId, ShopId
from cartback.engine.ports import Seq

FORGOTTEN: Final = "forgotten"
PORTION: Final = 200_000


def follow(log: Log, folder: Path, shop: ShopId, end: Seq, erased: Sequence[ProfileId]) -> int:
    """Take out who was erased, then write some of what the log has up to `end`; how far it came.

    A portion at a time, so that whoever wants to stop need not wait for all of it.

    Raises TapeBusy.
    """
    forget(folder, shop, erased)
    before = position(folder, shop)
    behind = log.log_after(shop, before, 1)
    if not behind or behind[0].seq > end:
        return 0
    up_to = min(end, behind[0].seq + PORTION)
    return write_tape(log, shop, folder, up_to=up_to).position - before


def forget(folder: Path, shop: ShopId, erased: Sequence[ProfileId]) -> None:
    """Take the events of these profiles out of the tape, where there is one. Raises TapeBusy."""
    home = shop_folder(folder, shop)
    if not read_manifest(home).files:
        return
    done = _done(home)
    if len(erased) <= done:
        return
    erase(folder, shop, erased[done:])
    draft = home / f"{FORGOTTEN}.draft"
    draft.write_text(str(len(erased)))
    keep(draft)
    draft.replace(home / FORGOTTEN)


def position(folder: Path, shop: ShopId) -> Seq:
    """The seq up to which the tape is written."""
    return read_manifest(shop_folder(folder, shop)).position


def _done(home: Path) -> int:
    try:
        return int((home / FORGOTTEN).read_text())
    except (FileNotFoundError, ValueError):
        return 0
