"""What a real cart log says, counted in the plainest way: over the raw rows, without Cartback.

The article's segment: an add-to-cart in the last week, and no order in the last week. A row counts
in the week from its own millisecond on, and no longer exactly seven days later.
"""

from __future__ import annotations

import csv
import gzip
from bisect import bisect_right
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

ADDED, ORDERED = "addtocart", "transaction"
HOUR = 3_600_000
DAY = 24 * HOUR
WEEK = 7 * DAY
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Row(NamedTuple):
    """One row of the file, its time in milliseconds."""

    at: int
    visitor: str
    session: str
    event: str


class Change(NamedTuple):
    """A visitor entered or left the segment at that millisecond."""

    at: int
    visitor: str
    entered: bool


def read_rows(path: Path) -> list[Row]:
    """The rows of the file, in their order."""
    with gzip.open(path, "rt", newline="") as file:
        return [
            Row(_milliseconds(one["time_utc"]), one["visitorid"], one["session_key"], one["event"])
            for one in csv.DictReader(file)
        ]


def _milliseconds(text: str) -> int:
    moment = datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=UTC)
    return (moment - EPOCH) // timedelta(milliseconds=1)


def midnights(rows: list[Row]) -> list[int]:
    """Every midnight of the time that the log covers, and the one after it."""
    first, last = rows[0].at // DAY, rows[-1].at // DAY
    return [day * DAY for day in range(first + 1, last + 2)]


def members_at(rows: list[Row], now: int) -> set[str]:
    """Who is in the segment at that millisecond."""
    times = [row.at for row in rows]
    week = rows[bisect_right(times, now - WEEK) : bisect_right(times, now)]
    added = {row.visitor for row in week if row.event == ADDED}
    ordered = {row.visitor for row in week if row.event == ORDERED}
    return added - ordered


def changes(rows: list[Row]) -> list[Change]:
    """Every entering and leaving: the definition asked at each instant where it might change."""
    added: dict[str, list[int]] = defaultdict(list)
    ordered: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        if row.event in (ADDED, ORDERED):
            (added if row.event == ADDED else ordered)[row.visitor].append(row.at)
    found = []
    for visitor in sorted(added.keys() | ordered.keys()):
        adds, orders = added[visitor], ordered[visitor]
        inside = False
        for now in sorted({at + later for at in adds + orders for later in (0, WEEK)}):
            holds = _any_in_week(adds, now) and not _any_in_week(orders, now)
            if holds != inside:
                inside = holds
                found.append(Change(now, visitor, holds))
    return sorted(found)


def _any_in_week(times: list[int], now: int) -> bool:
    return any(now - WEEK < at <= now for at in times)


def abandonments(rows: list[Row], idle: int = HOUR) -> tuple[int, int]:
    """How often a session's cart was left for so long, and how often one so left was ordered.

    An order is of its session's cart; where nothing was ever added in that session, it is of all
    carts of the visitor that hold something.
    """
    latest: dict[str, dict[str, int | None]] = defaultdict(dict)
    was_left: set[str] = set()
    abandoned = recovered = 0
    for row in rows:
        mine = latest[row.visitor]
        if row.event == ADDED:
            before = mine.get(row.session)
            if before is not None and row.at >= before + idle:
                abandoned += 1
                was_left.add(row.session)
            mine[row.session] = row.at
        elif row.event == ORDERED:
            for session in [row.session] if row.session in mine else list(mine):
                before = mine[session]
                if before is not None and row.at >= before + idle:
                    abandoned += 1
                    was_left.add(session)
                recovered += session in was_left
                was_left.discard(session)
                mine[session] = None
    waiting = [at for mine in latest.values() for at in mine.values() if at is not None]
    return abandoned + len(waiting), recovered
