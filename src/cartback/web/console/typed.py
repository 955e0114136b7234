"""What people type into fields: numbers, amounts, durations and several things at once, and back.

A field that has to be filled in and is not raises KeyError with its name, a bad one Fault.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeAlias

from cartback.domain.fault import Fault
from cartback.domain.money import exponent_of

Fields: TypeAlias = Mapping[str, str]
Document: TypeAlias = dict[str, Any]
UNITS: Final = ("minute", "hour", "day", "week")


def given(fields: Fields, name: str) -> str:
    if not fields.get(name):
        raise KeyError(name)
    return fields[name]


def several(fields: Fields, name: str) -> list[str]:
    return [one.strip() for one in given(fields, name).split(",") if one.strip()]


def whole_of(fields: Fields, name: str, default: str = "") -> int:
    text = fields.get(name) or default
    if not text:
        raise KeyError(name)
    if not text.isdecimal() or len(text) > 9:
        raise Fault("not_whole", text=text[:40])
    return int(text)


def number_of(text: str) -> int | float:
    try:
        found = float(text.replace(",", ""))
    except ValueError:
        raise Fault("not_a_number", text=text[:40]) from None
    if found != found or abs(found) > 9e12:
        raise Fault("number_not_comparable", value=text[:40])
    return int(found) if found.is_integer() else found


def minor(text: str, currency: str) -> int:
    """An amount as people type it, in minor units."""
    try:
        amount = Decimal(text.replace(",", "").replace(" ", "")).scaleb(exponent_of(currency))
    except InvalidOperation:
        raise Fault("not_an_amount", text=text[:40]) from None
    if not amount.is_finite() or abs(amount) > 2**53 or amount != amount.to_integral_value():
        raise Fault("not_an_amount", text=text[:40])
    return int(amount)


def major(amount: float, currency: str) -> str:
    """Minor units as people type them."""
    return f"{Decimal(repr(amount)).scaleb(-exponent_of(currency)):f}"


def length(fields: Fields, number: str, unit: str) -> str:
    """The duration that two fields say."""
    count, name = whole_of(fields, number), fields.get(unit) or "day"
    return f"{count} {name}{'' if count == 1 else 's'}"


def length_fields(text: str, number: str, unit: str) -> dict[str, str]:
    """A duration as the form's two fields."""
    count, name = text.split()
    return {number: str(int(count)), unit: name.removesuffix("s")}
