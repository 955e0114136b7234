"""What operators ask: is it ready, and the figures for Prometheus. All else is passed on.

    GET /readyz    200 when the database answers and its schema is the newest, else 503
    GET /metrics   figures in Prometheus' text format
    /api/…         the API; everything else is the events' and the console's (front.py)

A failure that nobody foresaw is answered with 503 here, so that senders keep what they have and
send it again: official SDKs throw events away on a 4xx.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, TypeAlias

import msgspec
from starlette.requests import ClientDisconnect

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

API: Final = "/api/"
_JSON: Final = b"application/json"
_FIGURES: Final = b"text/plain; version=0.0.4; charset=utf-8"
_log = logging.getLogger("cartback.web")


class Operations:
    """The outermost ASGI application."""

    def __init__(
        self,
        front: App,
        *,
        is_ready: Callable[[], str | None],
        figures: Callable[[], bytes],
        api: App | None = None,
    ) -> None:
        """`is_ready` says what is wrong, or None; both are asked in a thread of their own."""
        self._front = front
        self._api = api or front
        self._is_ready = is_ready
        self._figures = figures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        answered = _Answered(send)
        try:
            await self._answer(scope, receive, answered)
        except ClientDisconnect:
            pass  # nobody is there to be told
        except Exception:  # noqa: BLE001  whatever it is, the sender is told to come again
            _log.exception("a request failed", extra={"path": scope["path"][:100]})
            if not answered.begun:
                await _send(send, 503, _JSON, _error("this failed here; send it again later"))

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["path"]:
            case "/readyz":
                wrong = await asyncio.to_thread(self._is_ready)
                body = b'{"ready":true}' if wrong is None else _error(wrong)
                await _send(send, 200 if wrong is None else 503, _JSON, body)
            case "/metrics":
                await _send(send, 200, _FIGURES, await asyncio.to_thread(self._figures))
            case str(path) if path.startswith(API):
                await self._api(scope, receive, send)
            case _:
                await self._front(scope, receive, send)


class _Answered:
    """Passes on, and knows whether an answer has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.begun = False

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        self.begun = True
        await self._send(message)


def _error(sentence: str) -> bytes:
    return msgspec.json.encode({"error": sentence})


async def _send(send: Send, status: int, kind: bytes, body: bytes) -> None:
    headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body))]
    if status == 503:
        headers.append((b"retry-after", b"5"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
