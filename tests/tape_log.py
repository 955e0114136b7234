"""A log for tests of the tape, the same in every process, and who writes it on a tape."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from cartback.bulk.tape import write_tape
from cartback.domain.event import Event, Identifier, Location
from cartback.domain.instant import DAY, parse_instant
from cartback.engine.log_ports import LoggedEvent
from cartback.engine.merge_ports import Merge

SHOP = 7
BEGIN = parse_instant("2026-03-01")
METRICS = ["Viewed Product", "Checkout Started", "Placed Order"]


@dataclass
class InventedLog:
    """So many events of forty profiles over three days; each is made from its seq alone."""

    rows: int
    merged: Sequence[Merge] = ()
    erased: set[int] = field(default_factory=set)
    largest_page: int = 0

    def log_after(self, shop: int, seq: int, limit: int) -> Sequence[LoggedEvent]:
        self.largest_page = max(self.largest_page, limit)
        seqs = range(seq + 1, min(seq + limit, self.rows) + 1)
        return [one for one in map(logged, seqs) if one.profile not in self.erased]

    def merges(self, shop: int) -> Sequence[Merge]:
        return self.merged

    def rest(self) -> Mapping[int, LoggedEvent]:
        """What the log holds, by seq."""
        return {one.seq: one for one in self.log_after(SHOP, 0, self.rows)}


@cache  # it is asked for again and again, and a seed takes longer than all else here
def logged(seq: int) -> LoggedEvent:
    chance = random.Random(seq)
    time = BEGIN + seq * 7_000 % (3 * DAY) + chance.randrange(1_000)
    return LoggedEvent(
        seq,
        chance.randint(1, 40),
        0,
        Event(
            shop=SHOP,
            id=str(seq),
            metric=chance.choice(METRICS),
            identifiers=(Identifier("email", "a@example.com"),) if seq % 2 else (),
            time=time,
            received=time + 5,
            properties={"value": chance.randrange(10_000), "name": f"it's №{seq}\u2028\\ \" 모자"},
            traits={"vip": True, "level": 1.5} if seq % 5 == 0 else {},
            location=Location("KR", "", "Seoul") if seq % 3 == 0 else None,
        ),
    )


def writes(folder: Path, rows: int, chunk: int) -> None:
    """What a process does that writes the tape, and is killed."""
    write_tape(InventedLog(rows), SHOP, folder, chunk=chunk)
