"""The inbox: mail that a catcher has taken, as it would be read. Only in the demo, from here.

A mail's HTML is shown in a frame that runs nothing, loads nothing, and has no address of ours: not
even its own pixel tells that it was opened.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.instant import Instant, instant_of
from cartback.web.console.asked import Asked, AtShop, Refused
from cartback.web.console.caught import Inbox, Mail
from cartback.web.console.demo_door import is_from_here
from cartback.web.console.framed import with_pictures
from cartback.web.console.guard import Guard
from cartback.web.console.render import page, see

POLICY: Final = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data:;"
    " style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
SHOWS: Final = ("mail", "phone", "text", "headers")
LISTED: Final = 200


class Row(NamedTuple):
    """A line of the list."""

    number: int
    at: Instant
    recipient: str
    subject: str


def routes(guard: Guard, inbox: Inbox) -> Sequence[BaseRoute]:
    def here(handler: Callable[[AtShop, Inbox], Response]) -> Callable[[AtShop], Response]:
        def answer(at: AtShop) -> Response:
            if not is_from_here(at.request):
                raise Refused(404)
            return handler(at, inbox)

        return answer

    at = "/shops/{shop}/inbox"
    return [
        Route("/inbox", guard.signed_in(find), methods=["GET"]),
        Route(at, guard.of_shop(here(index), sees="owner"), methods=["GET"]),
        Route(at + "/{number}", guard.of_shop(here(mail), sees="owner"), methods=["GET"]),
        Route(at + "/{number}/html", guard.of_shop(here(html), sees="owner"), methods=["GET"]),
    ]


def find(asked: Asked) -> Response:
    """The inbox of the visitor's first shop."""
    if not is_from_here(asked.request) or asked.visitor is None or not asked.visitor.seats:
        raise Refused(404)
    return see(f"/shops/{min(seat.shop for seat in asked.visitor.seats)}/inbox")


def index(at: AtShop, inbox: Inbox) -> Response:
    """All of it, the newest first."""
    mails = inbox.mails(at.id)
    rows = [_row(one) for one in mails[:LISTED]]
    return page(at, "inbox.html", {"rows": rows, "everything": len(mails)})


def mail(at: AtShop, inbox: Inbox) -> Response:
    """One mail: as it looks, on a phone, as text, or its headers."""
    one = _mail(at, inbox)
    show = at.query.get("show", "mail")
    values = {
        "row": _row(one),
        "show": show if show in SHOWS else "mail",
        "text": one.text() if show == "text" else "",
        "headers": one.headers() if show == "headers" else (),
    }
    return page(at, "inbox-mail.html", values)


_PIXEL: Final = re.compile(r'<img src="[^"<>]{1,300}/e/o/[^"<>]{1,300}"[^<>]{0,300}>')
"""What tells of a look; the frame would not load it anyway, and the browser complain of it."""


def html(at: AtShop, inbox: Inbox) -> Response:
    """The mail's own HTML without its pixel, for the frame; its links open outside of it."""
    body = _PIXEL.sub("", _mail(at, inbox).html())
    before, head, after = body.partition("<head>")
    shown = f'{before}{head}<base target="_blank">{after}' if head else body
    headers = {"content-security-policy": with_pictures(at, POLICY), **_QUIET}
    return Response(shown, media_type="text/html; charset=utf-8", headers=headers)


_QUIET: Final = {"referrer-policy": "no-referrer"}


def _mail(at: AtShop, inbox: Inbox) -> Mail:
    found = inbox.mail(at.id, at.number("number"))
    if found is None:
        raise Refused(404)
    return found


def _row(one: Mail) -> Row:
    return Row(one.number, instant_of(one.at), ", ".join(one.recipients), one.subject)
