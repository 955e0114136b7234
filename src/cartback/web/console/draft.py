"""A condition while somebody builds it: rows and groups as a form holds them, finished or not.

A row that the form cannot show is kept as its document, so that nothing is lost by editing.
"""

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, TypeVar

import msgspec

from cartback.domain.condition import BadCondition, condition_document, parse_condition
from cartback.domain.doubled import decode_json
from cartback.domain.event import Json
from cartback.domain.fault import Fault
from cartback.engine.countries import check_countries
from cartback.web.console.rows import document_of_row, fields_of_document

DEEPEST: Final = 12
MOST_ROWS: Final = 200
ROOT: Final = "c"
RAW: Final = "raw"


@dataclass
class Row:
    """One question. `tests` are on an event's properties."""

    kind: str = "did"
    fields: dict[str, str] = field(default_factory=dict)
    tests: list[dict[str, str]] = field(default_factory=list)


@dataclass
class Group:
    """Rows and groups of which all hold, or any; negated, of which not."""

    join: str = "all"
    negated: bool = False
    of: "list[Node]" = field(default_factory=list)


Node: TypeAlias = Row | Group
NodeT = TypeVar("NodeT", Row, Group, Node)


class Lacking(Exception):
    """A field is still to be filled in; of a group of rows, that it has none (`of`)."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} is missing")
        self.field: Final = field


class Unfinished(ValueError):
    """What is missing or wrong, by the place of its row."""

    def __init__(self, errors: Mapping[str, Exception]) -> None:
        super().__init__("the condition is not finished")
        self.errors = errors


# --- from and to a form ---------------------------------------------------------------------------


def read_draft(form: Mapping[str, str], root: str = ROOT) -> Group:
    """What the form says. What is missing or strange in it is left as it is."""
    found = read_node(form, root)
    return found if isinstance(found, Group) else Group()


def read_node(form: Mapping[str, str], root: str) -> Node:
    """A group, or a row that stands alone, of a form that may hold several."""
    return _read(form, root, [0], 1)


def _read(form: Mapping[str, str], path: str, rows: list[int], depth: int) -> Node:
    kind = form.get(f"{path}:kind", "group" if depth == 1 else "did")
    rows[0] += 1
    if kind == "group":
        size = _size(form.get(f"{path}:size", "0")) if depth <= DEEPEST else 0
        children = []
        for place in range(size):
            if rows[0] > MOST_ROWS:
                break
            children.append(_read(form, f"{path}-{place}", rows, depth + 1))
        join = "any" if form.get(f"{path}:join") == "any" else "all"
        return Group(join, form.get(f"{path}:negated") == "on", children)
    start = f"{path}:"
    fields = {
        name.removeprefix(start): value.strip()
        for name, value in form.items()
        if name.startswith(start)
    }
    fields.pop("kind", None)
    tests = [
        {part: fields.pop(f"test{one}.{part}", "") for part in ("path", "is", "value")}
        for one in range(min(_size(fields.pop("tests", "0")), 20))
    ]
    return Row(kind, fields, tests)


def written(node: Node, place: str = ROOT) -> dict[str, str]:
    """The fields from which `read_node` reads it back."""
    if isinstance(node, Row):
        found = {f"{place}:{name}": value for name, value in node.fields.items()}
        for number, test in enumerate(node.tests):
            found |= {f"{place}:test{number}.{part}": value for part, value in test.items()}
        return found | {f"{place}:kind": node.kind, f"{place}:tests": str(len(node.tests))}
    found = {f"{place}:kind": "group", f"{place}:size": str(len(node.of))}
    found |= {f"{place}:join": node.join} | ({f"{place}:negated": "on"} if node.negated else {})
    for number, one in enumerate(node.of):
        found |= written(one, f"{place}-{number}")
    return found


def _size(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 4 else 0


# --- acts -----------------------------------------------------------------------------------------


def act(draft: NodeT, what: str) -> NodeT:
    """Do what a button says: `add:c-0`, `group:c`, `remove:c-1`, `up:c-1`, `test:c-0`, …"""
    verb, _, rest = what.partition(":")
    place, _, number = rest.partition(":")
    node = at_place(draft, place)
    if node is None:
        return draft
    if isinstance(node, Group) and verb in ("add", "group"):
        node.of.append(Row() if verb == "add" else Group("any", of=[Row()]))
    elif isinstance(node, Row) and verb == "test":
        node.tests.append({"path": "", "is": "equals", "value": ""})
    elif isinstance(node, Row) and verb == "untest" and _size(number) < len(node.tests):
        del node.tests[_size(number)]
    elif verb in ("remove", "up", "down") and "-" in place:
        parent, index = _home(draft, place)
        other = index + {"up": -1, "down": 1}.get(verb, 0)
        if verb == "remove":
            del parent.of[index]
        elif 0 <= other < len(parent.of):
            parent.of[index], parent.of[other] = parent.of[other], parent.of[index]
    return draft


def at_place(draft: Node, place: str) -> Node | None:
    """The node at `c-0-1`, whatever its root is called; None where there is none."""
    root, *steps = place.split("-")
    if not root:
        return None
    node = draft
    for step in steps:
        if not isinstance(node, Group) or not step.isdecimal() or _size(step) >= len(node.of):
            return None
        node = node.of[_size(step)]
    return node


def _home(draft: Node, place: str) -> tuple[Group, int]:
    above, _, step = place.rpartition("-")
    parent = at_place(draft, above)
    if not isinstance(parent, Group):
        raise TypeError(place)
    return parent, int(step)


# --- from and to a document -----------------------------------------------------------------------


def document_of(draft: Group, currency: str, root: str = ROOT) -> dict[str, Any]:
    """The condition's document. Raises Unfinished."""
    errors: dict[str, Exception] = {}
    document = _document(draft, root, currency, errors)
    if errors or document is None:
        raise Unfinished(errors)
    return document


def _document(
    node: Node, place: str, currency: str, errors: MutableMapping[str, Exception]
) -> dict[str, Any] | None:
    if isinstance(node, Row):
        return _row_document(node, place, currency, errors)
    found = [_document(one, f"{place}-{i}", currency, errors) for i, one in enumerate(node.of)]
    if not found:
        errors[place] = Lacking("of")
        return None
    parts = [one for one in found if one is not None]
    document: dict[str, Any] = {"kind": node.join, "of": parts}
    return {"kind": "not", "of": document} if node.negated else document


def _row_document(
    row: Row, place: str, currency: str, errors: MutableMapping[str, Exception]
) -> dict[str, Any] | None:
    try:
        if row.kind == RAW:
            document: dict[str, Any] = decode_json(row.fields.get("document", ""))
        else:
            document = document_of_row(row.kind, row.fields, row.tests, currency)
        check_countries(condition_document(parse_condition(document)))
    except KeyError as missing:
        errors[place] = Lacking(str(missing.args[0]))
    except msgspec.DecodeError as error:
        errors[place] = Fault("not_json", error=error)
    except (BadCondition, ValueError) as error:
        errors[place] = error
    else:
        return document
    return None


def draft_of(document: Json, currency: str) -> Group:
    """A document's rows and groups, for the form."""
    node = _node(document, currency)
    draft = node if isinstance(node, Group) else Group(of=[node])
    found = places(draft)
    deepest = max((place.count("-") for place, _ in found), default=0)
    if len(found) >= MOST_ROWS or deepest >= DEEPEST:
        return Group(of=[_raw(document)])
    return draft


def _node(document: Json, currency: str) -> Node:
    match document:
        case {"kind": "all" | "any" as join, "of": list(of)}:
            return Group(join, of=[_node(one, currency) for one in of])
        case {"kind": "not", "of": {"kind": "all" | "any" as join, "of": list(of)}}:
            return Group(join, negated=True, of=[_node(one, currency) for one in of])
    shown = fields_of_document(document, currency)
    return _raw(document) if shown is None else Row(*shown)


def _raw(document: Json) -> Row:
    text = msgspec.json.format(msgspec.json.encode(document), indent=2).decode()
    return Row(RAW, {"document": text})


def places(node: Group, place: str = ROOT) -> Sequence[tuple[str, Node]]:
    """Everything within, with its place."""
    found: list[tuple[str, Node]] = []
    for index, one in enumerate(node.of):
        here = f"{place}-{index}"
        found.append((here, one))
        if isinstance(one, Group):
            found += places(one, here)
    return found
