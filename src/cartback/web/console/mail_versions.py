"""The versions of a mail: who saved each and when, what has changed since, and the way back."""

from collections.abc import Iterator, Sequence
from difflib import unified_diff
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.phrase import fault_at
from cartback.domain.template import BadTemplate, Template, parse_template
from cartback.engine.flow_ports import TemplateRow
from cartback.engine.templates import (
    NoSuchTemplate,
    StaleTemplate,
    document_of,
    save_template,
    template_of,
)
from cartback.web.console.asked import AtShop, Refused, whole
from cartback.web.console.guard import Guard
from cartback.web.console.mail_draft import draft_of, parts
from cartback.web.console.mail_fields import OF_LOOK, OF_TEMPLATE, Field, fields_of, node_of
from cartback.web.console.mail_words import Called, called
from cartback.web.console.render import page, see

PAGE: Final = 20
LAST: Final = 2**31


def routes(guard: Guard) -> Sequence[BaseRoute]:
    at = "/shops/{shop}/mails/{mail}/versions"
    return [
        Route(at, guard.of_shop(index), methods=["GET"]),
        Route(at, guard.of_shop(go_back), methods=["POST"]),
    ]


def index(at: AtShop) -> Response:
    row = _present(at)
    before = whole(at.query.get("before", "")) or LAST
    version = whole(at.query.get("version", ""))
    with at.store.reading() as reading:
        versions = reading.template_versions(at.id, row.key, min(before, LAST), PAGE + 1)
        looked = None if version is None else reading.template(at.id, row.key, min(version, LAST))
    values = {
        "row": row,
        "versions": versions[:PAGE],
        "older": versions[PAGE - 1].version if len(versions) > PAGE else 0,
        "looked": looked,
        "changes": [] if looked is None else changes(called(at.say.gettext), looked, row),
    }
    return page(at, "mail-versions.html", values)


def _present(at: AtShop) -> TemplateRow:
    with at.store.reading() as reading:
        try:
            return template_of(reading, at.id, at.part("mail")[:100])[0]
        except NoSuchTemplate:
            raise Refused(404) from None


def go_back(at: AtShop) -> Response:
    """What an old version says becomes the newest one; nothing in between is lost."""
    row = _present(at)
    version = whole(at.form.text("version")) or 0
    with at.store.reading() as reading:
        old = reading.template(at.id, row.key, min(version, LAST)) if version else None
    if old is None:
        raise Refused(404)
    expected = whole(at.form.text("expected")) or row.version
    store = at.noting("saved template", row.key, version=expected + 1, as_version=old.version)
    by = at.user.email
    try:
        saved = save_template(
            store, at.id, row.key, old.name, document_of(old), at.now, expected=expected, by=by
        )
    except StaleTemplate:
        text = at.say.gettext("Somebody else changed this mail meanwhile. Look at it again first.")
        raise Refused(409, text) from None
    except BadTemplate as error:
        raise Refused(409, fault_at(error, at.language)) from None
    at.ground.written()
    return see(f"{at.path('mails', row.key)}?saved={saved.version}")


# --- what has changed, in a marketer's words ------------------------------------------------------


def changes(words: Called, old: TemplateRow, new: TemplateRow) -> list[tuple[str, str]]:
    """Lines that are gone (-), new (+), or around them, each with its sign."""
    before, after = (list(lines_of(words, parse_template(document_of(one)))) for one in (old, new))
    if old.name != new.name:
        before, after = [old.name, *before], [new.name, *after]
    found = [
        ("…", "") if line.startswith("@@") else (line[:1].strip(), line[1:])
        for line in list(unified_diff(before, after, n=1, lineterm=""))[2:]
    ]
    return found[1:] if found and found[0][0] == "…" else found


def lines_of(words: Called, template: Template) -> Iterator[str]:
    """What a template says, a line for each field that is not left as it was at first."""
    draft = draft_of(template, {})
    yield from _fields(words, "template", draft.fields, OF_TEMPLATE)
    yield from _fields(words, "look", draft.look, OF_LOOK)
    for _, part in parts(draft):
        node = node_of(part.kind)
        title = words.kinds[part.kind]
        yield title
        if node is not None:
            yield from _fields(words, part.kind, part.fields, fields_of(node), title)


def _fields(
    words: Called,
    kind: str,
    values: dict[str, str],
    wanted: Sequence[Field],
    title: str = "",
) -> Iterator[str]:
    for one in wanted:
        value = values.get(one.name, "")
        if value == one.default:
            continue
        if one.writing == "choice":
            value = words.choice(kind, one.name, value)
        elif one.writing == "yes":
            value = "✓" if value else "✗"
        name = words.label(kind, one.name)
        for line in value.splitlines() or [""]:
            yield f"{title} · {name}: {line}" if title else f"{name}: {line}"
