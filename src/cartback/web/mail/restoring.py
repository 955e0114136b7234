"""The way back to a cart: on to the shop's own cart page, which asks the API what the link holds.

Where a cart is was said by events, and anybody can send those: only addresses at the shop's own
host are followed. Without one, a page shows what was in the cart.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from cartback.domain.event import Line
from cartback.domain.instant import Zone
from cartback.domain.phrase import Language
from cartback.engine.mailing import Mailing, is_at_shop, mailing_of
from cartback.engine.restoring import DeadLink, Followed, follow, read_link
from cartback.engine.shops import settings_of
from cartback.engine.tokens import is_web_address
from cartback.engine.visits import RESTORE_PLACE, RESTORED
from cartback.web.console.words import Words
from cartback.web.mail.following import came_of, kept
from cartback.web.mail.ground import Ground
from cartback.web.mail.pages import nothing_here, page

PARAMETER: Final = "cartback"
"""Under this name the shop's cart page is given the token."""


class _Found(NamedTuple):
    followed: Followed
    mailing: Mailing | None
    words: Words


def routes(ground: Ground) -> Sequence[BaseRoute]:
    """One address; any device."""

    async def restore(request: Request) -> Response:
        token = request.path_params["token"]
        came = came_of(request)._replace(place=RESTORE_PLACE, target=RESTORED)

        def find() -> _Found:
            link = read_link(ground.signer(), token, ground.clock())
            if link.message:
                kept(ground, link.shop, link.message.hex(), came)
            with ground.store.reading() as reading:
                found = follow(reading, ground.signer(), link.shop, token, (), ground.clock())
                mailing = mailing_of(reading, link.shop)
                settings = settings_of(reading, link.shop)
            language = Language.ENGLISH if mailing is None else Language(mailing.language)
            return _Found(found, mailing, Words(language, Zone(settings.zone)))

        try:
            found = await run_in_threadpool(find)
        except DeadLink:
            return nothing_here(request)
        target = cart_address(found.followed.url, found.mailing, token)
        if target and not found.followed.was_ordered:
            return RedirectResponse(target, status_code=303)
        return await run_in_threadpool(_page, found)

    return [Route("/e/r/{token}", restore, methods=["GET"])]


def cart_address(url: str, mailing: Mailing | None, token: str) -> str:
    """The shop's cart page with the token; empty where none is known at the shop's own host."""
    if not is_web_address(url) or not is_at_shop(mailing, url):
        return ""
    parts = urlsplit(url)
    asked = [one for one in parse_qsl(parts.query, keep_blank_values=True) if one[0] != PARAMETER]
    return urlunsplit(parts._replace(query=urlencode([*asked, (PARAMETER, token)])))


def _page(found: _Found) -> Response:
    followed = found.followed
    values = {
        "put_back": followed.restoring.put_back,
        "missing": followed.restoring.missing,
        "code": None if followed.code is None else followed.code.code,
        "was_ordered": followed.was_ordered,
        "currency": followed.currency,
        "name_of": name_of,
        "link_of": lambda line: line.url if cart_address(line.url, found.mailing, "") else "",
    }
    return page("cart.html", found.words, found.mailing, values)


def name_of(line: Line) -> str:
    """What a line is called."""
    return line.name or line.sku or line.product_id
