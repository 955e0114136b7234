"""One request of the flow editor: what was typed, what was pressed, and what came before."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec

from cartback.domain.step import STEPS
from cartback.web.console.sketch.acts import Acted, do, fields_at
from cartback.web.console.sketch.document import OWN, read
from cartback.web.console.sketch.forms import TRIGGERS, form_of
from cartback.web.console.sketch.node import FLOW, TRIGGER, Node, Sketch, all_nodes, node_of

MOST_STEPS_BACK: Final = 30
LARGEST_PAST: Final = 150_000
"""So many bytes of earlier sketches travel with the page."""


class Editing(NamedTuple):
    """A sketch being edited: which part is shown, and the sketches before it and undone since."""

    sketch: Sketch
    chosen: str = ""
    past: tuple[Sketch, ...] = ()
    future: tuple[Sketch, ...] = ()
    taken: str = ""
    gone: Node | None = None


class NoSketch(ValueError):
    """What was sent is no sketch."""


def read_editing(form: Mapping[str, str]) -> Editing:
    """What the form says, with what was typed in the part that was shown. Raises NoSketch."""
    sketch = _sketch(form.get("sketch", ""))
    before = Editing(
        sketch,
        form.get("chosen", ""),
        _several(form.get("past", "")),
        _several(form.get("future", "")),
        form.get("taken", ""),
    )
    typed = _with_typed(sketch, before.chosen, form)
    return before if typed is sketch else before._replace(sketch=typed)


def edited(form: Mapping[str, str], what: str, currency: str) -> Editing:
    """What is there after a press. What was typed is a change of its own. Raises NoSketch."""
    now = read_editing(form)
    now = _noting(now, _sketch(form.get("sketch", "")), currency)
    if what in ("undo", "redo"):
        return _undone(now) if what == "undo" else _redone(now)
    after = _copied(now.sketch)
    acted = do(after, what, now.chosen, currency)
    found = _noting(now._replace(sketch=after), now.sketch, currency)
    return _shown(found, acted)


def _shown(now: Editing, acted: Acted) -> Editing:
    chosen = now.chosen if acted.chosen is None else acted.chosen
    return now._replace(chosen=chosen, taken=acted.taken, gone=acted.gone)


def _noting(now: Editing, before: Sketch, currency: str) -> Editing:
    """The sketch before is one to go back to, where it says something else."""
    if _says(now.sketch, currency) == _says(before, currency):
        return now
    return now._replace(past=_last((*now.past, before)), future=())


def _says(sketch: Sketch, currency: str) -> object:
    document, wrong = read(sketch, currency)
    told = {key: {name: str(one) for name, one in some.items()} for key, some in wrong.items()}
    return document, told


def _last(past: tuple[Sketch, ...]) -> tuple[Sketch, ...]:
    kept = past[-MOST_STEPS_BACK:]
    while len(kept) > 1 and len(msgspec.json.encode(kept)) > LARGEST_PAST:
        kept = kept[1:]
    return kept


def _undone(now: Editing) -> Editing:
    if not now.past:
        return now
    *past, sketch = now.past
    future = _last((*now.future, now.sketch))
    return _still(now._replace(sketch=sketch, past=tuple(past), future=future))


def _redone(now: Editing) -> Editing:
    if not now.future:
        return now
    *future, sketch = now.future
    past = _last((*now.past, now.sketch))
    return _still(now._replace(sketch=sketch, past=past, future=tuple(future)))


def _still(now: Editing) -> Editing:
    """Nothing is shown of a part that is gone."""
    there = now.chosen.startswith("insert:") or node_of(now.sketch, now.chosen) is not None
    return now._replace(chosen=now.chosen if there else "", taken="")


def _copied(sketch: Sketch) -> Sketch:
    return msgspec.json.decode(msgspec.json.encode(sketch), type=Sketch)


def _with_typed(sketch: Sketch, chosen: str, form: Mapping[str, str]) -> Sketch:
    """The sketch with what was typed into the part that was shown."""
    if node_of(sketch, chosen) is None or form.get("panel") != chosen:
        return sketch
    copy = _copied(sketch)
    node = node_of(copy, chosen)
    assert node is not None  # noqa: S101  it is in the sketch that was copied
    if chosen == TRIGGER and form.get("kind", node.kind) in TRIGGERS:
        node.kind = form.get("kind", node.kind)
    for start in (OWN, *(f"w{number}." for number in range(len(node.ways)))):
        fields = fields_at(node, start)
        if fields is not None:
            typed = {name: text for name, text in form.items() if name.startswith(start)}
            fields.clear()
            fields |= {name.removeprefix(start): text.strip() for name, text in typed.items()}
    return copy


def _sketch(text: str) -> Sketch:
    try:
        return _checked(msgspec.json.decode(text, type=Sketch))
    except (msgspec.DecodeError, RecursionError) as error:
        raise NoSketch(str(error)) from None


def _several(text: str) -> tuple[Sketch, ...]:
    try:
        found = msgspec.json.decode(text, type=tuple[Sketch, ...]) if text else ()
    except (msgspec.DecodeError, RecursionError) as error:
        raise NoSketch(str(error)) from None
    return tuple(_checked(one) for one in found)


def _checked(sketch: Sketch) -> Sketch:
    """Refuse kinds that there are not, and splits without the ways that they must have."""
    if sketch.trigger.kind not in TRIGGERS or sketch.trigger.key != TRIGGER:
        raise NoSketch("there is no such trigger")
    if sketch.flow.key != FLOW:
        raise NoSketch("it has no settings")
    for one in all_nodes(sketch.steps):
        if one.kind not in STEPS or len(one.ways) < len(form_of(one).fixed):
            raise NoSketch("there is no such step")
    return sketch
