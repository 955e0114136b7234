"""What crediting asks of the store: recovered carts, what was given back, and what people did with
messages."""

from collections.abc import Collection, Sequence
from typing import Literal, Protocol, TypeAlias

import msgspec

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant

Response: TypeAlias = Literal["opened", "clicked", "unsubscribed"]
"""What a person did with a message."""


class RecoveryRow(msgspec.Struct, frozen=True):
    """A cart that became an order, by the number of its Cart Recovered in the log.

    `order_event` names the order, `value` is what it was worth in minor units (what was in the
    cart, where the order does not say), `revenue` what of it counts as brought back: less what was
    given back, and nothing where another cart of the same order has it. `message` is empty where
    none has the credit; `sent` is when its flow sent it, `touched` when the person clicked or
    opened it (`basis`).
    """

    seq: int
    profile: ProfileId
    at: Instant
    cart: str
    order_event: str
    order_id: str
    value: int
    currency: str
    revenue: int = 0
    message: str = ""
    flow: str = ""
    version: int = 0
    step: str = ""
    sent: Instant = 0
    basis: str = ""
    touched: Instant = 0


class ReturnRow(msgspec.Struct, frozen=True):
    """Something of an order was given back, or all of it (no value), by its number in the log."""

    seq: int
    order_id: str
    profile: ProfileId
    value: int | None
    currency: str


class TouchRow(msgspec.Struct, frozen=True):
    """A person's visit of a message, and whose message it is. `place` is as in VisitRow."""

    at: Instant
    place: int
    message: str
    flow: str
    version: int
    step: str
    sent: Instant


class RecoveryReading(Protocol):
    """A consistent look at what came back."""

    def recoveries_of(
        self, shop: ShopId, profiles: Collection[ProfileId]
    ) -> Sequence[RecoveryRow]: ...
    def recoveries_of_message(self, shop: ShopId, message: str) -> Sequence[RecoveryRow]: ...
    def recoveries_of_order(self, shop: ShopId, order_id: str) -> Sequence[RecoveryRow]: ...
    def recoveries_after(self, shop: ShopId, seq: int, limit: int) -> Sequence[RecoveryRow]:
        """In the order of their numbers, from behind that one on."""

    def recoveries_before(self, shop: ShopId, seq: int, limit: int) -> Sequence[RecoveryRow]:
        """The newest first, from before that number on."""

    def returns_of(self, shop: ShopId, order_id: str) -> Sequence[ReturnRow]: ...
    def touches_of(
        self, shop: ShopId, profiles: Collection[ProfileId], first: Instant, last: Instant
    ) -> Sequence[TouchRow]:
        """What people did with messages to these profiles, from `first` to `last`."""


class RecoveryWriting(RecoveryReading, Protocol):
    """Changes, in the transaction of what they follow from."""

    def save_recoveries(self, shop: ShopId, recoveries: Sequence[RecoveryRow]) -> None:
        """Insert, or replace by number."""

    def own_recoveries(self, shop: ShopId, owners: Sequence[tuple[int, ProfileId]]) -> None:
        """Recoveries, and returns, by their numbers, are these profiles' from now on."""

    def add_return(self, shop: ShopId, row: ReturnRow) -> None: ...
    def respond(self, shop: ShopId, message: str, response: Response, at: Instant) -> bool:
        """Note that a person did that with a message; False where they had, or it is not there."""
