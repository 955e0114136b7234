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
                return _duckdb_text(column, key)
            case Dialect.POSTGRES:
                return _postgres_text(column, key)
            case Dialect.BIGQUERY:
                return column.filter(lambda pair: pair["key"] == key)[0]["value"]
            case _:
                return column.get(key)

    def number(self, column: Column, key: str) -> Column:
        """The whole number in a map under the key, NULL where there is none."""
        match self._dialect:
            case Dialect.DUCKDB:
                return _duckdb_number(column, key)
            case Dialect.POSTGRES:
                return _postgres_text(column, key).cast("int64")
            case _:
                return self.text(column, key)

    def picked(self, pick: int) -> Column:
        """The values that were chosen for that pick."""
        return self._picked.filter(self._picked.pick == pick).value


def _function(name: str, column: str, value: str) -> Callable[[Column, str], Column]:
    """An engine's own function from a map and a key to the value."""

    def function(column: Column, key: str) -> Column: ...

    built: Callable[[Column, str], Column] = ibis.udf.scalar.builtin(
        function, name=name, signature=((column, "string"), value)
    )
    return built


# A third of the time that what Ibis writes for a map takes.
_duckdb_text: Final = _function("map_extract_value", MAP.format("string"), "string")
_duckdb_number: Final = _function("map_extract_value", MAP.format("int64"), "int64")
_postgres_text: Final = _function("jsonb_extract_path_text", "json", "string")
