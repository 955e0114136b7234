"""Tests on properties: what their fields say as a document, and back."""

from collections.abc import Sequence
from typing import Final, NamedTuple, TypeAlias

from cartback.domain.properties import is_amount
from cartback.web.console.typed import Document, Fields, given, major, minor, number_of, several

Tests: TypeAlias = Sequence[dict[str, str]]
TEXT_TESTS: Final = (
    "equals",
    "not_equals",
    "contains",
    "not_contains",
    "starts_with",
    "ends_with",
)
NUMBER_TESTS: Final = ("equals_number", "at_least", "at_most", "more_than", "less_than")
OTHER_TESTS: Final = ("in", "is_true", "is_false", "is_set", "not_set")
TESTS: Final = (*TEXT_TESTS, *NUMBER_TESTS, *OTHER_TESTS)
WITHOUT_VALUE: Final = ("is_true", "is_false", "is_set", "not_set")


class Asked(NamedTuple):
    """Of which metric something is asked, and in which currency its amounts are typed."""

    metric: str = ""
    currency: str = ""

    def is_amount(self, path: str) -> bool:
        return is_amount(self.metric, path)

    def number(self, text: str, path: str) -> int | float:
        """What was typed, in minor units where it is an amount."""
        return minor(text, self.currency) if self.is_amount(path) else number_of(text)

    def typed(self, number: float, path: str) -> str:
        """A number as people type it."""
        return major(number, self.currency) if self.is_amount(path) else f"{number}"


def with_tests(document: Document, tests: Tests, asked: Asked) -> Document:
    """The document with what is asked of an event's properties. Raises KeyError and Fault."""
    if not tests:
        return document
    where = [{"kind": "property", **test_of(one, asked)} for one in tests]
    return {**document, "where": where}


def test_of(fields: Fields, asked: Asked) -> Document:
    """One test. Raises KeyError and Fault."""
    path = given(fields, "path")
    found: Document = {"path": path}
    match fields.get("is") or "equals":
        case "is_true":
            return found | {"is": "equals", "value": True}
        case "is_false":
            return found | {"is": "equals", "value": False}
        case "is_set" | "not_set" as name:
            return found | {"is": name}
        case "in":
            return found | {"is": "in", "value": several(fields, "value")}
        case name if name in NUMBER_TESTS:
            number = asked.number(given(fields, "value"), path)
            return found | {"is": "equals" if name == "equals_number" else name, "value": number}
        case name:
            return found | {"is": name, "value": given(fields, "value")}


def fields_of_test(document: Document, asked: Asked) -> dict[str, str]:
    """A test as the form's fields. Raises for one that it cannot show."""
    name, value = document["is"], document.get("value")
    if value is None and name not in WITHOUT_VALUE:
        raise ValueError("another test")
    if isinstance(value, bool):
        return {"path": document["path"], "is": "is_true" if value else "is_false", "value": ""}
    if isinstance(value, list):
        return {"path": document["path"], "is": name, "value": ", ".join(value)}
    if isinstance(value, int | float):
        name = "equals_number" if name == "equals" else name
        value = asked.typed(value, document["path"])
    return {"path": document["path"], "is": name, "value": "" if value is None else value}
