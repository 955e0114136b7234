"""Keys of what is made in the console: after its name, or the next one that is free."""

from collections.abc import Iterator
from typing import Final

_MOST: Final = 100
_PAGES: Final = frozenset({"new", "canvas"})
"""Addresses beside those of segments, automations and mails, which have pages of their own."""


def keys_for(wish: str) -> Iterator[str]:
    """The key that is wished for, then others like it, as many as are worth trying."""
    for number in range(1, _MOST):
        yield wish if number == 1 and wish not in _PAGES else f"{wish}-{number}"
