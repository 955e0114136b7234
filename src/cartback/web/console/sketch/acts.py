"""What buttons do to a sketch: steps added, moved, doubled and taken out, branches, rows."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from types import MappingProxyType
from typing import Final, NamedTuple

from cartback.domain.layout import MOST_STEPS
from cartback.domain.step import MOST_BRANCHES, STEPS
from cartback.web.console.draft import Row, act, read_node, written
from cartback.web.console.property_tests import Asked
from cartback.web.console.sketch.document import OWN, plain
from cartback.web.console.sketch.fields import TESTED, typed
from cartback.web.console.sketch.forms import Field, form_of
from cartback.web.console.sketch.node import (
    Node,
    Sketch,
    Way,
    all_nodes,
    free_key,
    home_of,
    node_of,
    place_of,
    steps_at,
)

_BEGINS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "wait": {"for": "1", "for.unit": "day"},
        "wait_for": {"metric": "Placed Order", "at_most": "1", "at_most.unit": "day"},
        "random": {},
    }
)
"""What new steps begin with besides what their struct says."""
_WAYS: Final[Mapping[str, int]] = MappingProxyType({"random": 2})
"""With how many branches new splits begin; one where nothing is said."""
_ROWS: Final = ("add", "group", "remove", "up", "down", "test", "untest")


class Acted(NamedTuple):
    """What is left of an act besides the changed sketch.

    `chosen` is the part to show next, None for the one that was shown; `gone` a step that was taken
    out; `taken` the one that waits to be put somewhere.
    """

    chosen: str | None = None
    gone: Node | None = None
    taken: str = ""


def do(sketch: Sketch, what: str, chosen: str, currency: str) -> Acted:
    """Do what a button says to the sketch itself; what makes no sense changes nothing."""
    verb, _, rest = what.partition(":")
    if verb in _ROWS:
        _row(sketch, chosen, what)
        return Acted()
    if verb == "show":
        return Acted(rest)
    if verb == "insert":
        return Acted(what)
    if verb == "new":
        return _new(sketch, rest, currency)
    if verb == "take":
        return Acted(rest, taken=rest)
    acting = _ACTS.get(verb)
    return Acted() if acting is None else acting(sketch, rest)


# --- steps ----------------------------------------------------------------------------------------


def _where(rest: str) -> tuple[str, int, str]:
    """Home, index and what follows of `key.1:2:email`."""
    home, _, rest = rest.partition(":")
    index, _, more = rest.partition(":")
    return home, int(index) if index.isdecimal() and len(index) < 4 else 0, more


def _new(sketch: Sketch, rest: str, currency: str) -> Acted:
    home, index, kind = _where(rest)
    steps = steps_at(sketch, home)
    full = sum(1 for _ in all_nodes(sketch.steps)) >= MOST_STEPS
    if steps is None or kind not in STEPS or full:
        return Acted()
    made = made_step(kind, free_key(sketch, kind.replace("_", "-")), currency)
    steps.insert(index, made)
    return Acted(made.key)


def made_step(kind: str, key: str, currency: str) -> Node:
    """A new step of that kind, as far as it can be filled in."""
    node = Node(kind, key)
    form = form_of(node)
    for one in form.fields:
        node.fields |= _begun(one, currency)
    node.fields |= _BEGINS.get(kind, {})
    if form.branches:
        node.ways = [_way(node, currency) for _ in range(_WAYS.get(kind, 1))]
    node.ways += [Way() for _ in form.fixed]
    return node


def _begun(field: Field, currency: str) -> dict[str, str]:
    if field.is_needed and field.sort in ("condition", "tests"):
        lone = Row(TESTED, {}, [{"path": "", "is": "equals", "value": ""}])
        return (
            written(act(read_node({}, field.name), f"add:{field.name}"), field.name)
            if (field.sort == "condition")
            else written(lone, field.name)
        )
    if field.is_needed:
        return {field.name: "1" if field.sort == "number" else ""}
    return typed(field, plain(field.default), Asked(currency=currency))


def _way(node: Node, currency: str) -> Way:
    texts: dict[str, str] = {}
    for one in form_of(node).of_branch:
        texts |= _begun(one, currency)
    return Way(texts)


def _move(by: int) -> Callable[[Sketch, str], Acted]:
    """To the step's neighbour; from the end of a way out of it, before or behind the split."""

    def move(sketch: Sketch, key: str) -> Acted:
        place, home = place_of(sketch, key), home_of(sketch, key)
        if place is None or home is None:
            return Acted()
        to = place.index + by
        if 0 <= to < len(place.among):
            among = place.among
            among[place.index], among[to] = among[to], among[place.index]
        elif home and (above := place_of(sketch, home.rpartition(".")[0])) is not None:
            node = place.among.pop(place.index)
            above.among.insert(above.index + (1 if by > 0 else 0), node)
        return Acted(key)

    return move


def _put(sketch: Sketch, rest: str) -> Acted:
    """Put the step that was taken before the one that stands there now; not within itself."""
    home, index, key = _where(rest)
    place, steps = place_of(sketch, key), steps_at(sketch, home)
    if place is None or steps is None:
        return Acted()
    node = place.node
    if any(steps is way.steps for one in all_nodes([node]) for way in one.ways):
        return Acted(key)
    if place.among is steps and place.index < index:
        index -= 1
    del place.among[place.index]
    steps.insert(index, node)
    return Acted(key)


def _copy(sketch: Sketch, key: str) -> Acted:
    place = place_of(sketch, key)
    if place is None:
        return Acted()
    double = deepcopy(place.node)
    size = sum(1 for _ in all_nodes([double]))
    if sum(1 for _ in all_nodes(sketch.steps)) + size > MOST_STEPS:
        return Acted()
    place.among.insert(place.index + 1, double)
    for one in all_nodes([double]):
        one.key = free_key(sketch, one.key)
    return Acted(double.key)


def _drop(sketch: Sketch, key: str) -> Acted:
    place = place_of(sketch, key)
    if place is None:
        return Acted()
    return Acted("", gone=place.among.pop(place.index))


# --- branches and rows ----------------------------------------------------------------------------


def _branch(sketch: Sketch, key: str) -> Acted:
    node = node_of(sketch, key)
    if node is None or not form_of(node).branches:
        return Acted()
    several = len(node.ways) - len(form_of(node).fixed)
    if several < MOST_BRANCHES:
        node.ways.insert(several, _way(node, ""))
    return Acted(key)


def _unbranch(sketch: Sketch, rest: str) -> Acted:
    key, _, number = rest.partition(":")
    node = node_of(sketch, key)
    if node is None or not number.isdecimal():
        return Acted()
    several = len(node.ways) - len(form_of(node).fixed)
    if int(number) < several and several > 1:
        del node.ways[int(number)]
    return Acted(key)


def _row(sketch: Sketch, chosen: str, what: str) -> None:
    """An act of the condition builder, within the part that is shown."""
    node = node_of(sketch, chosen)
    start, _, place = what.partition(":")[2].partition(".")
    fields = None if node is None else fields_at(node, f"{start}.")
    if fields is None:
        return
    root = place.partition(":")[0].partition("-")[0]
    draft = read_node(fields, root)
    act(draft, f"{what.partition(':')[0]}:{place}")
    for name in [one for one in fields if _is_of(one, root)]:
        del fields[name]
    fields |= written(draft, root)


def _is_of(name: str, root: str) -> bool:
    return name.startswith((f"{root}:", f"{root}-"))


def fields_at(node: Node, start: str) -> dict[str, str] | None:
    """The fields whose names begin so in the form: the part's own, or those of a way."""
    if start == OWN:
        return node.fields
    number = start.removeprefix("w").removesuffix(".")
    if not number.isdecimal() or len(number) > 2 or int(number) >= len(node.ways):
        return None
    return node.ways[int(number)].fields


_ACTS: Final[Mapping[str, Callable[[Sketch, str], Acted]]] = MappingProxyType(
    {
        "earlier": _move(-1),
        "later": _move(1),
        "put": _put,
        "copy": _copy,
        "drop": _drop,
        "branch": _branch,
        "unbranch": _unbranch,
    }
)
