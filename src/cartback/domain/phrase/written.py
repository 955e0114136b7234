"""What every language writes alike: texts of others made safe to show, numbers, dates as given."""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, NamedTuple, TypeVar

from cartback.domain.instant import FOREVER, Instant, Zone
from cartback.domain.letters import JOINERS, isolated
from cartback.domain.money import exponent_of
from cartback.domain.number import MICRO, micro
from cartback.domain.property import Operator, Value

MOST_SHOWN: Final = 4
"""The most values or tests that one sentence names; of more it says how many there are."""
_LONGEST_TEXT: Final = 60
_LARGEST_WRITTEN: Final = 10**60
_EARLIEST: Final[Instant] = -62_135_510_400_000  # 0001-01-02: no zone reaches before year 1
_DURATION: Final = re.compile(r"\s*(\d+)\s*([a-z]+?)s?\s*")

Shown = TypeVar("Shown")


def plain(text: str) -> str:
    """A sender's text on one line: nothing that a terminal obeys, single spaces, not too long.

    Written from right to left it is isolated, so that the sentence around it keeps its order.
    """
    return isolated(_plain(text))


def _plain(text: str) -> str:
    kept = (
        one if one.isprintable() or one in JOINERS else " " for one in text[: 4 * _LONGEST_TEXT]
    )
    shown = "".join(kept)
    shown = " ".join(shown.split())
    if len(shown) > _LONGEST_TEXT or len(text) > 4 * _LONGEST_TEXT:
        return shown[: _LONGEST_TEXT - 1].rstrip() + "…"
    return shown


def first(things: Iterable[Shown]) -> tuple[list[Shown], int]:
    """Those that are named, and how many more there are."""
    found = list(things)
    if len(found) <= MOST_SHOWN:
        return found, 0
    return found[: MOST_SHOWN - 1], len(found) - MOST_SHOWN + 1


def millionths(number: int, *, grouped: bool = True) -> str:
    """A number given in millionths: 12,000 or 0.3."""
    whole, part = divmod(abs(number), MICRO)
    decimals = f".{part:06}".rstrip("0").rstrip(".")
    sign = "-" if number < 0 else ""
    return f"{sign}{whole:,}{decimals}" if grouped else f"{sign}{whole}{decimals}"


def number(value: object, *, grouped: bool = True) -> str:
    """A number as it is compared, to the millionth."""
    found = micro(value)
    if found is not None:
        return millionths(found, grouped=grouped)
    if isinstance(value, int) and abs(value) > _LARGEST_WRITTEN:
        return "…"
    return plain(str(value))


def is_number(value: object) -> bool:
    """Whether it is one, and no yes or no."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def money(minor: object, currency: str) -> str:
    """An amount of minor units: 50.00 USD, 5,000 KRW; without a currency as it is kept."""
    found = micro(minor)
    return number(minor) if found is None else amount_of(found, currency)


def amount_of(found: int, currency: str) -> str:
    """The same of millionths of a minor unit."""
    if not currency:
        return millionths(found)
    amount = Decimal(found).scaleb(-6)
    whole = amount.to_integral_value()
    shown = whole if whole == amount else amount.normalize()
    return f"{shown.scaleb(-exponent_of(currency)):,f} {currency}"


_OF_ONE: Final = {
    Operator.IN: Operator.EQUALS,
    Operator.NOT_IN: Operator.NOT_EQUALS,
    Operator.CONTAINS_ANY: Operator.CONTAINS,
    Operator.CONTAINS_ALL: Operator.CONTAINS,
    Operator.CONTAINS_NONE: Operator.NOT_CONTAINS,
}


def simplest(operator: Operator, asked: Value) -> tuple[Operator, Value]:
    """To be one of one value is to be that value."""
    if isinstance(asked, tuple) and len(asked) == 1 and operator in _OF_ONE:
        return _OF_ONE[operator], asked[0]
    return operator, asked


def percent(share: float) -> str:
    """A share to the hundredth, as it is drawn."""
    return f"{round(share * 100) / 100:g}%"


def duration(text: str) -> tuple[int, str]:
    """A duration's number and its unit, as the document says it: (7, "day")."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError(f"not a duration: {text!r}")
    return int(found[1]), found[2]


class WrittenTime(NamedTuple):
    """A date in a document, with its time and zone where it has them."""

    day: date
    clock: str = ""
    offset: str = ""


def written_time(text: str) -> WrittenTime:
    """An ISO 8601 date or time as it stands there, whatever the shop's zone."""
    try:
        return WrittenTime(date.fromisoformat(text))
    except ValueError:
        moment = datetime.fromisoformat(text)
    spec = "%H:%M:%S" if moment.second or moment.microsecond else "%H:%M"
    return WrittenTime(moment.date(), moment.strftime(spec), moment.tzname() or "")


def last_day_before(end: WrittenTime) -> date | None:
    """The last day of a period that ends before this date; None where it ends within a day."""
    return None if end.clock or end.day == date.min else end.day - timedelta(days=1)


def local(instant: Instant, zone: Zone) -> datetime:
    """The wall clock of the shop."""
    return zone.local(min(max(instant, _EARLIEST), FOREVER))
