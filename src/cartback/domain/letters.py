"""Which characters a name may have: everything that people write with, in every script."""

import unicodedata
from typing import Final

JOINERS: Final = frozenset("\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}")
"""Invisible, and part of how words are written: Persian's parts, the emoji of a family."""
_NO_LETTERS: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Control characters, halves of characters, and ends of lines."""


def is_shown(letter: str) -> bool:
    """Whether it may stand in a line as it is."""
    return letter.isprintable() or letter in JOINERS


def is_name(text: str) -> bool:
    """Whether it can be read, and has no control character."""
    return any(one.isprintable() and not one.isspace() for one in text) and not any(
        unicodedata.category(one) in _NO_LETTERS for one in text
    )
