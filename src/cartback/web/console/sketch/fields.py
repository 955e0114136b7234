"""What the fields of each sort say as a document, and back.

What a form cannot show is kept as JSON in a field `NAME:json`, so that nothing is lost by editing.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from cartback.domain.doubled import decode_json
from cartback.domain.event import Json
from cartback.domain.fault import Fault
from cartback.domain.flow import Again
from cartback.domain.instant import parse_duration
from cartback.domain.property import PropertyTest
from cartback.web.console.draft import (
    Group,
    Lacking,
    Row,
    document_of,
    draft_of,
    read_draft,
    read_node,
    written,
)
from cartback.web.console.property_tests import TESTS, Asked, fields_of_test, with_tests
from cartback.web.console.sketch.forms import YES_NO, Field
from cartback.web.console.typed import UNITS, length, length_fields, number_of, whole_of

OMIT: Final = object()
"""The field is left out: what its kind does by itself."""
VALUES: Final = ("text", "number", "true", "false")
"""What a value may be taken for."""
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
TESTED: Final = "tests"
"""The kind of a row that holds tests and nothing else."""


def typed(field: Field, value: Json, asked: Asked) -> dict[str, str]:
    """A value as somebody would have typed it; `asked` says of which metric tests are."""
    try:
        texts = _typed(field, value, asked)
        if _same(field, value, value_of(field, texts, asked)):
            return texts
    except (KeyError, TypeError, ValueError, AttributeError, Lacking):
        pass
    return {f"{field.name}:json": msgspec.json.encode(value).decode()}


def _same(field: Field, one: Json, other: Json) -> bool:
    if field.sort == "condition":
        return True  # a row that cannot be shown is kept as its document by `draft_of`
    if field.sort == "tests":
        return msgspec.convert(one, _Tests) == msgspec.convert(other, _Tests)
    if field.sort in ("several", "texts"):
        return bool(list(one) == other)
    if field.sort == "again":
        return msgspec.convert(one, Again) == msgspec.convert(other, Again)
    if field.sort == "length" and one is not None:
        return parse_duration(one) == parse_duration(other)
    return bool((field.default if other is OMIT else other) == one)


_Tests: Final = tuple[PropertyTest, ...]


def _typed(field: Field, value: Json, asked: Asked) -> dict[str, str]:
    name = field.name
    match field.sort:
        case "condition":
            draft = Group() if value is None else draft_of(value, asked.currency)
            return written(draft, name)
        case "tests":
            return written(Row(TESTED, {}, [_test(one, asked) for one in value or ()]), name)
        case "length":
            if value is None:
                return {name: "", f"{name}.unit": "day"}
            texts = length_fields(value, name, f"{name}.unit")
            return texts if texts[f"{name}.unit"] in UNITS else _refuse()
        case "several":
            return {f"{name}.{one}": "on" for one in value}
        case "texts":
            return {name: ", ".join(value)}
        case "again":
            told = length_fields(value.get("duration") or "30 days", f"{name}.n", f"{name}.unit")
            return {name: value.get("rule", "never"), **told}
        case "value":
            return _typed_value(name, value)
        case "json":
            return {name: "" if value is None else msgspec.json.encode(value).decode()}
        case "choice" if field.choices == YES_NO:
            return {name: YES_NO[0 if value else 1]}
        case _:
            return {name: "" if value is None else str(value)}


def _refuse() -> dict[str, str]:
    raise ValueError("the form cannot show it")


def _test(document: Json, asked: Asked) -> dict[str, str]:
    found = fields_of_test(document, asked)
    return found if found["is"] in TESTS else _refuse()


def _typed_value(name: str, value: Json) -> dict[str, str]:
    match value:
        case True | False:
            return {name: "", f"{name}.as": "true" if value else "false"}
        case int() | float():
            return {name: str(value), f"{name}.as": "number"}
        case None:
            return {name: "", f"{name}.as": "text"}
        case str():
            return {name: value, f"{name}.as": "text"}
    raise ValueError("the form cannot show it")


# --- what the texts say ---------------------------------------------------------------------------


def value_of(field: Field, texts: Mapping[str, str], asked: Asked) -> Any:  # noqa: ANN401  JSON
    """The value of a field, or OMIT. Raises Lacking, Fault, and Unfinished for rows within."""
    kept = texts.get(f"{field.name}:json")
    if kept:
        try:
            return decode_json(kept)
        except msgspec.DecodeError as error:
            raise Fault("not_json", error=error) from None
    try:
        found = _value(field, texts, asked)
    except KeyError as missing:
        raise Lacking(str(missing.args[0])) from None
    if found is OMIT and field.is_needed:
        raise Lacking(field.name)
    return found


def _value(field: Field, texts: Mapping[str, str], asked: Asked) -> Any:  # noqa: ANN401  JSON
    name = field.name
    text = texts.get(name, "")
    match field.sort:
        case "condition":
            return _condition(field, texts, asked.currency)
        case "tests":
            return _tests(field, texts, asked)
        case "length" if text:
            return _length(texts, name, f"{name}.unit")
        case "several":
            return [one for one in field.choices if texts.get(f"{name}.{one}") == "on"]
        case "again":
            return _again(texts, name)
        case "value":
            return _given_value(texts, name)
        case "number" if text:
            return _integer(field, text)
        case "clock" if text and not _CLOCK.fullmatch(text):
            raise Lacking(name)
        case "texts" if text:
            return [one.strip() for one in text.split(",") if one.strip()]
        case "json" if text:
            return value_of(field, {f"{name}:json": text}, asked)
        case "choice" if field.choices == YES_NO:
            return text != "no"
    return text or OMIT


def _condition(field: Field, texts: Mapping[str, str], currency: str) -> Json:
    group = read_draft(texts, field.name)
    if not group.of and not field.is_needed:
        return None
    document = document_of(group, currency, field.name)
    alone = not group.negated and len(group.of) == 1
    return document["of"][0] if alone else document


def _tests(field: Field, texts: Mapping[str, str], asked: Asked) -> Json:
    row = read_node(texts, field.name)
    found: list[Json] = []
    for one in row.tests if isinstance(row, Row) else ():
        try:
            found += with_tests({}, [one], asked)["where"]
        except KeyError as missing:
            raise Lacking(str(missing.args[0])) from None
    if field.is_needed and not found:
        raise Lacking(field.name)
    return found


def _length(texts: Mapping[str, str], name: str, unit: str) -> str:
    found = length(texts, name, unit)
    parse_duration(found)
    return found


def _again(texts: Mapping[str, str], name: str) -> Json:
    rule = texts.get(name) or "never"
    if rule != "after":
        return {"rule": rule}
    return {"rule": rule, "duration": _length(texts, f"{name}.n", f"{name}.unit")}


def _given_value(texts: Mapping[str, str], name: str) -> Json:
    text = texts.get(name, "")
    match texts.get(f"{name}.as", "text"):
        case "true":
            return True
        case "false":
            return False
        case "number":
            return number_of(text)
        case _:
            return text or None


def _integer(field: Field, text: str) -> int:
    digits = text.removeprefix("-")
    found = whole_of({"n": digits}, "n") * (1 if digits == text else -1)
    lowest, highest = field.bounds or (-(2**53), 2**53)
    if not lowest <= found <= highest:
        raise Lacking(field.name)
    return found
