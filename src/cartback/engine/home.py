"""The figures of Home: read from what was counted as it happened, whatever the shop's size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

from cartback.domain.cart import Cart
from cartback.domain.event import IdentifierKind, ProfileId, ShopId
from cartback.domain.instant import DAY, Instant, Milliseconds, Zone
from cartback.domain.profile import decode_profile
from cartback.engine.calling import name_of
from cartback.engine.ports import Reading
from cartback.engine.standing import CARTS, HAPPENED, SLOT, SLOT_LENGTH, slot_of
from cartback.engine.standing_ports import AbandonedCart

LONGEST: Final = 370
MOST_LOOKED: Final = 5_000
"""So many carts are sorted at once: no index knows their values."""


@dataclass(frozen=True, slots=True)
class Sum:
    """How many, and what they are worth in minor units by currency."""

    count: int = 0
    money: Mapping[str, int] = field(default_factory=dict)

    def plus(self, other: "Sum") -> "Sum":
        names = self.money.keys() | other.money.keys()
        money = {one: self.money.get(one, 0) + other.money.get(one, 0) for one in names}
        return Sum(self.count + other.count, money)

    def amount(self, currency: str) -> int:
        return self.money.get(currency, 0)


class Standing(NamedTuple):
    """The carts as they stand: with their people at work on them, and left behind."""

    active: Sum
    abandoned: Sum


NOTHING: Final = Sum()


class Day(NamedTuple):
    """What happened on a day of the shop's zone.

    `credited` is that part of the recovered for which a message has the credit (crediting.py).
    """

    start: Instant
    abandoned: Sum = NOTHING
    recovered: Sum = NOTHING
    ordered: Sum = NOTHING
    credited: Sum = NOTHING


class Left(NamedTuple):
    """Somebody who left a cart behind; not `has_address`: no message can ever reach them. Not
    `is_priced`: nobody told what the cart is worth, and its `value` is 0."""

    profile: ProfileId
    name: str
    at: Instant
    value: int
    currency: str
    is_priced: bool
    items: int
    lines: Sequence[str]
    has_address: bool


def standing(reading: Reading, shop: ShopId, currency: str) -> Standing:
    """The carts now. Amounts of which no currency was said are in the shop's own."""
    sums = _sums(reading.tallied(shop, CARTS), currency)
    return Standing(sums.get("active", NOTHING), sums.get("abandoned", NOTHING))


def days(
    reading: Reading, shop: ShopId, zone: Zone, now: Instant, count: int, currency: str
) -> Sequence[Day]:
    """The last days, today included, the oldest first."""
    starts = [zone.period("day", now, -ago)[0] for ago in range(min(count, LONGEST) - 1, -1, -1)]
    found = []
    for start, end in pairwise([*starts, now + DAY]):
        first, last = slot_of(start + SLOT - 1), f"{slot_of(end - 1)}~"  # each slot in one day
        happened = reading.tallied(shop, HAPPENED, first, last, skip=SLOT_LENGTH + 1)
        found.append(Day(start, **_sums(happened, currency)))
    return found


def total(days: Sequence[Day]) -> Day:
    """All the days as one."""
    found = Day(days[0].start)
    for day in days:
        found = Day(
            found.start,
            found.abandoned.plus(day.abandoned),
            found.recovered.plus(day.recovered),
            found.ordered.plus(day.ordered),
            found.credited.plus(day.credited),
        )
    return found


def lately(
    reading: Reading, shop: ShopId, now: Instant, period: Milliseconds, currency: str
) -> Day:
    """What happened within the period, to the half hour."""
    first, last = slot_of(now - period), f"{slot_of(now)}~"
    happened = reading.tallied(shop, HAPPENED, first, last, skip=SLOT_LENGTH + 1)
    return Day(now - period, **_sums(happened, currency))


def newest_left(
    reading: Reading, shop: ShopId, before: tuple[Instant, ProfileId], limit: int, currency: str
) -> Sequence[Left]:
    """Who left a cart behind most lately, and has not come back to it."""
    return [_left(reading, shop, one, currency) for one in reading.abandoned(shop, before, limit)]


class Choice(NamedTuple):
    """A page of the carts that were asked for; `more` behind it; not `whole`: older ones were not
    looked at."""

    rows: Sequence[Left]
    more: bool
    whole: bool


def chosen_left(
    reading: Reading,
    shop: ShopId,
    now: Instant,
    currency: str,
    *,
    least: int,
    start: int,
    limit: int,
    by_value: bool,
) -> Choice:
    """Of the newest `MOST_LOOKED` carts those of at least that value in the shop's currency, the
    most valuable or the newest first; for 0 those in other currencies too, behind them by value."""
    carts = reading.abandoned(shop, (now + 1, 0), MOST_LOOKED + 1)
    found = [
        one
        for one in carts[:MOST_LOOKED]
        if not least or (one.value >= least and one.currency in ("", currency))
    ]
    if by_value:
        found.sort(key=lambda one: (one.currency not in ("", currency), one.currency, -one.value))
    rows = [_left(reading, shop, one, currency) for one in found[start : start + limit]]
    return Choice(rows, len(found) > start + limit, len(carts) <= MOST_LOOKED)


def _left(reading: Reading, shop: ShopId, one: AbandonedCart, currency: str) -> Left:
    row = reading.profile(shop, one.profile)
    profile = None if row is None else decode_profile(row.state)
    cart = None if profile is None else profile.carts.get(one.cart)
    return Left(
        one.profile,
        "" if profile is None else name_of(profile),
        one.at,
        one.value,
        one.currency or currency,
        bool(one.value) or (cart is not None and cart.is_priced()),
        0 if cart is None else cart.items(),
        () if cart is None else _names(cart),
        profile is not None and IdentifierKind.EMAIL in profile.names,
    )


def _names(cart: Cart) -> Sequence[str]:
    return [line.name or line.product_id or line.sku for line in cart.lines()]


def _sums(counts: Mapping[str, int], currency: str) -> dict[str, Sum]:
    """Of `recovered EUR` and `recovered-value EUR`, by the word."""
    numbers: dict[str, int] = {}
    money: dict[str, dict[str, int]] = {}
    for name, number in counts.items():
        what, _, of = name.partition(" ")
        word, _, is_value = what.partition("-")
        if is_value:
            found = money.setdefault(word, {})
            found[of or currency] = found.get(of or currency, 0) + number
        else:
            numbers[word] = numbers.get(word, 0) + number
    return {word: Sum(number, money.get(word, {})) for word, number in numbers.items()}
