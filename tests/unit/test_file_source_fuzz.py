"""Whatever a file holds, reading it ends, and every row is an event or a reason."""

from __future__ import annotations

import gzip
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import example, given
from hypothesis import strategies as st

from cartback.sources.file import Format, LogFile, Mapping, Placed, UnreadableLog, parse_mapping

MAPPING = parse_mapping(
    "{time: {column: t}, identifiers: [{column: who, kind: external_id}],"
    " metric: {column: what, otherwise: keep},"
    " properties: [{name: price, column: price, type: amount, unit: major},"
    " {name: quantity, column: count, type: int}, {name: old, column: old, type: boolean}]}"
)
HEADER = b"t,who,what,price,count,old\n"
pieces = st.sampled_from(
    [
        *(b'"', b",", b"\n", b"\r", b"\x00", b"\xff", b"\xef\xbb\xbf", b"{", b"}", b"[", b":"),
        *(b"2026-03-01", b"a", b"Placed Order", b"1,5", b"9" * 30, b"1e999", b"NaN", b"true"),
        b'{"metric": "Placed Order", "time": 1772366400000, "email": "a@b.co"}\n',
        b'{"type": "track", "event": "x", "userId": "u", "timestamp": "2026-03-01"}\n',
        b'{"metric": "x", "time": "2026-03-01", "anonymous_id": "\\ud800"}\n',
        b"2026-03-01,7,Placed Order,1.50,2,yes\n",
    ]
)
contents = st.lists(pieces | st.binary(max_size=20), max_size=30).map(b"".join)


def read(content: bytes, form: Format, mapping: Mapping | None) -> list[Placed]:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "log"
        file.write_bytes(content)
        log = LogFile(file, shop=1, format=form, mapping=mapping)
        everything = list(log.read())
        middle = everything[len(everything) // 2].place if everything else 0
        assert list(log.read(middle)) == [one for one in everything if one.place > middle]
        assert len(list(log.read(sort=True))) == len(everything)
        return everything


@given(contents)
@example(b'{"metric": "x", "time": "2026-03-01", "anonymous_id": "\xed\xa0\x80"}')
def test_any_bytes_as_json_lines(content: bytes) -> None:
    places = [one.place for one in read(content, "cartback", None)]
    assert places == sorted(set(places))
    read(content, "segment", None)


@given(contents)
def test_any_bytes_as_a_table(content: bytes) -> None:
    places = [one.place for one in read(HEADER + content, "csv", MAPPING)]
    assert places == sorted(set(places))


@given(contents, st.integers(0, 10**6))
def test_any_cut_of_a_gzip(content: bytes, cut: int) -> None:
    zipped = gzip.compress(HEADER + content)
    with suppress(UnreadableLog):  # cut within the header
        read(zipped[: 2 + cut % (len(zipped) - 1)], "csv", MAPPING)
