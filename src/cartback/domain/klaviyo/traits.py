"""A trait as conditions on a Klaviyo profile's property."""

from typing import Final

from cartback.domain.klaviyo.amount import Filter, Groups
from cartback.domain.klaviyo.prop import (
    NEGATIVE,
    NOT_SET,
    opposite,
    write_member,
    write_moment,
    write_text,
)
from cartback.domain.klaviyo.reading import OWN_TRAITS
from cartback.domain.klaviyo.terms import BadKlaviyo, Terms
from cartback.domain.klaviyo.when import write_date, write_duration
from cartback.domain.property import Operator, Value

_OF_DATE: Final = {Operator.BEFORE, Operator.AFTER}
_OF_DURATION: Final = {
    Operator.IN_LAST,
    Operator.IN_NEXT,
    Operator.MORE_THAN_AGO,
    Operator.ANNIVERSARY_IN_NEXT,
}
_EACH: Final = {Operator.IN: Operator.EQUALS, Operator.NOT_IN: Operator.NOT_EQUALS}


def trait_groups(
    name: str, operator: Operator, value: Value, terms: Terms, path: str, *, negated: bool
) -> Groups:
    """The test, or its negation, as groups of conditions. Raises BadKlaviyo."""
    prop = _property(name, path)
    if negated and operator is Operator.CONTAINS_ALL:
        missing = [write_member("not-contains", one, path) for one in _members(value)]
        groups = [[*missing, dict(NOT_SET)]]
    else:
        groups = _filters(opposite(operator, path) if negated else operator, value, terms, path)
    return [
        [{"type": "profile-property", "property": prop, "filter": one} for one in group]
        for group in groups
    ]


def _property(name: str, path: str) -> str:
    if name in OWN_TRAITS:
        return name
    if "." in name or "'" in name:
        raise BadKlaviyo("Klaviyo's properties have no path and no quotes in their names", path)
    return f"properties['{name}']"


def _filters(operator: Operator, value: Value, terms: Terms, path: str) -> Groups:
    match operator:
        case Operator.CONTAINS_ANY:
            return [[write_member("contains", one, path) for one in _members(value)]]
        case Operator.CONTAINS_ALL:
            return [[write_member("contains", one, path)] for one in _members(value)]
        case Operator.CONTAINS_NONE:
            return [_or_none(write_member("not-contains", one, path)) for one in _members(value)]
        case Operator.IN | Operator.NOT_IN if not _only_texts(value):
            each = [write_text(_EACH[operator], one, path) for one in _members(value)]
            return [each] if operator is Operator.IN else [_or_none(one) for one in each]
        case Operator.ANNIVERSARY_TODAY:
            return [[write_moment(operator, {})]]
    if operator in _OF_DATE:
        return [[write_moment(operator, {"date": write_date(str(value), terms)})]]
    if operator in _OF_DURATION:
        return [[write_moment(operator, write_duration(str(value), path))]]
    written = write_text(operator, value, path)
    return [_or_none(written)] if operator in NEGATIVE else [[written]]


def _or_none(written: Filter) -> list[Filter]:
    """Our negations hold for those without the property too."""
    return [written, dict(NOT_SET)]


def _members(value: Value) -> tuple[bool | int | float | str, ...]:
    return value if isinstance(value, tuple) else ()


def _only_texts(value: Value) -> bool:
    return all(isinstance(one, str) for one in _members(value))
