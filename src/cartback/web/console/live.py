"""What is new in a shop, told to its pages as server-sent events (WHATWG HTML, section 9.2).

    event: moves      who entered or left which segment: a list of at most a hundred
    event: figures    something changed that figures are made of
    event: reload     more happened than is told: the page is to be read anew

Each carries its place as its id, with which a browser that was away asks for the rest.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Final

import msgspec
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from cartback.domain.instant import text_of
from cartback.engine.watching import Moved, News, Place, read_place
from cartback.web.console.asked import AtShop, Refused
from cartback.web.console.guard import Guard

RETRY: Final = 2_000
BEATS_EVERY: Final = 15.0
"""Seconds: proxies cut a connection that is silent for a minute, some for half of one."""

_BEAT: Final = b": still here\n\n"
_HEADERS: Final = {
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",  # nginx would keep it until there is more
}


def routes(guard: Guard) -> Sequence[BaseRoute]:
    return [Route("/shops/{shop}/live", guard.of_shop(live), methods=["GET"])]


def live(at: AtShop) -> Response:
    """A stream that ends with the session, the seat, or the server."""
    if not at.ground.feed.has_room(at.user.id):
        raise Refused(429)
    last = at.request.headers.get("last-event-id") or at.query.get("after", "")
    body = _stream(at, read_place(last)) if at.request.method == "GET" else ()
    return StreamingResponse(body, media_type="text/event-stream", headers=_HEADERS)


async def _stream(at: AtShop, place: Place | None) -> AsyncIterator[bytes]:
    if at.visitor is None:
        return
    with at.ground.feed.watched(at.id, at.visitor, place) as watcher:
        yield b"retry: %d\n\n" % RETRY
        while not watcher.ended:
            news = await watcher.news(BEATS_EVERY)
            if not watcher.ended:
                yield _BEAT if news is None else _told(news)


def _told(news: News) -> bytes:
    said = b""
    if news.moves:
        said += _event("moves", [_move(one) for one in news.moves], news)
    if news.figures:
        said += _event("figures", {}, news)
    if news.cut:
        said += _event("reload", {}, news)
    return said


def _event(name: str, what: object, news: News) -> bytes:
    data = msgspec.json.encode(what).decode()  # JSON has no line breaks of its own
    return f"id: {news.seen.place}\nevent: {name}\ndata: {data}\n\n".encode()


def _move(one: Moved) -> dict[str, object]:
    return {**one._asdict(), "at": text_of(one.at)}
