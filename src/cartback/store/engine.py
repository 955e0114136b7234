"""Connections: one writer and many readers of a SQLite file, or a pool to a PostgreSQL server."""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Protocol

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from cartback.engine.ports import Contention
from cartback.store.session import Session, SqliteSession

MEBI: Final = 1024 * 1024
BUSY_TIMEOUT_MS: Final = 5_000
WRITER_CACHE_BYTES: Final = 128 * MEBI
READER_CACHE_BYTES: Final = 8 * MEBI
MMAP_BYTES: Final = 1024 * MEBI
CHECKPOINT_PAGES: Final = 10_000
READERS: Final = 16


class BadUrl(ValueError):
    """A database URL that names no store; the message says what to write."""


class Database(Protocol):
    """Where sessions come from."""

    engine: Engine
    """For migrations: begins a transaction that may write."""

    def writing(self) -> contextlib.AbstractContextManager[Session]: ...
    def reading(self) -> contextlib.AbstractContextManager[Session]: ...
    def close(self) -> None: ...


def open_database(url: str) -> Database:
    """The database behind a SQLAlchemy URL or a path to a SQLite file. Raises BadUrl."""
    try:
        parsed = make_url(url if "://" in url else f"sqlite:///{url}")
    except ArgumentError as error:
        raise BadUrl(f"{url!r} is not a database URL: {error}") from None
    match parsed.get_backend_name():
        case "sqlite":
            return SqliteDatabase(parsed)
        case "postgresql" | "postgres":
            raise NotImplementedError
        case other:
            raise BadUrl(f"{other} is not supported; use sqlite:///cartback.db or postgresql://…")


class SqliteDatabase:
    """One file. Writers take turns: by a lock in a process, by BEGIN IMMEDIATE among processes."""

    def __init__(self, url: URL) -> None:
        if url.database in (None, "", ":memory:"):
            raise BadUrl("SQLite needs a file, for example sqlite:///cartback.db")
        self.path: Final = Path(str(url.database))
        self.engine = _sqlite_engine(url, readers=False)
        self._readers = _sqlite_engine(url, readers=True)
        self._turn = threading.Lock()
        self._writer: int | None = None

    @contextlib.contextmanager
    def writing(self) -> Iterator[Session]:
        me = threading.get_ident()
        if self._writer == me:
            raise RuntimeError("this thread has a transaction open already")
        with self._turn, _connection(self.engine) as connection, _sqlite_contention():
            self._writer = me
            try:
                yield SqliteSession(connection, begin="BEGIN IMMEDIATE")
            finally:
                self._writer = None

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        with _connection(self._readers) as connection:
            yield SqliteSession(connection, begin="BEGIN")

    def close(self) -> None:
        self._readers.dispose()
        self.engine.dispose()


@contextlib.contextmanager
def _sqlite_contention() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise Contention("another process kept the database busy") from error
        raise


def _sqlite_engine(url: URL, *, readers: bool) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=READERS if readers else 1,
        max_overflow=-1 if readers else 1,
        connect_args={
            "isolation_level": None,  # transactions begin and end where we say so
            "check_same_thread": False,  # the pool hands a connection to one thread at a time
            "timeout": BUSY_TIMEOUT_MS / 1000,
            "cached_statements": 256,
        },
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _record: object) -> None:
        cache = READER_CACHE_BYTES if readers else WRITER_CACHE_BYTES
        for pragma in (
            "journal_mode = WAL",
            "synchronous = NORMAL",
            "foreign_keys = ON",
            "temp_store = MEMORY",
            f"cache_size = -{cache // 1024}",
            f"mmap_size = {MMAP_BYTES}",
            f"wal_autocheckpoint = {CHECKPOINT_PAGES}",
            f"query_only = {'ON' if readers else 'OFF'}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:  # noqa: ANN401  SQLAlchemy's own connection
        connection.exec_driver_sql("BEGIN" if readers else "BEGIN IMMEDIATE")

    return engine


@contextlib.contextmanager
def _connection(engine: Engine) -> Iterator[Any]:
    """The driver's own connection, out of the pool."""
    pooled = engine.raw_connection()
    try:
        yield pooled.driver_connection
    finally:
        pooled.close()
