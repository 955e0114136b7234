"""Where events come in: Segment's HTTP API, and a place to ask whether we are there.

    POST /v1/track identify page screen alias group   one call
    POST /v1/batch                                     many
    GET  /healthz                                      "ok"

`/v1/t`, `/v1/b` and so on are what Segment's browser SDK calls them. A plain ASGI application,
because a shop sends thousands of these a second. It answers once the events are durable.
"""

import asyncio
import base64
import binascii
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple, Protocol, TypeAlias
from urllib.parse import parse_qs

import msgspec

from cartback.domain.drop import DropReason
from cartback.domain.event import Event, ShopId
from cartback.domain.instant import Instant
from cartback.engine.intake import Intake, Overloaded, Receipt, Unreadable
from cartback.engine.ports import Clock
from cartback.engine.returning import Sender
from cartback.engine.scope import Scope as Allowed
from cartback.engine.shop_ports import KeyRow
from cartback.web.onsite.body import BadGzip, Gone, Receive, TooLarge, read_body, unpack

Scope: TypeAlias = MutableMapping[str, Any]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers: TypeAlias = list[tuple[bytes, bytes]]

LARGEST_BODY: Final = 500 * 1024
MOST_DROPS_LISTED: Final = 100
MANY: Final = 500
HEALTH: Final = "/healthz"

_CALLS: Final = ("track", "identify", "page", "screen", "alias", "group", "batch")
CALLS: Final[Mapping[str, str]] = (
    {f"/v1/{call}": call for call in _CALLS}
    | {f"/v1/{call[0]}": call for call in _CALLS}
    | {"/v1/import": "batch"}
)
"""The call that each path stands for; single letters are what analytics.js uses."""
PATHS: Final = (*CALLS, HEALTH)


class Envelope(Protocol):
    """A body that could be read, before it is known whose it is."""

    @property
    def write_key(self) -> str:
        """The key inside the body, or an empty text."""

    @property
    def size(self) -> int:
        """How many messages are in it."""

    def read(self, shop: ShopId, received: Instant, *, backfill: bool) -> Intake: ...


class Reader(Protocol):
    """A source that understands these bodies."""

    def __call__(self, call: str, body: bytes) -> Envelope | Unreadable: ...


class Receiver(Protocol):
    """The engine's door."""

    def key(self, token: str) -> KeyRow | None:
        """The write key, None where it is unknown or revoked."""

    async def receive(
        self,
        shop: ShopId,
        events: Sequence[Event],
        drops: Mapping[DropReason, int],
        sender: Sender = None,
    ) -> Receipt:
        """Returns when the events are durable and the drops are counted. Raises Overloaded."""


class Answer(NamedTuple):
    """A response; its headers say also what the body is."""

    status: int
    body: bytes
    headers: Headers


class Asked(NamedTuple):
    """What the request says beside its body."""

    token: str
    backfill: bool
    encoding: bytes
    sender: Sender


class Refused(Exception):
    """The whole request is refused, with a sentence that says what to change."""

    def __init__(
        self, status: int, sentence: str, *, headers: Headers | None = None, reason: str = ""
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.headers = headers or []
        self.reason = reason


class Collect:
    """The ASGI application for all of PATHS."""

    def __init__(self, *, receiver: Receiver, read: Reader, clock: Clock) -> None:
        self._receiver = receiver
        self._read = read
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            answer = await self._answer(scope, receive)
        except Refused as refused:
            body = _json({"error": str(refused)})
            answer = Answer(refused.status, body, [*_JSON, *refused.headers])
        if answer is not None:
            await _send(answer, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer | None:
        """None where the sender hung up."""
        path: str = scope["path"]
        path = path.removeprefix(scope.get("root_path", "")).rstrip("/")
        method: str = scope["method"]
        call = CALLS.get(path)
        if call is None:
            return _health(path, method)
        if method == "OPTIONS":
            return Answer(204, b"", _PREFLIGHT)
        if method != "POST":
            raise Refused(405, f"send {path} by POST", headers=[(b"allow", b"POST, OPTIONS")])
        return await self._collect(call, scope, receive)

    async def _collect(self, call: str, scope: Scope, receive: Receive) -> Answer | None:
        # The body is read first, so that a sender who is refused can read why.
        body = await read_body(receive, LARGEST_BODY)
        if isinstance(body, Gone):
            return None
        asked = _asked(scope)
        key = self._key(asked.token) if asked.token else None
        try:
            envelope = self._open(call, body, asked)
        except Refused as refused:
            if key is not None and refused.reason:
                await self._receive(key.shop, (), {DropReason(refused.reason): 1}, asked.sender)
            raise
        return await self._take(call, envelope, key or self._key(envelope.write_key), asked)

    def _key(self, token: str) -> KeyRow:
        if not token:
            raise Refused(
                401,
                "a write key is missing: send it as the user name of basic authentication, as a"
                " bearer token, in the header X-Write-Key, or as writeKey in the body",
                headers=_CHALLENGE,
            )
        key = self._receiver.key(token)
        if key is None:
            raise Refused(401, "this write key is unknown or was revoked", headers=_CHALLENGE)
        return key

    def _open(self, call: str, body: bytes | TooLarge, asked: Asked) -> Envelope:
        plain = body if isinstance(body, TooLarge) else unpack(body, LARGEST_BODY)
        match plain:
            case TooLarge(limit):
                raise _too_large(f"the body is larger than {limit:,} bytes; send smaller batches")
            case BadGzip(detail):
                raise _malformed(f"the body is gzip that cannot be unpacked: {detail}")
            case _ if asked.encoding not in _UNDERSTOOD and plain[:1] != b"{":
                raise Refused(415, "the body is compressed in a way not known here; use gzip")
        envelope = self._read(call, plain)
        if isinstance(envelope, Unreadable):
            raise (_too_large if envelope.too_large else _malformed)(envelope.detail)
        return envelope

    async def _take(self, call: str, envelope: Envelope, key: KeyRow, asked: Asked) -> Answer:
        if Allowed.EVENTS_WRITE not in key.scopes:
            raise Refused(403, "this key may not send events; it lacks the scope events:write")
        intake = await self._intake(envelope, key.shop, asked)
        if key.kind == "public" and (asked.backfill or any(e.backfill for e in intake.events)):
            raise Refused(403, "a public key may not import history (backfill); use a secret key")
        receipt = await self._receive(key.shop, intake.events, _drops(intake), asked.sender)
        if call != "batch" and intake.dropped:
            reason, detail = intake.dropped[0][1]
            raise Refused(400, f"{reason}: {detail}")
        return Answer(200, _outcome(receipt, intake), _JSON)

    async def _intake(self, envelope: Envelope, shop: ShopId, asked: Asked) -> Intake:
        """The messages, read; many of them in a thread, so that nobody waits for them here."""
        received = self._clock()
        if envelope.size < MANY:
            return envelope.read(shop, received, backfill=asked.backfill)
        return await asyncio.to_thread(envelope.read, shop, received, backfill=asked.backfill)

    async def _receive(
        self,
        shop: ShopId,
        events: Sequence[Event],
        drops: Mapping[DropReason, int],
        sender: Sender,
    ) -> Receipt:
        if not events and not drops:
            return Receipt(0)
        try:
            return await self._receiver.receive(shop, events, drops, sender)
        except Overloaded as overloaded:
            raise Refused(
                429,
                "more is waiting than can be written; send this again later",
                headers=[(b"retry-after", b"%d" % max(1, overloaded.retry_after))],
            ) from None


# --- what the request says beside its body ------------------------------------------------------

_TRUE: Final = frozenset({"true", "1", "yes"})
_UNDERSTOOD: Final = frozenset({b"", b"identity", b"gzip", b"x-gzip"})


def _asked(scope: Scope) -> Asked:
    token, written, encoding, backfill = "", "", b"", False
    for name, value in scope["headers"]:
        if name == b"authorization":
            token = _token(value)
        elif name == b"x-write-key":
            written = value.decode("latin-1").strip()
        elif name == b"content-encoding":
            encoding = value.strip().lower()
        elif name == b"x-backfill":
            backfill = value.decode("latin-1").strip().lower() in _TRUE
    token = token or written
    if scope["query_string"]:
        query = parse_qs(scope["query_string"].decode("latin-1"))
        token = token or query.get("writeKey", [""])[0]
        backfill = backfill or query.get("backfill", [""])[0].lower() in _TRUE
    client = scope.get("client")
    return Asked(token, backfill, encoding, None if client is None else tuple(client))


@lru_cache(1_024)
def _token(authorization: bytes) -> str:
    """The key in basic (RFC 7617; its user name) or bearer (RFC 6750) credentials."""
    scheme, _, rest = authorization.strip().partition(b" ")
    match scheme.lower():
        case b"bearer":
            return rest.strip().decode("latin-1")
        case b"basic":
            try:
                credentials = base64.b64decode(rest.strip(), validate=True)
            except binascii.Error:
                return ""
            return credentials.partition(b":")[0].decode("latin-1")
    return ""


# --- answers ------------------------------------------------------------------------------------

_ANYONE: Final = (b"access-control-allow-origin", b"*")
_JSON: Final[Headers] = [
    (b"content-type", b"application/json"),
    _ANYONE,
    (b"access-control-expose-headers", b"Retry-After"),
]
_TEXT: Final[Headers] = [(b"content-type", b"text/plain; charset=utf-8"), _ANYONE]
_PREFLIGHT: Final[Headers] = [
    _ANYONE,
    (b"access-control-allow-methods", b"POST"),
    # The star does not stand for Authorization (Fetch standard, CORS-preflight).
    (
        b"access-control-allow-headers",
        b"Authorization, Content-Type, Content-Encoding, X-Write-Key, X-Retry-Count, *",
    ),
    (b"access-control-max-age", b"86400"),
]
# Bearer, because a browser would ask its user for the password of a Basic challenge.
_CHALLENGE: Final[Headers] = [(b"www-authenticate", b'Bearer realm="cartback"')]
_json: Final = msgspec.json.Encoder().encode
_NONE: Final[Mapping[DropReason, int]] = MappingProxyType({})


def _drops(intake: Intake) -> Mapping[DropReason, int]:
    """How many were dropped, by reason; nearly always none."""
    if not intake.dropped:
        return _NONE
    return Counter(dropped.reason for _, dropped in intake.dropped)


def _outcome(receipt: Receipt, intake: Intake) -> bytes:
    return _json(
        {
            "success": True,
            "accepted": receipt.accepted,
            "duplicates": receipt.duplicates,
            "dropped_count": len(intake.dropped),
            "dropped": [
                {"index": index, "reason": dropped.reason, "detail": dropped.detail}
                for index, dropped in intake.dropped[:MOST_DROPS_LISTED]
            ],
        }
    )


def _health(path: str, method: str) -> Answer:
    if path != HEALTH:
        raise Refused(404, f"there is nothing at {path[:100]}")
    if method not in {"GET", "HEAD"}:
        raise Refused(405, f"ask {HEALTH} by GET", headers=[(b"allow", b"GET, HEAD")])
    return Answer(200, b"" if method == "HEAD" else b"ok", _TEXT)


def _malformed(sentence: str) -> Refused:
    return Refused(400, sentence, reason=DropReason.MALFORMED)


def _too_large(sentence: str) -> Refused:
    return Refused(413, sentence, reason=DropReason.TOO_LARGE)


async def _send(answer: Answer, send: Send) -> None:
    headers = answer.headers
    if answer.status != 204:  # which must not have a length (RFC 9110, 8.6)
        headers = [*headers, (b"content-length", b"%d" % len(answer.body))]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
