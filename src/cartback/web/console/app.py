"""The console as an ASGI application: routes, static files, and headers for every answer."""

from typing import Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cartback.web.console import (
    consent,
    coupons,
    deliverability,
    demo_door,
    doubts,
    erasing,
    exports,
    feed_panel,
    first_steps,
    flows,
    home,
    inbox,
    keys,
    live,
    mail,
    mail_editor,
    mail_look,
    mail_test,
    mail_versions,
    mails,
    manual,
    merging,
    message,
    messages,
    people,
    products,
    segments,
    settings,
    shops,
    signing,
    suppressions,
    team,
)
from cartback.web.console.asked import Ground
from cartback.web.console.guard import Guard
from cartback.web.console.light import LightPages, static

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
_TO_GO_BACK_TO: Final = (b"cache-control", b"private, no-cache")
"""Of a form that is shown again: with `no-store` a browser has nothing to go back to, and asks for
the form to be sent once more (ERR_CACHE_MISS). It is the browser's own, and asked for anew else."""
_SHOWN_AGAIN: Final = frozenset({409, 422})


def console(ground: Ground) -> ASGIApp:
    """The application for every path that is not somebody else's."""
    guard = Guard(ground)
    routes = [
        Route("/static/{digest}/{name}", static),
        *signing.routes(guard),
        *shops.routes(guard),
        *home.routes(guard),
        *live.routes(guard),
        *first_steps.routes(guard),
        *exports.routes(guard),
        *segments.routes(guard),
        *flows.routes(guard),
        *messages.routes(guard),
        *doubts.routes(guard),
        *message.routes(guard),
        *coupons.routes(guard),
        *products.routes(guard),
        *feed_panel.routes(guard),
        *mail_look.routes(guard),
        *mail_editor.routes(guard),
        *mail_test.routes(guard),
        *mail_versions.routes(guard),
        *mails.routes(guard),
        *people.routes(guard),
        *merging.routes(guard),
        *erasing.routes(guard),
        *settings.routes(guard),
        *mail.routes(guard),
        *deliverability.routes(guard),
        *consent.routes(guard),
        *suppressions.routes(guard),
        *keys.routes(guard),
        *team.routes(guard),
        *manual.routes(guard),
        *(
            demo_door.routes(guard, ground.demo)
            if ground.demo is not None and ground.demo.word
            else ()
        ),
        *(inbox.routes(guard, ground.inbox) if ground.inbox is not None else ()),
    ]
    return Starlette(
        routes=routes,
        middleware=[Middleware(_Headers), Middleware(LightPages)],
        exception_handlers={
            404: guard.refuses(404),
            405: guard.refuses(405),
            500: guard.refuses(500),
        },
    )


class _Headers:
    """What every answer says to the browser."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message["headers"])
                names = {name for name, _ in headers}
                cache = _TO_GO_BACK_TO if message["status"] in _SHOWN_AGAIN else _PRIVATE
                headers += [one for one in (*HEADERS, cache) if one[0] not in names]
                message = {**message, "headers": headers}
            await send(message)

        await self._app(scope, receive, with_headers)
