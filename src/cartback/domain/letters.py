"""Which characters a name may have: everything that people write with, in every script."""

import unicodedata
from typing import Final

JOINERS: Final = frozenset("\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}")
"""Invisible, and part of how words are written: Persian's parts, the emoji of a family."""
_ISOLATE: Final = "\N{FIRST STRONG ISOLATE}"
_END: Final = "\N{POP DIRECTIONAL ISOLATE}"
_TURNING: Final = frozenset("R AL AN RLE LRE RLO LRO PDF RLI LRI FSI PDI".split())
_NO_LETTERS: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Control characters, halves of characters, and ends of lines."""


def is_shown(letter: str) -> bool:
    """Whether it may stand in a line as it is."""
    return letter.isprintable() or letter in JOINERS or letter in (_ISOLATE, _END)


def isolated(name: str) -> str:
    """A name within a sentence, which keeps its own direction whichever the name has (UAX 9).

    One that is written from left to right, as the sentences are, needs nothing.
    """
    if not any(unicodedata.bidirectional(one) in _TURNING for one in name):
        return name
    return f"{_ISOLATE}{name.replace(_END, '')}{_END}"


def is_name(text: str) -> bool:
    """Whether it can be read, and has no control character."""
    return any(one.isprintable() and not one.isspace() for one in text) and not any(
        unicodedata.category(one) in _NO_LETTERS for one in text
    )
