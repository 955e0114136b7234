"""A plain or gzip file as lines, with bounded memory, and what tells one file from another."""

import codecs
import contextlib
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import msgspec

from cartback.domain.drop import DropReason
from cartback.engine.intake import Dropped

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

HEAD: Final = 64 * 1024
LONGEST_LINE: Final = 1024 * 1024
_GZIP_MAGIC: Final = b"\x1f\x8b"
_BUFFER: Final = 256 * 1024


class Fingerprint(msgspec.Struct, frozen=True):
    """Which file it is: its size in bytes, and a digest of how its text begins.

    `head` is the same for a file and its gzip, and for a log that has grown since.
    """

    size: int
    head: str


class _Unzipped(io.RawIOBase):
    """A gzip file's text, piece by piece: where the file is damaged, all before that is given."""

    def __init__(self, raw: BinaryIO) -> None:
        self._pieces = gzip.GzipFile(fileobj=raw)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer)
        piece = self._pieces.read1(len(view))
        view[: len(piece)] = piece
        return len(piece)


class LogStream:
    """An open file; `share` says how much of it has been read, from 0 to 1."""

    def __init__(self, path: Path) -> None:
        self._raw = path.open("rb")
        self._size = max(path.stat().st_size, 1)
        self.stream: BinaryIO = self._raw
        if self._raw.peek(2)[:2] == _GZIP_MAGIC:
            self.stream = io.BufferedReader(_Unzipped(self._raw), _BUFFER)

    @property
    def share(self) -> float:
        return 1.0 if self._raw.closed else min(self._raw.tell() / self._size, 1.0)

    def close(self) -> None:
        self.stream.close()
        self._raw.close()


def fingerprint(path: Path, lines: int = 1) -> Fingerprint:
    """Read the beginning of the file, so many lines of it. Raises OSError where it cannot be read.

    It is no more than what a log with one event has, so that a log which grows stays the same.
    """
    with path.open("rb") as raw:
        head = raw.read(HEAD)
    size = path.stat().st_size
    if head.startswith(_GZIP_MAGIC):
        with contextlib.suppress(zlib.error):  # no gzip after all: the bytes themselves will do
            head = zlib.decompressobj(wbits=31).decompress(head, HEAD)
    first = b"\n".join(line.strip() for line in head.splitlines()[:lines])[:4096]
    return Fingerprint(size, hashlib.blake2b(first, digest_size=5).hexdigest())


def read_lines(stream: BinaryIO) -> Iterator[bytes | Dropped]:
    """The lines with their ends. One too long is passed over; a cut-off gzip ends the reading."""
    first = True
    while True:
        try:
            line = stream.readline(LONGEST_LINE + 1)
            too_long = len(line) > LONGEST_LINE
            while too_long and line and not line.endswith(b"\n"):
                line = stream.readline(LONGEST_LINE)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            yield Dropped(DropReason.MALFORMED, f"the gzip file is damaged from here on: {error}")
            return
        if too_long:
            yield Dropped(DropReason.TOO_LARGE, f"a line is at most {LONGEST_LINE:,} bytes")
        elif not line:
            return
        else:
            yield line.removeprefix(codecs.BOM_UTF8) if first else line
        first = False
