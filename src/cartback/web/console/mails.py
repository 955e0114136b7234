"""The library of mails: the shop's, those to begin with, and each as somebody would get it."""

from collections.abc import Sequence
from html import escape
from typing import Final, NamedTuple

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.event import ProfileId
from cartback.domain.phrase import fault_text
from cartback.domain.template import Language, Template
from cartback.engine.flow_ports import FlowRow, TemplateRow
from cartback.engine.mails import CannotMake, ReadyTemplate
from cartback.engine.people import NobodyFound, find
from cartback.engine.ports import Reading
from cartback.engine.templates import (
    NoSuchTemplate,
    TemplateInUse,
    archive_template,
    document_of,
    flows_with,
    is_away,
    restore_template,
    template_of,
)
from cartback.web.console.asked import AtShop, Refused, whole
from cartback.web.console.framed import framed_mail
from cartback.web.console.guard import Guard
from cartback.web.console.mail_editor import LONGEST_NAME, save_new
from cartback.web.console.mail_keywords import spoken
from cartback.web.console.mail_look import in_light
from cartback.web.console.render import page, see

SERIES: Final = (
    "abandoned_cart",
    "checkout",
    "browse",
    "price_drop",
    "back_in_stock",
    "thanks",
    "win_back",
    "consent",
)


class Card(NamedTuple):
    """A mail of the shop in the library: the automations that send it, and its purpose, which is
    known where it was begun from a ready-made one."""

    row: TemplateRow
    subject: str
    language: str
    series: str
    flows: Sequence[FlowRow]


class Wanted(NamedTuple):
    """What of the library is asked for; empty: all of it."""

    q: str
    series: str
    language: str

    def fits(self, words: str, series: str, language: str) -> bool:
        return (
            self.q.casefold() in words.casefold()
            and self.series in ("", series)
            and self.language in ("", language)
        )


def routes(guard: Guard) -> Sequence[BaseRoute]:
    at = "/shops/{shop}/mails"
    return [
        Route(at, guard.of_shop(index), methods=["GET"]),
        Route(at + "/{mail}", guard.of_shop(shown), methods=["GET"]),
        Route(at + "/{mail}/framed", guard.of_shop(framed), methods=["GET"]),
        Route(at + "/{mail}/copy", guard.of_shop(duplicate), methods=["POST"]),
        Route(at + "/{mail}/archive", guard.of_shop(archive), methods=["POST"]),
        Route(at + "/{mail}/restore", guard.of_shop(restore), methods=["POST"]),
    ]


def index(at: AtShop) -> Response:
    """Cards with a small picture of each."""
    wanted = Wanted(
        at.query.get("q", "").strip()[:200],
        at.query.get("series", ""),
        at.query.get("language", ""),
    )
    is_archive = at.query.get("show") == "archived"
    ready = at.ground.mails().ready()
    with at.store.reading() as reading:
        away = {one.key for one in reading.archived_templates(at.id)}
        cards = _cards(reading, at, ready)
    spoken: Language = "ko" if wanted.language == "ko" or str(at.language) == "ko" else "en"
    values = {
        "cards": [
            one
            for one in cards
            if (one.row.key in away) == is_archive
            and wanted.fits(f"{one.row.name} {one.subject}", one.series, one.language)
        ],
        "archived": len(away),
        "is_archive": is_archive,
        "wanted": wanted,
        "series": SERIES,
        "spoken": "en" if wanted.language == "en" else spoken,
        "ready": [
            one
            for one in ready
            if not is_archive and wanted.fits(one.title[spoken], one.series, wanted.language)
        ],
        "just": next((one.row for one in cards if one.row.key == at.query.get("archived")), None),
    }
    return page(at, "mails.html", values)


def _cards(reading: Reading, at: AtShop, ready: Sequence[ReadyTemplate]) -> list[Card]:
    purposes = {one.key: one.series for one in ready}
    used = flows_with(reading, at.id)
    found = []
    for row in reading.templates(at.id):
        document = document_of(row)
        series = next((one for key, one in purposes.items() if row.key.startswith(key)), "")
        subject = spoken(str(document.get("subject", "")), str(at.language))
        language = str(document.get("language", "en"))
        found.append(Card(row, subject, language, series, used.get(row.key, [])))
    return found


def duplicate(at: AtShop) -> Response:
    """A copy under another name, to be changed."""
    row, _ = _template(at)
    name = at.say.gettext("Copy of %s") % row.name
    copy = save_new(at, name[:LONGEST_NAME], document_of(row), f"{row.key}-copy")
    at.ground.written()
    return see(at.path("mails", copy.key, "change"))


def archive(at: AtShop) -> Response:
    """Put it away, which one press undoes."""
    row, _ = _template(at)
    try:
        store = at.noting("archived template", row.key)
        archive_template(store, at.id, row.key, at.now, at.user.email)
    except TemplateInUse as error:
        names = ", ".join(f"“{one.name}”" for one in error.flows)
        text = at.say.gettext("Automations send this mail: %s. Change them first.")
        raise Refused(409, text % names) from None
    return see(f"{at.path('mails')}?archived={row.key}")


def restore(at: AtShop) -> Response:
    row, _ = _template(at)
    restore_template(at.noting("restored template", row.key), at.id, row.key)
    return see(at.path("mails", row.key))


def shown(at: AtShop) -> Response:
    """A mail in a frame, at the width of a desk or of a phone, for a person who may be named."""
    person = at.query.get("person", "").strip()[:300]
    wrong, nobody, subject = "", False, ""
    row, template = _template(at)
    with at.store.reading() as reading:
        used = flows_with(reading, at.id).get(row.key, [])
        away = is_away(reading, at.id, row.key)
    try:
        profile = _somebody(at, person)
    except NobodyFound:
        profile, nobody = None, True
    try:
        subject = at.ground.mails().make(at.id, template, profile).subject
    except CannotMake as error:
        wrong = fault_text(error, at.language)
    values = {
        "row": row,
        "person": person,
        "nobody": nobody,
        "wrong": wrong,
        "subject": subject,
        "used": used,
        "is_away": away,
        "saved": at.query.get("saved") == str(row.version),
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
        html = in_light(at.ground.mails().make(at.id, template, profile).html, night=False)
    except CannotMake as error:
        html = f"<p>{escape(fault_text(error, at.language))}</p>"
    return framed_mail(at, html)


def _template(at: AtShop) -> tuple[TemplateRow, Template]:
    with at.store.reading() as reading:
        try:
            version = whole(at.query.get("version", "")) or None
            return template_of(reading, at.id, at.part("mail")[:100], version)
        except NoSuchTemplate:
            raise Refused(404) from None


def _somebody(at: AtShop, person: str) -> ProfileId | None:
    """The person of that identifier, or nobody in particular. Raises NobodyFound."""
    if not person:
        return None
    with at.store.reading() as reading:
        return find(reading, at.id, person)
