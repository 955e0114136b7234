"""SQL as text for both databases, written once in SQLAlchemy Core and compiled once per process.

The hot path then hands text and tuples to the driver itself: SQLAlchemy's own execution costs more
than the database does there (docs/adr/0003-store.md).
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final, TypeAlias

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Executable,
    Table,
    bindparam,
    func,
    select,
)
from sqlalchemy import insert as core_insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import NullType

Row: TypeAlias = tuple[Any, ...]


class _Plain(SQLiteCompiler):
    """Without the OFFSET that the dialect adds to every LIMIT, as one more parameter."""

    def limit_clause(self, select: Any, **options: Any) -> str:  # noqa: ANN401
        return f"\n LIMIT {self.process(select._limit_clause, **options)}"


_SQLITE: Final[DefaultDialect] = sqlite.dialect(paramstyle="named")
_SQLITE.statement_compiler = _Plain
_SQLITE_IN_ORDER: Final[DefaultDialect] = sqlite.dialect(paramstyle="qmark")
_POSTGRES: Final[DefaultDialect] = postgresql.psycopg.dialect()  # type: ignore[no-untyped-call]


class Among(ColumnElement[Any]):
    """Whether a column is in the list that the parameter holds, however long."""

    inherit_cache = False
    type = NullType()  # SQLite has no boolean: one would be compared with 1

    def __init__(self, column: Column[Any], name: str) -> None:
        self.column = column
        self.values: ColumnElement[Any] = bindparam(name, type_=ARRAY(column.type))


@compiles(Among, "sqlite")
def _among_sqlite(element: Among, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    column = compiler.process(element.column, **options)
    return f"{column} IN (SELECT value FROM json_each({_plain(element, compiler)}))"  # noqa: S608  a name


@compiles(Among, "postgresql")
def _among_postgres(element: Among, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    column = compiler.process(element.column, **options)
    return f"{column} = ANY({compiler.process(element.values, **options)})"


def _plain(element: Among, compiler: SQLCompiler) -> str:
    return compiler.process(bindparam(element.values.key))


class Statement:
    """A named statement; its parameters are named too.

    Core where both databases say it alike, and a text for each where they do not. `by` is the index
    to use where SQLite would choose another: it never counts what is in a table.
    """

    def __init__(
        self, core: Executable | None = None, *, sqlite: str = "", postgres: str = "", by: str = ""
    ) -> None:
        self._core = core
        self._sqlite = sqlite
        self._postgres = postgres
        self._by = by

    @cached_property
    def sqlite(self) -> str:
        text = self._sqlite or _text(self._core, _SQLITE)
        if self._by:
            head, where, tail = text.partition(" \nWHERE ")
            return f"{head} INDEXED BY {self._by}{where}{tail}"
        return text

    @cached_property
    def postgres(self) -> str:
        return self._postgres or _text(self._core, _POSTGRES)


class Insert:
    """Insert many rows at once; `columns` says in which order a row's values come.

    A row whose key exists raises, or is passed over (`unless_there`), or gets new values in the
    columns of `replacing`, or more in those of `adding`. The caller sees to it that no key
    comes twice, and sorts by key where two transactions may insert the same ones: else each may
    wait for the other.
    """

    def __init__(
        self,
        table: Table,
        *columns: str,
        unless_there: bool = False,
        replacing: Sequence[str] = (),
        adding: Sequence[str] = (),
    ) -> None:
        self.table = table
        self.columns = columns or tuple(table.c.keys())
        self._unless_there = unless_there
        self._replacing = replacing
        self._adding = adding

    @cached_property
    def sqlite(self) -> str:
        statement = sqlite_insert(self.table).values({c: bindparam(c) for c in self.columns})
        return _text(self._resolve(statement), _SQLITE_IN_ORDER)

    @cached_property
    def postgres(self) -> str:
        rows = _unnest(self.table, self.columns)
        statement = postgres_insert(self.table).from_select(self.columns, select(rows))
        return _text(self._resolve(statement), _POSTGRES)

    def _resolve(self, statement: Any) -> Executable:  # noqa: ANN401  the dialects share no type
        key = list(self.table.primary_key.columns)
        if self._unless_there:
            return statement.on_conflict_do_nothing(index_elements=key)  # type: ignore[no-any-return]
        new = {c: statement.excluded[c] for c in self._replacing}
        new |= {c: self.table.c[c] + statement.excluded[c] for c in self._adding}
        if not new:
            return statement  # type: ignore[no-any-return]
        return statement.on_conflict_do_update(index_elements=key, set_=new)  # type: ignore[no-any-return]


class Update:
    """Give many rows new values at once: a row holds the new values, then the key's."""

    def __init__(self, table: Table, values: Sequence[str], keys: Sequence[str]) -> None:
        self.table = table
        self.columns = (*values, *keys)
        self._values = values
        self._keys = keys

    @cached_property
    def sqlite(self) -> str:
        columns = self.table.c
        statement = self.table.update().ordered_values(
            *((columns[c], bindparam(c)) for c in self._values)
        )
        for key in self._keys:
            statement = statement.where(columns[key] == bindparam(f"its_{key}"))
        return _text(statement, _SQLITE_IN_ORDER)

    @cached_property
    def postgres(self) -> str:
        rows = _unnest(self.table, self.columns)
        statement = self.table.update().values({c: rows.c[c] for c in self._values})
        for key in self._keys:
            statement = statement.where(self.table.c[key] == rows.c[key])
        return _text(statement, _POSTGRES)


class Delete:
    """Delete many rows at once: a row holds the key's values."""

    def __init__(self, table: Table, *keys: str) -> None:
        self.table = table
        self.columns = keys

    @cached_property
    def sqlite(self) -> str:
        statement = self.table.delete()
        for key in self.columns:
            statement = statement.where(self.table.c[key] == bindparam(key))
        return _text(statement, _SQLITE_IN_ORDER)

    @cached_property
    def postgres(self) -> str:
        rows = _unnest(self.table, self.columns)
        statement = self.table.delete()
        for key in self.columns:
            statement = statement.where(self.table.c[key] == rows.c[key])
        return _text(statement, _POSTGRES)


Bulk: TypeAlias = Insert | Update | Delete
"""A statement for many rows, each a tuple with the values of `columns`."""


def one(table: Table, *columns: str) -> Statement:
    """Insert one row, its values given by name."""
    names = columns or table.c.keys()
    return Statement(core_insert(table).values({c: bindparam(c) for c in names}))


def _unnest(table: Table, columns: Sequence[str]) -> Any:  # noqa: ANN401  a derived table
    arrays = [bindparam(c, type_=ARRAY(table.c[c].type)) for c in columns]
    return func.unnest(*arrays).table_valued(*columns).render_derived(name="given")


def _text(statement: Executable | None, dialect: DefaultDialect) -> str:
    if statement is None:
        raise TypeError("a statement has a text for each database, or one in Core")
    return str(statement.compile(dialect=dialect))  # type: ignore[attr-defined]
