"""Tests on an event's properties as Klaviyo's `metric_filters`, which all have to hold."""

from collections.abc import Sequence
from typing import Final

from cartback.domain.klaviyo.amount import Filter, major
from cartback.domain.klaviyo.prop import MEMBERS, NEGATIVE, opposite, write_text
from cartback.domain.klaviyo.reading import AMOUNTS
from cartback.domain.klaviyo.terms import BadKlaviyo, Terms
from cartback.domain.property import NotTest, Operator, Property, PropertyTest, Value

_OF_LIST: Final = {
    operator: word for word, operator in MEMBERS.items() if word != "not-contains-all"
}


def metric_filters(where: Sequence[PropertyTest], terms: Terms, path: str) -> list[Filter]:
    """The tests as filters. Raises BadKlaviyo."""
    present = {
        one.path for one in where if isinstance(one, Property) and one.operator is Operator.IS_SET
    }
    return [_filter(one, present, terms, f"{path}[{place}]") for place, one in enumerate(where)]


def _filter(test: PropertyTest, present: set[str], terms: Terms, path: str) -> Filter:
    match test:
        case Property(name, operator, value):
            negative, lacking = operator in NEGATIVE, False
        case NotTest(Property(name, Operator.CONTAINS_ALL as operator, value)):
            negative, lacking = True, True
        case NotTest(Property(name, inner, value)):
            operator = opposite(inner, path)
            negative, lacking = operator in NEGATIVE, False
        case _:
            raise BadKlaviyo(
                "Klaviyo's filters on events all have to hold, and do not look into lists of"
                " objects",
                path,
            )
    if negative and name not in present:
        raise BadKlaviyo(
            f"a negation in Klaviyo leaves out events without {name!r}; add a test that it"
            " `is_set` if that is meant",
            path,
        )
    if "." in name:
        raise BadKlaviyo("Klaviyo's filters on events do not look inside objects", path)
    written = _written(operator, _scaled(name, value, terms, path), path)
    if lacking:
        written["operator"] = "not-contains-all"
    return {"property": AMOUNTS[0] if name == "value" else name, "filter": written}


def _scaled(name: str, value: Value, terms: Terms, path: str) -> Value:
    """Amounts go in major units."""
    if name == "value" and isinstance(value, int | float) and not isinstance(value, bool):
        return major(value, terms, path)
    return value


def _written(operator: Operator, value: Value, path: str) -> Filter:
    if operator in _OF_LIST and isinstance(value, tuple):
        if not all(isinstance(one, str) for one in value):
            raise BadKlaviyo("Klaviyo looks for texts in an event's lists", path)
        return {"type": "list", "operator": _OF_LIST[operator], "value": list(value)}
    return write_text(operator, value, path)
