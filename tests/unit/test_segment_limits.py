"""What one message may hold; one bad message never costs its neighbours."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartback.domain.drop import DropReason
from cartback.domain.instant import MINUTE
from cartback.engine.intake import Intake, Unreadable
from cartback.sources.segment import Envelope, Reader, limits
from tests.unit.segment_messages import ADA, NOW

READ = Reader()
GOOD = b'{"type":"track","userId":"ada","event":"x","messageId":"good"}'


def nested(depth: int, leaf: str = "1") -> str:
    """Properties with `depth` objects inside each other."""
    return '{"a":' * depth + leaf + "}" * depth


def message(properties: str) -> bytes:
    return f'{{"type":"track","userId":"ada","event":"y","properties":{properties}}}'.encode()


def read(*messages: bytes) -> Intake:
    """What becomes of a batch of these and one good message."""
    envelope = READ("batch", b'{"batch":[' + b",".join([*messages, GOOD]) + b"]}")
    assert isinstance(envelope, Envelope), envelope
    intake = envelope.read(1, NOW, backfill=False)
    assert intake.events[-1].id == "good"
    assert intake.events[-1].identifiers == (ADA,)
    assert len(intake.events) + len(intake.dropped) == len(messages) + 1
    return intake


@pytest.mark.parametrize(
    "properties, reason",
    [
        (nested(17), DropReason.TOO_DEEP),
        (nested(900), DropReason.TOO_DEEP),
        ('{"a":' + "[" * 16 + "]" * 16 + "}", DropReason.TOO_DEEP),
        (json.dumps({f"k{n}": n for n in range(401)}), DropReason.TOO_MANY_PROPERTIES),
        (json.dumps({"a": [{f"k{n}": n for n in range(401)}]}), DropReason.TOO_MANY_PROPERTIES),
        (json.dumps({"a": "x" * 32_768}), DropReason.TOO_LARGE),
        (json.dumps({f"k{n}": n for n in range(100_000)}), DropReason.TOO_LARGE),
        ('{"a":"\\u0000"}', DropReason.BAD_TEXT),
        ('{"a\\u0000":1}', DropReason.BAD_TEXT),
        ('{"a":[{"b":["x\\u0000y"]}]}', DropReason.BAD_TEXT),
        ('{"a":"\\ud800"}', DropReason.BAD_TEXT),
        ('{"a":"\\uDC00 x"}', DropReason.BAD_TEXT),
        ('{"a":"\\ud800\\u0041"}', DropReason.BAD_TEXT),
        ('{"\\udfff":1}', DropReason.BAD_TEXT),
        ('{"a":NaN}', DropReason.BAD_NUMBER),
        ('{"a":[1,-Infinity]}', DropReason.BAD_NUMBER),
        ('{"a":Infinity}', DropReason.BAD_NUMBER),
        ('{"a":1e999}', DropReason.BAD_NUMBER),
        ('{"a":9223372036854775808}', DropReason.BAD_NUMBER),
        ('{"a":-9223372036854775809}', DropReason.BAD_NUMBER),
        ('{"a": [ 18446744073709551616]}', DropReason.BAD_NUMBER),
        ('{"a":' + "9" * 5_000 + "}", DropReason.BAD_NUMBER),
        ('"text"', DropReason.MALFORMED),
    ],
    ids=range(23),
)
def test_a_message_beyond_the_limits_is_dropped_alone(properties: str, reason: DropReason) -> None:
    intake = read(GOOD, message(properties), GOOD)
    ((index, refused),) = intake.dropped
    assert (index, refused.reason) == (1, reason)
    assert refused.detail


@pytest.mark.parametrize(
    "properties, place",
    [
        ('{"a":NaN}', "properties.a"),
        ('{"b":1.5,"a":{"c":[1,-Infinity]}}', "properties.a.c[1]"),
        ('{"a":1e999}', "properties.a"),
        ('{"a":' + "9" * 5_000 + "}", "properties.a"),
    ],
    ids=range(4),
)
def test_a_number_out_of_range_is_named(properties: str, place: str) -> None:
    [(_, refused)] = read(message(properties)).dropped
    said = "is out of range; send a smaller one, or send it as text"
    assert refused.detail == f"the number at `{place}` {said}"


def test_a_message_that_is_not_utf_8_is_dropped_alone() -> None:
    intake = read(message('{"a":"')[:-1] + b'\xff"}}', message("{}"))
    assert [(index, refused.reason) for index, refused in intake.dropped] == [
        (0, DropReason.BAD_TEXT)
    ]


DEEP = "[" * 900 + "]" * 900


@pytest.mark.parametrize(
    "fields",
    [
        f'"type":{DEEP},"userId":"ada","event":"x"',
        f'"type":"track","userId":{DEEP},"event":"x"',
        f'"type":"track","userId":"ada","event":{DEEP}',
        f'"type":"track","userId":"ada","event":"x","timestamp":{DEEP}',
        f'"type":"track","userId":"ada","event":"x","sentAt":{DEEP}',
        f'"type":"track","userId":"ada","event":"x","messageId":{DEEP}',
        f'"type":"group","userId":"ada","groupId":{DEEP}',
        f'"type":"page","userId":"ada","name":{DEEP}',
        f'"type":"track","userId":"ada","event":"x","context":{{"traits":{DEEP}}}',
        f'"type":"track","userId":"ada","event":"x","context":{{"location":{DEEP}}}',
        f'"type":"page","userId":"ada","context":{{"page":{{"url":{DEEP}}}}}',
    ],
    ids=range(11),
)
def test_no_field_may_be_deep(fields: str) -> None:
    ((index, refused),) = read(f"{{{fields}}}".encode()).dropped
    assert (index, refused.reason) == (0, DropReason.TOO_DEEP)


def test_too_many_oddities_are_not_looked_for() -> None:
    body = b'{"batch":[' + b'"NaN",' * 30_000 + b"NaN]}"
    assert isinstance(READ("batch", body), Unreadable)


def test_what_is_not_kept_may_be_anything() -> None:
    odd = b'"userId":"ada","event":"x","type":"track"'
    intake = read(
        b'{"_metadata":"\xff",' + odd + b"}",
        b'{"_metadata":1e999,' + odd + b"}",
        b'{"context":{"device":{"id":123456789012345678901234567890}},' + odd + b"}",
    )
    assert intake.dropped == []


@pytest.mark.parametrize("junk", [b"1", b'"text"', b"null", b"[]", b"true", b"1e999"])
def test_a_message_that_is_no_object_is_dropped_alone(junk: bytes) -> None:
    intake = read(junk)
    assert intake.dropped[0][0] == 0


@pytest.mark.parametrize(
    "properties",
    [
        nested(16),
        json.dumps({f"k{n}": n for n in range(400)}),
        json.dumps({"lines": [{"sku": "a", "at": "a:b:c", "x": {"y": [1]}}] * 100}),
        json.dumps({"a": "x" * 32_000}),
        '{"a":9223372036854775807,"b":-9223372036854775808,"c":1.5e300}',
        '{"a":"9223372036854775808","b":"id 18446744073709551616","c":12345678901234567890.5}',
        '{"a":"\\ud83d\\ude00","b":"\\\\u0000","c":"\\\\ud800"}',
        json.dumps({"a": "{[" * 500 + ":" * 500, "b": "NaN Infinity -Infinity"}),
    ],
    ids=range(8),
)
def test_a_message_within_the_limits_is_taken(properties: str) -> None:
    (event, good) = read(message(properties)).events
    assert good.id == "good"
    assert event.properties == json.loads(properties)


def test_nan_beside_texts_that_speak_of_it_costs_only_its_message() -> None:
    intake = read(
        message('{"a":"NaN","b":"\\"NaN\\\\","c":"\\ud83d\\ude00"}'), message('{"a":[NaN]}')
    )
    assert intake.events[0].properties == {"a": "NaN", "b": '"NaN\\', "c": "\U0001f600"}
    assert [refused.reason for _, refused in intake.dropped] == [DropReason.BAD_NUMBER]


def test_the_path_of_a_bad_leaf_is_said() -> None:
    intake = read(message('{"a":[{"b":["x\\u0000y"]}]}'), message('{"n":{"k":-' + "9" * 30 + "}}"))
    assert "`$.properties.a[0].b[0]`" in intake.dropped[0][1].detail
    assert "`$.properties.n.k`" in intake.dropped[1][1].detail


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=30,
)


@given(st.dictionaries(st.text(max_size=3), JSON), st.sampled_from([None, 0]))
def test_what_counting_bytes_clears_is_within_the_limits(
    properties: dict[str, Any], indent: int | None
) -> None:
    raw = json.dumps(properties, indent=indent).encode()
    if not limits.may_be_too_wide_or_deep(raw):
        assert limits.check_shape([properties]) is None
    if not limits.has_odd_leaves(raw):
        assert limits.check_leaves({"$": properties}) is None


# --- batches ------------------------------------------------------------------------------------


def test_the_batchs_context_completes_that_of_its_messages() -> None:
    body = {
        "context": {"traits": {"email": "all@example.com"}, "location": {"country": "KR"}},
        "batch": [
            {"type": "track", "userId": "a", "event": "x"},
            {"type": "track", "userId": "b", "event": "x", "context": {"traits": {"plan": "Pro"}}},
        ],
    }
    envelope = READ("batch", json.dumps(body).encode())
    assert isinstance(envelope, Envelope)
    first, second = envelope.read(1, NOW, backfill=False).events
    assert first.traits == {"email": "all@example.com"}
    assert second.traits == {"plan": "Pro"}
    assert first.location == second.location
    assert second.location is not None
    assert second.location.country == "KR"


def test_the_batch_says_when_its_sender_sent_it() -> None:
    body = b'{"sentAt":"2026-03-01T09:00:00Z","batch":[{"type":"track","userId":"ada","event":"x",'
    envelope = READ("batch", body + b'"timestamp":"2026-03-01T08:50:00Z"}]}')
    assert isinstance(envelope, Envelope)
    (event,) = envelope.read(1, NOW, backfill=False).events
    assert event.time == NOW - 10 * MINUTE


def test_equal_messages_without_id_or_time_in_one_batch_are_different_events() -> None:
    again = b'{"type":"track","userId":"ada","event":"x"}'
    intake = read(again, again)
    assert len({event.id for event in intake.events}) == 3


def test_an_empty_batch_is_a_batch() -> None:
    envelope = READ("batch", b'{"batch":[]}')
    assert isinstance(envelope, Envelope)
    assert envelope.read(1, NOW, backfill=False) == Intake([], [])


@pytest.mark.parametrize(
    "body, said",
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"hello", "byte 0"),
        (b'{"batch":[', "middle, after 10 bytes"),
        (b'{"batch":[{"type":"track"}', "middle"),
        (b'{"batch":[{]}', "byte 11"),
        (b'{"batch":[]} {}', "byte 14"),
        (b"[]", "Expected `object`"),
        (b'"text"', "Expected `object`"),
        (b"5", "Expected `object`"),
        (b"{}", "`batch` is missing"),
        (b'{"batch":null}', "`batch` is missing"),
        (b'{"batch":{}}', "`$.batch`"),
        (b'{"batch":5}', "`$.batch`"),
        (b'{"batch":[],"context":5}', "`$.context`"),
        (b'{"batch":[],"writeKey":"\xff"}', "UTF-8"),
        ('{"batch":[]}'.encode("utf-16"), "byte 0"),
        (b'{"batch":[' + b"{}," * 10_000 + b"{}]}", "10,001 messages"),
    ],
    ids=range(18),
)
def test_a_body_that_cannot_be_read_says_where(body: bytes, said: str) -> None:
    unreadable = READ("batch", body)
    assert isinstance(unreadable, Unreadable)
    assert said in unreadable.detail
    assert unreadable.too_large == ("messages" in said)


@pytest.mark.parametrize("depth", [990, 5_000, 100_000])
def test_json_that_gives_up_its_depth_is_refused(depth: int) -> None:
    """How deep JSON is read depends on the Python; either way it ends well."""
    body = b'{"batch":[{"properties":' + b'{"a":' * depth + b"1" + b"}" * depth + b"}]}"
    outcome = READ("batch", body)
    if isinstance(outcome, Unreadable):
        assert "nested" in outcome.detail
    else:
        reasons = [refused.reason for _, refused in outcome.read(1, NOW, backfill=False).dropped]
        assert reasons in ([DropReason.TOO_DEEP], [DropReason.TOO_LARGE])


def test_a_byte_order_mark_is_ignored() -> None:
    assert isinstance(READ("batch", b'\xef\xbb\xbf{"batch":[]}'), Envelope)


@pytest.mark.parametrize("body", [b"[]", b"5", b"null", b"{", b"", b"\xff"])
def test_a_single_call_that_cannot_be_read_says_so(body: bytes) -> None:
    assert isinstance(READ("track", body), Unreadable)


def test_the_write_key_may_be_in_the_body() -> None:
    for call, body in (("track", b'{"writeKey":"k"}'), ("batch", b'{"batch":[],"writeKey":"k"}')):
        envelope = READ(call, body)
        assert isinstance(envelope, Envelope)
        assert envelope.write_key == "k"
    odd = READ("track", b'{"writeKey":5}')
    assert isinstance(odd, Envelope)
    assert odd.write_key == ""
