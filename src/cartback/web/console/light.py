"""Answers as light as they can travel: static files packed once, pages as they go out.

A packed answer that holds a secret beside what an attacker chose betrays the secret by its length,
byte by byte (BREACH). Our pages hold no tokens: what a page sends is judged by the browser's own
headers (guard.py). But they hold people's addresses, and a search repeats what was searched for.
So a page is packed only where the browser says that a page of ours, or the person at the keyboard,
asked for it (Sec-Fetch-Site): nobody else can make it repeat their guesses.
"""

import gzip
from functools import cache
from typing import Final, NamedTuple

from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from cartback.web.console.render import STATIC

WORTH_IT: Final = 1_000
LEVEL: Final = 5
_OURS: Final = frozenset({b"same-origin", b"none"})
_FOR_EVER: Final = {"cache-control": "public, max-age=31536000, immutable"}
_KINDS: Final = {
    "console.css": "text/css; charset=utf-8",
    "console.js": "text/javascript; charset=utf-8",
    "live.js": "text/javascript; charset=utf-8",
    "draft.js": "text/javascript; charset=utf-8",
    "tree.js": "text/javascript; charset=utf-8",
    "mail.js": "text/javascript; charset=utf-8",
    "htmx.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


class LightPages:
    """Packs what our own pages ask for; leaves alone what somebody else caused."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._packing = GZipMiddleware(app, minimum_size=WORTH_IT, compresslevel=LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (self._packing if _is_ours(scope) else self._app)(scope, receive, send)


def _is_ours(scope: Scope) -> bool:
    return any(name == b"sec-fetch-site" and value in _OURS for name, value in scope["headers"])


class _File(NamedTuple):
    plain: bytes
    packed: bytes


@cache
def _file(name: str) -> _File:
    plain = (STATIC / name).read_bytes()
    return _File(plain, gzip.compress(plain, 9, mtime=0))


async def static(request: Request) -> Response:
    """A file whose address is its content's: kept for ever."""
    name = request.path_params["name"]
    kind = _KINDS.get(name)
    if kind is None:
        return PlainTextResponse("not found", 404)
    headers = _FOR_EVER | {"vary": "accept-encoding"}
    file = _file(name)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(file.plain, media_type=kind, headers=headers)
    headers |= {"content-encoding": "gzip"}
    return Response(file.packed, media_type=kind, headers=headers)
