"""What is wrong with the tags of a shop's own MJML, with the line: the compiler closes what is not
closed, and leaves out what it does not know, without a word."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from cartback.domain.template import Language

TAG: Final = re.compile(r"<(/?)(mj[\w-]*)\b((?:\"[^\"<]*\"|'[^'<]*'|[^'\"<>])*?)(/?)>")
_COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)
_KNOWN: Final = frozenset(
    """
    mj-accordion mj-accordion-element mj-accordion-text mj-accordion-title mj-button mj-carousel
    mj-carousel-image mj-column mj-divider mj-group mj-hero mj-image mj-include mj-navbar
    mj-navbar-link mj-raw mj-section mj-social mj-social-element mj-spacer mj-table mj-text
    mj-wrapper
    """.split()
)
_TOP: Final = frozenset({"mj-section", "mj-wrapper", "mj-hero", "mj-raw", "mj-include"})
_WORDS: Final[dict[str, dict[Language, str]]] = {
    "unknown": {
        "en": "there is no <{name}>",
        "ko": "<{name}>이라는 태그는 없어요",
    },
    "crossed": {
        "en": "<{name}> is closed by </{other}>",
        "ko": "<{name}>이 </{other}>로 닫혔어요",
    },
    "alone": {
        "en": "</{name}> closes what was never opened",
        "ko": "</{name}>에 맞는 여는 태그가 없어요",
    },
    "open": {
        "en": "<{name}> is opened and never closed",
        "ko": "<{name}>이 닫히지 않았어요",
    },
    "outside": {
        "en": "whole sections belong here, such as <mj-section>…</mj-section>",
        "ko": "<mj-section>…</mj-section>처럼 섹션 전체를 써 주세요",
    },
}


class Flaw(NamedTuple):
    """One of them, at a line that is counted from 1."""

    word: str
    line: int
    name: str = ""
    other: str = ""

    def sentence(self, language: Language) -> str:
        said = _WORDS[self.word][language].format(name=self.name, other=self.other)
        return f"{self.line}번째 줄: {said}" if language == "ko" else f"line {self.line}: {said}"


def first_flaw(mjml: str, liquid: re.Pattern[str]) -> Flaw | None:
    """The first from the top; `liquid` finds what may stand anywhere."""
    blank = _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), mjml)
    return next(_flaws(liquid.sub("", blank)), None)


def _flaws(text: str) -> Iterator[Flaw]:
    inside: list[tuple[str, int]] = []
    place = 0
    for tag in TAG.finditer(text):
        if not inside:
            yield from _outside(text, place, tag.start())
        line, place, name = _line(text, tag.start()), tag.end(), tag[2]
        if name not in _KNOWN:
            yield Flaw("unknown", line, name)
        elif tag[1]:
            yield from _closed(inside, name, line)
        elif not inside and name not in _TOP:
            yield Flaw("outside", line)
        elif not tag[4]:
            inside.append((name, line))
    if inside:
        yield Flaw("open", inside[-1][1], inside[-1][0])
    yield from _outside(text, place, len(text))


def _outside(text: str, start: int, end: int) -> Iterator[Flaw]:
    """Words that stand between sections."""
    for at in range(start, end):
        if not text[at].isspace():
            yield Flaw("outside", _line(text, at))
            return


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _closed(inside: list[tuple[str, int]], name: str, line: int) -> Iterator[Flaw]:
    if not inside:
        yield Flaw("alone", line, name)
    elif inside[-1][0] != name:
        yield Flaw("crossed", line, inside[-1][0], name)
    else:
        inside.pop()
