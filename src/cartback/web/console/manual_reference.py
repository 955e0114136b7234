"""The API's reference for people: the OpenAPI document as chapters, calls and shapes."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple, TypeAlias

from cartback.web.console.manual_page import documented

Json: TypeAlias = Mapping[str, Any]

_PREFIX: Final = "#/components/schemas/"
_PROBLEM: Final = "ProblemDocument"
_JSON: Final = ("application/json", "text/csv", "application/problem+json")


class Type(NamedTuple):
    """What a value is; `shape` is the name of one of ours that it is made of."""

    text: str
    shape: str = ""


class Field(NamedTuple):
    """A parameter of a call, or a property of a shape."""

    name: str
    place: str
    type: Type
    is_required: bool
    description: str


class Call(NamedTuple):
    """One thing that can be asked."""

    id: str
    method: str
    path: str
    title: str
    description: str
    is_open: bool
    parameters: Sequence[Field]
    body: Type | None
    answers: Sequence[tuple[str, Type]]
    problems: Sequence[str]


class Shape(NamedTuple):
    """An object or a word that calls take and give."""

    name: str
    description: str
    fields: Sequence[Field]
    words: Sequence[str]


class Reference(NamedTuple):
    """Calls by their noun, and every shape."""

    description: str
    chapters: Sequence[tuple[str, Sequence[Call]]]
    shapes: Sequence[Shape]


@cache
def reference() -> Reference:
    """The whole of it."""
    document = documented("openapi.json")
    chapters: dict[str, list[Call]] = {}
    for noun, call in _calls(document["paths"]):
        chapters.setdefault(noun, []).append(call)
    shapes = [_shape(name, said) for name, said in document["components"]["schemas"].items()]
    return Reference(
        document["info"]["description"],
        list(chapters.items()),
        sorted(shapes, key=lambda shape: shape.name),
    )


def _calls(paths: Json) -> Iterator[tuple[str, Call]]:
    for path, methods in paths.items():
        for method, said in methods.items():
            yield said["tags"][0], _call(path, method, said)


def _call(path: str, method: str, said: Json) -> Call:
    body = said.get("requestBody")
    answers = {
        status: _type(schema)
        for status, answer in said["responses"].items()
        if (schema := _schema(answer)) is not None or status < "300"
    }
    return Call(
        id=f"{method}-{said['operationId']}",
        method=method.upper(),
        path=path,
        title=said["summary"],
        description=said.get("description", ""),
        is_open="security" not in said,
        parameters=[_parameter(one) for one in said.get("parameters", ())],
        body=None if body is None else _type(_schema(body)),
        answers=[one for one in answers.items() if one[1].shape != _PROBLEM],
        problems=[status for status, given in answers.items() if given.shape == _PROBLEM],
    )


def _schema(said: Json) -> Json | None:
    content = said.get("content", {})
    return next((content[kind].get("schema") for kind in _JSON if kind in content), None)


def _parameter(said: Json) -> Field:
    return Field(
        name=said["name"],
        place=said["in"],
        type=_type(said.get("schema")),
        is_required=bool(said.get("required")),
        description=said.get("description", ""),
    )


def _shape(name: str, said: Json) -> Shape:
    required = frozenset(said.get("required", ()))
    fields = [
        Field(one, "", _type(schema), one in required, schema.get("description", ""))
        for one, schema in said.get("properties", {}).items()
    ]
    return Shape(
        name, said.get("description", ""), fields, [str(one) for one in said.get("enum", ())]
    )


def _type(schema: Json | None) -> Type:
    """A schema in a few words."""
    if not schema:
        return Type("anything")
    if "$ref" in schema:
        name = str(schema["$ref"]).removeprefix(_PREFIX)
        return Type(name, name)
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return _one_of([_type(one) for one in schema[key]])
    if "enum" in schema:
        return Type(" | ".join(map(str, schema["enum"])))
    if "const" in schema:
        return Type(str(schema["const"]))
    if schema.get("type") == "array":
        inner = _type(schema.get("items"))
        return Type(f"list of {inner.text}", inner.shape)
    return Type(_word(schema))


def _one_of(types: Sequence[Type]) -> Type:
    shape = next((one.shape for one in types if one.shape), "")
    return Type(" or ".join(dict.fromkeys(one.text for one in types)), shape)


def _word(schema: Json) -> str:
    kind = schema.get("type", "anything")
    word = " or ".join(kind) if isinstance(kind, list) else str(kind)
    return f"{word} ({schema['format']})" if "format" in schema else word
