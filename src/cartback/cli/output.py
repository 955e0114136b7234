"""How answers are printed: plain columns for people and pipes, JSON for programs."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click
import msgspec

from cartback.domain.instant import FOREVER, Instant, Zone, text_of
from cartback.domain.letters import is_shown


def counted(number: int, noun: str) -> str:
    """So many of something: "1 event", "2,000 events". The plural is with an s."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def say_json(value: Any) -> None:  # noqa: ANN401  whatever JSON can hold
    """One JSON value, indented."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def say_section(title: str, rows: Iterable[Sequence[object]]) -> None:
    """A title and its rows, indented; nothing where there are no rows."""
    table = [[clean(str(cell)) for cell in row] for row in rows]
    if not table:
        return
    widths = [max(map(_width, column)) for column in zip(*table, strict=True)]
    click.secho(f"\n{title}", bold=True)
    for row in table:
        click.echo(f"  {_line(row, widths)}")


def say_rows(columns: Sequence[str], rows: Iterable[Sequence[object]], nothing: str) -> None:
    """A table with aligned columns; a sentence where there are no rows."""
    table = [[clean(str(cell)) for cell in row] for row in rows]
    if not table:
        click.echo(nothing)
        return
    widths = [max(map(_width, column)) for column in zip(columns, *table, strict=True)]
    click.secho(_line([name.upper() for name in columns], widths), dim=True)
    for row in table:
        click.echo(_line(row, widths))


def say_list(
    columns: Sequence[str], rows: Sequence[Mapping[str, Any]], *, as_json: bool, nothing: str
) -> None:
    """The rows as JSON, or these columns of them as a table."""
    if as_json:
        say_json(rows)
    else:
        say_rows(columns, [[_cell(row[name]) for name in columns] for row in rows], nothing)


def moment(instant: Instant, zone: Zone) -> str:
    """An instant on the shop's wall clock, with milliseconds only where there are any."""
    if instant >= FOREVER:
        return "for ever"
    local = zone.local(instant)
    spec = "milliseconds" if instant % 1_000 else "seconds"
    return local.isoformat(" ", spec)


def when(instant: Instant | None) -> str | None:
    """An instant for JSON: ISO 8601 in UTC."""
    return None if instant is None or instant >= FOREVER else text_of(instant)


def _cell(value: object) -> str:
    return "-" if value is None or value == "" else str(value)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [
        cell + " " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True)
    ]
    return "  ".join(padded).rstrip()


def _width(text: str) -> int:
    """Columns on a terminal: Hangul and other wide letters take two."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(map(bool, map(unicodedata.combining, text)))


def clean(text: str) -> str:
    """Others' text, harmless on a terminal: control characters could rewrite the screen."""
    return "".join(letter if is_shown(letter) else "\N{REPLACEMENT CHARACTER}" for letter in text)
