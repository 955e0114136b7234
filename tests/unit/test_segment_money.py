"""Amounts in major units, as senders write them, become whole minor units."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartback.domain.money import EXPONENTS, exponent_of
from cartback.sources.money import LARGEST, BadMoney, minor_units


@pytest.mark.parametrize(
    "amount, currency, minor",
    [
        (19.99, "USD", 1999),
        (19, "USD", 1900),
        ("19.99", "USD", 1999),
        (" 5 ", "EUR", 500),
        (27.5, "EUR", 2750),
        (1.005, "USD", 101),
        (-1.005, "USD", -101),
        (0.1 + 0.2, "USD", 30),
        (0, "USD", 0),
        (-0.0, "USD", 0),
        (19900, "KRW", 19900),
        (19900.4, "JPY", 19900),
        (19900.5, "JPY", 19901),
        (1.2345, "KWD", 1235),
        (1.2345, "CLF", 12345),
        (1e3, "USD", 100_000),
        ("1e3", "USD", 100_000),
        (90071992547409.92, "USD", LARGEST),
    ],
    ids=repr,
)
def test_an_amount_becomes_minor_units_of_its_currency(
    amount: float | str, currency: str, minor: int
) -> None:
    assert minor_units(amount, exponent_of(currency)) == minor


@pytest.mark.parametrize(
    "amount",
    [
        "",
        "abc",
        "$5",
        "1,000",
        "NaN",
        "Infinity",
        "1e999999",
        "9" * 41,
        None,
        True,
        [1],
        {},
        2**53,
        1e300,
        -(2**60),
        float("inf"),
        float("nan"),
        "1e20",
    ],
    ids=repr,
)
def test_what_is_no_amount_or_does_not_fit_is_refused(amount: object) -> None:
    with pytest.raises(BadMoney, match=r"amount"):
        minor_units(amount)


@given(st.decimals(-(10**9), 10**9, places=4, allow_nan=False), st.sampled_from((0, 2, 3, 4)))
def test_a_float_is_rounded_as_its_written_form(amount: Decimal, exponent: int) -> None:
    exact = int((amount * 10**exponent).to_integral_value(ROUND_HALF_UP))
    assert minor_units(float(amount), exponent) == exact
    assert minor_units(str(amount), exponent) == exact


def test_the_table_holds_only_currencies_without_two_decimals() -> None:
    assert all(len(code) == 3 and exponent != 2 for code, exponent in EXPONENTS.items())
    assert exponent_of("XYZ") == 2
