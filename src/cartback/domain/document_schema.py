"""The JSON Schemas of flows, templates and coupons, made from the structs that read them.

A schema accepts all that the parser accepts; the parser alone knows more, such as whether a key of
a step is taken twice. The committed copies are in docs/schemas/, for editors and other programs.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias, get_args

import msgspec

from cartback.domain.block import Block
from cartback.domain.condition import Condition
from cartback.domain.coupon import Coupon
from cartback.domain.event import Json
from cartback.domain.flow import Flow, Trigger
from cartback.domain.property import PropertyTest
from cartback.domain.schema import BASE, DIALECT, KEY, Schema, definitions
from cartback.domain.step import AnyStep
from cartback.domain.template import Template
from cartback.domain.window import Window

Kind: TypeAlias = Literal["flow", "template", "coupon"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_REF: Final = "#/$defs/"
_NOTHING: Final[Schema] = {"type": "null"}
_STRUCTS: Final[Mapping[str, type[msgspec.Struct]]] = MappingProxyType(
    {"flow": Flow, "template": Template, "coupon": Coupon}
)
_ABOUT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "flow": "An automation: what begins it, for whom, and its steps (docs/flows.md).",
        "template": "A mail, as blocks (docs/email.md).",
        "coupon": "An offer (docs/coupons.md).",
    }
)
_UNIONS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "Condition": Condition,
        "PropertyTest": PropertyTest,
        "Window": Window,
        "Step": AnyStep,
        "Trigger": Trigger,
        "Block": Block,
    }
)


def document_schema(kind: Kind) -> Schema:
    """The schema of a document as files have it: with its `key`, its `name`, and its `base`."""
    struct = _STRUCTS[kind]
    _, parts = msgspec.json.schema_components([struct], ref_template=_REF + "{name}")
    made = {_called(name): _tidy(part) for name, part in parts.items()}
    root = made.pop(struct.__name__)
    conditions = definitions() if kind == "flow" else {}
    unions = {name: _union(name) for name in _UNIONS if _is_used(name, [root, *made.values()])}
    named = {
        "key": {"type": "string", "pattern": KEY, "maxLength": 80, "title": "Key"},
        "name": {"type": "string", "minLength": 1, "maxLength": 200, "title": "Name"},
        "base": {"type": "string", "pattern": BASE, "title": "Base"},
    }
    return {
        "$schema": DIALECT,
        "$id": f"urn:cartback:{kind}",
        "title": kind.capitalize(),
        "description": _ABOUT[kind],
        "type": "object",
        "properties": {**root["properties"], **named},
        "required": sorted({*root.get("required", ()), "name"}),
        "additionalProperties": False,
        "$defs": dict(sorted({**made, **unions, **conditions}.items())),
    }


def _called(name: str) -> str:
    """How a struct is called here. Where two have one name, msgspec says their modules too."""
    module, _, last = name.rstrip("_").rpartition(".")
    return "RandomBranch" if (module, last) == ("cartback.domain.step", "Share") else last


def _union(name: str) -> Schema:
    members = (one.__name__.rstrip("_") for one in get_args(_UNIONS[name]))
    return {"title": name, "anyOf": [{"$ref": f"{_REF}{one}"} for one in members]}


def _is_used(name: str, parts: list[Schema]) -> bool:
    return f'"{_REF}{name}"'.encode() in msgspec.json.encode(parts)


def _tidy(node: Json) -> Json:
    """Unions by their names, and sentences on one line."""
    if isinstance(node, list):
        return [_tidy(one) for one in node]
    if not isinstance(node, dict):
        return node
    kept = {name: _tidy(one) for name, one in node.items() if name != "discriminator"}
    if isinstance(kept.get("description"), str):
        kept["description"] = " ".join(kept["description"].split())
    if isinstance(kept.get("$ref"), str):
        kept["$ref"] = _REF + _called(kept["$ref"].removeprefix(_REF))
    refs = kept.get("anyOf", [])
    others = [one for one in refs if one != _NOTHING]
    for name in _UNIONS:
        if others and others == _union(name)["anyOf"]:
            named = {"$ref": f"{_REF}{name}"}
            del kept["anyOf"]
            kept |= named if others == refs else {"anyOf": [_NOTHING, named]}
    return kept
