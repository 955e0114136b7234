"""Rows of a CSV file as events, by a mapping that is compiled once for the file's header."""

import csv
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from functools import partial
from typing import Final, NamedTuple, TypeAlias

from cartback.domain.drop import DropReason
from cartback.domain.event import Event, Json
from cartback.domain.instant import FOREVER, BadTime, Instant, instant_of, parse_instant, zone_of
from cartback.engine.intake import Dropped
from cartback.sources.file.mapping import BadMapping, Mapping, PropertyColumn, TimeColumn
from cartback.sources.file.outcome import Frame, Unfit, event_of, identifiers_of
from cartback.sources.file.value import reader_of

Row: TypeAlias = list[str]
Cell: TypeAlias = Callable[[str], Json]


class TextLines:
    """Decoded lines for the csv reader. A bad one raises Unfit, and the next one follows."""

    def __init__(self, lines: Iterator[bytes | Dropped], encoding: str) -> None:
        self._lines = lines
        self._encoding = encoding

    def __iter__(self) -> "TextLines":
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        if isinstance(line, Dropped):
            raise Unfit(*line)
        try:
            text = line.decode(self._encoding)
        except UnicodeDecodeError:
            detail = f"not {self._encoding} text; `encoding` in the mapping names another one"
            raise Unfit(DropReason.BAD_TEXT, detail) from None
        if "\x00" in text:
            raise Unfit(DropReason.BAD_TEXT, "a NUL")
        return text


def read_rows(lines: TextLines, delimiter: str) -> Iterator[Row | Dropped]:
    """The rows; an unreadable one as its reason, and the reading goes on."""
    rows = csv.reader(lines, delimiter=delimiter)
    while True:
        try:
            yield next(rows)
        except StopIteration:
            return
        except Unfit as unfit:
            yield unfit.dropped
        except csv.Error as error:
            yield Dropped(DropReason.MALFORMED, f"not a row of CSV: {error}")


class _Filling(NamedTuple):
    """One property to fill from a cell."""

    column: int
    name: str
    read: Cell
    metrics: frozenset[str]


class Table:
    """A mapping, compiled for one header. Raises BadMapping where columns are missing."""

    def __init__(self, mapping: Mapping, header: Row) -> None:
        self._mapping = mapping
        self._index = _columns(mapping, header)
        self._width = len(header)
        self._time = self._index[mapping.time.column]
        self._instant = _time_reader(mapping.time)
        self._who = [
            (self._index[one.column], str(one.kind), one.prefix, one.region)
            for one in mapping.identifiers
        ]
        self._metric = self._index[mapping.metric.column] if mapping.metric.column else -1
        self._id = [self._index[one] for one in mapping.id.columns] if mapping.id else []
        self._empty = frozenset(mapping.empty)
        self._properties, self._given_properties = self._fillings(mapping.properties)
        self._traits, self._given_traits = self._fillings(mapping.traits)

    def _fillings(
        self, parts: Sequence[PropertyColumn]
    ) -> tuple[list[_Filling], list[PropertyColumn]]:
        read = [
            _Filling(
                self._index[part.column],
                part.name,
                reader_of(part, self._mapping.decimal),
                frozenset(part.metrics),
            )
            for part in parts
            if part.column is not None
        ]
        return read, [part for part in parts if part.column is None]

    def read(self, frame: Frame, row: Row, number: int) -> Event | None:
        """The row as an event; None for one that the mapping skips. Raises Unfit."""
        if len(row) != self._width:
            if not row:
                return None
            detail = f"{len(row)} columns; the header has {self._width}"
            raise Unfit(DropReason.MALFORMED, detail)
        metric = self._metric_of(row)
        if metric is None:
            return None
        return event_of(
            frame,
            id=self._id_of(frame, row, number),
            metric=metric,
            identifiers=identifiers_of(
                [
                    (kind, prefix + row[index], region)
                    for index, kind, prefix, region in self._who
                    if row[index] not in self._empty
                ]
            ),
            time=self._time_of(row),
            properties=self._fill(row, metric, self._properties, self._given_properties),
            traits=self._fill(row, metric, self._traits, self._given_traits),
            backfill=self._mapping.backfill,
        )

    def _time_of(self, row: Row) -> Instant:
        text = row[self._time].strip()
        try:
            instant = self._instant(text)
        except BadTime as error:
            raise Unfit(DropReason.BAD_TIME, str(error)) from None
        except (ValueError, OverflowError):
            detail = f"{text[:60]!r} is not a time of the format in the mapping"
            raise Unfit(DropReason.BAD_TIME, detail) from None
        if instant >= FOREVER:
            raise Unfit(DropReason.BAD_TIME, f"{text[:60]!r} is too far away")
        return instant

    def _metric_of(self, row: Row) -> str | None:
        choice = self._mapping.metric
        if self._metric < 0:
            return choice.fixed
        word = row[self._metric]
        if word in choice.table:
            return choice.table[word]
        match choice.otherwise:
            case "skip":
                return None
            case "keep":
                return word
            case "drop":
                detail = f"the mapping has no metric for {word[:60]!r}"
                raise Unfit(DropReason.BAD_METRIC, detail)

    def _id_of(self, frame: Frame, row: Row, number: int) -> str:
        parts = [row[index] for index in self._id]
        if not any(part and part not in self._empty for part in parts):
            return frame.row_id(number, "\x1f".join(row).encode("utf-8", "replace"))
        return ":".join(parts)

    def _fill(
        self, row: Row, metric: str, read: list[_Filling], given: list[PropertyColumn]
    ) -> dict[str, Json]:
        filled: dict[str, Json] = {}
        for column, name, cell, metrics in read:
            text = row[column]
            if text in self._empty or (metrics and metric not in metrics):
                continue
            try:
                filled[name] = cell(text)
            except ValueError as error:
                raise Unfit(DropReason.WRONG_TYPE, f"{name}: {error}") from None
        for part in given:
            if not part.metrics or metric in part.metrics:
                filled[part.name] = part.value
        return filled


def _columns(mapping: Mapping, header: Row) -> dict[str, int]:
    missing = sorted(mapping.columns() - set(header))
    if missing:
        raise BadMapping(
            f"the file has no column {', '.join(map(repr, missing))};"
            f" it has {', '.join(map(repr, header[:40]))}"
        )
    twice = sorted(one for one in mapping.columns() if header.count(one) > 1)
    if twice:
        raise BadMapping(f"the file has two columns {', '.join(map(repr, twice))}")
    return {name: index for index, name in enumerate(header)}


_UNITS: Final = {"seconds": 1_000, "milliseconds": 1}


def _time_reader(part: TimeColumn) -> Callable[[str], Instant]:
    zone = UTC if part.zone == "UTC" else zone_of(part.zone)
    if part.format == "iso":
        return partial(parse_instant, zone=zone)
    if part.format in _UNITS:
        return partial(_since_1970, unit=_UNITS[part.format])
    return partial(_strptime, form=part.format, zone=zone)


def _since_1970(text: str, unit: int) -> Instant:
    return round(float(text) * unit)


def _strptime(text: str, form: str, zone: tzinfo) -> Instant:
    moment = datetime.strptime(text, form)  # noqa: DTZ007  the zone is set below
    return instant_of(moment if moment.tzinfo else moment.replace(tzinfo=zone))
