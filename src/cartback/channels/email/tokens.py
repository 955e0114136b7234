"""Liquid is hidden from whatever would not understand it, and shown again afterwards.

MJML refuses `{% if a < b %}`, and HTML escaping would break the quotes in `default: "you"`. So each
`{{ … }}` and `{% … %}` is swapped for a word of letters and digits that survives both.
"""

import re
from typing import Final

LIQUID: Final = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)


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
        return LIQUID.sub(self._hide, text)

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

    def _hide(self, found: re.Match[str]) -> str:
        return self.keep(found[0])
