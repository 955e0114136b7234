"""The suppression list by hand: addresses that must not be written to, in and out as CSV."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import islice
from typing import Final, NamedTuple

from cartback.domain.event import ShopId
from cartback.domain.instant import Instant
from cartback.domain.law.terms import EMAIL, Bar
from cartback.engine.ports import Reading, Store
from cartback.engine.suppression_ports import Suppressed

BATCH: Final = 500
LONGEST_ADDRESS: Final = 255
MOST_SHOWN: Final = 100
"""So many rows that were left out are named."""
_LONGEST_SHOWN: Final = 60
_TITLES: Final = ("address", "email", "e-mail")


class BadAddress(ValueError):
    """What is no address of that channel; the message says what to write."""


def suppression(
    channel: str, address: str, reason: Bar, now: Instant, source: str = ""
) -> Suppressed:
    """A row of the list, its address as it is compared. Raises BadAddress."""
    bare = address.strip().lower() if channel == EMAIL else address.strip()
    if not 1 <= len(bare) <= LONGEST_ADDRESS or not bare.isprintable() or " " in bare:
        raise BadAddress(f"{address[:60]!r} is no address")
    if channel == EMAIL and "@" not in bare[1:-1]:
        raise BadAddress(f"{address[:60]!r} is no e-mail address")
    return Suppressed(channel, bare, reason, now, source[:LONGEST_ADDRESS])


class RowFault(StrEnum):
    """Why a row was left out."""

    NO_ADDRESS = "no_address"
    UNKNOWN_REASON = "unknown_reason"


class LeftOut(NamedTuple):
    """A row that was left out: on which line it is, why, and what was written there."""

    line: int
    fault: RowFault
    text: str


class Imported(NamedTuple):
    """How many addresses are new, how many were there before (or twice in the file), how many
    rows were left out and why, and which: the first hundred of them."""

    new: int
    there: int
    faults: Mapping[RowFault, int]
    left_out: Sequence[LeftOut]


def import_suppressions(
    store: Store, shop: ShopId, lines: Iterable[str], now: Instant, channel: str = EMAIL
) -> Imported:
    """Take addresses from CSV: `address`, perhaps `reason` (a Bar; `by_hand` where there is none)
    and `source`. A row with a fault is left out, and the others go on."""
    new, taken = 0, 0
    faults: Counter[RowFault] = Counter()
    left_out: list[LeftOut] = []
    rows = _rows(lines)
    while batch := list(islice(rows, BATCH)):
        good = []
        for line, cells in batch:
            found = _row(line, cells, now, channel)
            if isinstance(found, LeftOut):
                faults[found.fault] += 1
                left_out += [found] if len(left_out) < MOST_SHOWN else []
            else:
                good.append(found)
        with store.transaction() as tx:
            new += tx.suppress(shop, good)
        taken += len(good)
    return Imported(new, taken - new, faults, left_out)


def _rows(lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line on which it ends; one that is no CSV is no address."""
    reader = csv.reader(lines)
    while True:
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error:
            cells = ["?"]
        if any(cells) and cells[0].lower() not in _TITLES:
            yield reader.line_num, cells


def _row(line: int, cells: list[str], now: Instant, channel: str) -> Suppressed | LeftOut:
    address, reason, source = (*cells, "", "")[:3]
    try:
        bar = Bar(reason.lower().replace(" ", "_")) if reason else Bar.BY_HAND
    except ValueError:
        return LeftOut(line, RowFault.UNKNOWN_REASON, reason[:_LONGEST_SHOWN])
    try:
        return suppression(channel, address, bar, now, source if len(cells) > 2 else "import")
    except BadAddress:
        return LeftOut(line, RowFault.NO_ADDRESS, address[:_LONGEST_SHOWN])


def export_suppressions(
    reading: Reading, shop: ShopId, channel: str = EMAIL
) -> Iterator[tuple[str, str, str]]:
    """The list as rows of CSV: address, reason, source."""
    after = ""
    while some := reading.suppressions(shop, channel, after, BATCH):
        for one in some:
            yield one.address, one.reason.value, one.source
        after = some[-1].address
