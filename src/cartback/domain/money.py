"""How many decimals a currency has: ISO 4217, table A.1. Those not in this table have two."""

from typing import Final

EXPONENTS: Final = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI"), 0
    ),
    **dict.fromkeys(("VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
DECIMALS: Final = 2


def exponent_of(currency: str) -> int:
    """How many decimals the currency has; two where it is unknown."""
    return EXPONENTS.get(currency, DECIMALS)
