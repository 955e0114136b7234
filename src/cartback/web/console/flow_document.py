"""Changing a flow as its document: what is wrong is told beside the text, and nothing is lost."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.doubled import DoubledField, decode_json
from cartback.domain.event import Json
from cartback.domain.flow import BadFlow, Flow, parse_flow
from cartback.domain.phrase import fault_at
from cartback.engine.flows import StaleFlow, change_flow, document_of
from cartback.web.console.asked import AtShop, whole
from cartback.web.console.flow import flow_row
from cartback.web.console.flow_tree import speech_of, tree_of
from cartback.web.console.guard import Guard
from cartback.web.console.render import page, see

LONGEST: Final = 200_000


def routes(guard: Guard) -> Sequence[BaseRoute]:
    at = "/shops/{shop}/flows/{flow}/document"
    return [
        Route(at, guard.of_shop(shown, sees="marketer"), methods=["GET"]),
        Route(at, guard.of_shop(change), methods=["POST"]),
    ]


class Draft(NamedTuple):
    """What was typed, of which version, and what is wrong with it."""

    text: str
    version: int
    wrong: str = ""
    stale: bool = False


def shown(at: AtShop) -> Response:
    with at.store.reading() as reading:
        row = flow_row(reading, at)
    body = msgspec.json.format(msgspec.json.encode(document_of(row)), indent=2)
    return _page(at, Draft(body.decode(), row.version))


def change(at: AtShop) -> Response:
    """Save it as the next version, or only say how it reads (`do` is `check`)."""
    text, expected = at.form.text("document"), whole(at.form.text("version")) or 0
    try:
        document = _read(at, text)
    except _Unread as error:
        return _page(at, Draft(text, expected, str(error)), status=422)
    try:
        flow = parse_flow(document)
        at.ground.proof(flow)
        if at.form.text("do") == "check":
            return _page(at, Draft(text, expected), flow)
        with at.store.reading() as reading:
            row = flow_row(reading, at)
        store = at.noting("changed flow", row.key, version=expected + 1)
        change_flow(store, at.id, row.key, document, at.now, expected=expected, by=at.user.email)
    except BadFlow as error:
        return _page(at, Draft(text, expected, fault_at(error, at.language)), status=422)
    except StaleFlow:
        return _stale(at, text)
    at.ground.written()
    return see(at.path("flows", row.key) + "?saved=1")


def _stale(at: AtShop, text: str) -> Response:
    """Theirs is the newer one; what was typed stays, and can be put in its place."""
    with at.store.reading() as reading:
        version = flow_row(reading, at).version
    return _page(at, Draft(text, version, stale=True), status=409)


class _Unread(ValueError):
    """What was typed is no JSON; the sentence is in the visitor's language."""


def _read(at: AtShop, text: str) -> Json:
    """The text as plain data. Raises _Unread with the line where it is no JSON."""
    if len(text) > LONGEST:
        raise _Unread(at.say.gettext("That is too long."))
    try:
        return decode_json(text)
    except DoubledField as error:
        raise _Unread(fault_at(error, at.language)) from None
    except (msgspec.DecodeError, RecursionError) as error:
        place = whole(str(error).rpartition("(byte ")[2].removesuffix(")")) or 0
        line = text.encode()[:place].count(b"\n") + 1
        sentence = at.say.gettext("Line %(line)s: this is not JSON. Is a comma or a quote missing?")
        raise _Unread(sentence % {"line": line}) from None


def _page(at: AtShop, draft: Draft, flow: Flow | None = None, status: int = 200) -> Response:
    with at.store.reading() as reading:
        row = flow_row(reading, at)
        speech = speech_of(reading, at)
        templates = [(one.key, one.name) for one in reading.templates(at.id)]
    values: dict[str, Any] = {
        "row": row,
        "draft": draft,
        "tree": None if flow is None else tree_of(at, flow, speech),
        "templates": templates,
    }
    return page(at, "flow-document.html", values, status=status)
