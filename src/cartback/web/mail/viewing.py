"""The mail in a browser: made again, as of now, and nothing in it is followed.

Its HTML is the shop's. It runs nothing, sends nothing, and is nobody's origin (CSP `sandbox`).
"""

from collections.abc import Sequence
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from cartback.engine.deliver import Sending
from cartback.engine.tokens import Kind
from cartback.web.mail.ground import Ground, letter_of, place_of
from cartback.web.mail.pages import nothing_here

POLICY: Final = (
    "default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline';"
    " font-src https: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
    " sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
)


def routes(ground: Ground) -> Sequence[BaseRoute]:
    """One address."""

    def made(token: str) -> str | None:
        link = ground.read(token, Kind.VIEW)
        if link is None:
            return None
        shop, key = place_of(link)
        with ground.store.reading() as reading:
            letter = letter_of(ground, reading, shop, key)
        if letter is None or letter.profile is None:
            return None
        return ground.view(Sending(shop, letter.message, letter.profile))

    async def view(request: Request) -> Response:
        html = await run_in_threadpool(made, request.path_params["token"])
        if html is None:
            return nothing_here(request)
        return HTMLResponse(html, headers={"content-security-policy": POLICY})

    return [Route("/e/v/{token}", view, methods=["GET"])]
