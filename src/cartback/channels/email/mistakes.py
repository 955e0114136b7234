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

from cartback.domain.template import Language

SENTENCES: Final[dict[str, dict[Language, str]]] = {
    "unclosed": {
        "en": "`{{% {tag} %}}` is never closed; write `{{% {end} %}}` where it ends.",
        "ko": "`{{% {tag} %}}` 태그가 닫히지 않았어요. 끝나는 곳에 `{{% {end} %}}`를 넣어 주세요.",
    },
    "unopened": {
        "en": "`{{% {tag} %}}` closes something that was never opened.",
        "ko": "`{{% {tag} %}}` 앞에 짝이 되는 시작 태그가 없어요.",
    },
    "unknown_tag": {
        "en": "There is no tag `{{% {tag} %}}`.{near}",
        "ko": "`{{% {tag} %}}` 태그는 없어요.{near}",
    },
    "unknown_filter": {
        "en": "There is no filter `{name}`.{near}",
        "ko": "`{name}` 필터는 없어요.{near}",
    },
    "brackets": {
        "en": "A keyword is opened and never closed: write `{{{{ profile.first_name }}}}`.",
        "ko": "키워드의 중괄호가 닫히지 않았어요. `{{{{ profile.first_name }}}}`처럼 써 주세요.",
    },
    "syntax": {
        "en": "This cannot be read: {detail}.",
        "ko": "읽을 수 없는 부분이 있어요: {detail}.",
    },
    "too_slow": {
        "en": "It takes too long to put together; use fewer loops, or shorter ones.",
        "ko": "메일을 만드는 데 너무 오래 걸려요. 반복을 줄여 주세요.",
    },
    "too_large": {
        "en": "A text or a list in it grows too large; shorten what the filters join or replace.",
        "ko": "글이나 목록이 너무 커져요. 필터로 합치거나 바꾸는 내용을 줄여 주세요.",
    },
    "too_many": {
        "en": "A loop goes round too often; bound it, as in `limit: 3`.",
        "ko": "반복 횟수가 너무 많아요. `limit: 3`처럼 횟수를 정해 주세요.",
    },
    "too_deep": {
        "en": "Conditions and loops are nested too deep.",
        "ko": "조건과 반복이 너무 깊게 겹쳐 있어요.",
    },
    "too_long": {
        "en": "The template is longer than {most} characters.",
        "ko": "템플릿이 {most}자를 넘어요.",
    },
    "bad_value": {
        "en": "A filter met a value that it cannot work with: {detail}.",
        "ko": "필터가 다룰 수 없는 값이 있어요: {detail}.",
    },
}
_NEAR: Final[dict[Language, str]] = {"en": " Did you mean `{0}`?", "ko": " 혹시 `{0}` 인가요?"}
_WHERE: Final[dict[Language, str]] = {"en": "Line {0}: ", "ko": "{0}번째 줄: "}
_UNCLOSED: Final = re.compile(r"expected tag '?(end\w+)'?, found end")
_UNKNOWN: Final = re.compile(r"unexpected tag '(\w+)'")


class BadLiquid(ValueError):
    """Liquid that cannot be read or rendered. `word` is one of SENTENCES; `line` counts from 1.

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
        near = _NEAR[language].format(self.near) if self.near else ""
        where = _WHERE[language].format(self.line) if self.line else ""
        return where + SENTENCES[self.word][language].format(near=near, **self.parts)

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
    return BadLiquid("syntax", line=line, detail=" ".join(text.split())[:200].rstrip("."))


def _unknown_tag(tag: str, environment: Environment, line: int) -> BadLiquid:
    if tag.startswith("end") or tag in ("else", "elsif", "when"):
        return BadLiquid("unopened", line=line, tag=tag)
    tags = [name for name in environment.tags if name.isalpha()]
    return BadLiquid("unknown_tag", line=line, near=_close(tag, tags), tag=tag)


def _close(name: str, known: Iterable[str]) -> str:
    found = difflib.get_close_matches(name, known, 1)
    return found[0] if found else ""
