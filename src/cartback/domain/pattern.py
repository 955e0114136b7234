"""Regular expressions that cannot run for ever: the part of Python's `re` whose cost is known.

Before a pattern is used, the steps that it could take on the worst text are counted: in how many
ways it can match from one place, how many places it can start from, and how far each way goes.
Too many are refused, and so is what cannot be counted or would mean something else in another
engine: back-references, look-around, conditional, atomic and possessive groups, and a choice or a
repeat inside a repeat. A text is cut at LONGEST_TEXT.
"""

import importlib
import re
import warnings
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from cartback.domain.fault import Fault

_parser: Final[Any] = importlib.import_module("re._parser")  # has no types, and no other name

LONGEST_PATTERN: Final = 200
LONGEST_TEXT: Final = 1_000
MOST_STEPS: Final = 100_000_000
"""A bound that is never reached: what is allowed takes a tenth of a second at the very worst."""
_REFUSED: Final = {
    "GROUPREF": "a back-reference",
    "GROUPREF_EXISTS": "a conditional group",
    "ASSERT": "a look-ahead or look-behind",
    "ASSERT_NOT": "a look-ahead or look-behind",
    "ATOMIC_GROUP": "an atomic group",
    "POSSESSIVE_REPEAT": "a possessive repeat",
}


class BadPattern(Fault):
    """A pattern that is no regular expression, or one that could run for ever."""


@lru_cache(maxsize=1024)
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Compile a pattern after checking that it stays cheap. Raises BadPattern."""
    if len(pattern) > LONGEST_PATTERN:
        raise BadPattern("pattern_too_long", most=LONGEST_PATTERN)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            compiled = re.compile(pattern)
            tree = list(_parser.parse(pattern))
    except (re.error, OverflowError, RecursionError, Warning) as error:
        raise BadPattern("not_a_pattern", text=pattern, error=str(error)) from None
    ways, width = _cost(tree)
    if _starts(tree, compiled.flags) * ways * width > MOST_STEPS:
        raise BadPattern("pattern_for_ever", text=pattern)
    return compiled


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern occurs in the text's first LONGEST_TEXT characters."""
    return compile_pattern(pattern).search(text[:LONGEST_TEXT]) is not None


class _Cost(NamedTuple):
    """In how many ways something can match from one place, and the steps along one of them."""

    ways: int
    width: int


def _cost(nodes: Sequence[Any]) -> _Cost:
    """The cost of things one after the other: each way of one goes on with each of the next."""
    ways, width = 1, 1
    for operation, argument in nodes:
        one = _cost_of(str(operation), argument)
        ways *= one.ways
        width += one.width
    return _Cost(ways, width)


def _cost_of(name: str, argument: Any) -> _Cost:  # noqa: ANN401  the parser's own tree has no types
    match name:
        case "SUBPATTERN":
            return _cost(list(argument[-1]))
        case "BRANCH":
            choices = [_cost(list(one)) for one in argument[1]]
            return _Cost(sum(one.ways for one in choices), max(one.width for one in choices))
        case "MAX_REPEAT" | "MIN_REPEAT":
            return _cost_of_repeat(*argument)
        case _ if name in _REFUSED:
            raise BadPattern("pattern_refused", what=_REFUSED[name])
        case _:
            return _Cost(1, 1)


def _cost_of_repeat(least: int, most: int, body: Sequence[Any]) -> _Cost:
    """One way for each number of times; the body must match in one way only, or once."""
    ways, width = _cost(list(body))
    least, most = min(least, LONGEST_TEXT), min(most, LONGEST_TEXT)
    if ways > 1 and most > 1:
        raise BadPattern("repeat_in_repeat")
    return _Cost((most - least) * ways + 1, max(least, 1) * width)


def _starts(tree: Sequence[Any], flags: int) -> int:
    """From how many places of a text the search has to try."""
    first = str(tree[0][1]) if tree and str(tree[0][0]) == "AT" else ""
    if first == "AT_BEGINNING_STRING" or (first == "AT_BEGINNING" and not flags & re.MULTILINE):
        return 1
    return LONGEST_TEXT
