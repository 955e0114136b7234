"""Who may see and do what: every handler is made an endpoint here, and nowhere else.

A stranger is sent to sign in, or told so (401) where something was to be changed; somebody without
a seat in the shop finds nothing there (404); a viewer changes nothing (403).
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from cartback.domain.instant import Zone
from cartback.domain.phrase import Language
from cartback.engine.access import Visitor, visitor
from cartback.engine.access_ports import ROLES, Role
from cartback.engine.shops import settings_of
from cartback.web.console.asked import (
    THEMES,
    Asked,
    AtShop,
    Form,
    Ground,
    Refused,
    Theme,
    parse_form,
    whole,
)
from cartback.web.console.render import page, see
from cartback.web.console.words import Words, best_language

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]
Open: TypeAlias = Callable[[Asked], Response]
OfShop: TypeAlias = Callable[[AtShop], Response]

SESSION: Final = "cartback_session"
LANGUAGE: Final = "cartback_language"
THEME: Final = "cartback_theme"
SAFE: Final = frozenset({"GET", "HEAD"})
LARGEST_BODY: Final = 1024 * 1024

_log = logging.getLogger("cartback.console")


class Guard:
    """Makes endpoints of handlers."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def open(self, handler: Open) -> Endpoint:
        """For everybody."""
        return self._endpoint(lambda asked: handler(asked))

    def signed_in(self, handler: Open) -> Endpoint:
        """For whoever is signed in."""

        def answer(asked: Asked) -> Response:
            stopped = _without_session(asked)
            return handler(asked) if stopped is None else stopped

        return self._endpoint(answer)

    def of_shop(
        self, handler: OfShop, *, sees: Role = "viewer", changes: Role = "marketer"
    ) -> Endpoint:
        """For colleagues: who looks has at least the one role, who changes something the other."""

        def answer(asked: Asked) -> Response:
            stopped = _without_session(asked)
            if stopped is not None:
                return stopped
            at = _at_shop(asked)
            needed = sees if asked.request.method in SAFE else changes
            if ROLES.index(at.role) > ROLES.index(needed):
                raise Refused(403)
            return handler(at)

        return self._endpoint(answer)

    def refuses(self, status: int) -> Callable[[Request, Exception], Awaitable[Response]]:
        """What is not there, cannot be done, or went wrong; its body is not read."""

        def refuse(_asked: Asked) -> Response:
            raise Refused(status)

        async def handler(request: Request, error: Exception) -> Response:
            if status >= 500:
                _log.error("a page failed", exc_info=error)
            return await run_in_threadpool(self._run, request, b"", refuse)

        return handler

    def _endpoint(self, answer: Callable[[Asked], Response]) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            if request.method not in SAFE and not is_ours(request, self._ground.public_url):
                asked = self._asked(request, Form(), None)
                text = asked.say.gettext(
                    "This was not sent by a page of Cartback. Reload the page and try again."
                )
                return _refusal(asked, Refused(403, text))
            try:
                body = await _body(request)
            except ClientDisconnect:
                return Response(status_code=400)  # nobody is there to read it
            return await run_in_threadpool(self._run, request, body, answer)

        return endpoint

    def _run(
        self, request: Request, body: bytes | None, answer: Callable[[Asked], Response]
    ) -> Response:
        token = request.cookies.get(SESSION, "")
        now = self._ground.clock()
        who = visitor(self._ground.store, token, now) if token else None
        asked = self._asked(request, Form(), who)
        try:
            if body is None:
                raise Refused(413)
            asked = self._asked(request, parse_form(body), who)
            return answer(asked)
        except Refused as refused:
            return _refusal(asked, refused)

    def _asked(self, request: Request, form: Form, who: Visitor | None) -> Asked:
        return Asked(
            ground=self._ground,
            request=request,
            form=form,
            now=self._ground.clock(),
            say=Words(_language(request)),
            theme=_theme(request),
            visitor=who,
        )


def _at_shop(asked: Asked) -> AtShop:
    who = asked.visitor
    shop = whole(asked.part("shop")) or 0
    role = None if who is None else who.role(shop)
    if who is None or role is None:
        raise Refused(404)
    mine = {seat.shop for seat in who.seats}
    with asked.store.reading() as reading:
        shops = [one for one in reading.shops() if one.id in mine]
        settings = settings_of(reading, shop)
    return AtShop(
        ground=asked.ground,
        request=asked.request,
        form=asked.form,
        now=asked.now,
        say=asked.say.at(Zone(settings.zone)),
        theme=asked.theme,
        visitor=who,
        shop=next(one for one in shops if one.id == shop),
        role=role,
        settings=settings,
        shops=shops,
    )


def _without_session(asked: Asked) -> Response | None:
    """What a stranger gets."""
    if asked.visitor is not None:
        return None
    if asked.request.method in SAFE and not asked.is_partial:
        path = asked.request.url.path
        query = asked.request.url.query
        wanted = quote(f"{path}?{query}" if query else path, safe="/")
        return see("/sign-in" if path == "/" else f"/sign-in?next={wanted}")
    raise Refused(401)


def _refusal(asked: Asked, refused: Refused) -> Response:
    """The page, or the notice on the page that is there, that says why not."""
    values = {"status": refused.status, "sentence": str(refused)}
    if asked.is_partial:
        headers = {
            "HX-Retarget": "#notices",
            "HX-Reswap": "innerHTML",
            "HX-Reselect": "[role=alert]",
        }
        return page(asked, "refused-notice.html", values, status=refused.status, headers=headers)
    return page(asked, "refused.html", values, status=refused.status)


def is_ours(request: Request, public_url: str) -> bool:
    """Whether a page of ours sent it, as the browser says: Sec-Fetch-Site, or else Origin."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = urlsplit(request.headers.get("origin", ""))
    hosts = {request.headers.get("host", ""), urlsplit(public_url).netloc}
    return bool(origin.netloc) and origin.netloc in hosts


async def _body(request: Request) -> bytes | None:
    """What was sent; None where it is too much."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= LARGEST_BODY:
            chunks.append(chunk)
    return b"".join(chunks) if size <= LARGEST_BODY else None


def _language(request: Request) -> Language:
    chosen = request.cookies.get(LANGUAGE, "")
    if chosen in set(Language):
        return Language(chosen)
    return best_language(request.headers.get("accept-language", ""))


def _theme(request: Request) -> Theme:
    chosen = request.cookies.get(THEME, "")
    return next((one for one in THEMES if one == chosen), "auto")


def is_secure(request: Request, public_url: str) -> bool:
    """Whether the visitor came by TLS, here or at the proxy before us."""
    return request.url.scheme == "https" or public_url.startswith("https://")


def sender_of(request: Request, public_url: str) -> str:
    """The visitor's address; behind a proxy (there is a public URL) the one that it names last."""
    peer = request.client.host if request.client is not None else ""
    if public_url:
        named = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
        return named or peer
    return peer
