"""The mails that automations send: the list, and each as somebody would get it."""

from collections.abc import Sequence
from html import escape
from typing import Final

from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from cartback.domain.event import ProfileId
from cartback.domain.template import Template
from cartback.engine.flow_ports import TemplateRow
from cartback.engine.mails import CannotMake
from cartback.engine.people import NobodyFound, find
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
    wrong, nobody, subject = "", False, ""
    row, template = _template(at)
    try:
        profile = _somebody(at, person)
    except NobodyFound:
        profile, nobody = None, True
    try:
        subject = at.ground.mails().make(at.id, template, profile).subject
    except CannotMake as error:
        wrong = str(error)
    values = {
        "row": row,
        "person": person,
        "nobody": nobody,
        "wrong": wrong,
        "subject": subject,
        "width": "phone" if at.query.get("width") == "phone" else "desk",
    }
    return page(at, "mail-shown.html", values, status=404 if nobody else 200)


def framed(at: AtShop) -> Response:
    """The mail's own HTML, which may do nothing but be looked at."""
    _, template = _template(at)
    try:
        profile = _somebody(at, at.query.get("person", "").strip()[:300])
    except NobodyFound:
        profile = None
    try:
        html = at.ground.mails().make(at.id, template, profile).html
    except CannotMake as error:
        html = f"<p>{escape(str(error))}</p>"
    return HTMLResponse(html, headers={"content-security-policy": POLICY})


def _template(at: AtShop) -> tuple[TemplateRow, Template]:
    with at.store.reading() as reading:
        try:
            return template_of(reading, at.id, at.part("mail")[:100])
        except NoSuchTemplate:
            raise Refused(404) from None


def _somebody(at: AtShop, person: str) -> ProfileId | None:
    """The person of that identifier, or nobody in particular. Raises NobodyFound."""
    if not person:
        return None
    with at.store.reading() as reading:
        return find(reading, at.id, person)
