"""A simulation of shoppers over real products, in order of time. Nobody in it exists.

Every event carries the property `simulated: true`. The same seed gives the same events, byte for
byte, on every machine: each day has a random generator of its own, and only additions,
multiplications and comparisons are done with what it gives.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import count
from operator import attrgetter
from random import Random
from typing import Final

from cartback.demo.catalogue import Draw, catalogue
from cartback.demo.habits import BY_HOUR, BY_WEEKDAY, Habits
from cartback.demo.life import live
from cartback.demo.person import person
from cartback.demo.shopper import Shopper
from cartback.domain.event import Event, ShopId
from cartback.domain.instant import DAY, HOUR, Instant

HABITS: Final = Habits()
_HOUR: Final = Draw(dict(enumerate(map(float, BY_HOUR))))
_AFTERMATH: Final = 30 * DAY  # a last order may be refunded so long after the horizon
_MONDAY: Final = 4  # 1970-01-05 was one


def simulate(
    *,
    shop: ShopId,
    seed: int,
    start: Instant,
    days: int | None = None,
    habits: Habits = HABITS,
    since: Instant | None = None,
) -> Iterator[Event]:
    """The events of `days` days from midnight UTC before `start`; without `days`, for ever.

    With `since`, only those at that instant or later: the same ones, without inventing the years
    before. Lazy: what is held is the next weeks of the shoppers who have come so far.
    """
    first_day = start // DAY
    begin = 0 if since is None else max(0, (since - habits.horizon - _AFTERMATH) // DAY - first_day)
    waiting: defaultdict[int, list[Event]] = defaultdict(list)
    for number in count(begin) if days is None else range(begin, days):
        day = first_day + number
        for event in _newcomers(shop, seed, day, number, habits):
            waiting[event.time // DAY].append(event)
        today = waiting.pop(day, [])
        today.sort(key=attrgetter("time", "id"))
        for event in today:
            if since is None or event.time >= since:
                yield event


def _newcomers(shop: ShopId, seed: int, day: int, number: int, habits: Habits) -> Iterator[Event]:
    """Everything that those do, now and later, who come to the shop for the first time today."""
    random = Random(f"cartback demo {seed} {number}")
    goods = catalogue()
    busy = BY_WEEKDAY[(day - _MONDAY) % 7] * (0.9 + 0.2 * random.random())
    for place in range(int(habits.shoppers_per_day * busy)):
        key = f"{seed}-{number}-{place}"
        hour = _HOUR(random)
        shopper = Shopper(
            shop=shop,
            key=key,
            person=person(random, f"{number}.{place}"),
            country=goods.country(random),
            at=day * DAY + hour * HOUR + int(random.random() * HOUR),
            random=random,
        )
        yield from live(shopper, habits, goods, random)
