"""Tests on properties, made ready to run: each becomes one function from a value to yes or no."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final, TypeAlias

from cartback.domain.event import Json, Properties
from cartback.domain.instant import BadTime, Instant, Zone
from cartback.domain.number import micro
from cartback.domain.pattern import LONGEST_TEXT, compile_pattern
from cartback.domain.property import (
    NEGATIONS,
    AnyTest,
    NotTest,
    Operator,
    Property,
    PropertyTest,
    Scalar,
    Some,
    Value,
)

Predicate: TypeAlias = Callable[[Properties], bool]
ValueTest: TypeAlias = Callable[[Json], bool]

MISSING: Final = None


def value_at(properties: Json, path: Sequence[str]) -> Json:
    """The value at the path, None where there is none."""
    for name in path:
        if not isinstance(properties, Mapping):
            return MISSING
        properties = properties.get(name)
    return properties


def comparable(value: Json) -> tuple[str, Json] | None:
    """A scalar with its type, so that 1 equals 1.0 but neither true nor "1". None for others."""
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, str):
        return ("text", value)
    number = micro(value)
    return None if number is None else ("number", number)


def instant_in(value: Json, zone: Zone) -> Instant | None:
    """A text that is an ISO 8601 date or time, as an instant; None for anything else."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    return _instant_in(value, zone)


@lru_cache(maxsize=4096)
def _instant_in(text: str, zone: Zone) -> Instant | None:
    try:
        return zone.parse(text)
    except BadTime:
        return None


def value_test(operator: Operator, value: Value, zone: Zone) -> ValueTest:
    """The test of one value; not for operators that move with time (see trait.py)."""
    opposite = NEGATIONS.get(operator)
    if opposite is not None:
        positive = value_test(opposite, value, zone)
        return lambda found: not positive(found)
    match operator:
        case Operator.IS_SET:
            return lambda found: found is not None
        case Operator.EQUALS:
            wanted = comparable(value)
            return lambda found: comparable(found) == wanted
        case Operator.IN | Operator.CONTAINS_ANY | Operator.CONTAINS_ALL:
            return _list_test(operator, value if isinstance(value, tuple) else ())
        case Operator.AT_LEAST | Operator.AT_MOST | Operator.MORE_THAN | Operator.LESS_THAN:
            return _number_test(operator, micro(value) or 0)
        case Operator.BEFORE | Operator.AFTER:
            return _date_test(operator, zone.parse(str(value)), zone)
        case _:
            return _text_test(operator, str(value))


def _list_test(operator: Operator, values: tuple[Scalar, ...]) -> ValueTest:
    wanted = frozenset(comparable(one) for one in values)
    if operator is Operator.IN:
        return lambda found: found is not None and comparable(found) in wanted

    def contains(found: Json) -> bool:
        if not isinstance(found, list | tuple):
            return False
        present = {comparable(one) for one in found}
        if operator is Operator.CONTAINS_ALL:
            return wanted <= present
        return not wanted.isdisjoint(present)

    return contains


def _number_test(operator: Operator, bound: int) -> ValueTest:
    match operator:
        case Operator.AT_LEAST:
            return lambda found: (number := micro(found)) is not None and number >= bound
        case Operator.AT_MOST:
            return lambda found: (number := micro(found)) is not None and number <= bound
        case Operator.MORE_THAN:
            return lambda found: (number := micro(found)) is not None and number > bound
        case _:
            return lambda found: (number := micro(found)) is not None and number < bound


def _date_test(operator: Operator, bound: Instant, zone: Zone) -> ValueTest:
    if operator is Operator.BEFORE:
        return lambda found: (at := instant_in(found, zone)) is not None and at < bound
    return lambda found: (at := instant_in(found, zone)) is not None and at >= bound


def _text_test(operator: Operator, text: str) -> ValueTest:
    match operator:
        case Operator.CONTAINS:
            return lambda found: isinstance(found, str) and text in found
        case Operator.STARTS_WITH:
            return lambda found: isinstance(found, str) and found.startswith(text)
        case Operator.ENDS_WITH:
            return lambda found: isinstance(found, str) and found.endswith(text)
        case Operator.MATCHES:
            search = compile_pattern(text).search
            return lambda found: isinstance(found, str) and search(found[:LONGEST_TEXT]) is not None
        case _:
            raise ValueError(f"`{operator}` is not a test of one value")


def predicate(test: PropertyTest, zone: Zone) -> Predicate:
    """The test of an event's properties, or of one object in a list of them."""
    match test:
        case Property(path, operator, value):
            return _at(path.split("."), value_test(operator, value, zone))
        case Some(path, where):
            return _some(path.split("."), every(where, zone))
        case AnyTest(of):
            tests = [predicate(one, zone) for one in of]
            return lambda properties: any(one(properties) for one in tests)
        case NotTest(of):
            inner = predicate(of, zone)
            return lambda properties: not inner(properties)


def every(tests: Sequence[PropertyTest], zone: Zone) -> Predicate:
    """All of the tests pass."""
    ready = [predicate(test, zone) for test in tests]
    if len(ready) == 1:
        return ready[0]
    return lambda properties: all(one(properties) for one in ready)


def _at(path: Sequence[str], test: ValueTest) -> Predicate:
    if len(path) == 1:
        name = path[0]
        return lambda properties: test(properties.get(name))
    return lambda properties: test(value_at(properties, path))


def _some(path: Sequence[str], test: Predicate) -> Predicate:
    def some(properties: Properties) -> bool:
        found = value_at(properties, path)
        if not isinstance(found, list | tuple):
            return False
        return any(isinstance(one, Mapping) and test(one) for one in found)

    return some
