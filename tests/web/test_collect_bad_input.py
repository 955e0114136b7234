"""Bad input, one row each: a clear 4xx or a counted drop, never a 5xx, never a stuck worker."""

import asyncio
import gzip
import json
import tracemalloc
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from cartback.domain.drop import DropReason
from cartback.web.onsite.body import TooLarge, read_body, unpack
from cartback.web.onsite.collect import LARGEST_BODY
from tests.web.conftest import START
from tests.web.receiver import ONE, SECRET, STRANGER, MemoryReceiver, collect_into
from tests.web.test_collect import TRACK, basic, post

HEAD = b'{"userId":"ada","event":"x","messageId":"m","properties":'


def track(properties: str | bytes) -> bytes:
    return HEAD + (properties if isinstance(properties, bytes) else properties.encode()) + b"}"


@pytest.mark.parametrize(
    "body, reason, said",
    [
        (b'{"userId":"ada","event":"x"', "malformed", "ends in the middle, after 27 bytes"),
        (b"userId=ada&event=x", "malformed", "byte 0"),
        (b"", "malformed", "empty"),
        (b"null", "malformed", "object"),
        (b"\x1f\x8b\x08broken", "malformed", "gzip"),
        (gzip.compress(track("{}"))[:-9], "malformed", "gzip"),
        (track('"text"'), "malformed", "$.properties"),
        (track('{"a":' * 500 + "1" + "}" * 500), "too_deep", "16"),
        (track(json.dumps({f"k{n}": n for n in range(3_000)})), "too_large", "32 KB"),
        (track(json.dumps({f"k{n}": n for n in range(500)})), "too_many_properties", "400"),
        (track(json.dumps({"a": "x" * 40_000})), "too_large", "32 KB"),
        (track('{"a":"\\u0000"}'), "bad_text", "$.properties.a"),
        (track(b'{"a":"\x00"}'), "malformed", "byte 63"),
        (track('{"a":"\\ud800"}'), "bad_text", "$.properties.a"),
        (track(b'{"a":"\xed\xa0\x80"}'), "bad_text", "UTF-8"),
        (track(b'{"a":"\xff"}'), "bad_text", "UTF-8"),
        (track('{"a":NaN}'), "bad_number", "out of range"),
        (track('{"a":-Infinity}'), "bad_number", "out of range"),
        (track('{"a":1e400}'), "bad_number", "out of range"),
        (track('{"a":123456789012345678901234567890}'), "bad_number", "$.properties.a"),
        (track('{"a":' + "9" * 30_000 + "}"), "bad_number", "out of range"),
        (track('{},"timestamp":"1970-01-01T00:00:00Z"'), "ancient", "1990"),
        (track('{},"timestamp":"soon"'), "bad_time", "2026-03-01T12:00:00Z"),
        (track('{},"timestamp":1772366400'), "bad_time", "as text"),
        (track('{},"userId":"undefined"'), "bad_identifier", "userId"),
        (track('{},"userId":null'), "no_identifier", "userId"),
        (track('{},"event":"Cart Abandoned"'), "reserved_metric", "Cart Abandoned"),
        (track('{},"event":""'), "bad_metric", "event"),
        (track('{"cart_id":{}},"event":"Product Added"'), "wrong_type", "$.cart_id"),
        (track('{"price":-3.5},"event":"Product Added"'), "wrong_type", "$.price"),
        (track('{"quantity":-1},"event":"Product Added"'), "wrong_type", "$.quantity"),
    ],
    ids=range(31),
)
def test_a_bad_call_is_a_400_that_says_what_to_change(
    client: TestClient, receiver: MemoryReceiver, body: bytes, reason: str, said: str
) -> None:
    answer = post(client, "/v1/track", body)
    assert answer.status_code == 400
    assert said in answer.json()["error"]
    assert receiver.drops[ONE] == {DropReason(reason): 1}
    assert post(client, "/v1/track", TRACK).json()["accepted"] == 1  # nothing is stuck


def test_an_alias_of_one_name_is_a_400(client: TestClient, receiver: MemoryReceiver) -> None:
    answer = post(client, "/v1/alias", {"userId": "ada"})
    assert answer.status_code == 400
    assert "previousId" in answer.json()["error"]
    assert receiver.drops[ONE] == {DropReason.NO_IDENTIFIER: 1}


@pytest.mark.parametrize("head, tail", [("[", "]"), ('{"a":', "}")])
def test_properties_nested_1_000_deep_are_a_400(
    client: TestClient, receiver: MemoryReceiver, head: str, tail: str
) -> None:
    answer = post(client, "/v1/track", track(head * 1_000 + "1" + tail * 1_000))
    assert answer.status_code == 400
    assert "flatten" in answer.json()["error"] or "$.properties" in answer.json()["error"]
    assert sum(receiver.drops[ONE].values()) == 1


def too_large(client: TestClient, receiver: MemoryReceiver, body: bytes) -> None:
    answer = client.post("/v1/batch", content=body, headers=basic(SECRET))
    assert answer.status_code == 413
    assert "512,000 bytes" in answer.json()["error"]
    assert receiver.drops[ONE] == {DropReason.TOO_LARGE: 1}
    assert post(client, "/v1/track", TRACK).json()["accepted"] == 1


def test_a_text_of_5_mb_is_a_413(client: TestClient, receiver: MemoryReceiver) -> None:
    too_large(client, receiver, track(json.dumps({"a": "x" * 5_000_000})))


def test_100_000_properties_are_a_413(client: TestClient, receiver: MemoryReceiver) -> None:
    too_large(client, receiver, track(json.dumps({f"k{n}": n for n in range(100_000)})))


def test_a_compressed_bomb_is_a_413(client: TestClient, receiver: MemoryReceiver) -> None:
    too_large(client, receiver, gzip.compress(b'{"a":"' + b"x" * 100_000_000))


def test_a_compressed_bomb_takes_no_more_memory_than_the_limit() -> None:
    bomb = gzip.compress(b" " * 100_000_000)
    tracemalloc.start()
    assert unpack(bomb, LARGEST_BODY) == TooLarge(LARGEST_BODY)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * LARGEST_BODY


def test_a_bomb_of_many_members_is_a_413(client: TestClient, receiver: MemoryReceiver) -> None:
    too_large(client, receiver, gzip.compress(b" " * 100_000) * 50)


def test_a_bomb_in_a_bomb_is_opened_once(client: TestClient, receiver: MemoryReceiver) -> None:
    inner = gzip.compress(b" " * 10_000_000)
    assert post(client, "/v1/track", gzip.compress(inner)).status_code == 400


def test_an_endless_body_is_not_read_to_its_end() -> None:
    pieces = iter([b" " * LARGEST_BODY] * 1_000)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": next(pieces), "more_body": True}

    assert asyncio.run(read_body(receive, LARGEST_BODY)) == TooLarge(LARGEST_BODY)
    assert 900 < sum(1 for _ in pieces) < 1_000


def test_a_sender_who_hangs_up_gets_no_answer(receiver: MemoryReceiver) -> None:
    arriving: Iterator[dict[str, Any]] = iter(
        [
            {"type": "http.request", "body": b'{"userId":', "more_body": True},
            {"type": "http.disconnect"},
        ]
    )

    async def receive() -> dict[str, Any]:
        return next(arriving)

    async def send(message: Any) -> None:  # noqa: ANN401  as ASGI has it
        raise AssertionError(message)

    scope = {"type": "http", "method": "POST", "path": "/v1/track"}
    asyncio.run(collect_into(receiver, START)(scope, receive, send))
    assert receiver.events() == []


def test_a_body_of_exactly_the_limit_is_read(client: TestClient, receiver: MemoryReceiver) -> None:
    body = json.dumps({"batch": [{"type": "track", **TRACK}]}).encode()
    assert post(client, "/v1/batch", body.ljust(LARGEST_BODY)).status_code == 200
    assert post(client, "/v1/batch", body.ljust(LARGEST_BODY + 1)).status_code == 413
    assert post(client, "/v1/batch", gzip.compress(body.ljust(LARGEST_BODY))).status_code == 200
    assert post(client, "/v1/batch", gzip.compress(body.ljust(LARGEST_BODY + 1))).status_code == 413


def test_more_than_10_000_messages_are_a_413(client: TestClient, receiver: MemoryReceiver) -> None:
    answer = post(client, "/v1/batch", b'{"batch":[' + b"{}," * 10_000 + b"{}]}")
    assert (answer.status_code, "10,000" in answer.json()["error"]) == (413, True)
    answer = post(client, "/v1/batch", b'{"batch":[' + b"{}," * 9_999 + b"{}]}")
    assert (answer.status_code, answer.json()["dropped_count"]) == (200, 10_000)


def test_duplicate_ids_in_one_batch_are_one_event(
    client: TestClient, receiver: MemoryReceiver
) -> None:
    message = {"type": "track", **TRACK}
    answer = post(client, "/v1/batch", {"batch": [message] * 10}).json()
    assert (answer["accepted"], answer["duplicates"]) == (1, 9)


def test_a_time_in_the_future_is_taken_as_now(client: TestClient, receiver: MemoryReceiver) -> None:
    assert post(client, "/v1/track", {**TRACK, "timestamp": "2099-01-01T00:00:00Z"}).is_success
    (event,) = receiver.events()
    assert event.time == event.received
    assert event.ahead


def test_unknown_properties_are_kept(client: TestClient, receiver: MemoryReceiver) -> None:
    properties = {"lines": [{"sku": "a", "gift": True}], "wrapping": {"colour": "red"}}
    order = {**TRACK, "event": "Placed Order", "properties": properties}
    assert post(client, "/v1/track", order).is_success
    assert receiver.events()[0].properties == properties


def test_a_stranger_with_a_bad_body_learns_only_that(
    client: TestClient, receiver: MemoryReceiver
) -> None:
    assert post(client, "/v1/track", b"{", STRANGER).status_code == 401
    assert client.post("/v1/track", content=b"{").status_code == 400
    assert not receiver.drops[ONE]


@pytest.mark.parametrize(
    "credentials",
    [
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic YQ",
        "Bearer",
        "Bearer ",
        "x",
        "Basic Og==",
        "Basic w6k=",
    ],
)
def test_credentials_that_say_nothing_are_a_401(
    client: TestClient, receiver: MemoryReceiver, credentials: str
) -> None:
    answer = client.post("/v1/track", json=TRACK, headers={"authorization": credentials})
    assert answer.status_code == 401


def test_a_query_of_noise_is_ignored(client: TestClient, receiver: MemoryReceiver) -> None:
    assert post(client, "/v1/track?%ff=%00&writeKey&backfill=&&;=%zz", TRACK).status_code == 200


def test_zlib_without_gzip_is_malformed(client: TestClient, receiver: MemoryReceiver) -> None:
    assert post(client, "/v1/track", zlib.compress(track("{}"))).status_code == 400
