"""Numbers in Klaviyo's filters: how often, how much, and amounts of money, both ways."""

from decimal import Decimal
from typing import Any, Final, TypeAlias

from cartback.domain.klaviyo.part import Part
from cartback.domain.klaviyo.terms import BadKlaviyo, Terms
from cartback.domain.number import Count, Number, micro

Filter: TypeAlias = dict[str, Any]
Groups: TypeAlias = list[list[Filter]]
"""As Klaviyo has them: every group holds, each through at least one of its members."""

COMPARISONS: Final = {
    "equals": "exactly",
    "greater-than": "more_than",
    "greater-than-or-equal": "at_least",
    "less-than": "less_than",
    "less-than-or-equal": "at_most",
}
"""Klaviyo's numeric operators, and our bounds. `not-equals` is the negation of `exactly`."""
_OPPOSITES: Final = {
    "equals": "not-equals",
    "greater-than": "less-than-or-equal",
    "greater-than-or-equal": "less-than",
    "less-than": "greater-than-or-equal",
    "less-than-or-equal": "greater-than",
}


def read_comparison(part: Part) -> tuple[str, Part]:
    """The operator of a numeric filter, and its value."""
    (part / "type").word("numeric")
    return (part / "operator").word(*COMPARISONS, "not-equals"), part / "value"


def read_count(part: Part) -> tuple[Count, bool]:
    """How often; and whether it is to be negated."""
    operator, value = read_comparison(part)
    times = value.integer()
    if operator == "not-equals":
        return value.made(lambda: Count(exactly=times)), True
    bound = COMPARISONS[operator].replace("less_than", "fewer_than")
    return value.made(lambda: Count(**{bound: times})), False


def read_sum(part: Part, terms: Terms) -> tuple[Number, bool]:
    """How much, in minor units; and whether it is to be negated."""
    operator, value = read_comparison(part)
    amount = minor(value, terms)
    if operator == "not-equals":
        return value.made(lambda: Number(exactly=amount)), True
    return value.made(lambda: Number(**{COMPARISONS[operator]: amount})), False


def write_count(times: Count, *, negated: bool) -> Groups:
    low, high = times.bounds()
    if low == high:
        return [[numeric("not-equals" if negated else "equals", low)]]
    always = low == 0 and high is None
    filters = [numeric("greater-than-or-equal", low)] if low > 0 or (always and not negated) else []
    if high is not None:
        filters.append(numeric("less-than-or-equal", high))
    return _bounded(filters, negated=negated)


def write_sum(number: Number, terms: Terms, path: str, *, negated: bool) -> Groups:
    filters = []
    for operator, bound in COMPARISONS.items():
        value: float | None = getattr(number, bound)
        if value is not None:
            filters.append(numeric(operator, major(value, terms, path)))
    return _bounded(filters, negated=negated)


def _bounded(filters: list[Filter], *, negated: bool) -> Groups:
    """All of the bounds; or, negated, the opposite of one or another."""
    if not negated:
        return [[one] for one in filters]
    return [[one | {"operator": _OPPOSITES[one["operator"]]} for one in filters]]


def numeric(operator: str, value: float) -> Filter:
    return {"type": "numeric", "operator": operator, "value": value}


# --- money ---------------------------------------------------------------------------------------


def minor(part: Part, terms: Terms) -> int | float:
    """An amount in minor units: Klaviyo writes 19.99 where Cartback counts 1999 cents."""
    return _plain(Decimal(str(part.number())).scaleb(terms.decimals))


def major(number: float, terms: Terms, path: str) -> int | float:
    """An amount in major units. Raises BadKlaviyo where it would not come back the same."""
    amount = _plain(Decimal(str(number)).scaleb(-terms.decimals))
    if micro(minor(Part(amount, path), terms)) != micro(number):
        raise BadKlaviyo(f"{number} is too exact an amount for Klaviyo", path)
    return amount


def _plain(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)
