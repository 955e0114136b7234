"""The mails that automations send: the list, and each as somebody would get it."""

from collections.abc import Sequence
from html import escape
from typing import Final

from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from cartback.domain.profile import Profile, decode_profile
from cartback.engine.mail_preview import CannotPreview, Previewed
from cartback.engine.people import NobodyFound, find
from cartback.engine.ports import Reading
from cartback.engine.templates import NoSuchTemplate, template_of
from cartback.web.console.asked import AtShop, Refused
from cartback.web.console.guard import Guard
from cartback.web.console.render import page

POLICY: Final = (
    "default-src 'none'; img-src https: data:; style-src 'unsafe-inline'; font-src https:;"
    " sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""Of the mail in its frame alone: what a mail program would show, and nothing that acts."""


def routes(guard: Guard) -> Sequence[BaseRoute]:
    at = "/shops/{shop}/mails"
    return [
        Route(at, guard.of_shop(index), methods=["GET"]),
        Route(at + "/{mail}", guard.of_shop(shown), methods=["GET"]),
        Route(at + "/{mail}/framed", guard.of_shop(framed), methods=["GET"]),
    ]


def index(at: AtShop) -> Response:
    with at.store.reading() as reading:
        rows = [(row, template_of(reading, at.id, row.key)[1]) for row in reading.templates(at.id)]
    return page(at, "mails.html", {"rows": rows})


def shown(at: AtShop) -> Response:
    """A mail in a frame, at the width of a desk or of a phone, for a person who may be named."""
    person = at.query.get("person", "").strip()[:300]
    wrong, nobody, mail = "", False, Previewed("", "")
    with at.store.reading() as reading:
        row = reading.template(at.id, at.part("mail")[:100])
        if row is None:
            raise Refused(404)
        try:
            profile = _somebody(reading, at, person)
        except NobodyFound:
            profile, nobody = Profile(0), True
    try:
        mail = at.ground.mail_preview(at.id, row.key, profile)
    except CannotPreview as error:
        wrong = str(error)
    values = {
        "row": row,
        "person": person,
        "nobody": nobody,
        "wrong": wrong,
        "subject": mail.subject,
        "width": "phone" if at.query.get("width") == "phone" else "desk",
    }
    return page(at, "mail-shown.html", values, status=404 if nobody else 200)


def framed(at: AtShop) -> Response:
    """The mail's own HTML, which may do nothing but be looked at."""
    with at.store.reading() as reading:
        try:
            profile = _somebody(reading, at, at.query.get("person", "").strip()[:300])
        except NobodyFound:
            profile = Profile(0)
    try:
        html = at.ground.mail_preview(at.id, at.part("mail")[:100], profile).html
    except NoSuchTemplate:
        raise Refused(404) from None
    except CannotPreview as error:
        html = f"<p>{escape(str(error))}</p>"
    return HTMLResponse(html, headers={"content-security-policy": POLICY})


def _somebody(reading: Reading, at: AtShop, person: str) -> Profile:
    """The person of that identifier, or nobody in particular. Raises NobodyFound."""
    row = reading.profile(at.id, find(reading, at.id, person)) if person else None
    return Profile(0) if row is None else decode_profile(row.state)
