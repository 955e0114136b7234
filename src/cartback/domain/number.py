"""How often and how much: the bounds in a document, and numbers that add up exactly."""

import math
from typing import Final

import msgspec

from cartback.domain.fault import Fault, in_field

MOST_TIMES: Final = 1_000
"""The highest number that somebody can ask for in "so many times"."""


class Node(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Every part of a document: immutable, and closed to misspelt fields."""


class Count(Node, frozen=True):
    """How often: `{at_least: 1}`, `{exactly: 0}`, `{at_least: 2, at_most: 5}`, `{fewer_than: 3}`.

    A count that zero satisfies is true of everybody who never did it, also of somebody who was
    first seen a second ago.
    """

    at_least: int | None = None
    at_most: int | None = None
    exactly: int | None = None
    more_than: int | None = None
    fewer_than: int | None = None

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            with in_field(name):
                _check_count(name, getattr(self, name))
        low, high = self.bounds()
        if high is not None and high < low:
            raise Fault("no_number_within")

    def bounds(self) -> tuple[int, int | None]:
        """The lowest and the highest count that satisfy, None where there is no highest."""
        given = [
            name
            for name in ("at_least", "at_most", "exactly", "more_than", "fewer_than")
            if getattr(self, name) is not None
        ]
        if not given:
            raise Fault("count_missing")
        if self.exactly is not None:
            if len(given) > 1:
                raise Fault("exactly_alone")
            return self.exactly, self.exactly
        low, high = 0, None
        if self.at_least is not None:
            low = self.at_least
        if self.more_than is not None:
            low = max(low, self.more_than + 1)
        if self.at_most is not None:
            high = self.at_most
        if self.fewer_than is not None:
            high = self.fewer_than - 1 if high is None else min(high, self.fewer_than - 1)
        return low, high


def _check_count(name: str, value: int | None) -> None:
    if value is None:
        return
    if value < 0:
        raise Fault("negative_count", field=name)
    if name == "fewer_than" and value == 0:
        raise Fault("fewer_than_nothing")
    beyond = {"more_than": 1, "fewer_than": -1}.get(name, 0)
    if value + beyond > MOST_TIMES:
        raise Fault("count_too_high", most=MOST_TIMES)


class Number(Node, frozen=True):
    """Which numbers: `{at_least: 100}`, `{more_than: 0, less_than: 50}`, `{exactly: 3}`.

    Numbers are compared to the millionth (see `micro`); amounts are in minor units.
    """

    at_least: float | None = None
    at_most: float | None = None
    exactly: float | None = None
    more_than: float | None = None
    less_than: float | None = None

    def __post_init__(self) -> None:
        given = {name: getattr(self, name) for name in self.__struct_fields__}
        values = {name: value for name, value in given.items() if value is not None}
        if not values:
            raise Fault("number_missing")
        for name, value in values.items():
            with in_field(name):
                if micro(value) is None:
                    raise Fault("number_too_large", most=LARGEST_NUMBER)
        if self.exactly is not None and len(values) > 1:
            raise Fault("exactly_alone")
        low, high = self.bounds()
        if low is not None and high is not None and high < low:
            raise Fault("no_number_within")

    def bounds(self) -> tuple[int | None, int | None]:
        """Lowest and highest millionth that satisfy, None where there is no bound."""
        if self.exactly is not None:
            return micro(self.exactly), micro(self.exactly)
        lows = [_micro(self.at_least)] if self.at_least is not None else []
        lows += [_micro(self.more_than) + 1] if self.more_than is not None else []
        highs = [_micro(self.at_most)] if self.at_most is not None else []
        highs += [_micro(self.less_than) - 1] if self.less_than is not None else []
        return max(lows, default=None), min(highs, default=None)


LARGEST_NUMBER: Final = 9_000_000_000_000
MICRO: Final = 1_000_000


def micro(value: object) -> int | None:
    """A JSON number as whole millionths, halves rounded up; None for anything else.

    Booleans, NaN, infinities and numbers beyond LARGEST_NUMBER are no numbers here, so that sums
    are exact in whatever order and engine they are added.
    """
    if type(value) is float and value.is_integer():
        value = int(value)  # so that 1.0 is 1 whatever its size
    if type(value) is int:
        return value * MICRO if -LARGEST_NUMBER <= value <= LARGEST_NUMBER else None
    if type(value) is float and -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
        return math.floor(value * MICRO + 0.5)
    return None


def _micro(value: float) -> int:
    found = micro(value)
    if found is None:
        raise Fault("number_not_comparable", value=value)
    return found
