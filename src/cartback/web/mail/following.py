"""A click goes on to its target, an open gets its picture; both are kept, to be judged later."""

import logging
from collections.abc import Sequence
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from cartback.domain.event import ShopId
from cartback.domain.profile import decode_profile
from cartback.engine.mailing import Mailing, mailing_of
from cartback.engine.selves import present_row
from cartback.engine.tokens import Kind, is_web_address
from cartback.engine.visits import Came, keep_visit, may_be_followed
from cartback.web.mail.ground import Ground, place_of
from cartback.web.mail.pages import nothing_here

GIF: Final = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)
"""One pixel that nobody sees."""

_log = logging.getLogger("cartback.mail")


def routes(ground: Ground) -> Sequence[BaseRoute]:
    """A click, the trap, and the open pixel."""

    async def click(request: Request) -> Response:
        link = ground.tokens().read(request.path_params["token"])
        if link is None or link.kind not in (Kind.CLICK, Kind.TRAP):
            return nothing_here(request)
        trap = link.kind is Kind.TRAP
        if not trap and not is_web_address(link.target):
            return nothing_here(request)
        came = came_of(request)._replace(place=link.place, target=link.target, trap=trap)
        await run_in_threadpool(kept, ground, *place_of(link), came)
        return Response() if trap else RedirectResponse(link.target, status_code=302)

    async def opened(request: Request) -> Response:
        link = ground.read(request.path_params["token"], Kind.OPEN)
        if link is not None:
            await run_in_threadpool(kept, ground, *place_of(link), came_of(request))
        return Response(GIF, 404 if link is None else 200, media_type="image/gif")

    return [
        Route("/e/c/{token}", click, methods=["GET"]),
        Route("/e/o/{token}.gif", opened, methods=["GET"]),
    ]


def came_of(request: Request) -> Came:
    """The request as scanners are known by it."""
    return Came(request.method, request.headers.get("user-agent", ""))


def kept(ground: Ground, shop: ShopId, key: str, came: Came) -> None:
    """Keep a visit, where the shop wants to know of such; whoever came goes on in any case."""
    try:
        with ground.store.reading() as reading:
            mailing = mailing_of(reading, shop)
            row = reading.message(shop, key)
            person = None if row is None else present_row(reading, shop, row.profile)
        if mailing is None or person is None:
            return
        if _is_wanted(mailing, came) and may_be_followed(decode_profile(person.state)):
            keep_visit(ground.store, shop, key, came, ground.clock())
    except Exception:  # noqa: BLE001  a count that fails keeps nobody from where they go
        _log.exception("a visit of a mail could not be kept")


def _is_wanted(mailing: Mailing, came: Came) -> bool:
    return mailing.clicks if came.target or came.trap else mailing.opens
