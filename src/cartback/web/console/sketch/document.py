"""A sketch from a flow's document, and back: with what is missing or wrong, by part and field."""

from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec

from cartback.domain.condition import parse_condition
from cartback.domain.event import Json, Metric
from cartback.domain.fault import Fault
from cartback.domain.flow import asks_for_run
from cartback.domain.step import AnyStep
from cartback.web.console.draft import Lacking, Unfinished
from cartback.web.console.property_tests import Asked
from cartback.web.console.sketch.fields import OMIT, typed, value_of
from cartback.web.console.sketch.forms import Field, Form, form_of
from cartback.web.console.sketch.node import FLOW, TRIGGER, Node, Sketch, Way

Document: TypeAlias = dict[str, Any]
Wrongs: TypeAlias = Mapping[str, Exception]
"""What is missing or wrong in a part, by the name of the field as it stands in the form."""
OWN: Final = "f."
"""What the names of a part's own fields begin with in the form; those of its ways: w0., w1., …"""


_ONE_OF: Final[Mapping[str, Sequence[str]]] = {"wait": ("for", "until", "weekdays")}
"""Fields of which a kind needs one at least."""
_FAULTY: Final[Mapping[str, str]] = {
    "not_a_path": "path",
    "before_or_after": "before",
    "not_a_web_address": "url",
    "webhook_forbidden": "url",
    "alerted_count": "to",
    "not_an_email": "to",
    "subject_length": "subject",
    "alert_too_long": "text",
}
"""In which field a fault stands that the struct as a whole tells."""
_BY_TRIGGER: Final[Mapping[str, str]] = {
    "cart_abandoned": Metric.CART_ABANDONED,
    "price_drop": Metric.PRICE_DROPPED,
    "low_stock": Metric.LOW_ON_STOCK,
    "back_in_stock": Metric.BACK_IN_STOCK,
}
"""Which event begins a run, where the trigger does not name it."""


class Reading(NamedTuple):
    """What a sketch says, as far as it is finished, and what is wrong by the key of the part."""

    document: Document
    wrong: Mapping[str, Wrongs]


# --- from a document ------------------------------------------------------------------------------


def sketch_of(document: Document, currency: str) -> Sketch:
    """The sketch of a flow's document, which parse_flow accepts."""
    trigger = document["trigger"]
    node = Node(trigger["kind"], TRIGGER)
    asked = Asked(_metric(node.kind, trigger), currency)
    return Sketch(
        _part(node, trigger, asked),
        _part(Node(FLOW, FLOW), document, asked),
        _steps(document.get("steps", ()), asked),
    )


def _steps(documents: Sequence[Json], began: Asked) -> list[Node]:
    return [_step(one, began) for one in documents]


def _step(document: Json, began: Asked) -> Node:
    """`began` is the metric that begins the flow."""
    asked = _of_step(document["kind"], document, began)
    node = _part(Node(document["kind"], document["key"]), document, asked)
    form = form_of(node)
    for one in document.get(form.branches, ()) if form.branches else ():
        texts = _texts(form.of_branch, one, asked)
        node.ways.append(Way(texts, _steps(one.get("steps", ()), began)))
    for name in form.fixed:
        node.ways.append(Way({}, _steps(document.get(name, ()), began)))
    return node


def _part(node: Node, document: Json, asked: Asked) -> Node:
    node.fields = _texts(form_of(node).fields, document, asked)
    return node


def _texts(fields: Sequence[Field], document: Json, asked: Asked) -> dict[str, str]:
    texts: dict[str, str] = {}
    for one in fields:
        if one.is_needed and one.name not in document:
            continue  # a blank one: it is still to be typed
        value = document.get(one.name, plain(one.default))
        texts |= typed(one, value, asked)
    return texts


def plain(value: object) -> Json:
    """A struct's default as it stands in a document."""
    return msgspec.to_builtins(value)


# --- to a document --------------------------------------------------------------------------------


def read(sketch: Sketch, currency: str) -> Reading:
    """What the sketch says."""
    wrong: dict[str, dict[str, Exception]] = {}
    began = begun_by(sketch, currency)
    trigger = {"kind": sketch.trigger.kind} | _own(sketch.trigger, began, wrong)
    document: Document = {"trigger": trigger, **_own(sketch.flow, began, wrong)}
    document["steps"] = _documents(sketch.steps, began, wrong)
    return Reading(document, wrong)


def begun_by(sketch: Sketch, currency: str) -> Asked:
    """By which metric the flow begins, which its splits by the trigger ask about."""
    return Asked(_metric(sketch.trigger.kind, sketch.trigger.fields), currency)


def asked_of(node: Node, began: Asked) -> Asked:
    """About which metric the tests of a part are."""
    return began if node.key in (TRIGGER, FLOW) else _of_step(node.kind, node.fields, began)


def _metric(kind: str, fields: Mapping[str, Any]) -> str:
    return _BY_TRIGGER.get(kind) or str(fields.get("metric", ""))


def _of_step(kind: str, fields: Mapping[str, Any], began: Asked) -> Asked:
    return began._replace(metric=str(fields.get("metric", ""))) if kind == "wait_for" else began


def step_of(node: Node, began: Asked) -> AnyStep | None:
    """The step alone, without the steps of its ways; None where it is not finished."""
    bare = Node(node.kind, node.key, node.fields, [Way(one.fields) for one in node.ways])
    wrong: dict[str, dict[str, Exception]] = {}
    [document] = _documents([bare], began, wrong)
    if wrong:
        return None
    found: AnyStep = msgspec.convert(document, AnyStep)
    return found


def _documents(
    steps: Sequence[Node], began: Asked, wrong: MutableMapping[str, dict[str, Exception]]
) -> list[Document]:
    return [_document(one, began, wrong) for one in steps]


def _document(
    node: Node, began: Asked, wrong: MutableMapping[str, dict[str, Exception]]
) -> Document:
    form = form_of(node)
    found = {"kind": node.kind, "key": node.key, **_own(node, began, wrong)}
    asked = asked_of(node, began)
    several = len(node.ways) - len(form.fixed)
    for number, way in enumerate(node.ways):
        steps = _documents(way.steps, began, wrong)
        if number < several:
            values = _values(form.of_branch, way.fields, asked, f"w{number}.", node.key, wrong)
            found.setdefault(form.branches, []).append({**values, "steps": steps})
        else:
            found[form.fixed[number - several]] = steps
    if form.branches and not several:
        wrong.setdefault(node.key, {})["ways"] = Lacking("ways")
    _check(node.key, form, found, wrong)
    return found


def _own(node: Node, began: Asked, wrong: MutableMapping[str, dict[str, Exception]]) -> Document:
    form = form_of(node)
    found = _values(form.fields, node.fields, asked_of(node, began), OWN, node.key, wrong)
    if node.key == FLOW and found.get("who") and asks_for_run(parse_condition(found["who"])):
        wrong.setdefault(node.key, {})[f"{OWN}who"] = Lacking("who")
    if node.key == TRIGGER:
        _check(node.key, form, {"kind": node.kind, **found}, wrong)
    return found


def _values(
    fields: Sequence[Field],
    texts: Mapping[str, str],
    asked: Asked,
    start: str,
    key: str,
    wrong: MutableMapping[str, dict[str, Exception]],
) -> Document:
    found: Document = {}
    for one in fields:
        try:
            value = value_of(one, texts, asked)
        except Unfinished as several:
            told = {start + place: error for place, error in several.errors.items()}
            wrong.setdefault(key, {}).update(told)
        except (Lacking, Fault) as error:
            wrong.setdefault(key, {})[start + one.name] = error
        else:
            if value is not OMIT:
                found[one.name] = value
    return found


def _check(
    key: str, form: Form, document: Document, wrong: MutableMapping[str, dict[str, Exception]]
) -> None:
    """What only the struct itself knows to be wrong is told of the part as a whole."""
    one_of = _ONE_OF.get(document["kind"], ())
    if one_of and not any(document.get(name) for name in one_of):
        wrong.setdefault(key, {}).setdefault(OWN + one_of[0], Lacking("one_of"))
    if key in wrong:
        return
    bare = {name: value for name, value in document.items() if name not in form.fixed}
    if form.branches:
        ways = bare.get(form.branches, [])
        bare[form.branches] = [{**one, "steps": []} for one in ways]
    try:
        msgspec.convert(bare, form.struct)
    except msgspec.ValidationError as error:
        cause = error.__cause__
        if isinstance(cause, Fault):
            name = _FAULTY.get(cause.kind, str(cause.about.get("field", "")))
            name = "trait" if name == "path" and "trait" in document else name
            wrong[key] = {OWN + name if name in document else "": cause}
        else:
            wrong[key] = {"": error}
