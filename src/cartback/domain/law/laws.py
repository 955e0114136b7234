"""Which law is whose."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from cartback.domain.instant import Instant
from cartback.domain.law import elsewhere, eu, kr, us
from cartback.domain.law.terms import Law, Rule, Said

LAWS: Final[Mapping[str, Law]] = MappingProxyType(
    {
        **dict.fromkeys(eu.COUNTRIES, eu.european),
        "GB": eu.british,
        **dict.fromkeys(us.COUNTRIES, us.american),
        **dict.fromkeys(kr.COUNTRIES, kr.korean),
    }
)
CONFIRMED: Final[Mapping[str, Callable[[Said], Instant]]] = MappingProxyType(
    dict.fromkeys(kr.COUNTRIES, kr.confirmation_due)
)
"""By when a yes is to be told of, in the countries whose law asks for that."""
RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {one.key: one for one in (*eu.RULES, *us.RULES, *kr.RULES, *elsewhere.RULES)}
)
"""Every rule of every law, by its key."""


def law_of(country: str) -> Law:
    """The law of a country (ISO 3166-1 alpha-2); the cautious one where it is not known."""
    return LAWS.get(country, elsewhere.cautious)
