"""To which message a recovered cart is credited, and what of its revenue is left after returns.

The last message that its person clicked within the shop's window has the credit; where there is
none, the last one that they opened within its window. Pure, and a function of all that is known of
the person: whatever arrives late, or whatever is changed, is judged anew from the same rows, and
the order in which they came says nothing (docs/adr/0016-attribution.md).
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from cartback.domain.instant import Instant, Milliseconds


class Basis(StrEnum):
    """What a person did with the message that has the credit."""

    CLICK = "click"
    OPEN = "open"


class Windows(NamedTuple):
    """How long after a click, and after an open, a cart counts as brought back by the message.

    0: that gives no credit.
    """

    click: Milliseconds
    open: Milliseconds

    @property
    def longest(self) -> Milliseconds:
        return max(self.click, self.open)


class Touch(NamedTuple):
    """A person clicked or opened a message; programs that did are not among them (scanner.py)."""

    at: Instant
    message: str
    basis: Basis


class Credit(NamedTuple):
    """The message that has the credit, and the touch that gave it."""

    message: str
    basis: Basis
    at: Instant


class Recovered(NamedTuple):
    """A Cart Recovered: by its number in the log, from which order, and when.

    `value` is the order's, in minor units, and `returned` what was given back of it since.
    """

    number: int
    order: str
    at: Instant
    value: int
    returned: int = 0


class Return(NamedTuple):
    """An order was cancelled, or some of it was given back; None: all of it."""

    value: int | None


def credit(at: Instant, touches: Iterable[Touch], windows: Windows) -> Credit | None:
    """Who has the credit for a cart that was recovered then; None for nobody.

    Of two messages that were touched at the same instant it is always the same one.
    """
    known = list(touches)
    for basis, window in ((Basis.CLICK, windows.click), (Basis.OPEN, windows.open)):
        found = [one for one in known if one.basis is basis and at - window < one.at <= at]
        if found:
            last = max(found)
            return Credit(last.message, last.basis, last.at)
    return None


def returned(value: int, returns: Iterable[Return]) -> int:
    """How much of an order's value was given back: never more than it was worth."""
    worth = max(value, 0)
    given = sum(worth if one.value is None else abs(one.value) for one in returns)
    return min(given, worth)


def revenues(recoveries: Iterable[Recovered]) -> Mapping[int, int]:
    """What each brought, by its number. Of several carts that one order recovered the first brings
    all of it, so that no order counts twice."""
    found: dict[int, int] = {}
    seen: set[str] = set()
    for one in sorted(recoveries):
        found[one.number] = 0 if one.order in seen else max(one.value, 0) - one.returned
        seen.add(one.order)
    return found
