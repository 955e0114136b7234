"""Codes: made of randomness that is passed in, compared however they are typed; and the names under
which a budget and a cart count them."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cartback.domain.instant import FOREVER, Instant, Zone

ALPHABET: Final = "34679CDFGHJKMNPQRTVWXY"
"""Nothing that looks like something else (0 O, 1 I L, 2 Z, 5 S, 8 B, U V), and no words."""
LENGTH: Final = 15
"""22^15 codes: 66 bits."""
ENTROPY: Final = 16
"""How many random bytes a code is made of."""
_GROUP: Final = 5
_BLANKS: Final[Mapping[int, None]] = MappingProxyType(dict.fromkeys(map(ord, " \t\u00a0\u2013-_")))
_CODE: Final = re.compile(r"[A-Z0-9]{1,64}", re.ASCII)


def make_code(entropy: bytes, prefix: str = "") -> str:
    """A code of random bytes, such as `7KQ4M-9XH3T-C3WNP`; behind a prefix, if there is one."""
    if len(entropy) < ENTROPY:
        raise ValueError(f"a code takes {ENTROPY} random bytes")
    number, letters = int.from_bytes(entropy), []
    for _ in range(LENGTH):
        number, place = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[place])
    groups = ["".join(letters[start : start + _GROUP]) for start in range(0, LENGTH, _GROUP)]
    return "-".join([prefix, *groups] if prefix else groups)


def compared(code: str) -> str:
    """A code as it is compared, however somebody typed it; empty where it can be none."""
    bare = code.translate(_BLANKS).upper()
    return bare if _CODE.fullmatch(bare) else ""


def month_of(at: Instant, zone: Zone) -> str:
    """The calendar month in which a budget counts it: 2026-03."""
    return zone.local(at).strftime("%Y-%m")


def day_of(at: Instant) -> str:
    """The day in UTC: 2026-03-02; behind all days for what never ends."""
    return "never" if at >= FOREVER else Zone().local(at).strftime("%Y-%m-%d")


def cart_mark(cart_id: str, closed_at: Instant) -> str:
    """What tells one cart from the next one with the same id: when the one before was ordered."""
    return f"{max(closed_at, 0)}:{cart_id}"
