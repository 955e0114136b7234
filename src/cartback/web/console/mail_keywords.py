"""Keywords as the editor offers them: in groups, with what each stands for."""

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
_LOOPS: Final = frozenset(
    {"cart.lines", "viewed", "recommended", "fixed", "reviews", "consent.given"}
)


def grouped_keywords(at: AtShop) -> Mapping[str, Sequence[tuple[Keyword, str]]]:
    """By group, each keyword with its words; not those that need a loop around them."""
    language: Language = "ko" if str(at.language) == "ko" else "en"
    found: dict[str, list[tuple[Keyword, str]]] = {one: [] for one in ABOUT}
    for keyword in KEYWORDS:
        group = keyword.name.partition(".")[0]
        if group in found and keyword.name not in _LOOPS:
            found[group].append((keyword, keyword.words(language)))
    return {group: some for group, some in found.items() if some}
