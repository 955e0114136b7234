"""A store in one SQLite file: many readers, and one writer at a time."""

import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from cartback.engine.ports import Contention
from cartback.store.checkpoint import Checkpointer
from cartback.store.session import Session
from cartback.store.sql import Bulk, Insert, Row, Statement

MEBI: Final = 1024 * 1024
BUSY_TIMEOUT_MS: Final = 5_000
WAL_PAUSE_MS: Final = 50
WRITER_CACHE_BYTES: Final = 112 * MEBI
READER_CACHE_BYTES: Final = 8 * MEBI
MMAP_BYTES: Final = 64 * MEBI
LONGEST_LOG_PAGES: Final = 100_000
"""When even a writer stops to make the log shorter: the checkpointer must have failed."""
READERS: Final = 16

_json: Final = msgspec.json.Encoder().encode
_NO_HORIZON: Final = 2**62


class SqliteDatabase:
    """Writers take turns: by a lock within the process, by BEGIN IMMEDIATE among processes."""

    def __init__(self, url: URL) -> None:
        self.file: Path | None = Path(str(url.database))
        self.engine = _engine(url, readers=False)
        self.reader = _engine(url, readers=True)
        self._turn = threading.Lock()
        self._checkpointer = Checkpointer(self._connect, self._turn)
        self._writer: int | None = None

    @contextmanager
    def writing(self) -> Iterator[Session]:
        me = threading.get_ident()
        if self._writer == me:
            raise RuntimeError("this thread has a transaction open already")
        with self._turn, _connection(self.engine) as connection:
            self._writer = me
            try:
                changes = connection.total_changes
                with _contention(), _transaction(connection, "BEGIN IMMEDIATE"):
                    yield SqliteSession(connection)
                self._checkpointer.wrote(connection.total_changes - changes)
            finally:
                self._writer = None

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with _connection(self.reader) as connection, _transaction(connection, "BEGIN"):
            yield SqliteSession(connection)

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(str(self.file), isolation_level=None, timeout=BUSY_TIMEOUT_MS / 1000)

    def close(self) -> None:
        self._checkpointer.close()
        self.reader.dispose()
        self.engine.dispose()


class SqliteSession:
    """Lists travel as JSON."""

    slot = 0

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, statement: Statement, values: Mapping[str, Any] = {}) -> list[Row]:
        return self._connection.execute(statement.sqlite, _with_json(values)).fetchall()

    def run(self, statement: Statement, values: Mapping[str, Any] = {}) -> int:
        return self._connection.execute(statement.sqlite, _with_json(values)).rowcount

    def many(self, statement: Bulk, rows: Sequence[Row]) -> int:
        return self._connection.executemany(statement.sqlite, rows).rowcount if rows else 0

    def counted(
        self, statement: Bulk, by: str, groups: Mapping[str, Sequence[Row]]
    ) -> Mapping[str, int]:
        """A call for each group: there is no server to wait for."""
        return {name: self.many(statement, rows) for name, rows in groups.items()}

    def added(self, statement: Insert, rows: Sequence[Row]) -> Sequence[Row]:
        """All in one call, as long as none is there already, which is nearly always so."""
        run, text = self._connection.execute, statement.sqlite
        run("SAVEPOINT added")
        if self._connection.executemany(text, rows).rowcount == len(rows):
            run("RELEASE added")
            return rows
        run("ROLLBACK TO added")
        run("RELEASE added")
        return [row for row in rows if run(text, row).rowcount]

    def numbers(self, name: str, count: int) -> Sequence[int]:
        if not count:
            return ()
        found = self._connection.execute(
            "INSERT INTO counters (name, last) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET last = last + excluded.last RETURNING last",
            (name, count),
        ).fetchall()
        last: int = found[0][0]
        return range(last - count + 1, last + 1)

    def share(self, _shop: int, /) -> None:
        """One writer at a time: nobody changes the rules meanwhile."""

    def take(self, _shop: int, /) -> None:
        """Likewise."""

    def horizon(self, _name: str, /) -> int:
        """One writer at a time: all that can be seen is settled."""
        return _NO_HORIZON


def _with_json(values: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        name: _json(value).decode() if isinstance(value, list) else value
        for name, value in values.items()
    }


@contextmanager
def _transaction(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def _contention() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise Contention("another process kept the database busy") from error
        raise


@contextmanager
def _connection(engine: Engine) -> Iterator[sqlite3.Connection]:
    """The driver's own connection, out of the pool."""
    pooled = engine.raw_connection()
    connection: sqlite3.Connection = pooled.driver_connection  # type: ignore[assignment]
    try:
        yield connection
    finally:
        pooled.close()


def _use_wal(connection: sqlite3.Connection) -> None:
    """Of two processes that open a new file at once, one is refused without having waited."""
    for left in reversed(range(BUSY_TIMEOUT_MS // WAL_PAUSE_MS)):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if not left:
                raise
            time.sleep(WAL_PAUSE_MS / 1000)
        else:
            return


def _engine(url: URL, *, readers: bool) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=READERS if readers else 1,
        max_overflow=-1,
        connect_args={
            "isolation_level": None,  # transactions begin and end where we say so
            "check_same_thread": False,  # the pool gives a connection to one thread at a time
            "timeout": BUSY_TIMEOUT_MS / 1000,
            "cached_statements": 256,
        },
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _record: object) -> None:
        cache = READER_CACHE_BYTES if readers else WRITER_CACHE_BYTES
        _use_wal(connection)
        for pragma in (
            "synchronous = FULL",
            "foreign_keys = ON",
            "temp_store = MEMORY",
            f"cache_size = -{cache // 1024}",
            f"mmap_size = {MMAP_BYTES}",
            f"wal_autocheckpoint = {LONGEST_LOG_PAGES}",
            f"query_only = {'ON' if readers else 'OFF'}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if readers else "BEGIN IMMEDIATE")

    return engine
