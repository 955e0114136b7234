"""The editor of mails: blocks in order, each with its form, and the mail beside it as it will be.

Each act posts the whole form. With scripts a part of the page comes back, without them the page.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.key import key_from
from cartback.domain.letters import isolated
from cartback.domain.phrase import fault_at
from cartback.domain.template import (
    BadTemplate,
    Language,
    parse_template,
    template_document,
)
from cartback.engine.calling import name_by_id
from cartback.engine.flow_ports import TemplateRow
from cartback.engine.flow_start import mail_language
from cartback.engine.mailing import mailing_of
from cartback.engine.ports import Reading
from cartback.engine.templates import (
    NoSuchTemplate,
    StaleTemplate,
    flows_with,
    save_template,
    template_of,
)
from cartback.web.console.asked import AtShop, Refused, whole
from cartback.web.console.guard import Guard
from cartback.web.console.mail_document import WHOLE, write
from cartback.web.console.mail_draft import Draft, act, draft_of, parts, read_draft
from cartback.web.console.mail_fields import (
    OF_COLUMN,
    OF_LOOK,
    OF_TEMPLATE,
    ORDER,
    fields_of,
    inner_kinds,
    node_of,
)
from cartback.web.console.mail_keywords import grouped_keywords, spoken
from cartback.web.console.mail_look import BLANK, Seen, look_at, starting
from cartback.web.console.mail_words import STARTERS, called
from cartback.web.console.new_keys import keys_for
from cartback.web.console.render import page, see

LONGEST_NAME: Final = 200
OFFERED: Final = 300
"""Products of the catalog to choose from; more are named by their ids."""
SUGGESTED: Final = 12
"""People with a cart whose mail one may want to see."""


def routes(guard: Guard) -> Sequence[BaseRoute]:
    at = "/shops/{shop}/mails"
    return [
        Route(at + "/new", guard.of_shop(new, sees="marketer"), methods=["GET"]),
        Route(at + "/draft", guard.of_shop(edit), methods=["POST"]),
        Route(at, guard.of_shop(save), methods=["POST"]),
        Route(at + "/{mail}/change", guard.of_shop(change, sees="marketer"), methods=["GET"]),
    ]


def new(at: AtShop) -> Response:
    """A blank one, or a ready-made one to begin with."""
    start = at.query.get("start", BLANK)[:100]
    with at.store.reading() as reading:
        spoken = mail_language(reading, at.id, "ko" if str(at.language) == "ko" else "en")
    languages: Mapping[str, Language] = {"en": "en", "ko": "ko"}
    language = languages.get(at.query.get("language", ""), spoken)
    template, name = starting(at, start, language)
    return editor(at, draft_of(template, {"name": name, "start": start}))


def change(at: AtShop) -> Response:
    """A mail that is there, as it is at present."""
    with at.store.reading() as reading:
        try:
            row, template = template_of(reading, at.id, at.part("mail")[:100])
        except NoSuchTemplate:
            raise Refused(404) from None
        except BadTemplate as error:
            raise Refused(409, fault_at(error, at.language)) from None
    return editor(at, draft_of(template, head_of(row)))


def head_of(row: TemplateRow) -> dict[str, str]:
    return {"name": row.name, "key": row.key, "version": str(row.version)}


def edit(at: AtShop) -> Response:
    """Do what was pressed, and show the draft again."""
    form = at.form.all()
    draft = read_draft(form)
    before = draft.taken
    draft = act(draft, form.get("do", ""))
    if draft.taken > before and form.get("do", "").startswith("put:"):
        _start(draft)
    return editor(at, draft)


def _start(draft: Draft) -> None:
    """Words in the block that is new, so that there is something to see."""
    language: Language = "ko" if draft.fields.get("language") == "ko" else "en"
    for _, part in parts(draft):
        if part.uid == draft.opened:
            part.fields |= STARTERS[language].get(part.kind, {})


def save(at: AtShop) -> Response:
    """Keep it as a new mail, or as the next version of one."""
    draft = read_draft(at.form.all())
    say = at.say.gettext
    written = write(draft)
    seen = look_at(at, draft, written)
    name = draft.head["name"]
    if not 1 <= len(name) <= LONGEST_NAME:
        text = say("Give it a name of 1 to 200 characters.")
        return editor(at, draft, seen, error=text, status=422)
    if not written.is_finished or not seen.can_be_made:
        text = seen.errors.get(WHOLE) or say("Something is not finished yet; it is marked below.")
        _open_what_is_marked(draft, seen)
        return editor(at, draft, seen, error=text, status=422)
    try:
        document = template_document(parse_template(written.document))
        row = _save(at, draft, document)
    except StaleTemplate:
        with at.store.reading() as reading:
            theirs = reading.template(at.id, draft.head["key"])
        draft.head["version"] = "" if theirs is None else str(theirs.version)
        return editor(at, draft, seen, error=_meanwhile(at, theirs), status=409, stale=True)
    except BadTemplate as error:
        return editor(at, draft, seen, error=fault_at(error, at.language), status=422)
    at.ground.written()
    return see(f"{at.path('mails', row.key)}?saved={row.version}")


def _open_what_is_marked(draft: Draft, seen: Seen) -> None:
    """The first block that is not finished, or wrong; in a closed one nobody sees the mark."""
    marked = {place.partition(":")[0] for place in (*seen.errors, *seen.lacking)}
    draft.opened = next((part.uid for place, part in parts(draft) if place in marked), draft.opened)


def _save(at: AtShop, draft: Draft, document: dict[str, Any]) -> TemplateRow:
    head = draft.head
    name = head["name"]
    if head["key"]:
        expected = whole(head["version"]) or 0
        store = at.noting("saved template", head["key"], version=expected + 1)
        by = at.user.email
        return save_template(
            store, at.id, head["key"], name, document, at.now, expected=expected, by=by
        )
    return save_new(at, name, document, "" if head["start"] == BLANK else head["start"])


def save_new(at: AtShop, name: str, document: dict[str, Any], wish: str = "") -> TemplateRow:
    """Under the key that is wished for, or one after its name, or the next one free."""
    wish = (wish or key_from(name) or "mail")[:50].strip("-")
    for key in keys_for(wish):
        try:
            store = at.noting("saved template", key, version=1)
            return save_template(
                store, at.id, key, name, document, at.now, expected=0, by=at.user.email
            )
        except StaleTemplate:
            continue
    raise BadTemplate(at.say.gettext("There are many of that name; choose another one."))


def _meanwhile(at: AtShop, theirs: TemplateRow | None) -> str:
    """Who changed it, and when."""
    if theirs is None:
        return at.say.gettext(
            "Somebody else changed this mail meanwhile. Yours is kept here, not saved yet:"
        )
    said = at.say.gettext(
        "%(who)s changed this mail meanwhile (%(when)s). Yours is kept here, not saved yet:"
    )
    return said % {"who": isolated(theirs.by), "when": at.say.ago(theirs.at, at.now)}


# --- the page -------------------------------------------------------------------------------------


def editor(
    at: AtShop,
    draft: Draft,
    seen: Seen | None = None,
    *,
    error: str = "",
    status: int = 200,
    stale: bool = False,
    notice: str = "",
) -> Response:
    """The form; what the mail looks like is asked for by the page itself."""
    is_part = at.is_partial and status == 200
    with at.store.reading() as reading:
        found = _to_choose_from(reading, at)
        if not is_part:
            found |= _around(reading, at, draft)
    values: dict[str, Any] = {
        "draft": draft,
        "head": draft.head,
        "seen": seen or look_at(at, draft, write(draft), makes=not at.is_partial),
        "error": error,
        "stale": stale,
        "notice": notice,
        **found,
        **_forms(at),
    }
    if is_part:
        return page(at, "mail-blocks.html", values, headers={"HX-Trigger": "count"})
    return page(at, "mail-editor.html", values, status=status)


def _to_choose_from(reading: Reading, at: AtShop) -> dict[str, Any]:
    """What the fields of blocks offer."""
    coupons = [(one.key, one.name) for one in reading.coupons(at.id) if one.status == "live"]
    products = [(one.id, one.name) for one in reading.products_after(at.id, "", OFFERED)]
    return {"coupons": coupons, "products": products}


def _around(reading: Reading, at: AtShop, draft: Draft) -> dict[str, Any]:
    """What stands around the blocks, and stays while they change."""
    used = flows_with(reading, at.id).get(draft.head["key"], [])
    carts = reading.abandoned(at.id, (at.now + 1, 0), SUGGESTED)
    people = {one.profile: name_by_id(reading, at.id, one.profile) for one in carts}
    return {
        "sends_it": [one for one in used if one.status == "live"],
        "people": [(profile, name) for profile, name in people.items() if name],
        "can_send": at.ground.try_out is not None and mailing_of(reading, at.id) is not None,
        "to": at.form.text("view:to") or at.user.email,
        "keywords": grouped_keywords(at),
    }


def _forms(at: AtShop) -> Mapping[str, Any]:
    """What the forms are made of."""
    return {
        "words": called(at.say.gettext),
        "spoken": partial(spoken, language=str(at.language)),
        "order": ORDER,
        "inner": inner_kinds(),
        "fields_of": lambda kind: fields_of(node) if (node := node_of(kind)) else (),
        "of_template": {one.name: one for one in OF_TEMPLATE},
        "of_look": OF_LOOK,
        "of_column": OF_COLUMN,
    }
