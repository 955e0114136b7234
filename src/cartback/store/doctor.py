"""What `doctor` asks of a store: can it be reached, is it whole, and is there room to go on."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeAlias

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DatabaseError

from cartback.domain.instant import SECOND
from cartback.engine.ports import Clock
from cartback.store.migrate import HEAD, revision

Finding: TypeAlias = tuple[str, bool, str]
"""A name, whether it is well, and a sentence."""

LEAST_FREE_BYTES: Final = 1_000_000_000
MOST_SKEW_MS: Final = 2 * SECOND
GIGA: Final = 1_000_000_000


def examine(
    engine: Engine, file: Path | None, clock: Clock | None, *, thorough: bool
) -> Iterator[Finding]:
    """Whether it can be used; thorough: whether it is well too, which reads a whole file.

    Stops at the first question if the database does not answer.
    """
    if file is not None and not file.exists():
        yield "database", False, f"{file} does not exist"
        return
    try:
        with engine.connect() as connection:
            yield _reached(connection, file)
            for question in _questions(file, clock, thorough=thorough):
                yield question(connection)
    except DatabaseError as error:
        yield "database", False, f"it does not answer: {_sentence(error)}"


def _questions(
    file: Path | None, clock: Clock | None, *, thorough: bool
) -> Iterator[Callable[[Connection], Finding]]:
    yield _schema
    if file is not None:
        yield _journal
    if not thorough:
        return
    if file is None:
        yield _postgres_durability
        if clock is not None:
            yield lambda connection: _skew(connection, clock)
    else:
        yield _sqlite_durability
        yield lambda _: _room(file)
        yield _integrity


def _reached(connection: Connection, file: Path | None) -> Finding:
    if file is not None:
        version = connection.execute(text("SELECT sqlite_version()")).scalar_one()
        return "database", True, f"SQLite {version}, {file}"
    version = connection.execute(text("SHOW server_version")).scalar_one()
    return "database", True, f"PostgreSQL {version}, {connection.engine.url.render_as_string()}"


def _schema(connection: Connection) -> Finding:
    found = revision(connection)
    if found == HEAD:
        return "schema", True, f"at {HEAD}, the newest"
    if found is None:
        return "schema", False, "there are no tables yet; start Cartback once"
    if found > HEAD:
        return "schema", False, f"at {found}, of a newer version of Cartback: upgrade Cartback"
    return "schema", False, f"at {found}, and this version needs {HEAD}; start Cartback once"


def _journal(connection: Connection) -> Finding:
    mode = connection.execute(text("PRAGMA journal_mode")).scalar_one()
    if mode == "wal":
        return "journal", True, "write-ahead log"
    return "journal", False, f"{mode}; is the file on a network drive? Put it on a local disk"


def _sqlite_durability(connection: Connection) -> Finding:
    level = connection.execute(text("PRAGMA synchronous")).scalar_one()
    if level >= 2:
        return "durability", True, "every commit waits for the disk"
    return "durability", False, "commits do not wait for the disk"


def _postgres_durability(connection: Connection) -> Finding:
    for setting in ("fsync", "synchronous_commit"):
        if connection.execute(text(f"SHOW {setting}")).scalar_one() == "off":
            return "durability", False, f"{setting} is off: a crash may lose what was answered for"
    return "durability", True, "every commit waits for the disk"


def _room(file: Path) -> Finding:
    free = shutil.disk_usage(file.resolve().parent).free
    size = file.stat().st_size
    needed = max(LEAST_FREE_BYTES, size)
    sentence = f"{free / GIGA:.1f} GB free beside {size / GIGA:.1f} GB of data"
    if free >= needed:
        return "disk", True, sentence
    return "disk", False, f"{sentence}; make room for {needed / GIGA:.1f} GB"


def _skew(connection: Connection, clock: Clock) -> Finding:
    before = clock()
    theirs = connection.execute(
        text("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")
    ).scalar_one()
    after = clock()
    skew = max(before - theirs, theirs - after, 0)
    if skew <= MOST_SKEW_MS:
        return "clock", True, "agrees with the database server's"
    return "clock", False, f"{skew / SECOND:.1f} s away from the database server's; run NTP on both"


def _integrity(connection: Connection) -> Finding:
    try:
        faults = connection.execute(text("PRAGMA quick_check(3)")).scalars().all()
    except DatabaseError as error:
        faults = [_sentence(error)]
    if faults == ["ok"]:
        return "integrity", True, "the file is whole"
    return "integrity", False, f"the file is damaged; restore a backup ({'; '.join(faults)})"


def _sentence(error: DatabaseError) -> str:
    return str(error.orig).strip().partition("\n")[0]
