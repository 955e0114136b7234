"""The rows of the builder: what each kind's fields say as a document, and back.

Amounts are typed in the shop's currency and kept in its minor units, those among the properties of
standard events too. A field that has to be filled in and is not raises KeyError with its name.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple, TypeAlias

from cartback.domain.condition import parse_condition
from cartback.domain.event import Json
from cartback.domain.fault import Fault
from cartback.domain.money import exponent_of
from cartback.domain.properties import is_amount

Fields: TypeAlias = Mapping[str, str]
Tests: TypeAlias = Sequence[dict[str, str]]
Document: TypeAlias = dict[str, Any]


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


KINDS: Final = (
    "did",
    "cart",
    "stage",
    "trait",
    "in_segment",
    "in_list",
    "consent",
    "location",
    "aggregate",
    "share",
    "raw",
)
UNITS: Final = ("minute", "hour", "day", "week")
TIMES: Final = ("at_least", "never", "exactly", "at_most")
WINDOWS: Final = (
    "ever",
    "last",
    "more_than_ago",
    "between_ago",
    "day",
    "week",
    "month",
    "after",
    "before",
    "between",
)
IN_RUN: Final = "since_run_start"
"""One more window, in automations: since this person entered."""
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
BOUNDS: Final = ("at_least", "at_most", "more_than", "less_than")
CHANNELS: Final = ("email", "sms", "push")
OFFERED: Final = {"is": TESTS, "unit": UNITS, "unit2": UNITS, "bound": BOUNDS, "channel": CHANNELS}
"""What there is to choose from: a value besides would be lost with the next change."""
WITHOUT_VALUE: Final = ("is_true", "is_false", "is_set", "not_set")


def document_of_row(kind: str, fields: Fields, tests: Tests, currency: str) -> Document:
    """What a row says. Raises KeyError for a field that is missing, Fault for a bad one."""
    match kind:
        case "did":
            times = {"at_least": 1}
            if (how := fields.get("times", "at_least")) == "never":
                times = {"exactly": 0}
            elif how in TIMES:
                times = {how: whole_of(fields, "count", "1")}
            metric = given(fields, "metric")
            found: Document = {"kind": "did", "metric": metric, "times": times}
            return with_tests(found | _window(fields), tests, Asked(metric, currency))
        case "cart":
            return _cart(fields, currency)
        case "stage":
            return {"kind": "stage", "is": fields.get("stage") or "lead"}
        case "trait":
            return {"kind": "trait", **_test(fields, Asked())}
        case "in_segment":
            return _maybe_not(fields, {"kind": kind, "segment": given(fields, "segment")})
        case "in_list":
            return _maybe_not(fields, {"kind": kind, "list": given(fields, "list")})
        case "consent":
            channel = fields.get("channel") or "email"
            return {
                "kind": kind,
                "channel": channel,
                "status": fields.get("status") or "subscribed",
            }
        case "location":
            countries = [one.upper() for one in _several(fields, "country")]
            return _maybe_not(fields, {"kind": kind, "country": countries})
        case "aggregate":
            metric, path = given(fields, "metric"), given(fields, "path")
            number = Asked(metric, currency).number(given(fields, "number"), path)
            return {
                "kind": kind,
                "metric": metric,
                "function": fields.get("function") or "sum",
                "path": path,
                "is": {fields.get("bound") or "at_least": number},
            } | _window(fields)
        case "share":
            return {"kind": kind, "percent": number_of(given(fields, "percent"))}
    raise Fault("no_such_row", text=kind[:40])


def fields_of_document(
    document: Json, currency: str
) -> tuple[str, dict[str, str], list[dict[str, str]]] | None:
    """Kind, fields and tests of a row; None for what the form cannot show as it is."""
    try:
        found = _fields(document, currency)
        if found is None or not _is_offered(found[1], *found[2]):
            return None
        if not _same(document_of_row(*found, currency), _never(document)):
            return None
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        return None
    return found


def _is_offered(*given: Fields) -> bool:
    return all(
        one[name] in known for one in given for name, known in OFFERED.items() if name in one
    )


def _same(one: Json, other: Json) -> bool:
    """Whether they mean the same, however it is written: what is left out has a meaning too."""
    return parse_condition(one) == parse_condition(other)


def _never(document: Json) -> Json:
    """That somebody did not do it at all, as a row says it."""
    match document:
        case {"kind": "not", "of": {"kind": "did"} as did}:
            if did.get("times", {"at_least": 1}) == {"at_least": 1}:
                return {**did, "times": {"exactly": 0}}
    return document


def _fields(
    document: Json, currency: str
) -> tuple[str, dict[str, str], list[dict[str, str]]] | None:
    document, negated = _never(document), {}
    if document["kind"] == "not":
        document, negated = document["of"], {"not": "not"}
        if document["kind"] not in ("in_segment", "in_list", "location"):
            return None
    kind: str = document["kind"]
    match kind:
        case "did":
            [(how, count)] = document.get("times", {"at_least": 1}).items()
            times = {"times": how, "count": str(count)}
            if (how, count) == ("exactly", 0):
                times = {"times": "never"}
            fields = {"metric": document["metric"], **times, **_window_fields(document)}
            asked = Asked(document["metric"], currency)
            tests = [fields_of_test(one, asked) for one in document.get("where", ())]
            return kind, fields, tests
        case "cart":
            return kind, _cart_fields(document, currency), []
        case "stage":
            return kind, {"stage": document["is"]}, []
        case "trait":
            return kind, fields_of_test(document, Asked()), []
        case "in_segment" | "in_list":
            name = kind.removeprefix("in_")
            return kind, {name: document[name], **negated}, []
        case "consent":
            status = document.get("status", "subscribed")
            return kind, {"channel": document["channel"], "status": status}, []
        case "location":
            return kind, {"country": ", ".join(document["country"]), **negated}, []
        case "aggregate":
            [(bound, number)] = document["is"].items()
            return (
                kind,
                {
                    "metric": document["metric"],
                    "function": document["function"],
                    "path": document["path"],
                    "bound": bound,
                    "number": Asked(document["metric"], currency).typed(number, document["path"]),
                    **_window_fields(document),
                },
                [],
            )
        case "share":
            return kind, {"percent": f"{document['percent']:g}"}, []
    return None


# --- carts and money ------------------------------------------------------------------------------


def _cart(fields: Fields, currency: str) -> Document:
    found: Document = {"kind": "cart", "status": fields.get("status") or "abandoned"}
    bound = fields.get("worth", "any")
    if bound in BOUNDS:
        found["value"] = {bound: minor(given(fields, "value"), currency)}
    for name in ("product", "category", "brand"):
        if fields.get(name):
            found[name] = _several(fields, name)
    return found


def _cart_fields(document: Document, currency: str) -> dict[str, str]:
    found = {"status": document.get("status", "open")}
    if "value" in document:
        [(bound, value)] = document["value"].items()
        found |= {"worth": bound, "value": major(value, currency)}
    for name in ("product", "category", "brand"):
        if name in document:
            found[name] = ", ".join(document[name])
    return found


def minor(text: str, currency: str) -> int:
    """An amount as people type it, in minor units."""
    try:
        amount = Decimal(text.replace(",", "").replace(" ", "")).scaleb(exponent_of(currency))
    except InvalidOperation:
        raise Fault("not_an_amount", text=text[:40]) from None
    if not amount.is_finite() or abs(amount) > 2**53 or amount != amount.to_integral_value():
        raise Fault("not_an_amount", text=text[:40])
    return int(amount)


def major(amount: float, currency: str) -> str:
    """Minor units as people type them."""
    return f"{Decimal(repr(amount)).scaleb(-exponent_of(currency)):f}"


# --- windows --------------------------------------------------------------------------------------


def _window(fields: Fields) -> Document:
    match fields.get("window", "ever"):
        case "last" | "more_than_ago" as kind:
            return {"within": {"kind": kind, "duration": length(fields, "n", "unit")}}
        case "between_ago":
            near, far = length(fields, "n", "unit"), length(fields, "n2", "unit2")
            return {"within": {"kind": "between_ago", "nearest": near, "farthest": far}}
        case "day" | "week" | "month" as unit:
            return {"within": {"kind": "calendar", "unit": unit}}
        case "after" | "before" as kind:
            return {"within": {"kind": kind, "at": given(fields, "date")}}
        case "between":
            start, end = given(fields, "date"), given(fields, "date2")
            return {"within": {"kind": "between", "start": start, "end": end}}
        case "since_run_start" as kind:
            return {"within": {"kind": kind}}
    return {}


def _window_fields(document: Document) -> dict[str, str]:
    match document.get("within"):
        case None | {"kind": "ever"}:
            return {"window": "ever"}
        case {"kind": "last" | "more_than_ago" as kind, "duration": duration}:
            return {"window": kind, **length_fields(duration, "n", "unit")}
        case {"kind": "between_ago", "nearest": near, "farthest": far}:
            nearest = length_fields(near, "n", "unit")
            return {"window": "between_ago", **nearest, **length_fields(far, "n2", "unit2")}
        case {"kind": "calendar", "unit": unit}:
            return {"window": unit}
        case {"kind": "after" | "before" as kind, "at": at}:
            return {"window": kind, "date": at}
        case {"kind": "between", "start": start, "end": end}:
            return {"window": "between", "date": start, "date2": end}
        case {"kind": "since_run_start" as kind}:
            return {"window": kind}
    raise ValueError("another window")


def length(fields: Fields, number: str, unit: str) -> str:
    """The duration that two fields say."""
    count, name = whole_of(fields, number), fields.get(unit) or "day"
    return f"{count} {name}{'' if count == 1 else 's'}"


def length_fields(text: str, number: str, unit: str) -> dict[str, str]:
    """A duration as the form's two fields."""
    count, name = text.split()
    return {number: str(int(count)), unit: name.removesuffix("s")}


# --- tests on properties --------------------------------------------------------------------------


def with_tests(document: Document, tests: Tests, asked: Asked) -> Document:
    """The document with what is asked of an event's properties. Raises KeyError and Fault."""
    if not tests:
        return document
    where = [{"kind": "property", **_test(one, asked)} for one in tests]
    return {**document, "where": where}


def _test(fields: Fields, asked: Asked) -> Document:
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
            return found | {"is": "in", "value": _several(fields, "value")}
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


# --- fields ---------------------------------------------------------------------------------------


def given(fields: Fields, name: str) -> str:
    if not fields.get(name):
        raise KeyError(name)
    return fields[name]


def _several(fields: Fields, name: str) -> list[str]:
    return [one.strip() for one in given(fields, name).split(",") if one.strip()]


def whole_of(fields: Fields, name: str, default: str = "") -> int:
    text = fields.get(name) or default
    if not text:
        raise KeyError(name)
    if not text.isdecimal() or len(text) > 9:
        raise Fault("not_whole", text=text[:40])
    return int(text)


def number_of(text: str) -> int | float:
    try:
        found = float(text.replace(",", ""))
    except ValueError:
        raise Fault("not_a_number", text=text[:40]) from None
    if found != found or abs(found) > 9e12:
        raise Fault("number_not_comparable", value=text[:40])
    return int(found) if found.is_integer() else found


def _maybe_not(fields: Fields, document: Document) -> Document:
    return {"kind": "not", "of": document} if fields.get("not") == "not" else document
