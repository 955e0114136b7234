"""What is wrong with a template's Liquid, in sentences for who wrote it, in both languages."""

import difflib
import re
from collections.abc import Iterable
from typing import Final

from liquid import Environment
from liquid.exceptions import (
    BlockNestingError,
    ContextDepthError,
    LiquidError,
    LocalNamespaceLimitError,
    LoopIterationLimitError,
    OutputStreamLimitError,
)

from cartback.domain.fault import Fault
from cartback.domain.phrase import Language as Spoken
from cartback.domain.phrase import kept_text
from cartback.domain.template import Language

_UNCLOSED: Final = re.compile(r"expected tag '?(end\w+)'?, found end")
_UNKNOWN: Final = re.compile(r"unexpected tag '(\w+)'")


class BadLiquid(ValueError):
    """Liquid that cannot be read or rendered. `word` is that of a mishap, `liquid_…`; `line` counts
    from 1, and `near` is what was likely meant.

    `path` says which of the template's texts it is, such as `blocks[2].text`.
    """

    def __init__(self, word: str, *, line: int = 0, near: str = "", **parts: str) -> None:
        self.word = word
        self.line = line
        self.near = near
        self.parts = parts
        self.path = ""
        super().__init__(self.sentence("en"))

    def sentence(self, language: Language) -> str:
        """For who wrote it."""
        said = Fault(f"liquid_{self.word}", **self.parts)
        said = Fault("meant", said=said, near=self.near) if self.near else said
        said = Fault("at_line", line=self.line, said=said) if self.line else said
        return kept_text(str(said), Spoken(language))

    @classmethod
    def unknown_filter(
        cls, name: str, environment: Environment, source: str, place: int
    ) -> "BadLiquid":
        """A filter that there is not, and the one that was likely meant."""
        line = source.count("\n", 0, max(0, place)) + 1
        return cls("unknown_filter", line=line, near=_close(name, environment.filters), name=name)


def explained(error: LiquidError, environment: Environment) -> BadLiquid:
    """python-liquid's error as one of ours."""
    line = 0
    if error.token is not None and error.token.start_index >= 0:
        line = error.token.source.count("\n", 0, error.token.start_index) + 1
    text = str(error.message)
    name = type(error).__name__
    if name == "TooSlow":
        return BadLiquid("too_slow")
    if name == "TooLarge" or isinstance(error, LocalNamespaceLimitError | OutputStreamLimitError):
        return BadLiquid("too_large", line=line)
    if isinstance(error, LoopIterationLimitError):
        return BadLiquid("too_many", line=line)
    if isinstance(error, BlockNestingError | ContextDepthError):
        return BadLiquid("too_deep", line=line)
    if found := _UNCLOSED.search(text):
        end = found[1]
        return BadLiquid("unclosed", line=line, tag=end.removeprefix("end"), end=end)
    if found := _UNKNOWN.search(text):
        return _unknown_tag(found[1], environment, line)
    if "expected '}}'" in text or "expected '%}'" in text:
        return BadLiquid("brackets", line=line)
    return BadLiquid("syntax", line=line, said=" ".join(text.split())[:200].rstrip("."))


def _unknown_tag(tag: str, environment: Environment, line: int) -> BadLiquid:
    if tag.startswith("end") or tag in ("else", "elsif", "when"):
        return BadLiquid("unopened", line=line, tag=tag)
    tags = [name for name in environment.tags if name.isalpha()]
    return BadLiquid("unknown_tag", line=line, near=_close(tag, tags), tag=tag)


def _close(name: str, known: Iterable[str]) -> str:
    found = difflib.get_close_matches(name, known, 1)
    return found[0] if found else ""
