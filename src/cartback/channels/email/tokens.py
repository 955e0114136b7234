"""Liquid is hidden from whatever would not understand it, and shown again afterwards.

MJML refuses `{% if a < b %}`, and HTML escaping would break the quotes in `default: "you"`. So each
`{{ … }}` and `{% … %}` is swapped for a word of letters and digits that survives both.
"""

import re
from typing import Final

_OPEN: Final = re.compile(r"\{[{%]")
_CLOSE: Final = {"{{": "}}", "{%": "%}"}


class Tokens:
    """The Liquid of one document, by the words that stand for it."""

    def __init__(self, *texts: str) -> None:
        """`texts`: everything that will be hidden, so that no word of it looks like a token."""
        self._mark = "lq"
        while any(self._mark + "x" in text for text in texts):
            self._mark += "q"
        self._hidden: list[str] = []
        self._word = re.compile(rf"{self._mark}x(\d+)z")

    def hide(self, text: str) -> str:
        """The text with a word in the place of each piece of Liquid."""
        parts: list[str] = []
        at, start = 0, 0
        unclosed: set[str] = set()
        while opened := _OPEN.search(text, start):
            start = opened.end()
            if opened[0] in unclosed:
                continue
            closed = text.find(_CLOSE[opened[0]], start)
            if closed < 0:
                unclosed.add(opened[0])  # nothing after it is closed either: look no more
                continue
            parts += (text[at : opened.start()], self.keep(text[opened.start() : closed + 2]))
            at = start = closed + 2
        return "".join([*parts, text[at:]])

    def keep(self, text: str) -> str:
        """A word in the place of the whole text, which then comes through untouched."""
        self._hidden.append(text)
        return f"{self._mark}x{len(self._hidden) - 1}z"

    def show(self, text: str) -> str:
        """The text with its Liquid again."""
        return self._word.sub(lambda found: self._hidden[int(found[1])], text)

    def pattern(self) -> re.Pattern[str]:
        """What finds a token."""
        return self._word
