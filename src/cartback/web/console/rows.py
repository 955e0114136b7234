"""The rows of the builder: what each kind's fields say as a document, and back.

Amounts are typed in the shop's currency and kept in its minor units, those among the properties of
standard events too. A field that has to be filled in and is not raises KeyError with its name.
"""

from typing import Final

from cartback.domain.condition import parse_condition
from cartback.domain.event import Json
from cartback.domain.fault import Fault
from cartback.web.console.property_tests import (
    TESTS,
    Asked,
    Tests,
    fields_of_test,
    test_of,
    with_tests,
)
from cartback.web.console.typed import (
    UNITS,
    Document,
    Fields,
    given,
    major,
    minor,
    number_of,
    several,
    whole_of,
)
from cartback.web.console.window_fields import window_fields, window_of

TIMES: Final = ("at_least", "never", "exactly", "at_most")
BOUNDS: Final = ("at_least", "at_most", "more_than", "less_than")
CHANNELS: Final = ("email", "sms", "push")
OFFERED: Final = {"is": TESTS, "unit": UNITS, "unit2": UNITS, "bound": BOUNDS, "channel": CHANNELS}
"""What there is to choose from: a value besides would be lost with the next change."""


def document_of_row(kind: str, fields: Fields, tests: Tests, currency: str) -> Document:
    """What a row says. Raises KeyError for a field that is missing, Fault for a bad one."""
    match kind:
        case "did":
            return _did(fields, tests, currency)
        case "cart":
            return _cart(fields, currency)
        case "stage":
            return {"kind": "stage", "is": fields.get("stage") or "lead"}
        case "trait":
            return {"kind": "trait", **test_of(fields, Asked())}
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
            countries = [one.upper() for one in several(fields, "country")]
            return _maybe_not(fields, {"kind": kind, "country": countries})
        case "aggregate":
            return _aggregate(fields, currency)
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
            return kind, *_did_fields(document, currency)
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
            return kind, _aggregate_fields(document, currency), []
        case "share":
            return kind, {"percent": f"{document['percent']:g}"}, []
    return None


def _maybe_not(fields: Fields, document: Document) -> Document:
    return {"kind": "not", "of": document} if fields.get("not") == "not" else document


# --- events ---------------------------------------------------------------------------------------


def _did(fields: Fields, tests: Tests, currency: str) -> Document:
    times = {"at_least": 1}
    if (how := fields.get("times", "at_least")) == "never":
        times = {"exactly": 0}
    elif how in TIMES:
        times = {how: whole_of(fields, "count", "1")}
    metric = given(fields, "metric")
    found: Document = {"kind": "did", "metric": metric, "times": times}
    return with_tests(found | window_of(fields), tests, Asked(metric, currency))


def _did_fields(document: Document, currency: str) -> tuple[dict[str, str], list[dict[str, str]]]:
    [(how, count)] = document.get("times", {"at_least": 1}).items()
    times = {"times": how, "count": str(count)}
    if (how, count) == ("exactly", 0):
        times = {"times": "never"}
    fields = {"metric": document["metric"], **times, **window_fields(document)}
    asked = Asked(document["metric"], currency)
    return fields, [fields_of_test(one, asked) for one in document.get("where", ())]


def _aggregate(fields: Fields, currency: str) -> Document:
    metric, path = given(fields, "metric"), given(fields, "path")
    number = Asked(metric, currency).number(given(fields, "number"), path)
    return {
        "kind": "aggregate",
        "metric": metric,
        "function": fields.get("function") or "sum",
        "path": path,
        "is": {fields.get("bound") or "at_least": number},
    } | window_of(fields)


def _aggregate_fields(document: Document, currency: str) -> dict[str, str]:
    [(bound, number)] = document["is"].items()
    return {
        "metric": document["metric"],
        "function": document["function"],
        "path": document["path"],
        "bound": bound,
        "number": Asked(document["metric"], currency).typed(number, document["path"]),
        **window_fields(document),
    }


# --- carts ----------------------------------------------------------------------------------------


def _cart(fields: Fields, currency: str) -> Document:
    found: Document = {"kind": "cart", "status": fields.get("status") or "abandoned"}
    bound = fields.get("worth", "any")
    if bound in BOUNDS:
        found["value"] = {bound: minor(given(fields, "value"), currency)}
    for name in ("product", "category", "brand"):
        if fields.get(name):
            found[name] = several(fields, name)
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
