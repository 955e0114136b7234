"""Which fields the form of a kind has: read off its struct, so that a new kind needs nothing here.

A field's sort says how it is typed; where its name does not tell, its type does.
"""

from collections.abc import Mapping, Sequence
from enum import EnumType
from functools import cache
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, get_args, get_origin

import msgspec

from cartback.domain.condition import Condition
from cartback.domain.flow import Again, Flow, Trigger
from cartback.domain.property import PropertyTest
from cartback.domain.step import STEPS, AnyStep
from cartback.web.console.sketch.node import FLOW, TRIGGER, Node

_NAMED: Final[Mapping[str, str]] = {
    "template": "template",
    "metric": "metric",
    "segment": "segment",
    "list": "list",
    "coupon": "coupon",
    "for": "length",
    "at_most": "length",
    "useful": "length",
    "within": "length",
    "until": "clock",
    "at": "clock",
    "weekdays": "several",
    "zone": "zone",
    "value": "value",
    "text": "long",
    "branches": "ways",
}
"""The sort of fields whose type does not tell it."""
_BOUNDS: Final = {"priority": (-100, 100)}
"""Of numbers whose type does not tell them."""
YES_NO: Final = ("yes", "no")
TRIGGERS: Final[Mapping[str, type[msgspec.Struct]]] = MappingProxyType(
    {str(one.__struct_config__.tag): one for one in get_args(Trigger)}
)
"""Every kind of trigger."""


class Field(NamedTuple):
    """A field of a form. `choices` are what there is to choose from, as it is typed.

    `element` is the struct of each way, where the field holds several of them.
    """

    name: str
    sort: str
    default: Any
    is_needed: bool
    choices: tuple[str, ...] = ()
    bounds: tuple[int, int] | None = None
    element: type[msgspec.Struct] | None = None


class Form(NamedTuple):
    """The fields of a kind: those that are typed, those that hold ways, and the ways' own."""

    struct: type[msgspec.Struct]
    fields: Sequence[Field]
    branches: str
    of_branch: Sequence[Field]
    fixed: Sequence[str]


def form_of(node: Node) -> Form:
    """The form of a step, a trigger or the flow itself. Raises KeyError for no known kind."""
    if node.key == TRIGGER:
        return _form(TRIGGERS[node.kind])
    return _form(Flow if node.key == FLOW else STEPS[node.kind].struct)


@cache
def _form(struct: type[msgspec.Struct]) -> Form:
    fields = [_field(one) for one in msgspec.structs.fields(struct) if one.encode_name != "key"]
    split = next((one for one in fields if one.element is not None), None)
    return Form(
        struct,
        [one for one in fields if one.sort != "ways" and one.name not in _OF_FLOW],
        "" if split is None else split.name,
        [] if split is None or split.element is None else _of_branch(split.element),
        [
            one.name
            for one in fields
            if one.sort == "ways" and one.element is None and one.name not in _OF_FLOW
        ],
    )


_OF_FLOW: Final = {"name", "trigger", "steps"}
"""What a flow has besides its form: parts of their own."""


def _of_branch(element: type[msgspec.Struct]) -> Sequence[Field]:
    found = [_field(one) for one in msgspec.structs.fields(element)]
    return [one for one in found if one.sort != "ways"]


def _field(info: msgspec.structs.FieldInfo) -> Field:
    sort, choices, element = _sort(info.encode_name, info.type)
    default = None if info.default is msgspec.NODEFAULT else info.default
    if default is None and info.default_factory is not msgspec.NODEFAULT:
        default = info.default_factory()
    bounds = _bounds(info.encode_name, info.type)
    return Field(info.encode_name, sort, default, info.required, choices, bounds, element)


def _sort(name: str, kind: Any) -> tuple[str, tuple[str, ...], type[msgspec.Struct] | None]:  # noqa: ANN401  an annotation
    """The sort, the choices and the struct of the ways."""
    several = get_args(kind)[0] if get_origin(kind) is tuple else None
    if several is not None and several == AnyStep:
        return "ways", (), None
    if isinstance(several, type) and "steps" in getattr(several, "__struct_fields__", ()):
        return "ways", (), several
    if several is PropertyTest or several == PropertyTest:
        return "tests", (), None
    if kind is Again:
        return "again", (), None
    if set(get_args(Condition)) <= set(get_args(kind)):
        return "condition", (), None
    choices = _choices(several if several is not None else kind)
    if several is str:
        return "texts", (), None
    if choices:
        return ("several" if several is not None else "choice"), choices, None
    if name in _NAMED and _plain(kind) != "number":
        return _NAMED[name], (), None
    return _plain(kind), (), None


def _bounds(name: str, kind: Any) -> tuple[int, int] | None:  # noqa: ANN401  an annotation
    """The lowest and the highest number that a field takes, where it says so."""
    for one in getattr(kind, "__metadata__", ()):
        if isinstance(one, msgspec.Meta) and one.ge is not None and one.le is not None:
            return int(one.ge), int(one.le)
    return _BOUNDS.get(name)


def _choices(kind: Any) -> tuple[str, ...]:  # noqa: ANN401  an annotation
    if kind is bool:
        return YES_NO
    if get_origin(kind) is Literal:
        return tuple(str(one) for one in get_args(kind))
    found: list[str] = []
    for one in (kind, *get_args(kind)):
        if isinstance(one, EnumType):
            found += [str(member.value) for member in one]  # type: ignore[var-annotated]
        elif one is not kind and get_origin(one) is Literal:
            found += [str(each) for each in get_args(one)]
    return tuple(found)


def _plain(kind: Any) -> str:  # noqa: ANN401  an annotation
    bare = {one for one in (kind, *get_args(kind)) if isinstance(one, type)} - {type(None)}
    if bare and bare <= {str}:
        return "text"
    if bare and bare <= {int}:
        return "number"
    return "json"
