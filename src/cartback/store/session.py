"""What the store asks of a database, in the two kinds that there are (sqlite.py, postgres.py)."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Engine

from cartback.store.sql import Bulk, Insert, Row, Statement


class Session(Protocol):
    """One connection while it is in a transaction. It speaks to the driver itself."""

    @property
    def slot(self) -> int:
        """Which slot of the tallies this connection writes to."""

    def rows(self, statement: Statement, values: Mapping[str, Any] = ...) -> list[Row]: ...
    def run(self, statement: Statement, values: Mapping[str, Any] = ...) -> int:
        """How many rows it changed."""

    def many(self, statement: Bulk, rows: Sequence[Row]) -> int:
        """Run it for all rows; how many rows it changed."""

    def counted(
        self, statement: Bulk, by: str, groups: Mapping[str, Sequence[Row]]
    ) -> Mapping[str, int]:
        """Run it for rows in groups by what stands in the column `by`; how many it changed of each
        group, where it changed any."""

    def added(self, statement: Insert, rows: Sequence[Row]) -> Sequence[Row]:
        """Insert rows unless they are there; those that were not."""

    def numbers(self, name: str, count: int) -> Sequence[int]:
        """New numbers of a counter, growing."""

    def share(self, shop: int, /) -> None:
        """Hold a shop's rules as they are until the end, together with others who do."""

    def take(self, shop: int, /) -> None:
        """Wait until nobody else holds a shop's rules, and let nobody do so until the end."""

    def horizon(self, name: str, /) -> int:
        """The number up to which all is settled: nobody will add a row with a lower one."""


class Database(Protocol):
    """Where sessions come from."""

    engine: Engine
    """Begins transactions that may write; for migrations."""
    reader: Engine
    file: Path | None
    """Where it is kept, if it is kept in a file."""

    def writing(self) -> AbstractContextManager[Session]:
        """A transaction: committed at the end of the block, rolled back when it raises.

        Raises Contention where another one stood in the way.
        """

    def reading(self) -> AbstractContextManager[Session]:
        """A consistent look that waits for nobody."""

    def close(self) -> None: ...


def first(session: Session, statement: Statement, values: Mapping[str, Any]) -> Row | None:
    """The first row, if there is one."""
    rows = session.rows(statement, values)
    return rows[0] if rows else None
