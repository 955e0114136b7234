"""A mail while somebody writes it: blocks as a form holds them, finished or not.

A block stands at a place: `b-2` is the third, `b-2-0-1` the second in the first column of it.
Its number `uid` stays the same wherever it goes, so that the page knows it again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from cartback.domain.block import Columns
from cartback.domain.number import Node
from cartback.domain.template import Template
from cartback.web.console.mail_fields import (
    OF_COLUMN,
    OF_LOOK,
    OF_TEMPLATE,
    Field,
    fields_of,
    inner_kinds,
    node_of,
    values_of,
)

ROOT: Final = "b"
MOST_PARTS: Final = 150
MOST_COLUMNS: Final = 4
HEAD: Final = ("name", "key", "version", "start")


@dataclass
class Column:
    """Blocks under each other within a block of columns."""

    width: str = ""
    blocks: "list[Part]" = field(default_factory=list)


@dataclass
class Part:
    """One block: its fields as texts, and its columns where it is one of columns."""

    kind: str
    uid: int = 0
    fields: dict[str, str] = field(default_factory=dict)
    columns: list[Column] = field(default_factory=list)


@dataclass
class Draft:
    """`fields` and `look` are the template's own; `gap` is where the palette is open, `opened` the
    block whose form is; `taken` is the highest uid so far."""

    head: dict[str, str]
    fields: dict[str, str]
    look: dict[str, str]
    blocks: list[Part]
    gap: str = ""
    opened: int = 0
    taken: int = 0

    def new_part(self, kind: str) -> Part:
        """A block of that kind with what stands in it at first."""
        self.taken += 1
        node = node_of(kind)
        fields = {} if node is None else {one.name: one.default for one in fields_of(node)}
        columns = [Column(), Column()] if kind == "columns" else []
        return Part(kind, self.taken, fields, columns)


# --- from and to a form ---------------------------------------------------------------------------


def read_draft(form: Mapping[str, str]) -> Draft:
    """What the form says. What is missing or strange in it is left as it is."""
    taken = _whole(form.get(f"{ROOT}:taken", ""))
    draft = Draft(
        head={name: form.get(name, "").strip() for name in HEAD},
        fields=_fields(form, "t", OF_TEMPLATE),
        look=_fields(form, "look", OF_LOOK),
        blocks=[],
        gap=form.get("gap", ""),
        taken=taken,
    )
    left = [MOST_PARTS]
    draft.blocks = _parts(form, ROOT, left, within=False)
    return draft


def _parts(form: Mapping[str, str], place: str, left: list[int], *, within: bool) -> list[Part]:
    found = []
    for index in range(_whole(form.get(f"{place}:size", ""))):
        kind = form.get(f"{place}-{index}:kind", "")
        node = node_of(kind)
        if left[0] <= 0 or node is None or (within and kind not in inner_kinds()):
            continue
        left[0] -= 1
        found.append(_part(form, f"{place}-{index}", kind, node, left))
    return found


def _part(form: Mapping[str, str], here: str, kind: str, node: type[Node], left: list[int]) -> Part:
    part = Part(kind, _whole(form.get(f"{here}:uid", "")), _fields(form, here, fields_of(node)))
    if kind == "columns":
        part.columns = [
            Column(
                form.get(f"{here}-{index}:width", "").strip(),
                _parts(form, f"{here}-{index}", left, within=True),
            )
            for index in range(min(_whole(form.get(f"{here}:size", "")), MOST_COLUMNS))
        ]
    return part


def _fields(form: Mapping[str, str], place: str, wanted: Sequence[Field]) -> dict[str, str]:
    found = {}
    for one in wanted:
        text = form.get(f"{place}:{one.name}", "")
        found[one.name] = text if one.writing in ("prose", "code") else text.strip()
    return found


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


# --- from a template ------------------------------------------------------------------------------


def draft_of(template: Template, head: Mapping[str, str]) -> Draft:
    """A template's blocks, for the form."""
    draft = Draft(
        head={name: head.get(name, "") for name in HEAD},
        fields=values_of(template),
        look=values_of(template.look),
        blocks=[],
    )
    draft.blocks = [_of(draft, block) for block in template.blocks]
    return draft


def _of(draft: Draft, block: Node) -> Part:
    kind = str(block.__struct_config__.tag)
    part = draft.new_part(kind)
    part.fields = values_of(block)
    if isinstance(block, Columns):
        part.columns = [
            Column(values_of(one)[OF_COLUMN[0].name], [_of(draft, each) for each in one.blocks])
            for one in block.columns
        ]
    return part


# --- acts -----------------------------------------------------------------------------------------


def act(draft: Draft, what: str) -> Draft:
    """Do what a button says: `put:b-2:text`, `remove:b-1`, `copy:b-1`, `up:b-1`, `move:b-1:4`,
    `gap:b-2`, `column:b-3`, `uncolumn:b-3-1`."""
    verb, _, rest = what.partition(":")
    place, _, more = rest.partition(":")
    if verb == "gap":
        draft.gap = place
        return draft
    draft.gap = ""
    if verb == "put":
        _put(draft, place, more)
    elif verb in ("column", "uncolumn"):
        _widen(draft, verb, place)
    else:
        _shift(draft, verb, place, more)
    return draft


def _put(draft: Draft, place: str, kind: str) -> None:
    blocks, index = _home(draft, place)
    allowed = kind in inner_kinds() if place.count("-") > 1 else node_of(kind) is not None
    if blocks is None or not allowed or len(list(parts(draft))) >= MOST_PARTS:
        return
    part = draft.new_part(kind)
    draft.opened = part.uid
    blocks.insert(min(index, len(blocks)), part)


def _shift(draft: Draft, verb: str, place: str, more: str) -> None:
    blocks, index = _home(draft, place)
    if blocks is None or index >= len(blocks):
        return
    part = blocks[index]
    match verb:
        case "remove":
            del blocks[index]
        case "copy" if len(list(parts(draft))) < MOST_PARTS:
            blocks.insert(index + 1, _copied(draft, part))
            draft.opened = blocks[index + 1].uid
        case "up" | "down" | "move":
            steps = {"up": index - 1, "down": index + 1, "move": _whole(more)}
            blocks.insert(min(max(steps[verb], 0), len(blocks) - 1), blocks.pop(index))
            draft.opened = part.uid


def _copied(draft: Draft, part: Part) -> Part:
    again = draft.new_part(part.kind)
    again.fields = dict(part.fields)
    again.columns = [
        Column(one.width, [_copied(draft, each) for each in one.blocks]) for one in part.columns
    ]
    return again


def _widen(draft: Draft, verb: str, place: str) -> None:
    """One more column, or one less: what stood in it goes with it."""
    _, _, column = place.rpartition("-") if verb == "uncolumn" else ("", "", "")
    blocks, index = _home(draft, place.rpartition("-")[0] if verb == "uncolumn" else place)
    if blocks is None or index >= len(blocks):
        return
    part = blocks[index]
    draft.opened = part.uid
    if verb == "column" and len(part.columns) < MOST_COLUMNS:
        part.columns.append(Column())
    elif verb == "uncolumn" and _whole(column) < len(part.columns) and len(part.columns) > 2:
        del part.columns[_whole(column)]


def _home(draft: Draft, place: str) -> tuple[list[Part] | None, int]:
    """The blocks among which the place is, and which of them it is."""
    root, *steps = place.split("-")
    if root != ROOT or not all(one.isdecimal() for one in steps):
        return None, 0
    match [_whole(one) for one in steps]:
        case [index]:
            return draft.blocks, index
        case [outer, column, index] if outer < len(draft.blocks):
            columns = draft.blocks[outer].columns
            return (columns[column].blocks, index) if column < len(columns) else (None, 0)
    return None, 0


def parts(draft: Draft) -> Iterator[tuple[str, Part]]:
    """Every block with its place."""
    for index, part in enumerate(draft.blocks):
        yield f"{ROOT}-{index}", part
        for column, one in enumerate(part.columns):
            for inner, each in enumerate(one.blocks):
                yield f"{ROOT}-{index}-{column}-{inner}", each
