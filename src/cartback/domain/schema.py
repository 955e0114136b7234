"""The JSON Schema (draft 2020-12) of a segment document, made from the types that read it.

msgspec gives the shape; what the structs check when they are made is added here as far as a schema
can say it, and `schema_words` gives each field its title and sentence. The schema accepts all that
`parse_condition` accepts; the parser alone knows more, such as whether a pattern may run for ever.
The committed copy is docs/schemas/segment.schema.json, for editors and other programs.
"""

from typing import Any, Final, TypeAlias

import msgspec

from cartback.domain.condition import Condition
from cartback.domain.number import LARGEST_NUMBER, MOST_TIMES
from cartback.domain.pattern import LONGEST_PATTERN
from cartback.domain.property import MOVING, Operator, PropertyTest
from cartback.domain.schema_words import EXAMPLES, OF_SEGMENT, TITLES, WORDS
from cartback.domain.window import Window

Schema: TypeAlias = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
ID: Final = "urn:cartback:segment"
KEY: Final = "^([a-z0-9]+(-[a-z0-9]+)*)?$"
BASE: Final = "^[0-9a-f]{12}$"

_DURATION: Final = {"pattern": r"^\s*[0-9]{1,7}\s*(second|minute|hour|day|week)s?\s*$"}
_MOMENT: Final = {"pattern": "^[0-9]{4}-?W?[0-9]{2}"}
_METRIC: Final = {"minLength": 1, "maxLength": 255, "pattern": r"^[^\x00]*$"}
_PATH: Final = {"pattern": r"^[^.\x00]{1,100}(\.[^.\x00]{1,100}){0,7}$"}
_NOT_EMPTY: Final = {"minItems": 1}
_TIMES: Final = {"type": ["integer", "null"], "minimum": 0, "maximum": MOST_TIMES}
_AMOUNT: Final = {
    "type": ["number", "null"],
    "minimum": -LARGEST_NUMBER,
    "maximum": LARGEST_NUMBER,
}
_OPTIONAL_DURATION: Final = {"type": ["string", "null"], **_DURATION}

_STRICTER: Final[dict[str, Schema]] = {
    "All.of": _NOT_EMPTY,
    "Any.of": _NOT_EMPTY,
    "AnyTest.of": _NOT_EMPTY,
    "Some.where": _NOT_EMPTY,
    "Some.path": _PATH,
    "Property.path": _PATH,
    "Trait.path": _PATH,
    "Aggregate.path": _PATH,
    **{
        f"{kind}.metric": _METRIC for kind in ("Did", "Aggregate", "FirstTime", "LastTime", "Match")
    },
    "Sequence.inside": _DURATION,
    "Last.duration": _DURATION,
    "MoreThanAgo.duration": _DURATION,
    "BetweenAgo.nearest": _DURATION,
    "BetweenAgo.farthest": _DURATION,
    "Before.at": _MOMENT,
    "After.at": _MOMENT,
    "Between.start": _MOMENT,
    "Between.end": _MOMENT,
    "Calendar.ago": {"minimum": 0, "maximum": 1_000},
    "Share.percent": {"minimum": 0, "maximum": 100},
    **{f"Count.{one}": _TIMES for one in ("at_least", "at_most", "exactly")},
    "Count.more_than": _TIMES | {"maximum": MOST_TIMES - 1},
    "Count.fewer_than": _TIMES | {"minimum": 1, "maximum": MOST_TIMES + 1},
    **{
        f"Number.{one}": _AMOUNT
        for one in ("at_least", "at_most", "exactly", "more_than", "less_than")
    },
    "Idle.at_least": _OPTIONAL_DURATION,
    "Idle.less_than": _OPTIONAL_DURATION,
}
"""What the structs check of single fields, by type and field."""

_UNIONS: Final = {"Condition": Condition, "PropertyTest": PropertyTest, "Window": Window}


def segment_schema() -> Schema:
    """The schema of a segment document; conditions are in its `$defs`."""
    return {
        "$schema": DIALECT,
        "$id": ID,
        "title": "Segment",
        "description": "A named condition. Whoever it holds for is inside, on the very second.",
        "type": "object",
        "properties": {
            "key": {"type": "string", "pattern": KEY, "maxLength": 80, **_said("Segment.key")},
            "name": {
                "type": "string",
                "minLength": 1,
                "pattern": r"^[^\x00]*[^\s\x00][^\x00]*$",
                **_said("Segment.name"),
            },
            "when": {"$ref": "#/$defs/Condition", **_said("Segment.when")},
            "base": {"type": "string", "pattern": BASE, **_said("Segment.base")},
        },
        "required": ["name", "when"],
        "additionalProperties": False,
        "examples": [OF_SEGMENT],
        "$defs": definitions(),
    }


def condition_schema() -> Schema:
    """The schema of a condition alone."""
    return {"$schema": DIALECT, "$ref": "#/$defs/Condition", "$defs": definitions()}


def definitions() -> dict[str, Schema]:
    """Conditions, tests of properties and windows, by name, with their words."""
    _, parts = msgspec.json.schema_components(_UNIONS.values(), ref_template="#/$defs/{name}")
    named = {name.rstrip("_"): part for name, part in parts.items() if name != "Operator"}
    unions = {name: _union(name) for name in _UNIONS}
    return unions | {name: _part(name, part) for name, part in sorted(named.items())}


def _union(name: str) -> Schema:
    members = (one.__name__.rstrip("_") for one in _UNIONS[name].__args__)
    return {
        "title": TITLES[name][0],
        "description": TITLES[name][1],
        "anyOf": [{"$ref": f"#/$defs/{one}"} for one in members],
    }


def _part(name: str, part: Schema) -> Schema:
    """One struct: its words, its fields, and what holds of several fields together."""
    tag = part["properties"].get("kind", {}).get("enum", [""])[0]
    made = {**part, "title": TITLES[name][0], "description": TITLES[name][1]}
    made["properties"] = {
        field: _field(name, field, schema) for field, schema in part["properties"].items()
    }
    if tag:
        made["properties"]["kind"] = {"const": tag, "title": "Kind"}
    made |= _TOGETHER.get(name, {})
    if name in EXAMPLES:
        made["examples"] = EXAMPLES[name]
    return made


def _field(name: str, field: str, schema: Schema) -> Schema:
    if field == "kind":
        return schema
    place = f"{name}.{field}"
    made = _shared(schema) | _STRICTER.get(place, {})
    if "type" in _STRICTER.get(place, {}):
        made.pop("anyOf", None)
    if place in ("Property.is", "Trait.is"):
        made = {"enum": [str(one) for one in _operators(name)]}
    if field == "value" and name in ("Property", "Trait"):
        made = {}  # what may stand here depends on `is`
    return made | _said(place)


def _shared(schema: Schema) -> Schema:
    """The same, with unions and names as they are called here."""
    kept = {name: one for name, one in schema.items() if name != "discriminator"}
    for name, union in _UNIONS.items():
        refs = [{"$ref": f"#/$defs/{one.__name__}"} for one in union.__args__]
        if kept.get("anyOf") == refs:
            del kept["anyOf"]
            kept["$ref"] = f"#/$defs/{name}"
    if isinstance(kept.get("items"), dict):
        kept["items"] = _shared(kept["items"])
    return kept


def _said(place: str) -> Schema:
    title, description = WORDS[place]
    return {"title": title, "description": description}


# --- what holds of several fields together -------------------------------------------------------


def _operators(name: str) -> list[Operator]:
    return [one for one in Operator if name == "Trait" or one not in MOVING]


_SCALAR: Final[Schema] = {
    "type": ["boolean", "number", "string"],
    "minimum": -LARGEST_NUMBER,
    "maximum": LARGEST_NUMBER,
    "maxLength": 1_000,
}
_TEXT: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": 1_000}
_VALUES: Final[tuple[tuple[str, Schema], ...]] = (
    ("equals not_equals", _SCALAR),
    (
        "contains not_contains starts_with not_starts_with ends_with not_ends_with",
        _TEXT,
    ),
    ("matches not_matches", {"type": "string", "maxLength": LONGEST_PATTERN}),
    (
        "in not_in contains_any contains_all contains_none",
        {"type": "array", "items": _SCALAR, "minItems": 1, "maxItems": 1_000},
    ),
    (
        "at_least at_most more_than less_than",
        {"type": "number", "minimum": -LARGEST_NUMBER, "maximum": LARGEST_NUMBER},
    ),
    ("before after", {"type": "string", **_MOMENT}),
    ("in_last in_next more_than_ago anniversary_in_next", {"type": "string", **_DURATION}),
)
"""What `value` has to be, by operator; the others take none."""


def _by_operator(name: str) -> list[Schema]:
    known = {str(one) for one in _operators(name)}
    rules: list[Schema] = []
    left = set(known)
    for words, value in _VALUES:
        asked = [word for word in words.split() if word in known]
        left -= set(asked)
        if asked:
            then = {"properties": {"value": value}, "required": ["value"]}
            rules.append({"if": {"properties": {"is": {"enum": asked}}}, "then": then})
    none = {"properties": {"value": {"type": "null"}}}
    return [*rules, {"if": {"properties": {"is": {"enum": sorted(left)}}}, "then": none}]


def _given(kind: str, *fields: str) -> list[Schema]:
    """One alternative for each field: it is there, and not null."""
    return [{"required": [one], "properties": {one: {"type": kind}}} for one in fields]


def _alone(kind: str, *others: str) -> Schema:
    """`exactly` suffers no other bound beside it."""
    return {
        "if": {"required": ["exactly"], "properties": {"exactly": {"type": kind}}},
        "then": {"properties": {one: {"type": "null"} for one in others}},
    }


_COUNTS: Final = ("at_least", "at_most", "more_than", "fewer_than")
_NUMBERS: Final = ("at_least", "at_most", "more_than", "less_than")
_NAMES: Final = [
    {"required": [one], "properties": {one: _NOT_EMPTY}} for one in ("country", "region", "city")
]
_TOGETHER: Final[dict[str, Schema]] = {
    "Count": {"anyOf": _given("integer", "exactly", *_COUNTS), **_alone("integer", *_COUNTS)},
    "Number": {"anyOf": _given("number", "exactly", *_NUMBERS), **_alone("number", *_NUMBERS)},
    "Idle": {"anyOf": _given("string", "at_least", "less_than")},
    "Located": {"anyOf": [*_NAMES, *_given("boolean", "eu")]},
    "Property": {"allOf": _by_operator("Property")},
    "Trait": {"allOf": _by_operator("Trait")},
}
