"""A big shop, made in a minute: a million profiles in the store, ten million events on the tape.

The events are drawn by DuckDB straight onto the tape; the profiles have lived under no rules yet,
so that a new segment finds everything still to be done.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from bench.shop import config, prepare
from cartback.bulk.manifest import Manifest, TapeFile, save_manifest, shop_folder
from cartback.bulk.row import COLUMNS
from cartback.domain.advance import new_profile
from cartback.domain.event import Identifier
from cartback.domain.instant import DAY, Instant, Milliseconds
from cartback.domain.profile import Stamped, encode_profile
from cartback.domain.ruleset import compile_rules
from cartback.engine.profile_ports import ProfileRow
from cartback.engine.rulebook import present_rules
from cartback.wiring import installation, real_clock

DAYS = 30
AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Big:
    """Where the shop is, how big, and when its last event happened."""

    folder: Path
    profiles: int
    events: int
    now: Instant


@contextmanager
def big_shop(profiles: int, events: int, ago: Milliseconds = 0) -> Iterator[Big]:
    """The shop, until the end of the block; its last event happened so long ago."""
    with TemporaryDirectory(prefix="cartback-bench-") as name:
        folder = Path(name)
        now = real_clock() - ago
        prepare(folder, [])
        _profiles(folder, profiles, now)
        _events(folder, profiles, events, now)
        yield Big(folder, profiles, events, now)


def _profiles(folder: Path, count: int, now: Instant) -> None:
    """States and identifiers, as if each visitor had been seen once."""
    with installation(config(folder)) as base:
        with base.store.reading() as reading:
            rules = compile_rules(present_rules(reading, 1))
        for start in range(0, count, AT_ONCE):
            with base.store.transaction() as tx:
                ids = tx.new_profile_ids(min(AT_ONCE, count - start))
                rows, owners = [], {}
                for one in ids:
                    profile = new_profile(one, rules)
                    visitor = f"visitor-{one - 1:07}"
                    profile.first_seen = profile.last_seen = profile.clock = now - DAY
                    profile.names = {"anonymous_id": Stamped(visitor, now - DAY)}
                    rows.append(
                        ProfileRow(one, encode_profile(profile), rules_version=rules.version)
                    )
                    owners[Identifier("anonymous_id", visitor)] = one
                tx.save(1, rows)
                tx.link(1, owners)


def _events(folder: Path, profiles: int, count: int, now: Instant) -> None:
    """Each day a file; the metrics of a shop: seven of ten are views."""
    home = shop_folder(folder / "tape", 1)
    home.mkdir(parents=True)
    connection = duckdb.connect(config={"threads": 2})
    files, seq, per_day = [], 0, count // DAYS
    for day in range(DAYS):
        start = now - (DAYS - day) * DAY
        name = time.strftime("%Y-%m-%d", time.gmtime(start / 1000))
        path = home / f"day={name}" / f"bench-{day}.parquet"
        path.parent.mkdir(exist_ok=True)
        connection.execute(
            _DAY.format(
                seed=day / 100,
                start=start,
                seq=seq,
                rows=per_day,
                profiles=profiles,
                step=DAY // per_day,
                columns=_REST,
                path=path,
            )
        )
        files.append(
            TapeFile(
                str(path.relative_to(home)),
                name,
                per_day,
                seq + 1,
                seq + per_day,
                start,
                start + DAY - 1,
            )
        )
        seq += per_day
    connection.close()
    save_manifest(home, Manifest(edition=1, position=seq, files=tuple(files)))
    with installation(config(folder)) as base, base.store.transaction() as tx:
        tx.new_seqs(seq)


_GIVEN = ("seq", "profile", "metric", "time", "received")
_REST = ", ".join(f"NULL::{kind} AS {name}" for name, kind in COLUMNS.items() if name not in _GIVEN)
_DAY = """
COPY (
  SELECT {seq} + 1 + range AS seq,
         1 + (hash(range, {seed}) % {profiles})::BIGINT AS profile,
         CASE (hash(range, {seed}, 1) % 20)::INTEGER
           WHEN 0 THEN 'Placed Order' WHEN 1 THEN 'Checkout Started' WHEN 2 THEN 'Checkout Started'
           WHEN 3 THEN 'Added to Cart' WHEN 4 THEN 'Added to Cart' WHEN 5 THEN 'Added to Cart'
           ELSE 'Viewed Product' END AS metric,
         {start} + range * {step} AS time,
         {start} + range * {step} AS received,
         {columns}
  FROM range({rows})
) TO '{path}' (FORMAT parquet, COMPRESSION zstd)
"""
