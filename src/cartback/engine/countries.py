"""Countries by their two letters (ISO 3166-1 alpha-2), and which one a text is likely to mean.

A condition on another text could never hold, so it is refused when a definition is saved or looked
at. What was saved before is read as ever: a shop's rules must not become unreadable. Events say it
as their shop has it: by code, by three letters, by name.
"""

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Final

from babel import Locale
from babel.core import get_global

from cartback.domain.condition import BadCondition
from cartback.domain.document import nodes, refused_near
from cartback.domain.event import Json
from cartback.domain.fault import Fault

_NO_COUNTRIES: Final = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
"""Unions, pseudo-locales and the like, which CLDR names among territories."""
_CALLED: Final = {
    **dict.fromkeys(("korea", "republic of korea", "korea, republic of", "한국"), "KR"),
    **dict.fromkeys(("united states of america", "united states (us)"), "US"),
    **dict.fromkeys(("united kingdom (uk)", "great britain"), "GB"),
    **dict.fromkeys(("england", "scotland", "wales", "northern ireland"), "GB"),
    "republic of ireland": "IE",
    "the netherlands": "NL",
    "czech republic": "CZ",
    "turkey": "TR",
    "viet nam": "VN",
    "russian federation": "RU",
}
"""What shops call a country, and CLDR does not."""


@cache
def country_codes() -> frozenset[str]:
    """In capital letters."""
    codes: Iterable[str] = Locale("en").territories
    return frozenset(
        code for code in codes if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES
    )


@lru_cache(4_096)
def country_named(text: str) -> str:
    """The code of a country that an event names, whatever way; nothing where none is known."""
    code = text.strip().upper()
    return code if code in country_codes() else country_meant(text)


def country_meant(text: str) -> str:
    """The country of three letters or of a name, English or Korean; nothing where none is known."""
    aliases = get_global("territory_aliases").get(text.strip().upper(), ())
    if len(aliases) == 1 and aliases[0] in country_codes():
        return str(aliases[0])
    return _names().get(text.strip().casefold(), "")


@cache
def _names() -> Mapping[str, str]:
    named = {
        name.casefold(): code
        for language in ("en", "ko")
        for code, name in Locale(language).territories.items()
        if code in country_codes()
    }
    return named | _CALLED


def check_countries(document: Json) -> None:
    """Refuse a location in a condition or a flow that nobody could be at. Raises BadCondition."""
    for node, path in nodes(document):
        if isinstance(node, dict) and node.get("kind") == "location":
            _check(node.get("country", ()), f"{path}.country")


def _check(countries: Json, path: str) -> None:
    for at, text in enumerate(countries):
        if text.upper() in country_codes():
            continue
        fault = Fault("no_country", text=text[:60])
        raise BadCondition(*refused_near(f"{path}[{at}]", fault, country_meant(text)))
