"""Filters on one property in Klaviyo, both ways.

A negation there leaves out whoever has no such property (help.klaviyo.com 14837232353691, on null
values); here it holds for them too. So their negation is read as "is set, and is not", and ours is
written as "is not, or is not set".
"""

from typing import Any, Final, NamedTuple

from cartback.domain.klaviyo.amount import Filter, minor, numeric, read_comparison
from cartback.domain.klaviyo.part import Part
from cartback.domain.klaviyo.terms import BadKlaviyo, Terms
from cartback.domain.klaviyo.when import date, read_between, read_date, read_duration
from cartback.domain.property import NEGATIONS, Operator, Value
from cartback.domain.window import BetweenAgo

TEXT: Final = {
    "equals": Operator.EQUALS,
    "not-equals": Operator.NOT_EQUALS,
    "contains": Operator.CONTAINS,
    "not-contains": Operator.NOT_CONTAINS,
    "starts-with": Operator.STARTS_WITH,
    "not-starts-with": Operator.NOT_STARTS_WITH,
    "ends-with": Operator.ENDS_WITH,
    "not-ends-with": Operator.NOT_ENDS_WITH,
    "regex": Operator.MATCHES,
    "nregex": Operator.NOT_MATCHES,
}
TEXTS: Final = {"in": Operator.IN, "not-in": Operator.NOT_IN}
NUMBER: Final = {
    "equals": Operator.EQUALS,
    "not-equals": Operator.NOT_EQUALS,
    "greater-than": Operator.MORE_THAN,
    "greater-than-or-equal": Operator.AT_LEAST,
    "less-than": Operator.LESS_THAN,
    "less-than-or-equal": Operator.AT_MOST,
}
MEMBER: Final = {"contains": Operator.CONTAINS_ANY, "not-contains": Operator.CONTAINS_NONE}
MEMBERS: Final = {
    "contains-any": Operator.CONTAINS_ANY,
    "contains-all": Operator.CONTAINS_ALL,
    "not-contains-any": Operator.CONTAINS_NONE,
    "not-contains-all": Operator.CONTAINS_ALL,  # and then negated
}
NEGATIVE: Final = frozenset(NEGATIONS) - {Operator.NOT_SET}


class Asked(NamedTuple):
    """One test on the property; a filter may be several of them."""

    operator: Operator
    value: Value = None
    negated: bool = False


SET: Final = Asked(Operator.IS_SET)


def read_filter(part: Part, terms: Terms, *, money: bool = False) -> list[Asked]:
    """What a filter asks, all of it. Amounts of `money` come in major units."""
    match (part / "type").word("string", "numeric", "boolean", "existence", "list", "date"):
        case "string":
            asked = _read_text(part)
        case "numeric":
            operator, value = read_comparison(part)
            asked = Asked(NUMBER[operator], minor(value, terms) if money else value.number())
        case "boolean":
            (part / "operator").word("equals")
            return [Asked(Operator.EQUALS, (part / "value").truth())]
        case "existence":
            set_ = (part / "operator").word("is-set", "not-set") == "is-set"
            return [SET if set_ else Asked(Operator.NOT_SET)]
        case "list":
            asked = _read_list(part)
        case _:
            return _read_date(part)
    negative = asked.operator in NEGATIVE or asked.negated
    return [SET, asked] if negative else [asked]


def _read_text(part: Part) -> Asked:
    operator = (part / "operator").word(*TEXT, *TEXTS)
    if operator in TEXTS:
        return Asked(TEXTS[operator], tuple(one.text() for one in (part / "value").items()))
    return Asked(TEXT[operator], (part / "value").text())


def _read_list(part: Part) -> Asked:
    operator = (part / "operator").word(*MEMBER, *MEMBERS)
    if operator in MEMBER:
        value = part / "value"
        member = value.text() if isinstance(value.value, str) else value.integer()
        return Asked(MEMBER[operator], (member,))
    members = tuple(one.text() for one in (part / "value").items())
    return Asked(MEMBERS[operator], members, operator == "not-contains-all")


_DATES: Final = {
    "in-the-last": Operator.IN_LAST,
    "in-the-next": Operator.IN_NEXT,
    "at-least": Operator.MORE_THAN_AGO,
    "anniversary-next": Operator.ANNIVERSARY_IN_NEXT,
    "before": Operator.BEFORE,
    "after": Operator.AFTER,
    "anniversary": Operator.ANNIVERSARY_TODAY,
}


def _read_date(part: Part) -> list[Asked]:
    match operator := (part / "operator").word(*_DATES, "between", "between-static"):
        case "anniversary":
            return [Asked(_DATES[operator])]
        case "before" | "after":
            return [Asked(_DATES[operator], read_date(part / "date"))]
        case "between-static":
            start, end = read_date(part / "start"), read_date(part / "end")
            return [Asked(Operator.AFTER, start), Asked(Operator.BEFORE, end)]
        case "between":
            match read_between(part):
                case BetweenAgo(nearest, farthest):
                    since = Asked(Operator.IN_LAST, farthest)
                    return [since, Asked(Operator.MORE_THAN_AGO, nearest)]
                case last:
                    return [Asked(Operator.IN_LAST, last.duration)]
        case _:
            return [Asked(_DATES[operator], read_duration(part))]


# --- writing -------------------------------------------------------------------------------------

_OPPOSITES: Final = NEGATIONS | {positive: negative for negative, positive in NEGATIONS.items()}
_WRITTEN: Final = {operator: word for word, operator in (TEXT | TEXTS).items()}
_NUMBERS: Final = {operator: word for word, operator in NUMBER.items()}
NOT_SET: Final[Filter] = {"type": "existence", "operator": "not-set"}


def opposite(operator: Operator, path: str) -> Operator:
    """The operator that holds exactly where this one does not."""
    if operator not in _OPPOSITES:
        raise BadKlaviyo(
            f"Klaviyo cannot say that `{operator}` does not hold: that is also so where the value"
            " is missing or of another kind; ask the other way round",
            path,
        )
    return _OPPOSITES[operator]


def write_text(operator: Operator, value: Value, path: str) -> Filter:
    """A filter on texts, numbers, truth or existence, as Klaviyo means it: a negation leaves out
    who has no value."""
    match value:
        case None if operator is Operator.IS_SET:
            return {"type": "existence", "operator": "is-set"}
        case None if operator is Operator.NOT_SET:
            return dict(NOT_SET)
        case bool():
            if operator is Operator.EQUALS:
                return {"type": "boolean", "operator": "equals", "value": value}
        case int() | float() if operator in _NUMBERS:
            return numeric(_NUMBERS[operator], value)
        case str() if operator in _WRITTEN:
            return {"type": "string", "operator": _WRITTEN[operator], "value": value}
        case tuple() if operator in TEXTS.values() and all(isinstance(one, str) for one in value):
            return {"type": "string", "operator": _WRITTEN[operator], "value": list(value)}
    raise BadKlaviyo(f"Klaviyo has no filter for `{operator}` with {value!r}", path)


def write_member(operator: str, value: object, path: str) -> Filter:
    """A filter on one member of a list."""
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return {"type": "list", "operator": operator, "value": value}
    raise BadKlaviyo(f"Klaviyo looks for texts and whole numbers in lists, not {value!r}", path)


def write_moment(operator: Operator, rest: dict[str, Any]) -> Filter:
    """A filter on a date."""
    word = next(word for word, one in _DATES.items() if one is operator)
    return date(word, **rest)
