"""A mail as it will be, while somebody writes it: for a person, by day or by night, and what is
to be said of it. Also its own HTML, in a frame where it may do nothing but be looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Final, NamedTuple

import msgspec
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.event import ProfileId
from cartback.domain.fault import Fault
from cartback.domain.phrase import fault_text
from cartback.domain.template import BadTemplate, Language, Template, parse_template
from cartback.engine.calling import name_by_id
from cartback.engine.mails import Look, Mail, Remark
from cartback.engine.people import NobodyFound, find
from cartback.engine.templates import NoSuchTemplate, template_of
from cartback.web.console.asked import AtShop, Refused
from cartback.web.console.draft import Lacking
from cartback.web.console.framed import framed_mail
from cartback.web.console.guard import Guard
from cartback.web.console.lacking import asked_for
from cartback.web.console.mail_document import Written, to_look_at, write
from cartback.web.console.mail_draft import Draft, parts, read_draft
from cartback.web.console.mail_words import STARTERS, called
from cartback.web.console.render import page

CLIPPED: Final = 102_000
BLANK: Final = "blank"
"""What one begins with that is not ready-made."""
_NIGHT: Final = "(prefers-color-scheme: dark)"


class Said(NamedTuple):
    """A remark at its block or field; `place` is empty where it is about the whole."""

    weight: str
    place: str
    text: str


@dataclass
class Seen:
    """`errors` by field of the form; `order` which block of the form each of the mail is."""

    mail: Mail | None = None
    size: int = 0
    said: Sequence[Said] = ()
    errors: Mapping[str, str] = field(default_factory=dict)
    lacking: Mapping[str, str] = field(default_factory=dict)
    order: Sequence[str] = ()
    person: str = ""
    name: str = ""
    nobody: bool = False
    night: bool = False
    waits: bool = False

    @property
    def can_be_made(self) -> bool:
        return self.mail is not None and not any(one.weight == "stops" for one in self.said)

    @property
    def fills(self) -> int:
        """How much of what Gmail shows is used, in percent."""
        return min(self.size * 100 // CLIPPED, 100)


def routes(guard: Guard) -> Sequence[BaseRoute]:
    at = "/shops/{shop}/mails"
    return [
        Route(at + "/look", guard.of_shop(look), methods=["POST"]),
        Route(at + "/canvas", guard.of_shop(before, sees="marketer"), methods=["GET"]),
        Route(at + "/canvas", guard.of_shop(canvas), methods=["POST"]),
    ]


def look(at: AtShop) -> Response:
    """The part of the page beside the form."""
    draft = read_draft(at.form.all())
    seen = look_at(at, draft, write(draft))
    return page(at, "mail-look.html", {"seen": seen, "draft": draft})


def canvas(at: AtShop) -> Response:
    """The mail's own HTML, for who has no scripts."""
    draft = read_draft(at.form.all())
    seen = look_at(at, draft, write(draft))
    texts = [*seen.errors.values(), *(one.text for one in seen.said if one.weight == "stops")]
    html = "".join(f"<p>{escape(one)}</p>" for one in texts)
    html = html if seen.mail is None else seen.mail.html
    return framed_mail(at, html, is_painted=True)


def before(at: AtShop) -> Response:
    """A mail as it was saved, or one to begin with, for the frame that is painted afterwards."""
    template = _begun(at)
    if template is None:
        raise Refused(404)
    found = at.ground.mails().look(at.id, template)
    html = "" if found.mail is None else in_light(found.mail.html, night=False)
    return framed_mail(at, html, is_painted=True)


def _begun(at: AtShop) -> Template | None:
    start, language = at.query.get("start", ""), at.query.get("language", "")
    if start:
        return starting(at, start, "ko" if language == "ko" else "en")[0]
    with at.store.reading() as reading:
        try:
            return template_of(reading, at.id, at.query.get("mail", "")[:100])[1]
        except (NoSuchTemplate, BadTemplate):
            return None


def starting(at: AtShop, start: str, language: Language) -> tuple[Template, str]:
    """The ready-made mail of that key with its name; else a blank one."""
    for one in at.ground.mails().ready():
        if one.key == start:
            return parse_template(one.documents[language]), one.title[language]
    starters = STARTERS[language]
    kinds = ("header", "heading", "text", "button", "footer")
    blocks = [{"kind": kind, **starters.get(kind, {})} for kind in kinds]
    subject = starters["heading"]["text"]
    return parse_template({"subject": subject, "language": language, "blocks": blocks}), ""


def look_at(
    at: AtShop, draft: Draft, written: Written, *, makes: bool = True, by_day: bool = True
) -> Seen:
    """The draft as a mail; not `makes`: only what is wrong in the form; not `by_day`: as it leaves,
    to follow the reader's own light."""
    form = at.form.all()
    wrong, lacking = _told(at, draft, written.errors)
    seen = Seen(
        errors=wrong,
        lacking=lacking,
        person=form.get("view:person", at.query.get("person", "")).strip()[:300],
        night=form.get("view:night") == "on",
        waits=not makes,
    )
    template = to_look_at(written)
    if not makes or template is None:
        return seen
    profile = _somebody(at, seen)
    found = at.ground.mails().look(at.id, template, profile)
    _take_in(at, seen, written, found, by_day=by_day)
    return seen


def _take_in(at: AtShop, seen: Seen, written: Written, found: Look, *, by_day: bool) -> None:
    said = [_said(at, written, one) for one in found.remarks]
    seen.said = said
    seen.errors = {one.place: one.text for one in said if one.weight == "stops"} | dict(seen.errors)
    seen.order = written.places
    seen.size = found.size
    if found.mail is not None:
        html = in_light(found.mail.html, night=seen.night) if by_day else found.mail.html
        seen.mail = msgspec.structs.replace(found.mail, html=html)


def in_light(html: str, *, night: bool) -> str:
    """The mail as a program in the dark shows it, or one by day, whatever the browser is in."""
    return html.replace(_NIGHT, "all" if night else "not all")


def _said(at: AtShop, written: Written, remark: Remark) -> Said:
    words = remark.words["ko" if str(at.language) == "ko" else "en"]
    return Said(remark.weight, written.place_of(remark.path), words)


def _somebody(at: AtShop, seen: Seen) -> ProfileId | None:
    if not seen.person:
        return None
    with at.store.reading() as reading:
        try:
            profile = find(reading, at.id, seen.person)
        except NobodyFound:
            seen.nobody = True
            return None
        seen.name = name_by_id(reading, at.id, profile) or seen.person
    return profile


def _told(
    at: AtShop, draft: Draft, errors: Mapping[str, Exception]
) -> tuple[dict[str, str], dict[str, str]]:
    """What is wrong, and what is only not there yet, by the place of the field."""
    words = called(at.say.gettext)
    kinds = {place: part.kind for place, part in parts(draft)}
    wrong, lacking = {}, {}
    for place, error in errors.items():
        block, _, name = place.partition(":")
        kind = kinds.get(block, "")
        if isinstance(error, Lacking):
            is_picture = (kind, name) == ("image", "url")
            lacking[place] = asked_for(at, "picture" if is_picture else error.field)
            continue
        fault = error if isinstance(error, Fault) else getattr(error, "fault", None)
        if isinstance(fault, Fault) and "field" in fault.about:
            label = words.label(kind or "template", str(fault.about["field"]))
            fault = Fault(fault.kind, **{**fault.about, "field": label})
        text = fault_text(fault or error, at.language).replace("`", "")
        wrong[place] = text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
    return wrong, lacking
