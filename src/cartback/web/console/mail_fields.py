"""What a form asks of a block: read off the structs of `domain/block.py`, so that there is one
schema. How a field is filled in follows from its type."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final, Literal, NamedTuple, TypeAlias, get_args, get_origin

import msgspec
from msgspec import inspect

from cartback.domain.block import Column
from cartback.domain.number import Node
from cartback.domain.template import KINDS, Look, Template

Writing: TypeAlias = Literal[
    "line", "prose", "code", "url", "colour", "coupon", "number", "choice", "yes", "ids"
]
ORDER: Final = (
    *("text", "heading", "image", "button", "columns", "product", "coupon", "review"),
    *("divider", "spacer", "header", "footer", "html", "mjml"),
)
"""Of the kinds, as they are offered."""
OPEN_TO_KEYWORDS: Final = frozenset({"line", "prose", "code", "url"})


class Field(NamedTuple):
    """One field of a form; `needed`: it has no default. `default` is as a form holds it."""

    name: str
    writing: Writing
    choices: Sequence[str] = ()
    default: str = ""
    needed: bool = False

    @property
    def takes_keywords(self) -> bool:
        return self.writing in OPEN_TO_KEYWORDS


def node_of(kind: str) -> type[Node] | None:
    """The struct of a kind of block."""
    return KINDS.get(kind)


@cache
def fields_of(node: type[msgspec.Struct]) -> Sequence[Field]:
    """The fields of a block, of a column, of the look or of the template itself; not those that
    hold further parts, which have forms of their own."""
    found = (_field(one) for one in msgspec.structs.fields(node))
    return [one for one in found if one is not None]


def _field(one: msgspec.structs.FieldInfo) -> Field | None:
    known = _writing(one.type)
    if known is None:
        return None
    default = "" if one.required else written(one.default)
    return Field(one.name, *known, default, one.required)


def _writing(type_: Any) -> tuple[Writing, Sequence[str]] | None:  # noqa: ANN401  an annotation
    match inspect.type_info(type_):
        case inspect.Metadata(extra={"writing": writing}):
            return writing, ()
        case inspect.BoolType():
            return "yes", ()
        case inspect.LiteralType():
            return "choice", [str(value) for value in get_args(type_)]
        case inspect.VarTupleType(inspect.StrType()):
            return "ids", ()
        case inspect.IntType():
            return "number", ()
        case inspect.UnionType(types) if any(isinstance(one, inspect.IntType) for one in types):
            return "number", ()
        case inspect.StrType():
            return "line", ()
        case _:
            return None


def written(value: object) -> str:
    """A value as a form holds it: a checkbox is `on` or empty, each name on a line of its own."""
    match value:
        case bool():
            return "on" if value else ""
        case None:
            return ""
        case tuple() | list():
            return "\n".join(str(one) for one in value)
        case _:
            return str(value)


def values_of(part: msgspec.Struct) -> dict[str, str]:
    """What stands in the form of a part that is there."""
    return {one.name: written(getattr(part, one.name)) for one in fields_of(type(part))}


def inner_kinds() -> Sequence[str]:
    """The kinds that a column may hold."""
    blocks = next(one for one in msgspec.structs.fields(Column) if one.name == "blocks")
    inner = get_args(get_args(blocks.type)[0]) if get_origin(blocks.type) is tuple else ()
    tags = {node.__struct_config__.tag for node in inner}
    return [kind for kind in ORDER if kind in tags]


def plain(field: Field, text: str) -> Any:  # noqa: ANN401  plain data of a document
    """What was typed as data of a document; raises ValueError for a number that is none."""
    match field.writing:
        case "yes":
            return text == "on"
        case "number":
            return int(text) if text else None
        case "ids":
            return [one.strip() for one in text.splitlines() if one.strip()]
        case "choice":
            return int(text) if text.isdecimal() else text
        case "prose" | "code":
            return text.replace("\r\n", "\n")
        case _:
            return text


OF_TEMPLATE: Final = fields_of(Template)
OF_LOOK: Final = fields_of(Look)
OF_COLUMN: Final = fields_of(Column)
