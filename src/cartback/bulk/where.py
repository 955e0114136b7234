"""Tests on the properties of events, as SQL over the tape's maps."""

from collections.abc import Callable, Sequence

import ibis
import msgspec

from cartback.bulk.asking import Asking, some, yes
from cartback.bulk.relation import Column, Table
from cartback.bulk.row import TEXT, typed_text
from cartback.domain.number import micro
from cartback.domain.predicate import predicate, value_test
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


def tested(asking: Asking, events: Table, tests: Sequence[PropertyTest]) -> Table:
    """The events that pass every test."""
    if not tests:
        return events
    where = Where(asking, events)
    return events.filter(*[where.passes(test) for test in tests])


def number_at(asking: Asking, events: Table, path: str) -> Column:
    """The number at the path in millionths, NULL where there is none."""
    return asking.relations.number(events.numbers, path)


class Where:
    """The tests of one leaf, over the events that it looks at."""

    def __init__(self, asking: Asking, events: Table) -> None:
        self._asking = asking
        self._events = events

    def passes(self, test: PropertyTest) -> Column:
        """Whether an event passes: yes or no, never NULL."""
        match test:
            case Property(path, operator, value):
                return self._property(path, operator, value)
            case Some(path):
                alone = predicate(Some("it", test.where), self._asking.zone)
                return self._picked(
                    self._list(path), lambda text: alone({"it": msgspec.json.decode(text)})
                )
            case AnyTest(of):
                return some([self.passes(one) for one in of])
            case NotTest(of):
                return ~self.passes(of)

    def _property(self, path: str, operator: Operator, value: Value) -> Column:
        if operator in NEGATIONS:
            return ~self._property(path, NEGATIONS[operator], value)
        match operator:
            case Operator.IS_SET:
                return self._text(path).notnull()
            case Operator.EQUALS:
                return self._one_of(path, (value,) if isinstance(value, Scalar) else ())
            case Operator.IN:
                return self._one_of(path, value if isinstance(value, tuple) else ())
            case Operator.AT_LEAST | Operator.AT_MOST | Operator.MORE_THAN | Operator.LESS_THAN:
                number = number_at(self._asking, self._events, path)
                return yes(_compared(number, operator, micro(value) or 0))
            case Operator.CONTAINS | Operator.STARTS_WITH | Operator.ENDS_WITH:
                return yes(_fits(self._text(path), operator, str(value)))
            case Operator.CONTAINS_ANY | Operator.CONTAINS_ALL:
                of_list = value_test(operator, value, self._asking.zone)
                return self._picked(
                    self._list(path), lambda text: of_list(msgspec.json.decode(text))
                )
            case _:
                of_text = value_test(operator, value, self._asking.zone)
                return self._picked(
                    self._text(path), lambda text: text[:1] == TEXT and of_text(text[1:])
                )

    def _one_of(self, path: str, values: Sequence[Scalar]) -> Column:
        texts = [typed_text(one) for one in values if isinstance(one, str | bool)]
        numbers = [number for one in values if (number := micro(one)) is not None]
        found = [yes(self._text(path).isin(texts))] if texts else []
        if numbers:
            found.append(yes(number_at(self._asking, self._events, path).isin(numbers)))
        return some(found) if found else ibis.literal(False)

    def _text(self, path: str) -> Column:
        return self._asking.relations.text(self._events.props, path)

    def _list(self, path: str) -> Column:
        return self._asking.relations.text(self._events.lists, path)

    def _picked(self, found: Column, accepts: Callable[[str], bool]) -> Column:
        return yes(found.isin(self._asking.pick(self._events.select(value=found), accepts)))


def _compared(number: Column, operator: Operator, bound: int) -> Column:
    match operator:
        case Operator.AT_LEAST:
            return number >= bound
        case Operator.AT_MOST:
            return number <= bound
        case Operator.MORE_THAN:
            return number > bound
        case _:
            return number < bound


def _fits(found: Column, operator: Operator, text: str) -> Column:
    match operator:
        case Operator.STARTS_WITH:
            return found.startswith(TEXT + text)
        case Operator.ENDS_WITH:
            return found.startswith(TEXT) & found.substr(1).endswith(text)
        case _:
            return found.startswith(TEXT) & found.substr(1).contains(text)
