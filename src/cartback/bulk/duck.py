"""DuckDB within limits: so much memory, so many threads, and no file outside a few folders."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import duckdb
import msgspec

Connection: TypeAlias = duckdb.DuckDBPyConnection

LONGEST_LINE: Final = 8 * 2**20
"""Bytes of a row as JSON. DuckDB takes twice that for each thread; an event has at most 32 KB, and
a derived one shows at most a hundred lines."""

_encoder: Final = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Limits:
    """What bulk work may take of the machine."""

    memory: str = "512MB"
    threads: int = 2


def open_duckdb(limits: Limits, scratch: Path, *folders: Path) -> Connection:
    """A database in memory that spills to `scratch` and touches no file outside these folders."""
    connection = duckdb.connect(
        config={
            "memory_limit": limits.memory,
            "threads": limits.threads,
            "temp_directory": str(scratch / "spill"),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )
    allowed = ", ".join(quoted(str(folder)) for folder in (scratch, *folders))
    connection.execute(f"SET allowed_directories = [{allowed}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET parquet_metadata_cache = true")
    connection.execute("SET lock_configuration = true")
    return connection


def quoted(text: str) -> str:
    """A text as an SQL literal of DuckDB."""
    return "'" + text.replace("'", "''") + "'"


def write_lines(path: Path, rows: Iterable[Any]) -> int:
    """Rows as JSON lines, the form in which DuckDB takes many at once; how many they were."""
    count = 0
    with path.open("wb") as file:
        for row in rows:
            file.write(_encoder.encode(row))
            file.write(b"\n")
            count += 1
    return count


def read_lines(path: Path, columns: dict[str, str]) -> str:
    """The SQL that reads such a file back with columns of these types."""
    types = ", ".join(f"{name}: {quoted(kind)}" for name, kind in columns.items())
    return (
        f"read_json({quoted(str(path))}, format = 'newline_delimited', columns = {{{types}}},"
        f" maximum_object_size = {LONGEST_LINE})"
    )
