"""Regular expressions that cannot run for ever: a small, linear-enough part of Python's `re`.

Refused: back-references, look-around, a repeat inside a repeat, and more than two open-ended
repeats. What is left takes at most a square of the text's length, and a text is
cut at LONGEST_TEXT.
"""

import re
import warnings
from functools import lru_cache
from typing import Any, Final

LONGEST_PATTERN: Final = 200
LONGEST_TEXT: Final = 1_000
_OPEN_REPEATS: Final = 2
_REFUSED: Final = {
    "GROUPREF": "a back-reference",
    "GROUPREF_EXISTS": "a conditional group",
    "ASSERT": "a look-ahead or look-behind",
    "ASSERT_NOT": "a look-ahead or look-behind",
}
_REPEATS: Final = {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}


class BadPattern(ValueError):
    """A pattern that is no regular expression, or one that could run for ever."""


@lru_cache(maxsize=1024)
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Compile a pattern after checking that it stays cheap. Raises BadPattern."""
    if len(pattern) > LONGEST_PATTERN:
        raise BadPattern(f"a pattern has at most {LONGEST_PATTERN} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            compiled = re.compile(pattern)
            tree = re._parser.parse(pattern)  # type: ignore[attr-defined]
    except (re.error, OverflowError, RecursionError, Warning) as error:
        raise BadPattern(f"{pattern!r} is not a regular expression: {error}") from None
    if _open_repeats(list(tree), inside=False) > _OPEN_REPEATS:
        raise BadPattern(f"{pattern!r} has more than {_OPEN_REPEATS} open repeats (* + {{n,}})")
    return compiled


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern occurs in the text's first LONGEST_TEXT characters."""
    return compile_pattern(pattern).search(text[:LONGEST_TEXT]) is not None


def _open_repeats(nodes: list[Any], *, inside: bool) -> int:
    count = 0
    for operation, argument in nodes:
        name = str(operation)
        if name in _REFUSED:
            raise BadPattern(f"{_REFUSED[name]} is not available here")
        if name in _REPEATS:
            _, most, body = argument
            if inside and most > 1:
                raise BadPattern("a repeat inside a repeat could run for ever; write it flat")
            count += most > LONGEST_PATTERN
            count += _open_repeats(list(body), inside=inside or most > 1)
        elif name == "BRANCH":
            count += sum(_open_repeats(list(branch), inside=inside) for branch in argument[1])
        elif name == "SUBPATTERN":
            count += _open_repeats(list(argument[-1]), inside=inside)
        elif name == "ATOMIC_GROUP":
            count += _open_repeats(list(argument), inside=inside)
    return count
