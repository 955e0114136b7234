"""Tests on the properties of an event and on traits, as they stand in a document."""

import re
from enum import StrEnum
from typing import Final, TypeAlias

import msgspec

from cartback.domain.fault import Fault
from cartback.domain.instant import parse_duration, parse_instant
from cartback.domain.number import LARGEST_NUMBER, Node, micro
from cartback.domain.pattern import compile_pattern


class Operator(StrEnum):
    """What is asked of one value.

    A negation also holds where the value is missing. `is_set`: present and not null. Text is
    compared as it is written, numbers to the millionth, and a text never equals a number. `before`
    and `after` read a text as an ISO 8601 time (one without an offset is of the shop's zone):
    value < time, value >= time. Relative dates: `in_last` now - d < value <= now, `in_next`
    now < value <= now + d, `more_than_ago` value <= now - d. An anniversary is the whole day,
    in the shop's zone, with the value's day and month (29 February falls on the 28th in common
    years); `anniversary_in_next` holds from d before that day begins until it ends.
    """

    EQUALS = "equals"
    NOT_EQUALS = "not_equals"
    CONTAINS = "contains"
    NOT_CONTAINS = "not_contains"
    STARTS_WITH = "starts_with"
    NOT_STARTS_WITH = "not_starts_with"
    ENDS_WITH = "ends_with"
    NOT_ENDS_WITH = "not_ends_with"
    MATCHES = "matches"
    NOT_MATCHES = "not_matches"
    IN = "in"
    NOT_IN = "not_in"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    MORE_THAN = "more_than"
    LESS_THAN = "less_than"
    CONTAINS_ANY = "contains_any"
    CONTAINS_ALL = "contains_all"
    CONTAINS_NONE = "contains_none"
    IS_SET = "is_set"
    NOT_SET = "not_set"
    BEFORE = "before"
    AFTER = "after"
    IN_LAST = "in_last"
    IN_NEXT = "in_next"
    MORE_THAN_AGO = "more_than_ago"
    ANNIVERSARY_IN_NEXT = "anniversary_in_next"
    ANNIVERSARY_TODAY = "anniversary_today"


NEGATIONS: Final = {
    Operator.NOT_EQUALS: Operator.EQUALS,
    Operator.NOT_CONTAINS: Operator.CONTAINS,
    Operator.NOT_STARTS_WITH: Operator.STARTS_WITH,
    Operator.NOT_ENDS_WITH: Operator.ENDS_WITH,
    Operator.NOT_MATCHES: Operator.MATCHES,
    Operator.NOT_IN: Operator.IN,
    Operator.CONTAINS_NONE: Operator.CONTAINS_ANY,
    Operator.NOT_SET: Operator.IS_SET,
}
"""Each negation, and the operator that it is the exact opposite of."""

_WITHOUT_VALUE: Final = {Operator.IS_SET, Operator.NOT_SET, Operator.ANNIVERSARY_TODAY}
_OF_LIST: Final = {
    Operator.IN,
    Operator.NOT_IN,
    Operator.CONTAINS_ANY,
    Operator.CONTAINS_ALL,
    Operator.CONTAINS_NONE,
}
_OF_NUMBER: Final = {
    Operator.AT_LEAST,
    Operator.AT_MOST,
    Operator.MORE_THAN,
    Operator.LESS_THAN,
}
_OF_DATE: Final = {Operator.BEFORE, Operator.AFTER}
_OF_DURATION: Final = {
    Operator.IN_LAST,
    Operator.IN_NEXT,
    Operator.MORE_THAN_AGO,
    Operator.ANNIVERSARY_IN_NEXT,
}
MOVING: Final = _OF_DURATION | {Operator.ANNIVERSARY_TODAY}
"""Operators whose answer changes with time alone; for traits, not for an event's properties."""
_OF_SCALAR: Final = {Operator.EQUALS, Operator.NOT_EQUALS}

Scalar: TypeAlias = bool | int | float | str
Value: TypeAlias = bool | int | float | str | tuple[Scalar, ...] | None


def check_value(operator: Operator, value: Value) -> None:
    """The value fits its operator, or a ValueError says what belongs there."""
    if operator in _WITHOUT_VALUE:
        if value is not None:
            raise Fault("takes_no_value", operator=str(operator))
    elif operator in _OF_LIST:
        if not isinstance(value, tuple) or not 1 <= len(value) <= 1_000:
            raise Fault("takes_list", operator=str(operator))
        for one in value:
            _check_scalar(one)
    elif operator in _OF_NUMBER:
        if micro(value) is None:
            raise Fault("takes_number", operator=str(operator))
    elif operator in _OF_SCALAR:
        if value is None or isinstance(value, tuple):
            raise Fault("takes_scalar", operator=str(operator))
        _check_scalar(value)
    else:
        if not isinstance(value, str) or len(value) > 1_000:
            raise Fault("takes_text", operator=str(operator))
        if operator in _OF_DATE:
            parse_instant(value)
        elif operator in _OF_DURATION:
            parse_duration(value)
        elif operator in (Operator.MATCHES, Operator.NOT_MATCHES):
            compile_pattern(value)
        elif not value:
            raise Fault("takes_some_text", operator=str(operator))


def _check_scalar(value: Scalar) -> None:
    if isinstance(value, str) and len(value) > 1_000:
        raise Fault("text_too_long")
    if not isinstance(value, str | bool) and micro(value) is None:
        raise Fault("number_too_large", most=LARGEST_NUMBER)


_PATH: Final = re.compile(r"[^.\x00]{1,100}(\.[^.\x00]{1,100}){0,7}")


def check_path(path: str) -> None:
    if not _PATH.fullmatch(path):
        raise Fault("not_a_path", text=path[:60])


class Valued(Node, frozen=True, eq=False):
    """A node with a value, equal to another exactly where both are written the same.

    To Python 1, 1.0 and true are one value; to a document, and to a question's key, they are three.
    """

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and msgspec.json.encode(self) == msgspec.json.encode(other)

    def __hash__(self) -> int:
        return hash(msgspec.json.encode(self))


class Property(Valued, frozen=True, eq=False, tag_field="kind", tag="property"):
    """A test on one property, reached by a dotted path; text is compared as it is written."""

    path: str
    operator: Operator = msgspec.field(name="is")
    value: Value = None

    def __post_init__(self) -> None:
        check_path(self.path)
        check_value(self.operator, self.value)
        if self.operator in MOVING:
            raise Fault("for_traits_only", operator=str(self.operator))


class Some(Node, frozen=True, tag_field="kind", tag="some"):
    """At least one object of a list, such as a cart's lines, passes every test."""

    path: str
    where: "tuple[PropertyTest, ...]"

    def __post_init__(self) -> None:
        check_path(self.path)
        if not self.where:
            raise Fault("where_empty")


class AnyTest(Node, frozen=True, tag_field="kind", tag="any"):
    """At least one of the tests passes."""

    of: "tuple[PropertyTest, ...]"

    def __post_init__(self) -> None:
        if not self.of:
            raise Fault("tests_empty")


class NotTest(Node, frozen=True, tag_field="kind", tag="not"):
    """The test does not pass."""

    of: "PropertyTest"


PropertyTest: TypeAlias = Property | Some | AnyTest | NotTest
