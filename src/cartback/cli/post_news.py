"""News of the demo's mail: what went, what did not and why, as its view tells them."""

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final

from cartback.demo.flows import FIRST
from cartback.demo.scene import Because, Counters, Kind, News
from cartback.domain.effect import Reason
from cartback.domain.event import ShopId
from cartback.domain.instant import Instant
from cartback.domain.message import Accepted, Outcome
from cartback.domain.profile import Profile
from cartback.engine.calling import name_by_id, name_of
from cartback.engine.deliver import Sending
from cartback.engine.flow_ports import DecisionRow
from cartback.engine.flowing import DECIDED
from cartback.engine.ports import Clock, Reading

PAGE: Final = 500
_REFUSED: Final = frozenset({Reason.NOT_SUBSCRIBED, Reason.UNSUBSCRIBED})
_ORDERED: Final = frozenset({Reason.ORDERED, Reason.FILTERED})
"""A cart's flow lets nobody through who has ordered."""


class Handed:
    """What was handed over, and who came back through it: told by one thread, read by another."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._news: deque[News] = deque()

    def tell(self, sending: Sending, outcome: Outcome) -> None:
        """A mail that was taken is news."""
        if not isinstance(outcome, Accepted):
            return
        cart = sending.profile.carts.get(sending.message.run.cart)
        things = 0 if cart is None else cart.items()
        who, step = name_of(sending.profile), sending.message.step
        self._add(News(self._clock(), Kind.MAILED, who, mail=step, things=things))

    def came_back(self, profile: Profile) -> None:
        """Somebody clicked, in the simulation."""
        self._add(News(self._clock(), Kind.RETURNED, name_of(profile)))

    def _add(self, news: News) -> None:
        with self._lock:
            self._news.append(news)

    def news(self) -> Sequence[News]:
        """Everything since the last time."""
        with self._lock:
            found = tuple(self._news)
            self._news.clear()
        return found


class NotSent:
    """Who got no mail because they had ordered or never agreed, as the decisions say. For one
    thread; what was decided before it was made is no news."""

    def __init__(self, reading: Reading, shop: ShopId) -> None:
        self._shop = shop
        self._number = 0
        for number, _ in self._decided(reading):
            self._number = number

    def news(self, reading: Reading) -> Iterator[News]:
        """What was decided since the last time."""
        for number, one in self._decided(reading):
            self._number = number
            because = _because(one)
            if because is None:
                continue
            missed, went = 0, False
            if because is Because.ORDER:
                way = self._way(reading, one)
                missed, went = _next_mail(way, one.at) - one.at, any(map(_is_mail, way))
                if missed <= 0:
                    continue
            yield News(
                one.at,
                Kind.SPARED,
                name_by_id(reading, self._shop, one.profile),
                because=because,
                before=missed,
                went_before=went,
            )

    def _decided(self, reading: Reading) -> Iterator[tuple[int, DecisionRow]]:
        after = self._number
        while page := reading.decisions_after(self._shop, after, PAGE):
            yield from page
            after = page[-1][0]

    def _way(self, reading: Reading, ended: DecisionRow) -> Sequence[DecisionRow]:
        """What was decided in the run that ended, the latest first."""
        rows = reading.decisions(self._shop, ended.profile)
        return [one for _, one in rows if one.run == ended.run]


def _next_mail(way: Sequence[DecisionRow], now: Instant) -> Instant:
    """Until when it would have waited for its next mail, 0 where unknown."""
    waits = (one.until for one in way if one.what in ("waits", "held"))
    return next((until for until in waits if until > now), 0)


def _is_mail(one: DecisionRow) -> bool:
    return one.what == "sent"


def _because(one: DecisionRow) -> Because | None:
    if one.what == "ended" and one.reason in _ORDERED:
        return Because.ORDER
    if one.what == "skipped" and one.step in FIRST and one.reason in _REFUSED:
        return Because.NO_CONSENT
    return None


def with_post(counters: Counters, reading: Reading, shop: ShopId) -> Counters:
    """The counters, with what became of the mails."""
    spared = unasked = 0
    for name, count in reading.tallied(shop, DECIDED).items():
        _, step, done = name.rsplit("/", 2)
        what, _, reason = done.partition(":")
        spared += count if what == "ended" and reason in _ORDERED else 0
        unasked += count if step in FIRST and what == "skipped" and reason in _REFUSED else 0
    sent = reading.count_messages(shop).get("sent", 0)
    return counters._replace(mailed=sent, spared=spared, unasked=unasked)
