"""How fast mail leaves: so many to a recipient's domain in a minute and an hour, and, while a new
sender warms up, so many a day. What is too much waits, with its reason and until when.

Mailbox providers watch new senders and sudden floods; they answer with 421 or with the spam folder.
Windows are whole minutes, hours and days of the shop. The counts stand in the store, so a restart
forgets none; processes beside each other may exceed a bound by what one claims at once.
"""

import re
from datetime import date
from typing import Annotated, Final, Literal, NamedTuple, TypeAlias

import msgspec

from cartback.domain.event import Json, ShopId
from cartback.domain.fault import BadDocument
from cartback.domain.instant import HOUR, MINUTE, Instant, Zone
from cartback.domain.number import Node
from cartback.engine.attempts import key_of
from cartback.engine.ports import Reading, Store, Transaction
from cartback.engine.shop_note import ShopNote

Window: TypeAlias = Literal["minute", "hour", "day"]
MostAtOnce = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]

FIRST_DAY: Final = 50
WARM_DAYS: Final = 14
"""From fifty on the first day twice as many each day: after two weeks there is no bound."""
_HELD: Final = re.compile(r"held: (\d+) a (minute|hour|day)(?: to (\S+))?")


class Pace(Node, frozen=True):
    """`a_minute`, `an_hour`: to one recipient's domain; None: as many as there are. `warm_up`: the
    first day of a new sender."""

    a_minute: MostAtOnce | None = None
    an_hour: MostAtOnce | None = None
    warm_up: date | None = None


class BadPace(BadDocument):
    """What was given is no pace; the message says where."""


class Held(NamedTuple):
    """Which bound keeps a message waiting; `domain` is empty where it is about all."""

    most: int
    window: Window
    domain: str


_PACE: Final = ShopNote("pace", Pace)


def pace_of(reading: Reading, shop: ShopId) -> Pace:
    """A shop's pace."""
    return _PACE.of(reading, shop) or Pace()


def set_pace(store: Store, shop: ShopId, document: Json) -> Pace:
    """Set a shop's pace from plain data. Raises BadPace."""
    pace = _PACE.read(document, BadPace)
    with store.transaction() as tx:
        return _PACE.keep(tx, shop, pace)


def a_day(pace: Pace, today: date) -> int | None:
    """How many may leave on a day while the sender warms up; None where it is warm, or was not."""
    if pace.warm_up is None or today < pace.warm_up:
        return None
    days = (today - pace.warm_up).days
    return None if days >= WARM_DAYS else FIRST_DAY * 2**days


def held_by(sentence: str) -> Held | None:
    """The bound that a message's sentence names; None where it waits for something else."""
    found = _HELD.fullmatch(sentence)
    if found is None:
        return None
    window: Window = "minute" if found[2] == "minute" else "hour" if found[2] == "hour" else "day"
    return Held(int(found[1]), window, found[3] or "")


def held_sentence(held: Held) -> str:
    """As a message keeps it."""
    return f"held: {held.most} a {held.window}" + (f" to {held.domain}" if held.domain else "")


class Pacer:
    """Counts what leaves within one transaction of a shop, and says what must wait until when."""

    def __init__(self, tx: Transaction, shop: ShopId, zone: Zone, now: Instant) -> None:
        self._tx = tx
        self._shop = shop
        self._now = now
        self._pace = pace_of(tx, shop)
        self._day = zone.period("day", now)
        self._today = zone.local(now).date()

    def take(self, address: str) -> tuple[Instant, Held] | None:
        """Count one mail to that address; where there is no room, until when it waits, and why."""
        domain = address.rpartition("@")[2].lower()
        bounds = self._bounds(domain)
        for held, (start, end) in bounds:
            if self._count(held, start) >= held.most:
                return self._later(held, start, end), held
        for held, (start, _) in bounds:
            self._add(_key(self._shop, held, "sent"), start)
        return None

    def _bounds(self, domain: str) -> list[tuple[Held, tuple[Instant, Instant]]]:
        found: list[tuple[Held, tuple[Instant, Instant]]] = []
        day = a_day(self._pace, self._today)
        if day is not None:
            found.append((Held(day, "day", ""), self._day))
        if self._pace.an_hour is not None:
            found.append((Held(self._pace.an_hour, "hour", domain), _window(self._now, HOUR)))
        if self._pace.a_minute is not None:
            found.append((Held(self._pace.a_minute, "minute", domain), _window(self._now, MINUTE)))
        return found

    def _later(self, held: Held, start: Instant, end: Instant) -> Instant:
        """The next window with room: who is put off in this one is spread over those to come, so
        that not all of them are looked at again in each."""
        ahead = self._add(_key(self._shop, held, "waits"), start) - 1
        return end + (ahead // held.most) * (end - start)

    def _count(self, held: Held, start: Instant) -> int:
        return self._level(_key(self._shop, held, "sent"), start)

    def _level(self, key: str, start: Instant) -> int:
        level, at = self._tx.attempts(key)
        return level if at == start else 0

    def _add(self, key: str, start: Instant) -> int:
        level = self._level(key, start) + 1
        self._tx.set_attempts(key, level, start)
        return level


def _window(now: Instant, length: int) -> tuple[Instant, Instant]:
    start = now // length * length
    return start, start + length


def _key(shop: ShopId, held: Held, what: str) -> str:
    return key_of(f"pace-{what}", f"{shop} {held.window} {held.domain}")
