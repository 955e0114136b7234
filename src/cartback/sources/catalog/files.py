"""A file of products or reviews as rows, whatever its form, with bounded memory."""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final, Generic, NamedTuple, TypeVar

import msgspec

from cartback.domain.drop import DropReason
from cartback.domain.event import Json
from cartback.domain.fault import Fault
from cartback.engine.intake import Dropped
from cartback.engine.products import (
    BadProduct,
    Read,
    ReviewRow,
    Unread,
    parse_product,
    parse_review,
)
from cartback.sources.catalog.columns import (
    Cells,
    UnknownColumns,
    product_cells,
    product_of,
    review_cells,
    review_of,
)
from cartback.sources.file.lines import LONGEST_LINE, LogStream, read_lines
from cartback.sources.file.outcome import Unfit
from cartback.sources.file.table import TextLines

Row = TypeVar("Row")
LARGEST_ARRAY: Final = 64 * 1024 * 1024
"""A JSON array is read whole; JSON lines are not."""
_decode: Final = msgspec.json.Decoder().decode


class UnreadableCatalog(Fault):
    """A file of which nothing can be taken; the sentence says what to change."""


class Why(NamedTuple):
    """Why a row says nothing."""

    error: ValueError

    def of(self, line: int) -> Unread:
        fault = self.error if isinstance(self.error, Fault) else None
        return Unread(line, str(self.error), fault)


class _Shape(NamedTuple, Generic[Row]):
    """How rows become what is wanted: from a document, and from the cells of a table."""

    parse: Callable[[Json], Row]
    header: Callable[[list[str]], Cells]
    cells: Callable[[Cells, list[str]], Row]

    def of_document(self, document: Json) -> Row | Why:
        """What a document says; else why it says nothing."""
        try:
            return self.parse(document)
        except BadProduct as error:
            return Why(error)

    def of_row(self, cells: Cells, row: list[str]) -> Row | Why:
        """The same of a table's row."""
        try:
            if len(row) != cells.width:
                raise Fault("row_width", count=len(row), width=cells.width)
            return self.cells(cells, row)
        except ValueError as error:
            return Why(error)


def read_products(path: Path, currency: str) -> Iterator[Read | Unread]:
    """The products in a file; `currency` is that of prices that name none.

    Raises UnreadableCatalog where the file as a whole makes no sense, and OSError.
    """
    shape = _Shape(
        parse_product, product_cells, lambda cells, row: product_of(cells, row, currency)
    )
    for line, found in _rows(path, shape):
        if isinstance(found, Why):
            yield found.of(line)
        else:
            yield Read(line, found)


def read_reviews(path: Path) -> Iterator[ReviewRow | Unread]:
    """The reviews in a file. Raises likewise."""
    for line, found in _rows(path, _Shape(parse_review, review_cells, review_of)):
        if isinstance(found, Why):
            yield found.of(line)
        else:
            yield ReviewRow(line, found)


def _rows(path: Path, shape: _Shape[Row]) -> Iterator[tuple[int, Row | Why]]:
    """Each row's line, and what it holds or why that could not be read."""
    log = LogStream(path)
    try:
        start = _first(log.stream)
        if start == b"[":
            yield from _array(log.stream, shape)
        elif start == b"{":
            yield from _json_lines(log.stream, shape)
        else:
            yield from _table(log.stream, shape)
    finally:
        log.close()


def _first(stream: BinaryIO) -> bytes:
    """The first letter that is no blank, without reading on."""
    try:
        head = stream.peek(4096) if isinstance(stream, io.BufferedReader) else b""
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UnreadableCatalog("gzip_damaged", said=error) from None
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]


def _array(stream: BinaryIO, shape: _Shape[Row]) -> Iterator[tuple[int, Row | Why]]:
    try:
        whole = stream.read(LARGEST_ARRAY + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UnreadableCatalog("gzip_damaged", said=error) from None
    if len(whole) > LARGEST_ARRAY:
        raise UnreadableCatalog("array_too_large", most=f"{LARGEST_ARRAY:,}")
    try:
        documents = json.loads(whole)
    except (ValueError, RecursionError) as error:
        raise UnreadableCatalog("file_not_json", said=error) from None
    for number, document in enumerate(documents, 1):
        yield number, shape.of_document(document)


def _json_lines(stream: BinaryIO, shape: _Shape[Row]) -> Iterator[tuple[int, Row | Why]]:
    for number, line in enumerate(read_lines(stream), 1):
        if isinstance(line, Dropped):
            yield number, Why(_dropped(line))
        elif line.strip():
            try:
                document = _decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                yield number, Why(Fault("not_json", error=error))
            else:
                yield number, shape.of_document(document)


def _table(stream: BinaryIO, shape: _Shape[Row]) -> Iterator[tuple[int, Row | Why]]:
    counted = _Counted(read_lines(stream))
    lines = TextLines(counted, "utf-8")
    try:
        header = next(lines)
    except StopIteration:
        raise UnreadableCatalog("file_empty") from None
    except Unfit as unfit:
        raise UnreadableCatalog("header_unreadable", said=_dropped(unfit.dropped)) from None
    delimiter = max(",;\t|", key=header.count)
    try:
        cells = shape.header(next(csv.reader([header], delimiter=delimiter)))
    except UnknownColumns as error:
        raise UnreadableCatalog(error.kind, **error.about) from None
    except csv.Error as error:
        raise UnreadableCatalog("header_not_csv", said=error) from None
    rows = csv.reader(lines, delimiter=delimiter)
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except Unfit as unfit:
            yield counted.number, Why(_dropped(unfit.dropped))
            continue
        except csv.Error as error:
            yield counted.number, Why(Fault("row_not_csv", said=error))
            continue
        if any(cell.strip() for cell in row):
            yield counted.number, shape.of_row(cells, row)


def _dropped(line: Dropped) -> Fault:
    """Why a line could not be taken from the file."""
    match line.reason:
        case DropReason.TOO_LARGE:
            return Fault("row_too_long", most=f"{LONGEST_LINE:,}")
        case DropReason.BAD_TEXT:
            return Fault("row_not_text")
        case _:
            return Fault("gzip_damaged", said=line.detail.rpartition(": ")[2])


class _Counted:
    """Lines, and how many were taken: the csv reader does not count the ones it could not read."""

    def __init__(self, lines: Iterator[bytes | Dropped]) -> None:
        self._lines = lines
        self.number = 0

    def __iter__(self) -> Iterator[bytes | Dropped]:
        return self

    def __next__(self) -> bytes | Dropped:
        line = next(self._lines)
        self.number += 1
        return line
