"""Answers over everybody: the tape, and behind it the end of the log, read with DuckDB."""

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Any, Final, NamedTuple, Protocol, Self

import duckdb

from cartback.bulk.asking import Pick
from cartback.bulk.compile import Query, compile_members
from cartback.bulk.duck import Connection, Limits, open_duckdb, read_lines, write_lines
from cartback.bulk.manifest import Manifest, read_manifest, shop_folder
from cartback.bulk.readable import narrowed
from cartback.bulk.recall import LAST, Recalled, Recalling, recalling
from cartback.bulk.row import COLUMNS, row_of
from cartback.bulk.tape import PAGE, Log, parquet
from cartback.domain.condition import Condition, Share
from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant, Zone
from cartback.domain.memory import Question, Retention
from cartback.engine.log_ports import Seq
from cartback.engine.merge_ports import Merge

SAMPLES: Final = 5
EVERYBODY: Final = Share(100)
_COLUMNS: Final = ", ".join(COLUMNS)


class LogAndMerges(Log, Protocol):
    """What the questions need of the store besides the tape."""

    def merges(self, shop: ShopId) -> Sequence[Merge]: ...


class Found(NamedTuple):
    """How many profiles, and the newest few of them."""

    total: int
    samples: tuple[ProfileId, ...]


class Bulk:
    """One shop's tape and the end of its log, open for questions.

    It answers as of the last `refresh`. One question at a time; open two for two at once.
    """

    def __init__(self, folder: Path, shop: ShopId, limits: Limits | None = None) -> None:
        self._shop = shop
        self._home = shop_folder(folder, shop)
        self._scratch = Path(tempfile.mkdtemp(prefix="cartback-bulk-"))
        self._connection = open_duckdb(limits or Limits(), self._scratch, self._home)
        self._lock = RLock()
        self._tables = 0
        self._begin()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    @property
    def seq(self) -> Seq:
        """How far in the log the answers reach."""
        return self._seq

    # --- keeping up with the log ----------------------------------------------------------------

    def refresh(self, log: LogAndMerges) -> None:
        """Take in what was written to the tape, the log and the merges since the last time."""
        with self._lock:
            self._take_tape(read_manifest(self._home))
            self._take_tail(log)
            self._take_merges(winners(log.merges(self._shop)))

    def _begin(self) -> None:
        """An empty tape, nothing known."""
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        for table in (
            f"tail ({columns})",
            "recorded (id BIGINT, first BIGINT)",
            "merged (loser BIGINT, winner BIGINT)",
            "picked (pick BIGINT, value VARCHAR)",
            "profiles (id BIGINT, first BIGINT)",
        ):
            self._connection.execute(f"CREATE OR REPLACE TABLE {table}")
        self._manifest, self._seq, self._recorded = Manifest(), 0, 0
        self._merges: Mapping[ProfileId, ProfileId] = {}
        self._known: tuple[Seq, Mapping[ProfileId, ProfileId]] = (0, {})
        self._show_events()

    def _take_tape(self, manifest: Manifest) -> None:
        """Read the files of this manifest from now on."""
        if manifest.edition == self._manifest.edition:
            return
        known = self._manifest
        if manifest.amendments != known.amendments or manifest.position < known.position:
            self._begin()
        self._manifest = manifest
        self._show_events()
        self._connection.execute("DELETE FROM tail WHERE seq <= ?", [manifest.position])
        self._seq = max(self._seq, manifest.position)

    def _show_events(self) -> None:
        files = self._manifest.files
        written = f"SELECT {_COLUMNS} FROM {parquet(self._home, files)} UNION ALL " if files else ""
        self._connection.execute(
            f"CREATE OR REPLACE VIEW events AS {written} SELECT {_COLUMNS} FROM tail"
        )

    def _take_tail(self, log: Log) -> None:
        """Add the rows of the log that are neither on the tape nor in the tail."""
        while page := log.log_after(self._shop, self._seq, PAGE):
            self._load("tail", map(row_of, page), COLUMNS)
            self._seq = page[-1].seq

    def _load(self, table: str, rows: Iterable[object], columns: Mapping[str, str]) -> None:
        """Add many rows to a table."""
        lines = self._scratch / f"{table}.json"
        if write_lines(lines, rows):
            self._connection.execute(
                f"INSERT INTO {table} BY NAME FROM {read_lines(lines, dict(columns))}"
            )
        lines.unlink()

    def _take_merges(self, winners: Mapping[ProfileId, ProfileId]) -> None:
        if winners == self._merges:
            return
        self._connection.execute("DELETE FROM merged")
        rows = ({"loser": loser, "winner": winner} for loser, winner in winners.items())
        self._load("merged", rows, {"loser": "BIGINT", "winner": "BIGINT"})
        self._merges = winners

    def _know_profiles(self) -> None:
        """Note which profiles there are and since when, where that may have changed."""
        if self._known == (self._seq, self._merges):
            return
        new = f"WHERE seq > {self._recorded}" if self._recorded else ""
        self._connection.execute(
            f"INSERT INTO recorded SELECT profile, min(time) FROM events {new} GROUP BY 1"
        )
        self._recorded = self._seq
        self._connection.execute(
            "CREATE OR REPLACE TABLE profiles AS"
            " SELECT coalesce(winner, id) AS id, min(first) AS first"
            " FROM recorded LEFT JOIN merged ON loser = id GROUP BY 1 ORDER BY 1"
        )
        self._known = (self._seq, self._merges)

    # --- questions ------------------------------------------------------------------------------

    def count(self, condition: Condition, now: Instant, zone: Zone) -> Found:
        """How many the condition holds for at `now`, and five of them. Raises NotOnTape."""
        return self.counted(self._compiled(condition, now, zone))

    def counted(self, query: Query) -> Found:
        """The same of a question that is compiled already, for the merges of this moment."""
        sql = f"SELECT count(*), max(id, {SAMPLES}) FROM ({query.sql})"
        [(total, samples)] = self._answers(query.picks, sql)
        return Found(total, tuple(samples or ()))

    def members(
        self,
        condition: Condition,
        now: Instant,
        zone: Zone,
        *,
        first: ProfileId = 0,
        last: ProfileId = LAST,
    ) -> list[ProfileId]:
        """The profiles for which it holds, in the order of their ids. Raises NotOnTape.

        `first` and `last` (both included) ask about a range of ids only.
        """
        return self.listed(self._compiled(condition, now, zone), first=first, last=last)

    def listed(
        self, query: Query, *, first: ProfileId = 0, last: ProfileId = LAST
    ) -> list[ProfileId]:
        """The same of a question that is compiled already, for the merges of this moment."""
        rows = self._answers(
            query.picks,
            f"SELECT id FROM ({query.sql}) WHERE id BETWEEN {first} AND {last} ORDER BY id",
        )
        return [profile for profile, *_ in rows]

    def candidates(
        self,
        condition: Condition,
        now: Instant,
        zone: Zone,
        *,
        first: ProfileId = 0,
        last: ProfileId = LAST,
    ) -> list[ProfileId]:
        """The only profiles for which it may hold: the members where the tape can say, else more.

        For conditions of which `unreadable` names leaves: each of these is then to be judged.
        """
        return self.members(narrowed(condition) or EVERYBODY, now, zone, first=first, last=last)

    def recall(
        self, asked: Iterable[tuple[Question, Retention]], now: Instant, zone: Zone
    ) -> Recalled:
        """What everybody remembers of these questions at `now`; close it after use."""
        with self._lock:
            merges = bool(self._merges)
            tables = [
                self._recalled(recalling(question, retention, now, zone, merges=merges))
                for question, retention in asked
            ]
            return Recalled(self._rows, tables)

    def _recalled(self, asked: Recalling) -> tuple[Recalling, str]:
        self._tables += 1
        table = f"recalled_{self._tables}"
        self._answers(asked.picks, f"CREATE TABLE {table} AS {asked.sql}")
        return asked, table

    def _compiled(self, condition: Condition, now: Instant, zone: Zone) -> Query:
        return compile_members(condition, now, zone, merges=bool(self._merges))

    def _answers(self, picks: Sequence[Pick], sql: str) -> list[tuple[Any, ...]]:
        """The rows of the query; once more where the tape was replaced meanwhile."""
        with self._lock:
            self._know_profiles()
            try:
                return self._once(picks, sql)
            except duckdb.IOException:
                self._take_tape(read_manifest(self._home))
                return self._once(picks, sql)

    def _once(self, picks: Sequence[Pick], sql: str) -> list[tuple[Any, ...]]:
        self._connection.execute("DELETE FROM picked")
        for pick in picks:
            self._pick(pick)
        return self._rows(sql)

    def _rows(self, sql: str, parameters: Sequence[int] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(sql, parameters).fetchall()

    def _pick(self, pick: Pick) -> None:
        """Put each different value to the test, and keep those that pass for the query."""
        values = self._connection.execute(pick.candidates)
        chosen = (
            {"pick": pick.number, "value": value}
            for (value,) in _each(values)
            if pick.accepts(value)
        )
        self._load("picked", chosen, {"pick": "BIGINT", "value": "VARCHAR"})


def _each(rows: Connection) -> Iterator[tuple[str]]:
    while some := rows.fetchmany(10_000):
        yield from some


def winners(merges: Iterable[Merge]) -> dict[ProfileId, ProfileId]:
    """Which profile each one that was merged belongs to now, through any number of merges."""
    into = {merge.loser: merge.winner for merge in merges if merge.undone_at is None}
    found = {}
    for loser, winner in into.items():
        while winner in into:
            winner = into[winner]
        found[loser] = winner
    return found
