"""One connection while it is in a transaction: runs statements, and speaks to the driver itself."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from cartback.store.sql import Bulk, Insert, Row, Statement

if TYPE_CHECKING:
    import psycopg

_json: Final = msgspec.json.Encoder().encode
_NO_HORIZON: Final = 2**62


class Session(Protocol):
    """What the store asks of a database."""

    slot: int
    """Which slot of the tallies this connection writes to."""

    def rows(self, statement: Statement, values: Mapping[str, Any] = ...) -> list[Row]: ...
    def run(self, statement: Statement, values: Mapping[str, Any] = ...) -> int:
        """How many rows it changed."""

    def many(self, statement: Bulk, rows: Sequence[Row]) -> int:
        """Run it for all rows; how many rows it changed."""

    def added(self, statement: Insert, rows: Sequence[Row]) -> list[Row]:
        """Insert rows unless they are there; those that were not."""

    def numbers(self, name: str, count: int) -> Sequence[int]:
        """New numbers of a counter, growing."""

    def horizon(self, name: str, /) -> int:
        """The number up to which all is settled: nobody will add a row with a lower one."""

    def begin(self) -> None: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...


def first(session: Session, statement: Statement, values: Mapping[str, Any] = {}) -> Row | None:
    """The first row, if there is one."""
    rows = session.rows(statement, values)
    return rows[0] if rows else None


class SqliteSession:
    """Lists travel as JSON."""

    slot = 0

    def __init__(self, connection: sqlite3.Connection, *, begin: str) -> None:
        self._connection = connection
        self._begin = begin

    def begin(self) -> None:
        self._connection.execute(self._begin)

    def commit(self) -> None:
        self._connection.execute("COMMIT")

    def rollback(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def rows(self, statement: Statement, values: Mapping[str, Any] = {}) -> list[Row]:
        return self._connection.execute(statement.sqlite, _with_json(values)).fetchall()

    def run(self, statement: Statement, values: Mapping[str, Any] = {}) -> int:
        return self._connection.execute(statement.sqlite, _with_json(values)).rowcount

    def many(self, statement: Bulk, rows: Sequence[Row]) -> int:
        return self._connection.executemany(statement.sqlite, rows).rowcount

    def added(self, statement: Insert, rows: Sequence[Row]) -> list[Row]:
        run, text = self._connection.execute, statement.sqlite
        return [row for row in rows if run(text, row).rowcount]

    def numbers(self, name: str, count: int) -> Sequence[int]:
        found = self._connection.execute(
            "INSERT INTO counters (name, last) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET last = last + excluded.last RETURNING last",
            (name, count),
        ).fetchall()
        last: int = found[0][0]
        return range(last - count + 1, last + 1)

    def horizon(self, _name: str, /) -> int:
        """One writer at a time: all that can be seen is settled."""
        return _NO_HORIZON


def _with_json(values: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        name: _json(value).decode() if isinstance(value, list) else value
        for name, value in values.items()
    }


class PostgresSession:
    """Lists travel as arrays."""

    def __init__(self, connection: "psycopg.Connection[Row]") -> None:
        self._connection = connection
        self._cursor = connection.cursor(binary=True)
        self.slot = connection.info.backend_pid % 64

    def begin(self) -> None:
        """The driver begins by itself, before the first statement."""

    def commit(self) -> None:
        self._connection.commit()

    def rollback(self) -> None:
        self._connection.rollback()

    def rows(self, statement: Statement, values: Mapping[str, Any] = {}) -> list[Row]:
        return self._cursor.execute(statement.postgres, values).fetchall()

    def run(self, statement: Statement, values: Mapping[str, Any] = {}) -> int:
        return self._cursor.execute(statement.postgres, values).rowcount

    def many(self, statement: Bulk, rows: Sequence[Row]) -> int:
        if not rows:
            return 0
        columns = map(list, zip(*rows, strict=True))
        values = dict(zip(statement.columns, columns, strict=True))
        return self._cursor.execute(statement.postgres, values).rowcount

    def numbers(self, name: str, count: int) -> Sequence[int]:
        raise NotImplementedError
