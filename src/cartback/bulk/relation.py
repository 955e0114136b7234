"""The relations that conditions are compiled over, the same in every engine.

`events` is the tape; `merged` says which profile another one became; `profiles` are those that
are, each with the time of its first event; `picked` holds the values that Python chose.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, TypeAlias

import ibis

from cartback.domain.instant import Instant

Table: TypeAlias = Any  # ibis ships no types
Column: TypeAlias = Any


class Dialect(StrEnum):
    """The engines for which conditions are compiled."""

    DUCKDB = "duckdb"
    POSTGRES = "postgres"
    CLICKHOUSE = "clickhouse"
    SPARK = "pyspark"
    BIGQUERY = "bigquery"
    SNOWFLAKE = "snowflake"
    TRINO = "trino"


MAP: Final = "map<string, {}>"
MAPS: Final[Mapping[Dialect, str]] = {
    Dialect.POSTGRES: "json",
    Dialect.BIGQUERY: "array<struct<key: string, value: {}>>",
}
"""How an engine holds the tape's maps, where it is not as maps."""


class Relations:
    """The unbound tables, as one engine holds them."""

    def __init__(self, dialect: Dialect, *, merges: bool = True) -> None:
        self._dialect = dialect
        self._merges = merges
        kind = MAPS.get(dialect, MAP)
        texts, numbers = kind.format("string"), kind.format("int64")
        self._events = ibis.table(
            {
                "seq": "int64",
                "profile": "int64",
                "metric": "string",
                "time": "int64",
                "props": texts,
                "numbers": numbers,
                "lists": texts,
                "described": "boolean",
                "traits": texts,
                "place": "string",
                "by_email": "boolean",
                "by_phone": "boolean",
            },
            name="events",
        )
        self._merged = ibis.table({"loser": "int64", "winner": "int64"}, name="merged")
        self._picked = ibis.table({"pick": "int64", "value": "string"}, name="picked")
        self.profiles: Table = ibis.table({"id": "int64", "first": "int64"}, name="profiles")

    def events(self, low: Instant, high: Instant) -> Table:
        """The events from `low` (included) to `high` (not included), as they were recorded."""
        found = self._events.filter(self._events.time < high)
        return found.filter(found.time >= low) if low > 0 else found

    def owned(self, events: Table) -> Table:
        """The events with the profile that each one belongs to now.

        Written so that it is right whether an engine's outer join leaves NULL or 0 (ClickHouse).
        """
        if not self._merges:
            return events
        joined = events.left_join(self._merged, events.profile == self._merged.loser)
        owner = ibis.ifelse(joined.loser == joined.profile, joined.winner, joined.profile)
        return joined.mutate(profile=owner).drop("loser", "winner")

    def text(self, column: Column, key: str) -> Column:
        """The text in a map under the key, NULL where there is none."""
        match self._dialect:
            case Dialect.DUCKDB:
                return _text_under(column, key)
            case Dialect.POSTGRES:
                return column[key].str
            case _:
                return self._under(column, key)

    def number(self, column: Column, key: str) -> Column:
        """The whole number in a map under the key, NULL where there is none."""
        match self._dialect:
            case Dialect.DUCKDB:
                return _number_under(column, key)
            case Dialect.POSTGRES:
                return column[key].int
            case _:
                return self._under(column, key)

    def _under(self, column: Column, key: str) -> Column:
        if self._dialect is Dialect.BIGQUERY:
            return column.filter(lambda pair: pair["key"] == key)[0]["value"]
        return column.get(key)

    def picked(self, pick: int) -> Column:
        """The values that were chosen for that pick."""
        return self._picked.filter(self._picked.pick == pick).value


def _in_duckdb(kind: str) -> Callable[[Column, str], Column]:
    """DuckDB's own way into a map: a third of the time that what Ibis writes for it takes."""

    def map_extract_value(column: Column, key: str) -> Column: ...

    built: Callable[[Column, str], Column] = ibis.udf.scalar.builtin(
        map_extract_value, signature=((MAP.format(kind), "string"), kind)
    )
    return built


_text_under: Final = _in_duckdb("string")
_number_under: Final = _in_duckdb("int64")
