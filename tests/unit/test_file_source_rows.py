"""Rows of a file become events; bad ones say why, and the reading goes on."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from cartback.domain.drop import DropReason
from cartback.domain.event import Event, Identifier
from cartback.domain.instant import HOUR, parse_instant
from cartback.engine.intake import Dropped
from cartback.sources.file import (
    BadMapping,
    Format,
    LogFile,
    Mapping,
    Outcome,
    UnreadableLog,
    parse_mapping,
)

GOOD: dict[str, object] = {"metric": "Wished", "time": "2026-03-01T12:00:00Z", "anonymous_id": "a"}


def jsonl(path: Path, *lines: dict[str, object] | str | bytes) -> Path:
    file = path / "log.jsonl"
    texts = [json.dumps(line) if isinstance(line, dict) else line for line in lines]
    file.write_bytes(
        b"".join((text.encode() if isinstance(text, str) else text) + b"\n" for text in texts)
    )
    return file


def outcomes(file: Path, mapping: Mapping | None = None) -> list[Outcome]:
    kind: Format = "csv" if mapping else "cartback"
    return [placed.outcome for placed in LogFile(file, shop=1, format=kind, mapping=mapping).read()]


def events(file: Path, mapping: Mapping | None = None) -> list[Event]:
    found = outcomes(file, mapping)
    assert not [one for one in found if isinstance(one, Dropped)]
    return [one for one in found if isinstance(one, Event)]


# --- JSON lines -----------------------------------------------------------------------------


def test_a_native_line_becomes_an_event(tmp_path: Path) -> None:
    line = {
        "id": "e1",
        "metric": "Placed Order",
        "time": "2026-03-01T12:00:00+09:00",
        "external_id": "c1",
        "email": " Ada@Example.COM ",
        "phone": "+82 10-1234-5678",
        "properties": {"value": 1200, "currency": "KRW"},
        "traits": {"city": "Seoul"},
        "location": {"country": "South Korea"},
        "backfill": True,
    }
    (event,) = events(jsonl(tmp_path, line))
    assert (event.shop, event.id, event.metric) == (1, "e1", "Placed Order")
    assert event.time == event.received == parse_instant("2026-03-01T03:00:00Z")
    assert set(event.identifiers) == {
        Identifier("external_id", "c1"),
        Identifier("email", "ada@example.com"),
        Identifier("phone", "+821012345678"),
    }
    assert event.properties == {"value": 1200, "currency": "KRW"}
    assert event.traits == {"city": "Seoul"}
    assert event.location is not None
    assert event.location.country == "KR"
    assert event.backfill


@pytest.mark.parametrize(
    "line, reason",
    [
        ("{", DropReason.MALFORMED),
        ("[]", DropReason.MALFORMED),
        ("[" * 100_000, DropReason.TOO_LARGE),
        ('{"properties": {"a": ' + "[" * 10_000, DropReason.TOO_DEEP),
        (GOOD | {"properties": {str(n): n for n in range(401)}}, DropReason.TOO_MANY_PROPERTIES),
        (GOOD | {"properties": {"a": [[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]}}, DropReason.TOO_DEEP),
        (GOOD | {"properties": {"a": "\x00"}}, DropReason.BAD_TEXT),
        (GOOD | {"properties": {"a": 2**63}}, DropReason.BAD_NUMBER),
        (GOOD | {"id": "x" * 256}, DropReason.MALFORMED),
        ('{"metric": "\\ud800"}', DropReason.MALFORMED),
        (b'{"metric": "\xff"}', DropReason.BAD_TEXT),
        (GOOD | {"properites": {}}, DropReason.MALFORMED),
        (GOOD | {"time": "yesterday"}, DropReason.BAD_TIME),
        (GOOD | {"time": 10**18}, DropReason.BAD_TIME),
        (GOOD | {"time": "1989-12-31"}, DropReason.ANCIENT),
        (GOOD | {"metric": ""}, DropReason.BAD_METRIC),
        (GOOD | {"metric": "Cart Abandoned"}, DropReason.RESERVED_METRIC),
        (GOOD | {"anonymous_id": ""}, DropReason.NO_IDENTIFIER),
        (GOOD | {"anonymous_id": "null"}, DropReason.BAD_IDENTIFIER),
        (GOOD | {"anonymous_id": "", "email": "nobody"}, DropReason.BAD_IDENTIFIER),
        (GOOD | {"anonymous_id": "", "phone": "010 1234 5678"}, DropReason.BAD_IDENTIFIER),
        (
            GOOD | {"metric": "Placed Order", "properties": {"value": "12.00"}},
            DropReason.WRONG_TYPE,
        ),
        ("x" * 1_500_000, DropReason.TOO_LARGE),
    ],
)
def test_a_bad_line_is_a_reason_with_its_row_and_the_next_line_is_read(
    tmp_path: Path, line: dict[str, object] | str | bytes, reason: DropReason
) -> None:
    log = LogFile(jsonl(tmp_path, GOOD, line, GOOD), shop=1)
    (_, _, first), (_, row, second), (_, _, third) = log.read()
    assert isinstance(first, Event)
    assert isinstance(second, Dropped)
    assert (second.reason, row) == (reason, 2)
    assert second.detail
    assert isinstance(third, Event)


def test_a_missing_field_is_named(tmp_path: Path) -> None:
    (dropped,) = outcomes(jsonl(tmp_path, {"metric": "Wished", "anonymous_id": "a"}))
    assert isinstance(dropped, Dropped)
    assert "`time`" in dropped.detail


def test_empty_lines_and_a_byte_order_mark_do_no_harm(tmp_path: Path) -> None:
    file = jsonl(tmp_path, b"\xef\xbb\xbf" + json.dumps(GOOD).encode(), "", GOOD)
    assert len(events(file)) == 2


def test_rows_without_an_id_get_one_that_a_second_reading_repeats(tmp_path: Path) -> None:
    file = jsonl(tmp_path, GOOD, GOOD)
    once, twice = events(file), events(file)
    assert once == twice
    assert once[0].id != once[1].id


def test_a_grown_or_zipped_log_keeps_the_ids_of_its_rows(tmp_path: Path) -> None:
    before = events(jsonl(tmp_path, GOOD, GOOD | {"anonymous_id": "b"}))
    file = jsonl(tmp_path, GOOD, GOOD | {"anonymous_id": "b"}, GOOD)
    assert events(file)[:2] == before
    zipped = tmp_path / "log.jsonl.gz"
    zipped.write_bytes(gzip.compress(file.read_bytes()))
    assert events(zipped) == events(file)


def test_another_row_at_the_same_place_has_another_id(tmp_path: Path) -> None:
    start = [GOOD, GOOD]
    one = events(jsonl(tmp_path, *start, GOOD | {"anonymous_id": "x"}))
    other = events(jsonl(tmp_path, *start, GOOD | {"anonymous_id": "y"}))
    assert one[0].id == other[0].id
    assert one[2].id != other[2].id


def test_a_cut_off_gzip_gives_what_it_holds_and_then_one_reason(tmp_path: Path) -> None:
    lines = [GOOD | {"anonymous_id": f"{number * 7919 % 10_007}"} for number in range(5_000)]
    whole = gzip.compress(jsonl(tmp_path, *lines).read_bytes())
    file = tmp_path / "cut.gz"
    file.write_bytes(whole[: len(whole) // 2])
    *most, last = outcomes(file)
    assert len(most) > 100
    assert isinstance(last, Dropped)
    assert "damaged" in last.detail


def test_events_that_arrive_later_than_they_happened_keep_both_times(tmp_path: Path) -> None:
    now = parse_instant("2026-03-01T12:00:00Z")
    file = jsonl(tmp_path, GOOD | {"time": now - 5}, GOOD | {"time": now + HOUR})
    past, future = (
        placed.outcome for placed in LogFile(file, shop=1, received=now, backfill=True).read()
    )
    assert isinstance(past, Event)
    assert isinstance(future, Event)
    assert (past.time, past.received, past.ahead, past.backfill) == (now - 5, now, False, True)
    assert (future.time, future.received, future.ahead) == (now, now, True)


def test_a_name_that_names_nobody_is_left_out_where_there_is_another(tmp_path: Path) -> None:
    (event,) = events(jsonl(tmp_path, GOOD | {"email": "nobody", "external_id": "undefined"}))
    assert event.identifiers == (Identifier("anonymous_id", "a"),)


# --- Segment --------------------------------------------------------------------------------

TRACK: dict[str, object] = {
    "type": "track",
    "event": "Product Added",
    "anonymousId": "a",
    "timestamp": "2026-03-01T12:00:00Z",
    "sentAt": "2026-02-01T12:00:00Z",
    "messageId": "m1",
    "properties": {"product_id": "p", "price": 19.99, "currency": "GBP"},
}


def messages(file: Path, received: int | None = None) -> list[Outcome]:
    log = LogFile(file, shop=1, format="segment", received=received)
    return [placed.outcome for placed in log.read()]


def test_a_segment_message_becomes_the_event_that_the_http_api_makes_of_it(tmp_path: Path) -> None:
    (event,) = messages(jsonl(tmp_path, TRACK))
    assert isinstance(event, Event)
    assert (event.id, event.metric) == ("m1", "Added to Cart")
    assert event.time == event.received == parse_instant("2026-03-01T12:00:00Z")
    assert event.properties["price"] == 1999
    assert not event.backfill


def test_an_archived_message_keeps_its_time_however_late_it_is_read(tmp_path: Path) -> None:
    now = parse_instant("2026-09-01")
    file = jsonl(tmp_path, TRACK, TRACK | {"context": {"backfill": True}})
    one, other = messages(file, received=now)
    assert isinstance(one, Event)
    assert isinstance(other, Event)
    assert (one.time, one.received) == (parse_instant("2026-03-01T12:00:00Z"), now)
    assert (one.backfill, other.backfill) == (False, True)


def test_a_bad_message_is_a_reason_and_the_next_one_is_read(tmp_path: Path) -> None:
    timeless = {name: value for name, value in TRACK.items() if name != "timestamp"}
    file = jsonl(tmp_path, "{", timeless, TRACK | {"type": "dance"}, TRACK)
    *bad, good = messages(file)
    assert isinstance(good, Event)
    assert [one.reason for one in bad if isinstance(one, Dropped)] == [
        DropReason.MALFORMED,
        DropReason.BAD_TIME,
        DropReason.UNKNOWN_TYPE,
    ]


# --- CSV ------------------------------------------------------------------------------------

MAPPING = """
time: {column: when, format: "%d/%m/%Y %H:%M", zone: Europe/London}
identifiers:
  - {column: visitor, kind: anonymous_id, prefix: "web-"}
  - {column: mail, kind: email}
metric:
  column: what
  table: {buy: Placed Order, look: Looked, ping: null}
properties:
  - {name: value, column: total, type: amount, unit: major, metrics: [Placed Order]}
  - {name: currency, value: GBP, metrics: [Placed Order]}
  - {name: pieces, column: pieces, type: int}
  - {name: weight, column: weight, type: number}
traits:
  - {name: vip, column: vip, type: boolean}
empty: ["", "NULL"]
"""
HEADER = "when,visitor,mail,what,total,pieces,weight,vip"


def table(path: Path, *rows: str, header: str = HEADER, encoding: str = "utf-8") -> Path:
    file = path / "log.csv"
    file.write_bytes("\r\n".join((header, *rows, "")).encode(encoding))
    return file


def test_a_mapped_row_becomes_an_event(tmp_path: Path) -> None:
    row = '01/07/2026 09:30,7,a@example.com,buy,"1,234.50",3,0.25,yes'
    (event,) = events(table(tmp_path, row), parse_mapping(MAPPING))
    assert event.time == parse_instant("2026-07-01T08:30:00Z")  # British Summer Time
    assert event.metric == "Placed Order"
    assert event.identifiers == (
        Identifier("anonymous_id", "web-7"),
        Identifier("email", "a@example.com"),
    )
    assert event.properties == {"value": 123450, "pieces": 3, "weight": 0.25, "currency": "GBP"}
    assert event.traits == {"vip": True}


def test_skipped_values_and_empty_cells_leave_nothing(tmp_path: Path) -> None:
    rows = ("01/07/2026 09:30,7,,ping,,,,", "", "01/07/2026 09:31,7,NULL,look,,NULL,,")
    (event,) = events(table(tmp_path, *rows), parse_mapping(MAPPING))
    assert event.metric == "Looked"
    assert event.identifiers == (Identifier("anonymous_id", "web-7"),)
    assert event.properties == event.traits == {}


@pytest.mark.parametrize(
    "row, reason",
    [
        ("01/07/2026 09:30,7", DropReason.MALFORMED),
        ("2026-07-01,7,,look,,,,", DropReason.BAD_TIME),
        ("01/07/2026 09:30,,,look,,,,", DropReason.NO_IDENTIFIER),
        ("01/07/2026 09:30,7,,dance,,,,", DropReason.BAD_METRIC),
        ("01/07/2026 09:30,7,,look,,2.5,,", DropReason.WRONG_TYPE),
        ("01/07/2026 09:30,7,,look,,,nan,", DropReason.WRONG_TYPE),
        ("01/07/2026 09:30,7,,look,,,,perhaps", DropReason.WRONG_TYPE),
        ("01/07/2026 09:30,7,,buy,12 GBP,,,", DropReason.WRONG_TYPE),
        ("01/07/2026 09:30,7\x00,,look,,,,", DropReason.BAD_TEXT),
        ("01/07/2026 09:30,7," + "x" * 200_000 + ",look,,,,", DropReason.MALFORMED),
    ],
)
def test_a_bad_row_is_a_reason_and_the_next_row_is_read(
    tmp_path: Path, row: str, reason: DropReason
) -> None:
    good = "01/07/2026 09:30,7,,look,,,,"
    file = table(tmp_path, good, row, good)
    log = LogFile(file, shop=1, format="csv", mapping=parse_mapping(MAPPING))
    (_, _, first), (_, number, second), (_, _, third) = log.read()
    assert isinstance(first, Event)
    assert isinstance(second, Dropped)
    assert (second.reason, number) == (reason, 3)
    assert isinstance(third, Event)


def test_text_of_another_encoding_is_read_when_the_mapping_names_it(tmp_path: Path) -> None:
    document = MAPPING.replace("look: Looked", "구경: 구경함")
    file = table(tmp_path, "01/07/2026 09:30,7,,구경,,,,", encoding="cp949")
    (dropped,) = outcomes(file, parse_mapping(document))
    assert isinstance(dropped, Dropped)
    assert dropped.reason == DropReason.BAD_TEXT
    (event,) = events(file, parse_mapping(document + "encoding: cp949\n"))
    assert event.metric == "구경함"


def test_a_comma_may_be_the_decimal_sign(tmp_path: Path) -> None:
    document = MAPPING + 'decimal: ","\ndelimiter: ";"\n'
    row = "01/07/2026 09:30;7;;buy;1.234,50;;0,5;"
    file = table(tmp_path, row, header=HEADER.replace(",", ";"))
    (event,) = events(file, parse_mapping(document))
    assert event.properties == {"value": 123450, "weight": 0.5, "currency": "GBP"}


def test_an_amount_has_the_decimals_of_its_currency(tmp_path: Path) -> None:
    row = "01/07/2026 09:30,7,,buy,1234,,,"
    for unit, value in (("major, currency: KRW", 1234), ("minor", 1234), ("major", 123400)):
        document = MAPPING.replace("unit: major", f"unit: {unit}")
        (event,) = events(table(tmp_path, row), parse_mapping(document))
        assert event.properties["value"] == value


def test_phones_without_a_country_code_are_of_the_region(tmp_path: Path) -> None:
    document = MAPPING.replace(
        "{column: mail, kind: email}", "{column: mail, kind: phone, region: KR}"
    )
    row = "01/07/2026 09:30,,010-1234-5678,look,,,,"
    (event,) = events(table(tmp_path, row), parse_mapping(document))
    assert event.identifiers == (Identifier("phone", "+821012345678"),)


def test_seconds_and_milliseconds_since_1970_are_times_too(tmp_path: Path) -> None:
    when = '{column: when, format: "%d/%m/%Y %H:%M", zone: Europe/London}'
    for form, text in (("seconds", "1782898200.5"), ("milliseconds", "1782898200500")):
        document = MAPPING.replace(when, f"{{column: when, format: {form}}}")
        (event,) = events(table(tmp_path, f"{text},7,,look,,,,"), parse_mapping(document))
        assert event.time == 1782898200500


def test_columns_joined_make_an_id(tmp_path: Path) -> None:
    document = MAPPING + "id: {columns: [visitor, when]}\n"
    (event,) = events(table(tmp_path, "01/07/2026 09:30,7,,look,,,,"), parse_mapping(document))
    assert event.id == "7:01/07/2026 09:30"


def test_rows_in_which_the_id_is_empty_are_not_one_event(tmp_path: Path) -> None:
    rows = [f"01/07/2026 09:3{number},7,,look,,,{id_}," for number, id_ in enumerate(("", "NULL"))]
    document = MAPPING + "id: {columns: [weight]}\n"
    found = events(table(tmp_path, *rows), parse_mapping(document))
    assert len({one.id for one in found}) == 2
    assert all(len(one.id) > 20 for one in found), "each is named as a row without an id"


def test_a_column_that_the_file_lacks_is_said_before_the_first_row(tmp_path: Path) -> None:
    with pytest.raises(BadMapping, match="no column 'vip'; it has 'when'"):
        outcomes(table(tmp_path, header=HEADER.removesuffix(",vip")), parse_mapping(MAPPING))


def test_an_empty_file_has_no_header(tmp_path: Path) -> None:
    file = tmp_path / "empty.csv"
    file.touch()
    with pytest.raises(UnreadableLog, match="empty"):
        outcomes(file, parse_mapping(MAPPING))


@pytest.mark.parametrize(
    "change, message",
    [
        (("zone: Europe/London", "zone: London"), "not a time zone"),
        (('format: "%d/%m/%Y %H:%M"', "format: iso8601"), "is no format"),
        (("kind: email", "kind: mail"), "identifiers"),
        (("column: what", "colum: what"), "colum"),
        (("type: int", "type: integer"), "properties"),
        (("buy: Placed Order", "buy: Cart Abandoned"), "Cartback's own"),
        (("empty:", "encoding: utf-16\nempty:"), "utf-16"),
        (("empty:", "delimiter: '||'\nempty:"), "one character"),
        (("identifiers:", "identifiers: ["), "no YAML"),
    ],
)
def test_a_mapping_that_cannot_be_used_says_where(change: tuple[str, str], message: str) -> None:
    assert change[0] in MAPPING
    with pytest.raises(BadMapping, match=message):
        parse_mapping(MAPPING.replace(*change))
