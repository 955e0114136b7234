"""The flow editor: a tree with a "+" between its steps, and a panel for the part that was chosen.

Each act posts the whole form: the sketch, what was typed into the panel, and the sketches before.
With scripts a part of the page comes back, without them the page.
"""

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.flow import BadFlow, flow_document, parse_flow
from cartback.domain.key import key_from
from cartback.domain.phrase import fault_at
from cartback.engine.flow_ports import FlowRow
from cartback.engine.flows import (
    CannotBecome,
    FlowExists,
    StaleFlow,
    change_flow,
    create_flow,
    document_of,
    set_status,
)
from cartback.web.console.asked import AtShop, Refused, whole
from cartback.web.console.builder import asking
from cartback.web.console.flow import flow_row
from cartback.web.console.flow_tree import Tree, speech_of
from cartback.web.console.guard import Guard
from cartback.web.console.lacking import told
from cartback.web.console.new_keys import keys_for
from cartback.web.console.render import page, see
from cartback.web.console.sketch import panel, words
from cartback.web.console.sketch.document import OWN, Reading, begun_by, read, sketch_of
from cartback.web.console.sketch.edited import Editing, NoSketch, edited
from cartback.web.console.sketch.forms import TRIGGERS
from cartback.web.console.sketch.node import FLOW, TRIGGER, all_nodes
from cartback.web.console.sketch.shown import FlowCard, Showing, cards, flow_card, trigger_card

_EXAMPLES: Final[Mapping[str, Mapping[str, str]]] = {"date": {"trait": "birthday"}}
"""What a blank trigger begins with."""


def routes(guard: Guard) -> Sequence[BaseRoute]:
    at = "/shops/{shop}/flows"
    return [
        Route(at + "/new", guard.of_shop(new, sees="marketer"), methods=["GET"]),
        Route(at + "/new", guard.of_shop(make), methods=["POST"]),
        Route(at + "/draft", guard.of_shop(edit), methods=["POST"]),
        Route(at + "/{flow}/change", guard.of_shop(change, sees="marketer"), methods=["GET"]),
        Route(at + "/{flow}/change", guard.of_shop(save), methods=["POST"]),
    ]


class Head(NamedTuple):
    """What the form says beside the sketch: of which flow, and from which version on."""

    name: str
    key: str = ""
    version: int = 0
    start: str = ""


class Trouble(NamedTuple):
    """Why it was not saved; `stale` where somebody else was faster."""

    text: str
    status: int = 422
    stale: bool = False


def new(at: AtShop) -> Response:
    """A blank one, which begins with what was chosen; or the choice."""
    kind = at.query.get("trigger", "")
    if kind not in TRIGGERS:
        return page(at, "flow-new.html", {"triggers": words.known_triggers(at.language)})
    audience = at.query.get("audience", "everyone")
    begun = _blank(kind, audience if audience in ("leads", "customers") else "everyone")
    sketch = sketch_of(begun, at.settings.currency)
    chosen = "insert::0" if kind == "cart_abandoned" else TRIGGER
    return _page(at, Editing(sketch, chosen), Head("", start=kind))


def _blank(kind: str, audience: str) -> dict[str, Any]:
    """The document of a flow without steps; where it can be read, with what goes without saying,
    such as a cart's filter."""
    trigger = {"kind": kind, **_EXAMPLES.get(kind, {})}
    blank = {"name": "x", "trigger": trigger, "steps": [], "audience": audience}
    try:
        return flow_document(parse_flow(blank))
    except BadFlow:
        return blank


def change(at: AtShop) -> Response:
    with at.store.reading() as reading:
        row = flow_row(reading, at)
    sketch = sketch_of(document_of(row), at.settings.currency)
    return _page(at, Editing(sketch, at.query.get("step", "")), _head_of(row))


def _head_of(row: FlowRow) -> Head:
    return Head(row.name, row.key, row.version)


def _typed(at: AtShop) -> Head:
    form = at.form
    version = whole(form.text("version")) or 0
    return Head(form.text("name")[:300], form.text("key")[:100], version, form.text("start")[:100])


def _editing(at: AtShop, what: str) -> Editing:
    try:
        return edited(at.form.all(), what, at.settings.currency)
    except NoSketch:
        raise Refused(400) from None


def edit(at: AtShop) -> Response:
    """Do what was pressed, and show the sketch again; where nothing was, only how it reads."""
    what = at.form.text("do")
    return _page(at, _editing(at, what), _typed(at), only_tree=at.is_partial and not what)


# --- saving ---------------------------------------------------------------------------------------


def make(at: AtShop) -> Response:
    """Keep it as a new flow, a draft."""
    return _save(at, _typed(at)._replace(key="", version=0))


def save(at: AtShop) -> Response:
    """Keep it as the next version of the flow."""
    return _save(at, _typed(at)._replace(key=at.part("flow")[:100]))


def _save(at: AtShop, head: Head) -> Response:
    now = _editing(at, "")
    found = read(now.sketch, at.settings.currency)
    if found.wrong:
        chosen = now.chosen if now.chosen in found.wrong else _first(now, found)
        text = at.say.gettext("Some steps are not finished yet.")
        return _page(at, now._replace(chosen=chosen), head, Trouble(text))
    if not 1 <= len(head.name) <= 200:
        text = at.say.gettext("Give it a name of 1 to 200 characters.")
        return _page(at, now, head, Trouble(text))
    try:
        row = _kept(at, head, {"name": head.name, **found.document})
    except StaleFlow:
        return _stale(at, now, head)
    except FlowExists:
        text = at.say.gettext("There are many of that name; choose another one.")
        return _page(at, now, head, Trouble(text))
    except BadFlow as error:
        return _page(at, now, head, Trouble(fault_at(error, at.language)))
    if at.form.text("then") == "live" and row.status == "draft":
        _start(at, row)
    at.ground.written()
    return see(f"{at.path('flows', row.key)}?saved=1")


def _start(at: AtShop, row: FlowRow) -> None:
    """Start what was just saved; where it cannot yet, its page says what is to be done before."""
    store = at.noting("set flow to", row.key, status=[row.status, "live"])
    with contextlib.suppress(BadFlow, CannotBecome):
        set_status(store, at.id, row.key, "live", at.now)


def _first(now: Editing, found: Reading) -> str:
    """The first part in which something is wrong."""
    parts = (TRIGGER, FLOW, *(one.key for one in all_nodes(now.sketch.steps)))
    return next(one for one in parts if one in found.wrong)


def _kept(at: AtShop, head: Head, document: Mapping[str, Any]) -> FlowRow:
    by = at.user.email
    at.ground.proof(parse_flow(document))
    if head.key:
        with at.store.reading() as reading:
            flow_row(reading, at)
        store = at.noting("changed flow", head.key, version=head.version + 1)
        return change_flow(store, at.id, head.key, document, at.now, expected=head.version, by=by)
    wish = (key_from(head.name) or head.start.replace("_", "-") or "flow")[:50].strip("-")
    for key in keys_for(wish):
        try:
            return create_flow(at.noting("made flow", key), at.id, key, document, at.now, by=by)
        except FlowExists:
            continue
    raise FlowExists("flow_exists", key=wish)


def _stale(at: AtShop, now: Editing, head: Head) -> Response:
    """Theirs is the newer one; this one stays, and can be put in its place."""
    with at.store.reading() as reading:
        version = flow_row(reading, at).version
    text = at.say.gettext("Somebody else changed it meanwhile. Yours is kept here, not saved yet:")
    return _page(at, now, head._replace(version=version), Trouble(text, 409, stale=True))


# --- the page -------------------------------------------------------------------------------------


def _page(
    at: AtShop,
    now: Editing,
    head: Head,
    trouble: Trouble | None = None,
    *,
    only_tree: bool = False,
) -> Response:
    found = read(now.sketch, at.settings.currency)
    with at.store.reading() as reading:
        speech = speech_of(reading, at)
        segments = [
            (one.key, one.name) for one in reading.segments(at.id) if one.status != "archived"
        ]
        row = reading.flow(at.id, head.key) if head.key else None
        lists = sorted({*speech.names.lists, *reading.lists(at.id)})
    wrong = {key: told(at, some) for key, some in found.wrong.items()}
    began = begun_by(now.sketch, at.settings.currency)
    how = Showing(speech._replace(began=began.metric), began, _sentences(wrong))
    there = (now.chosen in wrong and wrong[now.chosen]) or {"errors": {}, "lacking": {}}
    values: dict[str, Any] = {
        "now": now,
        "head": head,
        "trouble": trouble,
        "error": "" if trouble is None else trouble.text,
        "sketch_text": msgspec.json.encode(now.sketch).decode(),
        "past_text": msgspec.json.encode(now.past).decode() if now.past else "",
        "future_text": msgspec.json.encode(now.future).decode() if now.future else "",
        "tree": Tree(
            trigger_card(now.sketch, found, how),
            _people(found, how),
            cards(now.sketch.steps, how),
        ),
        "edits": True,
        "may_start": row is None or row.status == "draft",
        "gone": None if now.gone is None else cards([now.gone], how)[0],
        "panel": panel.of(now, at.language, began),
        "kinds": words.steps(at.language),
        "step_groups": words.groups(at.say.gettext),
        "lists": [(key, speech.names.lists.get(key, key)) for key in lists],
        "templates": sorted(speech.templates.items(), key=lambda one: one[1]),
        "coupons": sorted(speech.coupons.items(), key=lambda one: one[1]),
        **asking(
            at.say.gettext,
            segments,
            edit=at.path("flows", "draft"),
            part="editor",
            form="flow-form",
            before_entry=f"{OWN}who",
        ),
        **there,
    }
    if only_tree:
        return page(at, "flow-canvas.html", values)
    if at.is_partial and trouble is None:
        return page(at, "flow-editor.html", values)
    return page(at, "flow-builder.html", values, status=trouble.status if trouble else 200)


def _sentences(wrong: Mapping[str, Mapping[str, Mapping[str, str]]]) -> dict[str, list[str]]:
    return {
        key: list(dict.fromkeys((*some["errors"].values(), *some["lacking"].values())))
        for key, some in wrong.items()
    }


def _people(found: Reading, how: Showing) -> FlowCard:
    """For whom it is, as far as that is finished."""
    if not found.wrong.keys() & {FLOW, TRIGGER}:
        try:
            return flow_card(parse_flow({"name": "x", **found.document, "steps": []}), how)
        except BadFlow:
            pass  # told when it is saved
    audience = str(found.document.get("audience", "everyone"))
    return FlowCard(audience, (), how.wrong.get(FLOW, ()))
