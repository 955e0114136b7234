"""A template document to HTML that holds Liquid: blocks to MJML, MJML to HTML, once per version."""

from typing import Final

import mjml as _mjml

from cartback.channels.email.blocks import Drawing, draw
from cartback.channels.email.mjml_tags import TAG, Flaw, first_flaw
from cartback.channels.email.tokens import Tokens
from cartback.domain.block import Mjml
from cartback.domain.template import Language, Template, texts_of

_STRUCTURE: Final = frozenset(
    """
    mj-body mj-wrapper mj-section mj-group mj-column mj-hero mj-navbar mj-social mj-carousel
    mj-accordion mj-accordion-element
    """.split()
)
"""Elements that hold elements only: Liquid between those must stand in an mj-raw."""


SENTENCES: Final[dict[str, dict[Language, str]]] = {
    "end of stream": {
        "en": "a tag is opened and never closed",
        "ko": "닫히지 않은 태그가 있어요",
    },
    "parse next": {
        "en": 'a tag is not written right; every attribute needs quotes, as in width="50%"',
        "ko": '잘못 쓴 태그가 있어요. 속성값은 width="50%"처럼 따옴표로 묶어 주세요',
    },
    "included": {
        "en": "mj-include is not available here",
        "ko": "mj-include는 여기서 쓸 수 없어요",
    },
}
_OTHER: Final[dict[Language, str]] = {"en": "{detail}", "ko": "{detail}"}
_WHOLE: Final[dict[Language, str]] = {
    "en": "this MJML cannot be read: {why}",
    "ko": "이 MJML을 읽을 수 없어요. {why}",
}


class BadMjml(ValueError):
    """MJML that does not compile; the sentence says why, for who wrote it."""

    def __init__(self, detail: str, flaw: Flaw | None = None) -> None:
        self.detail = detail
        self.flaw = flaw
        super().__init__(self.sentence("en"))

    def sentence(self, language: Language) -> str:
        """For who wrote it."""
        found = (words for sign, words in SENTENCES.items() if sign in self.detail)
        why = next(found, _OTHER)[language].format(detail=self.detail)
        if self.flaw is not None:
            why = self.flaw.sentence(language)
        return _WHOLE[language].format(why=why)


def html_of(template: Template, *, marked: bool = False) -> str:
    """The whole mail as HTML, with the Liquid in it; `marked`: `cb-at-N` is a class of each block.

    Raises BadMjml.
    """
    tokens = Tokens(*(text for _, text in texts_of(template)), *_raw(template))
    source = draw(Drawing(template, tokens, marked=marked))
    return tokens.show(compile_mjml(wrap_tags(source, tokens)))


def check_mjml(mjml: str) -> None:
    """Whether a shop's own MJML can be read by itself, and all of it. Raises BadMjml."""
    tokens = Tokens(mjml)
    hidden = tokens.hide(mjml)
    flaw = first_flaw(hidden, tokens.pattern())
    if flaw is not None:
        raise BadMjml(flaw.word, flaw)
    body = f"<mjml><mj-body>{hidden}</mj-body></mjml>"
    compile_mjml(wrap_tags(body, tokens))


def mjml_of(template: Template) -> str:
    """The MJML that the blocks make, with the Liquid in it: to read, or to take elsewhere."""
    tokens = Tokens(*(text for _, text in texts_of(template)), *_raw(template))
    return tokens.show(wrap_tags(draw(Drawing(template, tokens)), tokens))


def compile_mjml(source: str) -> str:
    """MJML to HTML by mjml-python (the mrml crate): the only place that knows of it.

    Raises BadMjml. Files and addresses in mj-include are never read, and no fonts are loaded: by
    itself it has every reader ask Google for them.
    """
    try:
        return str(_mjml.mjml2html(source, fonts={}))
    except (ValueError, OSError) as error:
        raise BadMjml(str(error)) from None


def wrap_tags(source: str, tokens: Tokens) -> str:
    """Put Liquid tags that stand between elements into mj-raw, where MJML leaves them alone."""
    inside: list[str] = []
    result: list[str] = []
    place = 0
    for tag in TAG.finditer(source):
        result.append(_between(source[place : tag.start()], inside, tokens))
        result.append(tag[0])
        place = tag.end()
        closing, name, empty = tag[1], tag[2], tag[4]
        if closing:
            if name in inside:
                del inside[len(inside) - 1 - inside[::-1].index(name) :]
        elif not empty:
            inside.append(name)
    result.append(_between(source[place:], inside, tokens))
    return "".join(result)


def _between(text: str, inside: list[str], tokens: Tokens) -> str:
    if not inside or inside[-1] not in _STRUCTURE:
        return text
    return tokens.pattern().sub(lambda found: f"<mj-raw>{found[0]}</mj-raw>", text)


def _raw(template: Template) -> list[str]:
    return [block.mjml for block in template.blocks if isinstance(block, Mjml)]
