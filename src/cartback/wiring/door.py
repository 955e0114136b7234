"""The way of events into a server: whose they are, what their shop has set, and their commit."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from cartback.domain.drop import DropReason
from cartback.domain.event import Event, ShopId
from cartback.engine.commit import Committer
from cartback.engine.ingest import Delivery
from cartback.engine.intake import Receipt
from cartback.engine.keys import KeyRing
from cartback.engine.ports import Store
from cartback.engine.returning import Sender
from cartback.engine.rulebook import Rulebook
from cartback.engine.shop_ports import KeyRow
from cartback.sources.segment import Options
from cartback.web.figures import Figures
from cartback.wiring.base import Installation

OPTIONS_SECONDS: Final = 1.0


class Door:
    """Where events come in: whose key it is, and the committer's answer, counted."""

    def __init__(self, keys: KeyRing, committer: Committer, figures: Figures) -> None:
        self.key: Final[Callable[[str], KeyRow | None]] = keys.key
        self._committer = committer
        self._figures = figures

    async def receive(
        self,
        shop: ShopId,
        events: Sequence[Event],
        drops: Mapping[DropReason, int],
        sender: Sender = None,
    ) -> Receipt:
        receipt = await self._committer.receive(shop, events, drops, sender)
        self._figures.received(receipt)
        return receipt


class ShopOptions:
    """What a shop has set for those who read its events, looked up again after a second."""

    def __init__(self, base: Installation, seconds: Callable[[], float] = time.monotonic) -> None:
        self._base = base
        self._seconds = seconds
        self._known: dict[ShopId, tuple[float, Options]] = {}

    def __call__(self, shop: ShopId) -> Options:
        now = self._seconds()
        read_at, known = self._known.get(shop, (float("-inf"), Options()))
        if now - read_at >= OPTIONS_SECONDS:
            with self._base.store.reading() as reading:
                settings = self._base.rulebook.of(reading, shop).settings
            known = Options(settings.currency, settings.country)
            self._known[shop] = now, known
        return known


class MeasuredCommitter(Committer):
    """A committer whose writes are measured."""

    def __init__(
        self,
        store: Store,
        rulebook: Rulebook,
        written: Callable[[], None],
        figures: Figures,
    ) -> None:
        super().__init__(store, rulebook, written)
        self._figures = figures

    def _write(self, deliveries: Sequence[Delivery]) -> Sequence[Receipt | Exception]:
        began = time.perf_counter()
        outcomes = super()._write(deliveries)
        events = sum(len(delivery.events) for delivery in deliveries)
        self._figures.committed(events, time.perf_counter() - began)
        return outcomes
