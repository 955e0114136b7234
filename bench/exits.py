"""Leaving on the second: a million profiles wait, a thousand a second fall due."""

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figure import Figure, percentile
from bench.shop import config, prepare, up
from cartback.domain.advance import advance, new_profile
from cartback.domain.event import Event, Json
from cartback.domain.instant import HOUR, SECOND, Instant
from cartback.domain.profile import encode_profile
from cartback.domain.ruleset import compile_rules
from cartback.engine.profile_ports import ProfileRow
from cartback.engine.rulebook import present_rules
from cartback.engine.segment_ports import Move
from cartback.wiring import Installation, installation, real_clock

SEGMENT: Json = {
    "name": "Added in the last hour",
    "key": "added",
    "when": {
        "kind": "did",
        "metric": "Added to Wishlist",
        "within": {"kind": "last", "duration": "60 minutes"},
    },
}
PER_SECOND = 1_000
AT_ONCE = 20_000


def figures(profiles: int, exits: int) -> Iterator[Figure]:
    """How late the leaves are written, as somebody who reads them sees it."""
    with TemporaryDirectory(prefix="cartback-bench-") as name:
        folder = Path(name)
        prepare(folder, [SEGMENT])
        first = real_clock() + 15 * SECOND + profiles // 20
        _members(folder, profiles, exits, first)
        with up(folder, tape=False), installation(config(folder)) as base:
            late = _watch(base, exits, first)
        yield Figure(
            f"leave on time, p99 late, {profiles:,} waiting and {PER_SECOND:,} a second",
            percentile(late, 0.99) / SECOND,
            "s",
            reach=1,
            at_most=True,
            note=f"median {percentile(late, 0.5):.0f} ms, earliest {min(late):.0f} ms",
        )
        yield Figure("leaves that were early", sum(one < 0 for one in late), "of them", 0, True)


def _members(folder: Path, profiles: int, exits: int, first: Instant) -> None:
    """Members whose hour is over from `first` on, a thousand a second; the others wait longer."""
    with installation(config(folder)) as base:
        with base.store.reading() as reading:
            rules = compile_rules(present_rules(reading, 1))
        for start in range(0, profiles, AT_ONCE):
            with base.store.transaction() as tx:
                ids = tx.new_profile_ids(min(AT_ONCE, profiles - start))
                rows, moves = [], []
                for place, one in enumerate(ids, start):
                    leaves_at = first + place * SECOND // PER_SECOND
                    at = leaves_at - HOUR if place < exits else first + HOUR // 2
                    event = Event(
                        shop=1,
                        id="",
                        metric="Added to Wishlist",
                        identifiers=(),
                        time=at,
                        received=at,
                    )
                    state = advance(new_profile(one, rules), (event,), at, rules, 1).profile
                    rows.append(
                        ProfileRow(one, encode_profile(state), state.wake_at, rules.version)
                    )
                    moves.append(Move("added", one, at, joined=True))
                tx.save(1, rows)
                tx.move(1, moves)


def _watch(base: Installation, exits: int, first: Instant) -> list[float]:
    """The lateness of each leave in milliseconds: when it could be read, less when it was due."""
    late: list[float] = []
    with base.store.reading() as reading:
        number = reading.counts(1)["profiles"]
    ends = first + exits + 30 * SECOND
    while len(late) < exits and real_clock() < ends:
        with base.store.reading() as reading:
            moves = reading.moves(1, segment="added", after=number, limit=5_000)
        now = real_clock()
        for number, move in moves:  # noqa: B007  the last one is where to go on
            if not move.joined:
                late.append(now - move.at)
        if not moves:
            time.sleep(0.005)
    return late
