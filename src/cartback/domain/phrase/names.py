"""The languages that conditions are put into, and the names that a shop gave its own things."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

import msgspec

from cartback.domain.properties import has_amounts, is_amount, is_of_cart

_NONE: Final[Mapping[str, str]] = MappingProxyType({})


class Language(StrEnum):
    """By its ISO 639-1 code."""

    ENGLISH = "en"
    KOREAN = "ko"


class Names(msgspec.Struct, frozen=True):
    """How the shop calls its metrics, segments and lists, by their keys; a key without one stays.

    Standard metrics need no name here: each language has one for them. `currency` is that of the
    shop's amounts (ISO 4217); without it they are told as they are kept, in minor units.
    """

    metrics: Mapping[str, str] = _NONE
    segments: Mapping[str, str] = _NONE
    lists: Mapping[str, str] = _NONE
    currency: str = ""

    def about(self, metric: str) -> "About":
        """How the metric's properties are told."""
        currency = self.currency if has_amounts(metric) else ""
        return About(currency, of_cart=is_of_cart(metric))

    def currency_at(self, metric: str, path: str) -> str:
        """In which that property of the metric is told; empty where it is no amount."""
        return self.currency if is_amount(metric, path) else ""


class About(NamedTuple):
    """How the properties of a metric's events are told: in which currency those that are amounts,
    empty where it has none; and whether their `value` is what a cart is worth."""

    currency: str = ""
    of_cart: bool = False

    def is_cart_value(self, path: str) -> bool:
        """Whether that property is called by what it is: the cart's value."""
        return self.of_cart and path == "value"


NO_NAMES: Final = Names()
