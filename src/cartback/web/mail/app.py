"""Links of mails as an ASGI application: routes, and headers for every answer."""

from typing import Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cartback.web.mail import confirming, following, hooks, leaving, preferring, restoring, viewing
from cartback.web.mail.ground import Ground
from cartback.web.mail.pages import nothing_here

HEADERS: Final = (
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'self'; img-src 'self' https: data:; base-uri 'none';"
        b" form-action 'self'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"x-robots-tag", b"noindex, nofollow"),
    (b"cache-control", b"no-store"),
)


def mail_links(ground: Ground) -> ASGIApp:
    """The application for every path below `/e/`."""
    parts = (leaving, preferring, confirming, following, restoring, viewing, hooks)
    return Starlette(
        routes=[route for one in parts for route in one.routes(ground)],
        middleware=[Middleware(_Headers)],
        exception_handlers={404: _nothing, 405: _not_so},
    )


async def _nothing(request: Request, _error: Exception) -> Response:
    return nothing_here(request)


async def _not_so(request: Request, _error: Exception) -> Response:
    return nothing_here(request, status=405)


class _Headers:
    """What every answer says to the browser."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message["headers"])
                names = {name for name, _ in headers}
                headers += [one for one in HEADERS if one[0] not in names]
                message = {**message, "headers": headers}
            await send(message)

        await self._app(scope, receive, with_headers)
