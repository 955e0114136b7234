"""Cells of a CSV file as typed values."""

import math
import re
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Final

from cartback.domain.event import Json
from cartback.domain.money import exponent_of
from cartback.sources.file.mapping import PropertyColumn
from cartback.sources.money import minor_units

_NUMBER: Final = re.compile(r"[+-]?\d{1,18}(\.\d{1,18})?", re.ASCII)
_GROUPED: Final = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d{1,18})?", re.ASCII)
_TRUE: Final = frozenset({"true", "t", "yes", "y", "1"})
_FALSE: Final = frozenset({"false", "f", "no", "n", "0"})
_SWAP: Final = str.maketrans(",.", ".,")


def reader_of(part: PropertyColumn, decimal: str) -> Callable[[str], Json]:
    """What reads a cell of this property; it raises ValueError with what was expected."""
    match part.type:
        case "text":
            return str
        case "boolean":
            return _boolean
        case "int":
            return partial(_int, decimal=decimal)
        case "number":
            return partial(_number, decimal=decimal)
        case "amount":
            exponent = exponent_of(part.currency or "") if part.unit == "major" else 0
            return partial(_amount, exponent=exponent, decimal=decimal)


def _plain(text: str, decimal: str) -> str:
    """1,234.50 (or 1.234,50 where the comma is the decimal sign) as 1234.50."""
    number = text.strip()
    if decimal == ",":
        number = number.translate(_SWAP)
    if _NUMBER.fullmatch(number):
        return number
    if _GROUPED.fullmatch(number):
        return number.replace(",", "")
    raise ValueError(f"{text[:40]!r} is not a number")


def _int(text: str, decimal: str) -> int:
    number = Decimal(_plain(text, decimal))
    if number % 1:
        raise ValueError(f"{text[:40]!r} is not a whole number")
    return int(number)


def _number(text: str, decimal: str) -> float:
    try:
        plain = _plain(text, decimal)
    except ValueError:
        number = float(text) if decimal == "." else math.nan  # such as 1e-3
        if not math.isfinite(number):
            raise
        return number
    return float(plain) if "." in plain else int(plain)


def _amount(text: str, exponent: int, decimal: str) -> int:
    """Whole minor units; what is finer than the currency is rounded, half a unit up."""
    return minor_units(_plain(text, decimal), exponent)


def _boolean(text: str) -> bool:
    word = text.strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError(f"{text[:40]!r} is neither true nor false")
