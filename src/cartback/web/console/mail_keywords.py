"""Keywords as the editor offers them: in groups, with what each stands for."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from cartback.domain.keyword import KEYWORDS, Keyword
from cartback.domain.template import Language
from cartback.web.console.asked import AtShop

ABOUT: Final = (
    "profile",
    "cart",
    "product",
    "coupons",
    "order",
    "event",
    "consent",
    "shop",
    "links",
    "now",
)
"""Groups, in their order; what belongs to none of them is for who writes Liquid."""
_KEYWORD: Final = re.compile(r"\{\{-?\s*([^\s|}]{1,200})[^}]{0,300}\}\}")
_TAG: Final = re.compile(r"\{%[^%]{0,300}%\}")
_CODE: Final = re.compile(r"coupons\[['\"]([^'\"]+)['\"]\]")
_ASIDE: Final = re.compile(r"[,(:]")
"""What follows in a keyword's words is about how it is used."""
_BY_NAME: Final = {one.name: one for one in KEYWORDS}
_LOOPS: Final = frozenset(
    {"cart.lines", "viewed", "recommended", "fixed", "reviews", "consent.given"}
)


def spoken(text: str, language: str) -> str:
    """A text as a marketer reads it: each keyword by its words, in brackets; other Liquid left
    out."""
    named = _KEYWORD.sub(lambda found: f"[{_words(found[1], language)}]", text)
    return " ".join(_TAG.sub(" ", named).split())


def _words(path: str, language: str) -> str:
    code = _CODE.match(path)
    if code is not None:
        return code[1]
    known = _BY_NAME.get(path)
    if known is None:
        return path
    return _ASIDE.split(known.words("ko" if language == "ko" else "en"))[0]


def grouped_keywords(at: AtShop) -> Mapping[str, Sequence[tuple[Keyword, str]]]:
    """By group, each keyword with its words; not those that need a loop around them."""
    language: Language = "ko" if str(at.language) == "ko" else "en"
    found: dict[str, list[tuple[Keyword, str]]] = {one: [] for one in ABOUT}
    for keyword in KEYWORDS:
        group = keyword.name.partition(".")[0]
        if group in found and keyword.name not in _LOOPS:
            found[group].append((keyword, keyword.words(language)))
    return {group: some for group, some in found.items() if some}
