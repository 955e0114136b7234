"""A log file to replay: opened once, read lazily, and read on behind any place."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal, TypeAlias

import msgspec

from cartback.domain.drop import DropReason
from cartback.domain.event import Event, ShopId
from cartback.domain.instant import FOREVER, Instant, text_of
from cartback.engine.intake import Dropped
from cartback.sources.file.jsonl import read_message, read_record
from cartback.sources.file.lines import Fingerprint, LogStream, fingerprint, read_lines
from cartback.sources.file.mapping import Mapping
from cartback.sources.file.outcome import Frame, Placed, Unfit
from cartback.sources.file.table import Table, TextLines, read_rows
from cartback.sources.segment.timing import AHEAD

Format: TypeAlias = Literal["cartback", "segment", "csv"]

MOST_SORTED: Final = 2_000_000


class UnreadableLog(ValueError):
    """A file that cannot be replayed at all; the message says what to do."""


class AnotherFile(UnreadableLog):
    """A position that belongs to a file with another beginning, or a longer one."""


class Position(msgspec.Struct, frozen=True):
    """How far a file has been read: everything up to `place` is done."""

    file: Fingerprint
    place: int


class LogFile:
    """A JSONL or CSV file, plain or gzip, as outcomes with their places."""

    def __init__(
        self,
        path: Path,
        *,
        shop: ShopId,
        format: Format = "cartback",  # noqa: A002  the option's name
        mapping: Mapping | None = None,
        received: Instant | None = None,
        backfill: bool = False,
        now: Instant | None = None,
    ) -> None:
        """With `now`, what arrives more than five minutes after it is Dropped.

        Raises OSError where the file cannot be opened, UnreadableLog where it has no header.
        Raises BadMapping where the mapping asks for columns that the file does not have.
        """
        if (format == "csv") != (mapping is not None):
            raise UnreadableLog("a CSV file needs a mapping, and only a CSV file (docs/replay.md)")
        self.path = path
        self.file = fingerprint(path, lines=2 if mapping else 1)  # many logs have the same header
        self._format = format
        self._frame = Frame(shop, self.file.head, received, backfill)
        self._latest = FOREVER if now is None else now + AHEAD
        self._open: LogStream | None = None
        self._mapping = mapping
        self._table = Table(mapping, self._header(mapping)) if mapping else None

    @property
    def share(self) -> float:
        """How much of the file the latest reading has taken in, from 0 to 1."""
        return self._open.share if self._open else 0.0

    def position(self, place: int) -> Position:
        return Position(self.file, place)

    def place_of(self, position: Position) -> int:
        """Where to read on. Raises AnotherFile; a file that has only grown is still the same."""
        if position.file.head != self.file.head or position.file.size > self.file.size:
            raise AnotherFile(
                f"{self.path} is not the file that was being replayed; start it anew"
                " (events that are in the log already are not counted twice)"
            )
        return position.place

    def read(self, after: int = 0, *, sort: bool = False) -> Iterator[Placed]:
        """The outcomes behind the place `after`, lazily. Bad rows come as Dropped.

        With `sort`, in order of time: all are held in memory, and UnreadableLog is raised before
        the first one where they are more than MOST_SORTED. A place then counts in that order.
        """
        if not sort:
            return self._read(after)
        return self._read_sorted(after)

    def _read(self, after: int) -> Iterator[Placed]:
        self._open = opened = LogStream(self.path)
        try:
            lines = read_lines(opened.stream)
            if self._mapping is not None and self._table is not None:
                rows = read_rows(TextLines(lines, self._mapping.encoding), self._mapping.delimiter)
                found = self._read_table(rows, self._table, after)
            else:
                found = self._read_lines(lines, after)
            yield from map(self._in_time, found)
        finally:
            opened.close()

    def _in_time(self, placed: Placed) -> Placed:
        outcome = placed.outcome
        if isinstance(outcome, Dropped) or outcome.received <= self._latest:
            return placed
        detail = f"{text_of(outcome.time)} is still to come"
        return placed._replace(outcome=Dropped(DropReason.FUTURE, detail))

    def _read_sorted(self, after: int) -> Iterator[Placed]:
        rows: list[Placed] = []
        for placed in self._read(0):
            rows.append(placed)
            if len(rows) > MOST_SORTED:
                raise UnreadableLog(
                    f"more than {MOST_SORTED:,} rows are not sorted in memory; sort the file first"
                )
        rows.sort(key=_time)  # those that are no events come first
        for place, (_, row, outcome) in enumerate(rows, start=1):
            if place > after:
                yield Placed(place, row, outcome)

    def _read_lines(self, lines: Iterator[bytes | Dropped], after: int) -> Iterator[Placed]:
        frame = self._frame
        read = read_message if self._format == "segment" else read_record
        for row, line in enumerate(lines, start=1):
            if row <= after:
                continue
            if isinstance(line, Dropped):
                yield Placed(row, row, line)
                continue
            try:
                event = read(frame, line, row)
            except Unfit as unfit:
                yield Placed(row, row, unfit.dropped)
            else:
                if event is not None:
                    yield Placed(row, row, event)

    def _header(self, mapping: Mapping) -> list[str]:
        opened = LogStream(self.path)
        try:
            lines = TextLines(read_lines(opened.stream), mapping.encoding)
            header = next(read_rows(lines, mapping.delimiter), None)
        finally:
            opened.close()
        if header is None or isinstance(header, Dropped):
            why = "it is empty" if header is None else header.detail
            raise UnreadableLog(f"{self.path} has no header that can be read: {why}")
        return [name.strip() for name in header]

    def _read_table(
        self, rows: Iterator[list[str] | Dropped], table: Table, after: int
    ) -> Iterator[Placed]:
        frame = self._frame
        for number, row in enumerate(rows, start=1):
            if number <= max(after, 1):  # the header is the first
                continue
            if isinstance(row, Dropped):
                yield Placed(number, number, row)
                continue
            try:
                event = table.read(frame, row, number)
            except Unfit as unfit:
                yield Placed(number, number, unfit.dropped)
            else:
                if event is not None:
                    yield Placed(number, number, event)


def _time(placed: Placed) -> Instant:
    return placed.outcome.time if isinstance(placed.outcome, Event) else -1
