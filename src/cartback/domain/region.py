"""Where people are: the countries of the European Union."""

from typing import Final

_MEMBERS: Final = """
AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE
"""

EUROPEAN_UNION: Final = frozenset(_MEMBERS.split())
"""Member states, ISO 3166-1 alpha-2 (europa.eu, "EU countries")."""
