"""Unsubscribing: a POST does it at once (RFC 8058), a GET only shows the button.

Scanners follow links; nothing changes by looking. Whoever holds the token may say no for the
person, and take that back: it stands in a mail to that very address.
"""

from collections.abc import Sequence
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.event import Event
from cartback.engine.tokens import Kind
from cartback.engine.wishes import Wisher, has_left, leave, take_back
from cartback.web.mail.ground import Ground, Letter, address_of, letter_of, place_of
from cartback.web.mail.pages import nothing_here, page

LARGEST: Final = 10_000


def routes(ground: Ground) -> Sequence[BaseRoute]:
    """Look, leave, and take it back."""

    def found(token: str) -> Letter | None:
        link = ground.read(token, Kind.UNSUBSCRIBE)
        if link is None:
            return None
        with ground.store.reading() as reading:
            return letter_of(ground, reading, *place_of(link))

    def shown(letter: Letter, template: str) -> Response:
        about = int.to_bytes(letter.shop, 4, "big") + bytes.fromhex(letter.message.key)
        choose = ground.tokens().make(Kind.PREFERENCES, about)
        values = {"preferences": f"/e/p/{choose}", "address": letter.message.recipient}
        return page(template, letter.words(), letter.mailing, values)

    async def look(request: Request) -> Response:
        letter = await run_in_threadpool(found, request.path_params["token"])
        if letter is None:
            return nothing_here(request)
        template = "left.html" if has_left(letter.profile) else "leave.html"
        return await run_in_threadpool(shown, letter, template)

    async def act(request: Request) -> Response:
        letter = await run_in_threadpool(found, request.path_params["token"])
        if letter is None:
            return nothing_here(request)
        back = await wants_back(request)
        event = await run_in_threadpool(
            said, ground, letter, back=back, ip=address_of(ground, request)
        )
        if event is not None:
            await ground.receive(letter.shop, [event], {})
        return await run_in_threadpool(shown, letter, "back.html" if back else "left.html")

    return [
        Route("/e/u/{token}", look, methods=["GET"]),
        Route("/e/u/{token}", act, methods=["POST"]),
    ]


async def wants_back(request: Request) -> bool:
    """Whether the button that takes it back was pressed; any other body means to leave."""
    if request.headers.get("content-length", "0").isdigit():
        size = int(request.headers.get("content-length", "0"))
        if size > LARGEST:
            return False
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            return False
    return body == b"back=yes"


def said(ground: Ground, letter: Letter, *, back: bool, ip: str) -> Event | None:
    """The event that says so; None where it is so already."""
    if letter.profile is None:
        return None
    who, now = Wisher(letter.shop, letter.message, letter.profile, ip), ground.clock()
    with ground.store.reading() as reading:
        if back:
            return take_back(reading, who, now, letter.words().gettext("Write to me again"))
        return leave(reading, who, now)
