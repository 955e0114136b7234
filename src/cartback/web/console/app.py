"""The console as an ASGI application: routes, static files, and headers for every answer."""

from typing import Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cartback.web.console import home, manual, people, segments, settings, signing, team
from cartback.web.console.asked import Ground
from cartback.web.console.guard import Guard
from cartback.web.console.render import STATIC

HEADERS: Final = (
    (
        b"content-security-policy",
        b"default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
        b" frame-ancestors 'none'; form-action 'self'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
_PRIVATE: Final = (b"cache-control", b"no-store")
_FOR_EVER: Final = {"cache-control": "public, max-age=31536000, immutable"}
_KINDS: Final = {
    "console.css": "text/css; charset=utf-8",
    "console.js": "text/javascript; charset=utf-8",
    "htmx.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


def console(ground: Ground) -> ASGIApp:
    """The application for every path that is not somebody else's."""
    guard = Guard(ground)
    routes = [
        Route("/static/{digest}/{name}", _static),
        *signing.routes(guard),
        *home.routes(guard),
        *segments.routes(guard),
        *people.routes(guard),
        *settings.routes(guard),
        *team.routes(guard),
        *manual.routes(guard),
    ]
    return Starlette(
        routes=routes,
        middleware=[Middleware(_Headers)],
        exception_handlers={
            404: guard.refuses(404),
            405: guard.refuses(405),
            500: guard.refuses(500),
        },
    )


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    kind = _KINDS.get(name)
    if kind is None:
        return PlainTextResponse("not found", 404)
    return Response((STATIC / name).read_bytes(), media_type=kind, headers=_FOR_EVER)


class _Headers:
    """What every answer says to the browser."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message["headers"])
                names = {name for name, _ in headers}
                headers += [one for one in (*HEADERS, _PRIVATE) if one[0] not in names]
                message = {**message, "headers": headers}
            await send(message)

        await self._app(scope, receive, with_headers)
