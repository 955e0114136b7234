"""What a coupon costs: counted in the transaction that gives a code or notes an order.

Counted are what was redeemed in the calendar month, and what the codes that are still out would
take off. A code that expires frees what it had reserved on the day after, in UTC.
"""

from typing import Final, Literal, NamedTuple

from cartback.domain.code import day_of, month_of
from cartback.domain.event import ShopId
from cartback.domain.instant import Instant, Zone
from cartback.engine.coupon_ports import CodeRow
from cartback.engine.ports import Reading, Transaction
from cartback.engine.shops import settings_of

_RESERVED: Final = "coupon.reserved"
_SPENT: Final = "coupon.spent"
_COUNTED: Final = "coupon.counted"


def spent_and_promised(reading: Reading, shop: ShopId, coupon: str, now: Instant) -> int:
    """What the month has cost so far, and what the codes that are out would take off."""
    return spent(reading, shop, coupon, now) + promised(reading, shop, coupon, now)


def spent(reading: Reading, shop: ShopId, coupon: str, now: Instant) -> int:
    """What was taken off in the calendar month, on the shop's clock."""
    month = month_of(now, _zone(reading, shop))
    return sum(reading.tallied(shop, f"{_SPENT}:{coupon}", month, month).values())


def promised(reading: Reading, shop: ShopId, coupon: str, now: Instant) -> int:
    """What the codes that are out would take off."""
    return sum(reading.tallied(shop, f"{_RESERVED}:{coupon}", day_of(now)).values())


def reserve(tx: Transaction, shop: ShopId, code: CodeRow, amount: int) -> None:
    """Reserve so much for a code, or free it (below zero)."""
    tx.tally(shop, f"{_RESERVED}:{code.coupon}", {day_of(code.expires): amount})


def spend(tx: Transaction, shop: ShopId, coupon: str, amount: int, at: Instant) -> None:
    """Count what was taken off an order."""
    tx.tally(shop, f"{_SPENT}:{coupon}", {month_of(at, _zone(tx, shop)): amount})


def count_code(
    tx: Transaction, shop: ShopId, coupon: str, what: Literal["given", "redeemed"]
) -> None:
    """A code was given, or used for the first time."""
    tx.tally(shop, f"{_COUNTED}:{coupon}", {what: 1})


class Codes(NamedTuple):
    """How many codes of a coupon were ever given, and how many of these were used."""

    given: int
    redeemed: int


def codes_counted(reading: Reading, shop: ShopId, coupon: str) -> Codes:
    counts = reading.tallied(shop, f"{_COUNTED}:{coupon}")
    return Codes(counts.get("given", 0), counts.get("redeemed", 0))


def _zone(reading: Reading, shop: ShopId) -> Zone:
    return Zone(settings_of(reading, shop).zone)
