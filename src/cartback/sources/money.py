"""Amounts as senders write them (19.99) to whole minor units (1999), by the currency's exponent."""

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

from cartback.domain.event import Json
from cartback.domain.money import DECIMALS

POWERS: Final = (1, 10, 100, 1_000, 10_000)
LARGEST: Final = 2**53
"""The largest amount that an event carries, in minor units (see `event.Amount`)."""
_LONGEST: Final = 40
_CLOSE: Final = 1e-6


_PLAIN: Final = re.compile(r"[+-]?[0-9]*\.?[0-9]*(?:[eE][+-]?[0-9]{1,3})?")
"""Decimal itself takes `1_000` and the digits of every script, which are more likely mistakes."""


class BadMoney(ValueError):
    """Not an amount; the message says what an amount looks like."""


def minor_units(amount: Json, exponent: int = DECIMALS) -> int:
    """An amount in major units, a JSON number or its text, as minor units, rounded half up.

    Half up is away from zero: 0.005 is 1 cent, -0.005 is -1. Raises BadMoney.
    """
    kind = type(amount)
    if kind is int:
        minor = int(amount * POWERS[exponent])
    elif kind is float:
        minor = _from_float(amount, exponent)
    elif kind is str and len(amount) <= _LONGEST:
        minor = _from_text(amount, exponent)
    else:
        raise BadMoney(f"{str(amount)[:_LONGEST]!r} is not an amount; write a number such as 19.99")
    if not -LARGEST <= minor <= LARGEST:
        raise BadMoney(f"{str(amount)[:_LONGEST]} is larger than any amount may be")
    return minor


@lru_cache(8_192)
def _from_float(amount: float, exponent: int) -> int:
    scaled = amount * POWERS[exponent]
    if abs(scaled) < LARGEST:
        nearest = round(scaled)
        # 19.99 * 100 is 1998.9999999999998: nearly whole needs no decimal arithmetic.
        if abs(scaled - nearest) < _CLOSE:
            return nearest
    return _from_text(repr(amount), exponent)


def _from_text(amount: str, exponent: int) -> int:
    try:
        if not _PLAIN.fullmatch(amount.strip()):
            raise InvalidOperation
        number = Decimal(amount.strip())
        if not number.is_finite() or number.adjusted() > 20:
            raise InvalidOperation
        return int(number.scaleb(exponent).to_integral_value(ROUND_HALF_UP))
    except InvalidOperation:
        raise BadMoney(f"{amount!r} is not an amount; write a number such as 19.99") from None
