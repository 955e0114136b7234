"""The tape: the event log as Parquet by shop and UTC day, written behind the log.

Whatever moment the writer is killed at, the tape is what its manifest says: files are written
under names that nothing refers to yet, and the manifest is replaced in one step. Leftovers go at
the next run. One writer at a time; readers need no lock (docs/tape.md).
"""

import fcntl
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Final, Protocol

import msgspec

from cartback.bulk.duck import Connection, Limits, open_duckdb, quoted, read_lines, write_lines
from cartback.bulk.manifest import (
    NAME,
    Manifest,
    TapeFile,
    keep,
    read_manifest,
    save_manifest,
    shop_folder,
)
from cartback.bulk.row import COLUMNS, row_of
from cartback.domain.event import ShopId
from cartback.engine.log_ports import Amendment, LoggedEvent, Seq

CHUNK: Final = 100_000
PAGE: Final = 5_000
CROWD: Final = 16
FULL: Final = 1_000_000
WORK: Final = "work"
LOCK: Final = "lock"


class Log(Protocol):
    """What the tape needs of the store."""

    def log_after(self, shop: ShopId, seq: Seq, limit: int) -> Sequence[LoggedEvent]: ...


class TapeBusy(Exception):
    """Another process is writing this shop's tape."""


def write_tape(
    log: Log,
    shop: ShopId,
    folder: Path,
    *,
    up_to: Seq | None = None,
    chunk: int = CHUNK,
    limits: Limits | None = None,
) -> Manifest:
    """Write what the log has behind the tape, up to and with that seq; the tape as it is then.

    At most `chunk` rows are held at a time. Raises TapeBusy.
    """
    with _writing(shop, folder, limits) as (home, connection):
        manifest = read_manifest(home)
        while True:
            written = _append(
                connection, home, manifest, _behind(log, shop, manifest, up_to), chunk
            )
            if written is manifest:
                return manifest
            manifest = _compact(connection, home, written)


def amend(
    folder: Path, shop: ShopId, amendments: Sequence[Amendment], limits: Limits | None = None
) -> Manifest:
    """Take out whose events are gone, and give others to whom they belong. Raises TapeBusy."""
    gone = [one.profile for one in amendments if not one.seqs]
    given = [(seq, one.profile) for one in amendments for seq in one.seqs]
    wanted = ", ".join(str(int(profile)) for profile in gone) or "NULL"
    with _writing(shop, folder, limits) as (home, connection):
        connection.execute("CREATE TABLE given (seq BIGINT, owner BIGINT)")
        if given:
            connection.executemany("INSERT INTO given VALUES (?, ?)", given)
        manifest = read_manifest(home)
        files: list[TapeFile] = []
        edition = manifest.edition + 1
        for place, file in enumerate(manifest.files):
            rows = f"{_source(home, [file])} LEFT JOIN given USING (seq)"
            if _exists(connection, f"{rows} WHERE owner <> profile OR profile IN ({wanted})"):
                owned = f"FROM (SELECT * REPLACE (coalesce(owner, profile) AS profile) {rows})"
                rest = f"{owned} WHERE profile NOT IN ({wanted})" if gone else owned
                files += _write_day(connection, home, rest, file.day, f"{edition}-{place}")
            else:
                files.append(file)
        changed = Manifest(
            edition=edition,
            amendments=manifest.amendments + 1,
            position=manifest.position,
            files=tuple(files),
        )
        _change(home, changed)
        return changed


# --- writing -----------------------------------------------------------------------------------


@contextmanager
def _writing(
    shop: ShopId, folder: Path, limits: Limits | None
) -> Iterator[tuple[Path, Connection]]:
    """The only writer of a shop's tape, with an empty place to work in."""
    home = shop_folder(folder, shop)
    home.mkdir(parents=True, exist_ok=True)
    with (home / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TapeBusy(f"the tape of shop {shop} is being written already") from None
        sweep(home)
        (home / WORK).mkdir()
        with closing(open_duckdb(limits or Limits(), home / WORK, home)) as connection:
            yield home, connection
        shutil.rmtree(home / WORK, ignore_errors=True)


def sweep(home: Path) -> None:
    """Remove what the manifest does not name: leftovers of a run that was killed."""
    kept = {home / file.name for file in read_manifest(home).files}
    for path in home.glob("day=*/*"):
        if path not in kept:
            path.unlink()
    for path in home.glob("day=*"):
        if not any(path.iterdir()):
            path.rmdir()
    (home / f"{NAME}.draft").unlink(missing_ok=True)
    shutil.rmtree(home / WORK, ignore_errors=True)


def _behind(log: Log, shop: ShopId, manifest: Manifest, up_to: Seq | None) -> Iterator[LoggedEvent]:
    """The log behind the tape, a page at a time."""
    position = manifest.position
    while page := log.log_after(shop, position, PAGE):
        for logged in page:
            if up_to is not None and logged.seq > up_to:
                return
            yield logged
        position = page[-1].seq


def _append(
    connection: Connection,
    home: Path,
    manifest: Manifest,
    behind: Iterator[LoggedEvent],
    chunk: int,
) -> Manifest:
    """The tape with one more chunk of the log; the same manifest where there was nothing more."""
    first = next(behind, None)
    if first is None:
        return manifest
    lines = home / WORK / "rows.json"
    write_lines(lines, map(row_of, islice(chain([first], behind), chunk)))
    connection.execute(f"CREATE OR REPLACE TABLE chunk AS FROM {read_lines(lines, COLUMNS)}")
    lines.unlink()
    edition = manifest.edition + 1
    day = "strftime(make_timestamp(time * 1000), '%Y-%m-%d')"
    days = connection.execute(f"SELECT DISTINCT {day} FROM chunk ORDER BY 1").fetchall()
    files = list(manifest.files)
    for place, (name,) in enumerate(days):
        rows = f"FROM chunk WHERE {day} = {quoted(name)}"
        files += _write_day(connection, home, rows, name, f"{edition}-{place}")
    (position,) = connection.execute("SELECT max(seq) FROM chunk").fetchone() or (0,)
    changed = msgspec.structs.replace(
        manifest, edition=edition, position=position, files=tuple(files)
    )
    _change(home, changed)
    return changed


def _compact(connection: Connection, home: Path, manifest: Manifest) -> Manifest:
    """The tape with many small files of a day in one."""
    many = list(_crowds(manifest.files))
    if not many:
        return manifest
    edition = manifest.edition + 1
    gone = {file for files in many for file in files}
    kept = [file for file in manifest.files if file not in gone]
    for place, files in enumerate(many):
        rows = _source(home, files)
        kept += _write_day(connection, home, rows, files[0].day, f"{edition}-{place}")
    changed = msgspec.structs.replace(manifest, edition=edition, files=tuple(kept))
    _change(home, changed)
    return changed


def _crowds(files: Sequence[TapeFile]) -> Iterator[Sequence[TapeFile]]:
    """Files to be joined: of one day and of about one size, so that no row is written often."""
    alike: dict[tuple[str, int], list[TapeFile]] = {}
    for file in files:
        if file.rows < FULL:
            alike.setdefault((file.day, file.rows.bit_length() // 4), []).append(file)
    return (crowd for crowd in alike.values() if len(crowd) >= CROWD)


def _write_day(
    connection: Connection, home: Path, rows: str, day: str, name: str
) -> Sequence[TapeFile]:
    """Write these rows of one day into a new file that nothing refers to yet; none for no rows."""
    draft = home / WORK / "part.parquet"
    connection.execute(
        f"COPY (SELECT {', '.join(COLUMNS)} {rows} ORDER BY metric, profile, time, seq)"
        f" TO {quoted(str(draft))} (FORMAT parquet, COMPRESSION zstd)"
    )
    found = connection.execute(
        "SELECT count(*), min(seq), max(seq), min(time), max(time)"
        f" FROM read_parquet({quoted(str(draft))})"
    ).fetchone()
    count, *bounds = found or (0,)
    if not count:
        return []
    keep(draft)
    path = home / f"day={day}" / f"{name}.parquet"
    path.parent.mkdir(exist_ok=True)
    draft.replace(path)
    keep(path.parent)
    return [TapeFile(f"day={day}/{name}.parquet", day, count, *bounds)]


def _change(home: Path, manifest: Manifest) -> None:
    """Make it the tape, and remove the files that it no longer has."""
    before = read_manifest(home)
    keep(home)
    save_manifest(home, manifest)
    names = {file.name for file in manifest.files}
    for file in before.files:
        if file.name not in names:
            (home / file.name).unlink(missing_ok=True)


def _source(home: Path, files: Sequence[TapeFile]) -> str:
    return f"FROM {parquet(home, files)}"


def parquet(home: Path, files: Sequence[TapeFile]) -> str:
    """The SQL that reads these files of the tape."""
    names = ", ".join(quoted(str(home / file.name)) for file in files)
    return f"read_parquet([{names}], hive_partitioning = false)"


def _exists(connection: Connection, rows: str) -> bool:
    return bool(connection.execute(f"SELECT 1 {rows} LIMIT 1").fetchone())
