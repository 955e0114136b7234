"""What was fetched of a mail: each visit is kept, and judged when what came around it is known."""

from collections.abc import Sequence
from typing import Final, Protocol

import msgspec

from cartback.domain.event import ShopId
from cartback.domain.instant import Instant

PIXEL: Final = -1
"""The place of the open pixel; links are counted from 0."""
PERSON: Final = "person"


class VisitRow(msgspec.Struct, frozen=True):
    """One request for something of a message. `said`: empty until `due`, then `person` or why it
    was none (domain/scanner.py). `target`: where a link led, `restore` for the way to the cart."""

    message: str
    number: int
    at: Instant
    method: str
    agent: str
    place: int
    target: str
    trap: bool
    due: Instant
    said: str = ""


class VisitReading(Protocol):
    def visits_of(self, shop: ShopId, message: str) -> Sequence[VisitRow]:
        """In the order in which they came."""

    def next_visit(self) -> Instant:
        """When the earliest is to be judged; FOREVER for none."""

    def visits_due(self, now: Instant, limit: int) -> Sequence[tuple[ShopId, str]]:
        """Messages with visits that are to be judged by now."""


class VisitWriting(VisitReading, Protocol):
    def add_visit(self, shop: ShopId, visit: VisitRow) -> None:
        """Raises Contention where its number is taken."""

    def judge_visits(self, shop: ShopId, visits: Sequence[VisitRow]) -> None:
        """Keep what was said of them."""
