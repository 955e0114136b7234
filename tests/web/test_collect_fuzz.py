"""Whatever is sent, the answer is a 2xx or a 4xx, and what is taken is well-formed."""

import asyncio
import gzip
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.web.conftest import START
from tests.web.receiver import ONE, PUBLIC, SECRET, MemoryReceiver, collect_into

PATHS = st.sampled_from(["/v1/track", "/v1/identify", "/v1/page", "/v1/alias", "/v1/group"]) | (
    st.sampled_from(["/v1/batch", "/v1/screen", "/v1/b", "/healthz", "/", "/v1/%00"]) | st.text()
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=20)
    | st.sampled_from(["undefined", "2026-03-01T12:00:00Z", "\ud800", "\x00", "ada@example.com"])
    | st.sampled_from(["+82 10-1234-5678", "track", "Order Completed", "Checkout Started", "KRW"])
)
NAMES = st.text(max_size=5) | st.sampled_from(
    """
    type userId anonymousId previousId groupId event name properties traits context timestamp
    sentAt originalTimestamp receivedAt messageId batch writeKey products lines price value
    currency email phone address location country page backfill quantity total category
    """.split()
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=10,
)
MESSAGES = st.fixed_dictionaries(
    {"userId": st.just("ada") | LEAVES, "event": st.just("Order Completed") | LEAVES},
    optional={
        "type": st.sampled_from(["track", "identify", "page", "screen", "alias", "group"]),
        "properties": st.dictionaries(NAMES, JSON, max_size=5),
        "traits": st.dictionaries(NAMES, JSON, max_size=3),
        "context": st.dictionaries(NAMES, JSON, max_size=3),
        "timestamp": LEAVES,
        "messageId": LEAVES,
        "sentAt": LEAVES,
    },
)


def knock(path: str, body: bytes, headers: list[tuple[bytes, bytes]], query: bytes = b"") -> int:
    """The status of the answer; an exception fails the test."""
    receiver = MemoryReceiver()
    sent: list[dict[str, Any]] = []
    arriving = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        return arriving.pop()

    async def send(message: Any) -> None:  # noqa: ANN401  as ASGI has it
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": query,
        "headers": headers,
    }
    asyncio.run(collect_into(receiver, START)(scope, receive, send))
    status: int = sent[0]["status"]
    assert status < 500
    answer = json.loads(sent[1]["body"]) if sent[1]["body"] not in (b"", b"ok") else {}
    assert ("error" in answer) == (status >= 400)
    taken = len(receiver.events(ONE))
    assert taken == answer.get("accepted", 0)
    return status


@given(PATHS, st.binary(max_size=200), st.sampled_from([b"", b"\x1f\x8b", b'{"batch":[', b"{"]))
def test_any_bytes_are_answered(path: str, body: bytes, head: bytes) -> None:
    knock(path, head + body, [(b"x-write-key", SECRET.encode())])


@given(PATHS, JSON | MESSAGES, st.booleans(), st.booleans())
def test_any_json_is_answered(path: str, value: object, ascii_only: bool, packed: bool) -> None:
    body = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    knock(path, gzip.compress(body) if packed else body, [(b"x-write-key", SECRET.encode())])


@given(st.lists(MESSAGES | JSON, max_size=4), st.dictionaries(NAMES, JSON, max_size=3))
def test_any_batch_takes_what_can_be_taken(messages: list[Any], around: dict[str, Any]) -> None:
    good = {"type": "track", "userId": "ada", "event": "x"}
    of_the_batch = {"context", "writeKey", "sentAt"}  # a bad one of these is the whole body's
    noise = {name: value for name, value in around.items() if name not in of_the_batch}
    body = json.dumps({**noise, "batch": [*messages, good]}).encode()
    assert knock("/v1/batch", body, [(b"x-write-key", SECRET.encode())]) == 200


HEADERS = st.sampled_from(
    [b"authorization", b"x-write-key", b"content-encoding", b"x-backfill", b"content-length"]
)
VALUES = st.binary(max_size=30) | st.sampled_from(
    [b"Basic " + b"c2stb25lOg==", b"Bearer " + PUBLIC.encode(), b"Basic ", b"true", b"gzip", b"br"]
)


@given(st.lists(st.tuples(HEADERS, VALUES), max_size=4), st.binary(max_size=30))
def test_any_headers_and_query_are_answered(
    headers: list[tuple[bytes, bytes]], query: bytes
) -> None:
    knock("/v1/track", b'{"userId":"ada","event":"x","messageId":"m"}', headers, query)
