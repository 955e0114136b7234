"""A store on a PostgreSQL server: rows are locked, not the store, so any number of processes write.

Numbers of the log and of the moves come from sequences, so a transaction may commit after one that
has higher numbers. A reader that goes on from the last number it saw would then miss rows. So a
transaction that takes such numbers says from where, by a shared advisory lock whose key is the last
number given out before; the lock ends with the transaction, and is left behind by no crash. A
reader goes no further than the lowest of these locks (docs/adr/0003-store.md).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import errors
from psycopg.pq import TransactionStatus
from sqlalchemy import URL, Engine, create_engine, event

from cartback.engine.ports import Contention
from cartback.store.arrays import array, register
from cartback.store.session import Session
from cartback.store.sql import Bulk, Insert, Row, Statement

POOL: Final = 16
OVERFLOW: Final = 16
SLOTS: Final = 64

WRITE: Final = "BEGIN ISOLATION LEVEL READ COMMITTED"
READ: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

_TAG: Final = 0x4342
_NUMBER_BITS: Final = 43
_SETTLED_LATER: Final = {"event_seqs": 2 * _TAG, "move_numbers": 2 * _TAG + 1}
"""The sequences whose readers go on from a number, and what marks the keys of their locks."""

_lowest: Final = f"""
    SELECT coalesce(min((classid::bigint << 32 | objid::bigint) & {2**_NUMBER_BITS - 1}), last)
    FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1 AND pid <> pg_backend_pid()
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND (classid::bigint << 32 | objid::bigint) >> {_NUMBER_BITS} = mark
      AND last >= 0
"""  # noqa: S608  numbers only. `last >= 0` makes it wait for the sequence's last number


class PostgresDatabase:
    """A pool of connections."""

    file: Path | None = None

    def __init__(self, url: URL) -> None:
        self.engine = create_engine(
            url, pool_size=POOL, max_overflow=OVERFLOW, pool_pre_ping=True, pool_use_lifo=True
        )
        self.reader = self.engine
        event.listen(self.engine, "connect", _set_up)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with (
            _contention(),
            _connection(self.engine) as connection,
            _transaction(connection, WRITE),
        ):
            yield PostgresSession(connection)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with _contention(), _connection(self.engine) as connection:
            horizons = _horizons(connection)  # before the snapshot that BEGIN will bring
            with _transaction(connection, READ):
                yield PostgresSession(connection, horizons)

    def close(self) -> None:
        self.engine.dispose()


class PostgresSession:
    """Lists travel as arrays."""

    def __init__(
        self, connection: psycopg.Connection[Row], horizons: Mapping[str, int] | None = None
    ) -> None:
        self._connection = connection
        self._cursor = connection.cursor(binary=True)
        self._horizons = horizons
        self._announced: set[str] = set()
        self.slot = connection.info.backend_pid % SLOTS

    def rows(self, statement: Statement, values: Mapping[str, Any] = {}) -> list[Row]:
        return self._cursor.execute(statement.postgres, _with_arrays(values)).fetchall()

    def run(self, statement: Statement, values: Mapping[str, Any] = {}) -> int:
        return self._cursor.execute(statement.postgres, _with_arrays(values)).rowcount

    def many(self, statement: Bulk, rows: Sequence[Row]) -> int:
        if not rows:
            return 0
        return self._cursor.execute(statement.postgres, _columns(statement, rows)).rowcount

    def counted(
        self, statement: Bulk, by: str, groups: Mapping[str, Sequence[Row]]
    ) -> Mapping[str, int]:
        """One round trip, however many groups there are."""
        rows = list(chain.from_iterable(groups.values()))
        if not rows:
            return {}
        changed = f"{statement.postgres} RETURNING {statement.table.name}.{by}"
        counts = f"WITH changed AS ({changed}) SELECT {by}, count(*) FROM changed GROUP BY {by}"  # noqa: S608  names that are ours
        return dict(self._cursor.execute(counts, _columns(statement, rows)).fetchall())

    def added(self, statement: Insert, rows: Sequence[Row]) -> Sequence[Row]:
        if not rows:
            return ()
        returning = f"{statement.postgres} RETURNING {', '.join(statement.columns)}"
        return self._cursor.execute(returning, _columns(statement, rows)).fetchall()

    def numbers(self, name: str, count: int) -> Sequence[int]:
        if not count:
            return ()
        if name in _SETTLED_LATER and name not in self._announced:
            self._announce(name)
        found = self._cursor.execute(
            "SELECT nextval(%s::regclass) FROM generate_series(1, %s)", (name, count)
        )
        return [number for (number,) in found.fetchall()]

    def _announce(self, name: str) -> None:
        """Say that from here on numbers may be taken that are committed later."""
        self._cursor.execute(
            f"SELECT pg_advisory_xact_lock_shared(%s::bigint + last_value) FROM {name}",  # noqa: S608
            (_SETTLED_LATER[name] << _NUMBER_BITS,),
        )
        self._announced.add(name)

    def share(self, shop: int, /) -> None:
        self._cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", (_RULES, shop))

    def take(self, shop: int, /) -> None:
        self._cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", (_RULES, shop))

    def horizon(self, name: str, /) -> int:
        horizons = _horizons(self._connection) if self._horizons is None else self._horizons
        return horizons[name]


_RULES: Final = 1
"""The first of the two numbers of an advisory lock on a shop's rules; the second is the shop."""


def _horizons(connection: psycopg.Connection[Row]) -> dict[str, int]:
    """Up to which number each sequence is settled, for a snapshot that is taken afterwards."""
    rows = connection.execute(_HORIZONS).fetchall()
    return dict(rows)


_HORIZONS: Final = " UNION ALL ".join(
    f"SELECT '{name}', ({_lowest})"  # noqa: S608  names that are ours
    f" FROM (SELECT last_value AS last, {mark} AS mark FROM {name}) given"
    for name, mark in _SETTLED_LATER.items()
)


def _with_arrays(values: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        name: array(value) if isinstance(value, list) else value for name, value in values.items()
    }


def _columns(statement: Bulk, rows: Sequence[Row]) -> Mapping[str, Any]:
    columns = zip(*rows, strict=True)
    return dict(zip(statement.columns, map(array, columns), strict=True))


@contextmanager
def _transaction(connection: psycopg.Connection[Row], begin: str) -> Iterator[None]:
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        _roll_back(connection)
        raise


def _roll_back(connection: psycopg.Connection[Row]) -> None:
    """Or close the connection, where it was left in the middle of a statement."""
    if connection.info.transaction_status == TransactionStatus.ACTIVE:
        connection.close()
        return
    try:
        connection.rollback()
    except psycopg.Error:
        connection.close()


@contextmanager
def _contention() -> Iterator[None]:
    try:
        yield
    except (errors.SerializationFailure, errors.DeadlockDetected, errors.LockNotAvailable) as error:
        raise Contention("another transaction stood in the way") from error


def _set_up(connection: psycopg.Connection[Row], _record: object) -> None:
    register(connection)


@contextmanager
def _connection(engine: Engine) -> Iterator[psycopg.Connection[Row]]:
    """The driver's own connection, out of the pool; transactions begin where we say so."""
    pooled = engine.raw_connection()
    connection: psycopg.Connection[Row] = pooled.driver_connection  # type: ignore[assignment]
    try:
        connection.autocommit = True
        yield connection
    finally:
        if connection.closed:
            pooled.invalidate()
        else:
            connection.autocommit = False
        pooled.close()
