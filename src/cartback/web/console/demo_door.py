"""How the demo lets its owner in: by a word in the address, from this machine, without a password.

There is no such address but in the demo, and whoever knocks with anything wrong finds nothing.
"""

import ipaddress
import secrets
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.instant import FOREVER
from cartback.domain.phrase import Language
from cartback.engine.access import session_for
from cartback.web.console.asked import Asked, Demo, Refused
from cartback.web.console.guard import LANGUAGE, Guard
from cartback.web.console.signing import YEAR, let_in

_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


def routes(guard: Guard, demo: Demo) -> Sequence[BaseRoute]:
    def enter(asked: Asked) -> Response:
        return _enter(asked, demo)

    return [Route("/demo/{word}", guard.open(enter), methods=["GET"])]


def _enter(asked: Asked, demo: Demo) -> Response:
    """A session that does not end while the demo's time runs ahead of ours."""
    word = asked.part("word").encode()
    if asked.request.method != "GET" or not is_from_here(asked.request):
        raise Refused(404)
    if not secrets.compare_digest(word, demo.word.encode()):
        raise Refused(404)
    token = session_for(asked.store, demo.owner, asked.now, FOREVER)
    if token is None:
        raise Refused(404)
    answer = let_in(asked, token, "/")
    language = asked.query.get("language", "")
    if language in set(Language):
        answer.set_cookie(LANGUAGE, language, max_age=YEAR, httponly=True, samesite="lax")
    return answer


def is_from_here(request: Request) -> bool:
    """Whether a browser on this machine asks, by a name of this machine, with nobody between."""
    client = "" if request.client is None else request.client.host
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    between = any(name in request.headers for name in _FORWARDED)
    foreign = request.headers.get("sec-fetch-site") == "cross-site"
    return is_loopback(client) and is_loopback(host) and not between and not foreign


def is_loopback(host: str) -> bool:
    """Whether the name or address is this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
