"""Keeping a tape up: it follows the log, and changes what had to be changed in the log.

How many of the changes it has made is kept beside it, so that each tape of a shop, on whichever
machine, catches up by itself.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cartback.bulk.manifest import keep, read_manifest, shop_folder
from cartback.bulk.tape import Log, amend, write_tape
from cartback.domain.event import ShopId
from cartback.engine.log_ports import Amendment, Seq

AMENDED: Final = "amended"
PORTION: Final = 200_000


def follow(log: Log, folder: Path, shop: ShopId, end: Seq, amendments: Sequence[Amendment]) -> int:
    """Make the changes, then write some of what the log has up to `end`; how far it came.

    A portion at a time, so that whoever wants to stop need not wait for all of it.

    Raises TapeBusy.
    """
    catch_up(folder, shop, amendments)
    before = position(folder, shop)
    behind = log.log_after(shop, before, 1)
    if not behind or behind[0].seq > end:
        return 0
    up_to = min(end, behind[0].seq + PORTION)
    return write_tape(log, shop, folder, up_to=up_to).position - before


def catch_up(folder: Path, shop: ShopId, amendments: Sequence[Amendment]) -> None:
    """Make the changes that the tape, where there is one, has not made yet. Raises TapeBusy."""
    home = shop_folder(folder, shop)
    if not read_manifest(home).files:
        return
    done = _done(home)
    if len(amendments) <= done:
        return
    amend(folder, shop, amendments[done:])
    draft = home / f"{AMENDED}.draft"
    draft.write_text(str(len(amendments)))
    keep(draft)
    draft.replace(home / AMENDED)


def position(folder: Path, shop: ShopId) -> Seq:
    """The seq up to which the tape is written."""
    return read_manifest(shop_folder(folder, shop)).position


def _done(home: Path) -> int:
    try:
        return int((home / AMENDED).read_text())
    except (FileNotFoundError, ValueError):
        return 0
