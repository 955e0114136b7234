"""Which mails three reminders of a left cart are, worked out in the plainest way: over the raw rows
of a log, without Cartback.

A cart is left when nothing was put into it for an hour, and is written about once: at once, a day
after that mail, and two days after the second. An order of the visitor ends it, whatever it is for.
While the cart is being filled its mail waits until it is left again. Between two mails to a visitor
are 16 hours at least, and in seven days four at most; what would have to wait longer than two days
for that is not sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from tests.scenarios.cart_log import ADDED, DAY, HOUR, ORDERED, WEEK, Row

STEPS = ("help", "proof", "offer")
PAUSES = (DAY, 2 * DAY, 0)
GAP, A_WEEK, USEFUL = 16 * HOUR, 4, 2 * DAY


class Mail(NamedTuple):
    visitor: str
    cart: str
    step: str
    at: int


@dataclass
class Way:
    """One cart's way through the three mails: when the next one is due, which it is, and until when
    it is of use; `due` is None while the cart is being filled."""

    due: int | None
    step: int = 0
    useful: int = 0


@dataclass
class Visitor:
    name: str
    filled: dict[str, int] = field(default_factory=dict)  # when something was put in last
    left: set[str] = field(default_factory=set)
    ways: dict[str, Way] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)  # carts that ever held something
    ordered: int = 0  # when, last
    seen: set[str] = field(default_factory=set)  # carts that were written about, or are
    sent: list[Mail] = field(default_factory=list)
    put_off: int = 0
    ended: int = 0

    def live_until(self, end: int) -> None:
        """Everything that time brings before that instant."""
        while (at := self._next()) is not None and at < end:
            for cart, filled in sorted(self.filled.items()):
                if cart not in self.left and filled + HOUR == at:
                    self._leaves(cart, at)
            for cart, way in sorted(self.ways.items()):
                if way.due == at:
                    self._write(cart, way, at)

    def _next(self) -> int | None:
        instants = [at + HOUR for cart, at in self.filled.items() if cart not in self.left]
        instants += [way.due for way in self.ways.values() if way.due is not None]
        return min(instants, default=None)

    def takes(self, row: Row) -> None:
        if row.event == ADDED:
            self.known.add(row.session)
            self.filled[row.session] = row.at
            self.left.discard(row.session)
        elif row.event == ORDERED:
            self.ordered = row.at
            for cart in [row.session] if row.session in self.known else list(self.filled):
                self.filled.pop(cart, None)
                self.left.discard(cart)
            self.ended += len(self.ways)
            self.ways.clear()

    def _leaves(self, cart: str, at: int) -> None:
        self.left.add(cart)
        way = self.ways.get(cart)
        if way is not None and way.due is None:
            way.due = at
        elif way is None and cart not in self.seen and self.ordered < self.filled[cart]:
            self.seen.add(cart)
            self.ways[cart] = Way(at, useful=at + USEFUL)

    def _write(self, cart: str, way: Way, at: int) -> None:
        if cart not in self.left:
            way.due = None
            return
        may = self._may_write(at)
        if at < may <= way.useful:
            self.put_off += 1
            way.due = may
            return
        if may == at:
            self.sent.append(Mail(self.name, cart, STEPS[way.step], at))
        if way.step == len(STEPS) - 1:
            del self.ways[cart]
            return
        way.due = at + PAUSES[way.step]
        way.useful = way.due + USEFUL
        way.step += 1

    def _may_write(self, at: int) -> int:
        """The first instant from then on at which one more is not too many."""
        times = [one.at for one in self.sent]
        gap = times[-1] + GAP if times else at
        week = times[-A_WEEK] + WEEK if len(times) >= A_WEEK else at
        return max(at, gap, week)


def reminders(rows: list[Row], end: int) -> dict[str, Visitor]:
    """Every visitor's mails until that instant."""
    visitors: dict[str, Visitor] = {}
    for row in rows:
        one = visitors.setdefault(row.visitor, Visitor(row.visitor))
        one.live_until(row.at)
        one.takes(row)
    for one in visitors.values():
        one.live_until(end + 1)
    return visitors
