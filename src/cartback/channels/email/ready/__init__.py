"""Templates to start from, each in English and Korean, as documents beside this file."""

from functools import cache
from importlib.resources import files
from typing import Final, Literal, TypeAlias

import msgspec
import yaml

from cartback.domain.template import Language, Template, parse_template

Audience: TypeAlias = Literal["everyone", "leads", "customers"]
Series: TypeAlias = Literal[
    "abandoned_cart",
    "browse",
    "checkout",
    "price_drop",
    "back_in_stock",
    "thanks",
    "win_back",
    "consent",
]

KEYS: Final = (
    "cart-help-lead",
    "cart-help-customer",
    "cart-offer-lead",
    "cart-proof",
    "cart-coupon-lead",
    "cart-coupon-customer",
    "browse-lead",
    "browse-customer",
    "checkout-help-lead",
    "checkout-help-customer",
    "price-drop-lead",
    "price-drop-customer",
    "back-in-stock-lead",
    "back-in-stock-customer",
    "thanks-first",
    "thanks-again",
    "win-back",
    "win-back-coupon",
    "confirm-address",
    "consent-result",
    "consent-confirm",
)
"""In the order in which they are shown; the cart's series in the order in which it is sent."""


class Ready(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of them. `title` and `about` are for the marketer, by language."""

    title: dict[Language, str]
    about: dict[Language, str]
    series: Series
    audience: Audience
    en: Template
    ko: Template

    def template(self, language: Language) -> Template:
        return self.en if language == "en" else self.ko


@cache
def ready(key: str) -> Ready:
    """The ready-made template with that key. Raises KeyError where there is none."""
    if key not in KEYS:
        raise KeyError(key)
    document = yaml.safe_load(files(__package__).joinpath(f"{key}.yaml").read_text("utf-8"))
    for language in ("en", "ko"):
        parse_template(document[language])
    return msgspec.convert(document, Ready)
