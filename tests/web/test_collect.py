"""Events over HTTP: who may send, what is answered, and in whose shop they land."""

import base64
import gzip
import json
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from cartback.domain.drop import DropReason
from cartback.domain.event import Identifier
from tests.web.receiver import (
    ONE,
    OTHERS,
    PUBLIC,
    READER,
    REVOKED,
    SECRET,
    STRANGER,
    TWO,
    MemoryReceiver,
)

TRACK = {"userId": "ada", "event": "Song Played", "messageId": "m-1"}
CALLS = ["track", "identify", "page", "screen", "alias", "group"]


def basic(token: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{token}:".encode()).decode()}


def post(
    client: TestClient,
    path: str,
    body: bytes | dict[str, Any],
    token: str = SECRET,
    *,
    headers: dict[str, str] | None = None,
) -> Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(path, content=content, headers={**basic(token), **(headers or {})})


def batch(*messages: dict[str, Any]) -> dict[str, Any]:
    return {"batch": [{"type": "track", **message} for message in messages]}


# --- what is taken ------------------------------------------------------------------------------


def test_an_event_is_taken(client: TestClient, receiver: MemoryReceiver) -> None:
    answer = post(client, "/v1/track", TRACK)
    assert answer.status_code == 200
    assert answer.json() == {
        "success": True,
        "accepted": 1,
        "duplicates": 0,
        "dropped_count": 0,
        "dropped": [],
    }
    (event,) = receiver.events()
    assert (event.id, event.metric, event.shop) == ("m-1", "Song Played", ONE)
    assert event.identifiers == (Identifier("external_id", "ada"),)


@pytest.mark.parametrize(
    "path, metric",
    [
        ("/v1/track", "Song Played"),
        ("/v1/t", "Song Played"),
        ("/v1/identify", "Identified"),
        ("/v1/i", "Identified"),
        ("/v1/page", "Viewed Page"),
        ("/v1/p", "Viewed Page"),
        ("/v1/screen", "Viewed Screen"),
        ("/v1/s", "Viewed Screen"),
        ("/v1/alias", "Aliased"),
        ("/v1/a", "Aliased"),
        ("/v1/group", "Grouped"),
        ("/v1/g", "Grouped"),
        ("/v1/track/", "Song Played"),
    ],
)
def test_each_path_is_a_call(
    client: TestClient, receiver: MemoryReceiver, path: str, metric: str
) -> None:
    assert post(client, path, {**TRACK, "previousId": "device-1"}).status_code == 200
    assert [event.metric for event in receiver.events()] == [metric]


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b", "/v1/import"])
def test_a_batch_is_taken_in_its_order(
    client: TestClient, receiver: MemoryReceiver, path: str
) -> None:
    messages = [{"userId": "ada", "event": f"e{n}", "messageId": f"m{n}"} for n in range(50)]
    assert post(client, path, batch(*messages)).json()["accepted"] == 50
    assert [event.id for event in receiver.events()] == [f"m{n}" for n in range(50)]


def test_what_is_dropped_costs_only_itself(client: TestClient, receiver: MemoryReceiver) -> None:
    body = batch(TRACK, {"event": "x"}, {**TRACK, "messageId": "m-2"}, {"userId": "ada"})
    answer = post(client, "/v1/batch", body)
    assert answer.status_code == 200
    assert answer.json()["accepted"] == 2
    assert answer.json()["dropped_count"] == 2
    assert [(one["index"], one["reason"]) for one in answer.json()["dropped"]] == [
        (1, "no_identifier"),
        (3, "bad_metric"),
    ]
    assert receiver.drops[ONE] == {DropReason.NO_IDENTIFIER: 1, DropReason.BAD_METRIC: 1}


def test_a_long_list_of_drops_is_cut_and_still_counted(
    client: TestClient, receiver: MemoryReceiver
) -> None:
    answer = post(client, "/v1/batch", batch(*[{"event": "x"}] * 150)).json()
    assert (answer["dropped_count"], len(answer["dropped"])) == (150, 100)
    assert receiver.drops[ONE] == {DropReason.NO_IDENTIFIER: 150}


def test_a_single_call_that_is_dropped_says_why(
    client: TestClient, receiver: MemoryReceiver
) -> None:
    answer = post(
        client,
        "/v1/track",
        {"userId": "ada", "event": "Product Added"} | {"properties": {"price": "abc"}},
    )
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("wrong_type: Product Added")
    assert receiver.drops[ONE] == {DropReason.WRONG_TYPE: 1}


def test_the_same_event_twice_is_welcome(client: TestClient, receiver: MemoryReceiver) -> None:
    assert post(client, "/v1/track", TRACK).json()["accepted"] == 1
    again = post(client, "/v1/track", TRACK)
    assert (again.status_code, again.json()["accepted"], again.json()["duplicates"]) == (200, 0, 1)
    assert len(receiver.events()) == 1


def test_an_empty_batch_is_no_error(client: TestClient, receiver: MemoryReceiver) -> None:
    assert post(client, "/v1/batch", {"batch": []}).json()["accepted"] == 0


# --- who may send -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers, query, body",
    [
        (basic(SECRET), "", {}),
        ({"authorization": "basic " + base64.b64encode(b"sk-one").decode()}, "", {}),
        ({"authorization": "Basic " + base64.b64encode(b"sk-one:ignored").decode()}, "", {}),
        ({"authorization": f"Bearer {SECRET}"}, "", {}),
        ({"X-Write-Key": SECRET}, "", {}),
        ({}, f"?writeKey={SECRET}", {}),
        ({}, "", {"writeKey": SECRET}),
        ({"authorization": "Digest x"}, "", {"writeKey": SECRET}),
    ],
    ids=range(8),
)
def test_a_key_may_be_shown_in_many_ways(
    client: TestClient,
    receiver: MemoryReceiver,
    headers: dict[str, str],
    query: str,
    body: dict[str, str],
) -> None:
    for path, content in (("/v1/track", TRACK), ("/v1/batch", batch({**TRACK, "messageId": "b"}))):
        answer = client.post(path + query, json={**content, **body}, headers=headers)
        assert answer.status_code == 200
    assert len(receiver.events(ONE)) == 2


def test_a_key_that_may_not_send_events_is_refused(
    client: TestClient, receiver: MemoryReceiver
) -> None:
    answer = post(client, "/v1/track", TRACK, READER)
    assert answer.status_code == 403
    assert "events:write" in answer.json()["error"]
    assert receiver.events() == []


@pytest.mark.parametrize("token", [STRANGER, REVOKED, "", " ", SECRET + "x", SECRET[:-1], "\u00e9"])
@pytest.mark.parametrize("path", [*(f"/v1/{call}" for call in CALLS), "/v1/batch"])
def test_a_stranger_or_a_revoked_key_may_send_nothing(
    client: TestClient, receiver: MemoryReceiver, path: str, token: str
) -> None:
    body = {**TRACK, **batch(TRACK)}
    for answer in (
        post(client, path, body, token),
        client.post(path, json={**body, "writeKey": token}),
        client.post(path, json=body, headers={b"authorization": f"Bearer {token}".encode()}),
    ):
        assert answer.status_code == 401
        assert "write key" in answer.json()["error"]
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.headers["access-control-allow-origin"] == "*"
    assert receiver.events(ONE) == receiver.events(TWO) == []
    assert not receiver.drops[ONE]


@pytest.mark.parametrize("path", [*(f"/v1/{call}" for call in CALLS), "/v1/batch"])
def test_events_land_in_the_shop_of_their_key_only(
    client: TestClient, receiver: MemoryReceiver, path: str
) -> None:
    body = {**TRACK, **batch(TRACK), "previousId": "device-1", "shop": ONE, "shopId": ONE}
    assert post(client, path, body, OTHERS).status_code == 200
    assert receiver.events(ONE) == []
    assert [event.shop for event in receiver.events(TWO)] == [TWO]
    assert post(client, path, body, SECRET).json()["accepted"] == 1  # an id is the shop's own


def test_the_key_in_the_header_goes_before_the_one_in_the_body(
    client: TestClient, receiver: MemoryReceiver
) -> None:
    post(client, "/v1/track", {**TRACK, "writeKey": OTHERS}, SECRET)
    assert (len(receiver.events(ONE)), len(receiver.events(TWO))) == (1, 0)
    assert post(client, "/v1/track", {**TRACK, "writeKey": SECRET}, STRANGER).status_code == 401


# --- history ------------------------------------------------------------------------------------

HISTORY = {**TRACK, "timestamp": "2020-01-01T00:00:00Z", "context": {"backfill": True}}


@pytest.mark.parametrize(
    "query, headers, body",
    [
        ("?backfill=true", {}, TRACK),
        ("", {"X-Backfill": "true"}, TRACK),
        ("", {}, HISTORY),
    ],
    ids=["query", "header", "message"],
)
def test_history_needs_a_secret_key(
    client: TestClient,
    receiver: MemoryReceiver,
    query: str,
    headers: dict[str, str],
    body: dict[str, Any],
) -> None:
    refused = post(client, "/v1/track" + query, body, PUBLIC, headers=headers)
    assert (refused.status_code, receiver.events()) == (403, [])
    assert "secret key" in refused.json()["error"]
    assert post(client, "/v1/track" + query, body, SECRET, headers=headers).status_code == 200
    assert [event.backfill for event in receiver.events()] == [True]


def test_a_public_key_may_send_what_happens_now(
    client: TestClient, receiver: MemoryReceiver
) -> None:
    assert post(client, "/v1/track", TRACK, PUBLIC).status_code == 200
    assert [event.backfill for event in receiver.events()] == [False]


# --- bodies -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "", "image/png", "x" * 300])
def test_whatever_it_is_called_it_is_json(
    client: TestClient, receiver: MemoryReceiver, kind: str
) -> None:
    headers = {"content-type": kind} if kind else {}
    assert post(client, "/v1/track", TRACK, headers=headers).status_code == 200


@pytest.mark.parametrize("encoding", ["", "gzip", "identity", "br", "deflate"])
def test_gzip_is_known_by_how_it_begins(
    client: TestClient, receiver: MemoryReceiver, encoding: str
) -> None:
    headers = {"content-encoding": encoding} if encoding else {}
    packed = gzip.compress(json.dumps(TRACK).encode())
    assert post(client, "/v1/track", packed, headers=headers).status_code == 200
    halves = [gzip.compress(b'{"userId":"ada",'), gzip.compress(b'"event":"x"}')]
    assert post(client, "/v1/track", b"".join(halves), headers=headers).status_code == 200


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "zstd"])
def test_plain_json_is_read_whatever_the_header_claims(
    client: TestClient, receiver: MemoryReceiver, encoding: str
) -> None:
    headers = {"content-encoding": encoding}
    assert post(client, "/v1/track", TRACK, headers=headers).status_code == 200


def test_another_compression_is_named(client: TestClient, receiver: MemoryReceiver) -> None:
    answer = post(client, "/v1/track", b"\x8b\x00\x80{}\x03", headers={"content-encoding": "br"})
    assert answer.status_code == 415
    assert "gzip" in answer.json()["error"]


def test_a_body_in_pieces_is_one(client: TestClient, receiver: MemoryReceiver) -> None:
    content = json.dumps(TRACK).encode()
    pieces = (content[n : n + 7] for n in range(0, len(content), 7))
    assert client.post("/v1/track", content=pieces, headers=basic(SECRET)).status_code == 200


# --- browsers -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/v1/t", "/v1/batch", "/v1/identify"])
def test_a_browser_of_any_shop_may_ask_first(client: TestClient, path: str) -> None:
    answer = client.options(
        path,
        headers={
            "origin": "https://shop.example",
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,content-type",
        },
    )
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "Authorization" in answer.headers["access-control-allow-headers"]
    assert int(answer.headers["access-control-max-age"]) > 0
    assert "access-control-allow-credentials" not in answer.headers
    assert "content-length" not in answer.headers


def test_a_browser_may_read_every_answer(client: TestClient, receiver: MemoryReceiver) -> None:
    for answer in (
        post(client, "/v1/t", TRACK),
        post(client, "/v1/t", b"{"),
        post(client, "/v1/t", TRACK, STRANGER),
        client.get("/v1/t"),
    ):
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["content-type"] == "application/json"


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
def test_events_are_posted(client: TestClient, method: str) -> None:
    answer = client.request(method, "/v1/track", headers=basic(SECRET))
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST, OPTIONS"


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/", "/v1/delete", "/v2/track", "/v1/track/x"])
def test_anything_else_is_not_there(client: TestClient, path: str) -> None:
    answer = post(client, path, TRACK)
    assert answer.status_code == 404
    assert path.rstrip("/") in answer.json()["error"]


def test_when_too_much_waits_the_sender_comes_again(
    client: TestClient, receiver: MemoryReceiver
) -> None:
    receiver.is_overloaded = True
    for path, body in (("/v1/track", TRACK), ("/v1/batch", batch(TRACK)), ("/v1/batch", b"{")):
        answer = post(client, path, body)
        assert answer.status_code == 429
        assert answer.headers["retry-after"] == "7"
        assert answer.headers["access-control-expose-headers"] == "Retry-After"
    receiver.is_overloaded = False
    assert post(client, "/v1/track", TRACK).json()["accepted"] == 1


def test_it_says_that_it_is_well(client: TestClient) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok")
    assert client.head("/healthz").status_code == 200
    assert client.post("/healthz").status_code == 405


def test_a_message_of_segments_browser_sdk_is_taken(
    client: TestClient, receiver: MemoryReceiver
) -> None:
    """As analytics.js 1.84 posts it: text/plain, basic credentials and the key in the body."""
    page = {
        "path": "/p/1",
        "referrer": "",
        "search": "",
        "title": "Uno",
        "url": "https://a.example",
    }
    message = {
        "timestamp": "2026-03-01T11:59:58.250Z",
        "integrations": {},
        "event": "Product Viewed",
        "type": "track",
        "properties": {"product_id": "505b", "price": 3.5, "currency": "USD"},
        "context": {
            "page": page,
            "userAgent": "Mozilla/5.0",
            "userAgentData": {"brands": [{"brand": "Chromium", "version": "156"}], "mobile": False},
            "locale": "ko-KR",
            "timezone": "Asia/Seoul",
            "library": {"name": "analytics.js", "version": "npm:next-1.84.3"},
        },
        "messageId": "ajs-next-1772366398250-3f6e2c1b-0f63-4ba4-9e0a-9f4e7f1a2b3c",
        "writeKey": PUBLIC,
        "userId": None,
        "anonymousId": "device-1",
        "sentAt": "2026-03-01T11:59:58.300Z",
        "_metadata": {"bundled": ["Segment.io"], "unbundled": [], "bundledIds": []},
    }
    headers = {"content-type": "text/plain", "origin": "https://shop.example"}
    assert post(client, "/v1/t", message, PUBLIC, headers=headers).status_code == 200
    batched = {"writeKey": PUBLIC, "batch": [message], "sentAt": "2026-03-01T11:59:59.300Z"}
    assert post(client, "/v1/b", batched, PUBLIC, headers=headers).json()["duplicates"] == 1
    (event,) = receiver.events()
    assert event.metric == "Viewed Product"
    assert event.properties == {"product_id": "505b", "price": 350, "currency": "USD"}
    assert event.identifiers == (Identifier("anonymous_id", "device-1"),)
    assert event.received - event.time == 1_750
