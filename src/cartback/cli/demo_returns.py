"""Lets simulated shoppers come back through the mail, each when the demo's clock is there."""

from collections.abc import Callable
from heapq import heappop, heappush
from threading import Lock
from typing import Final, NamedTuple

import msgspec

from cartback.demo.returning import returns
from cartback.demo.storefront import order_of
from cartback.domain.cart import CartId
from cartback.domain.event import Event, Metric, ShopId
from cartback.domain.instant import Instant
from cartback.domain.message import Accepted, Outcome
from cartback.domain.profile import Profile, decode_profile
from cartback.engine.deliver import Sending
from cartback.engine.ingest import Delivery, ingest
from cartback.engine.restoring import follow, make_link
from cartback.engine.signing import stored_signer
from cartback.engine.visits import RESTORE_PLACE, RESTORED, Came, keep_visit
from cartback.wiring import Installation

BROWSER: Final = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"


class Coming(NamedTuple):
    """What somebody is going to do about a cart. They are ordered by time."""

    at: Instant
    id: str
    event: Event
    cart: CartId
    message: str


class Returns:
    """What is still to come of the mails that went. What is left when the demo stops never was."""

    def __init__(
        self,
        base: Installation,
        shop: ShopId,
        came_back: Callable[[Profile], None] = lambda _: None,
        written: Callable[[], None] = lambda: None,
    ) -> None:
        self._base = base
        self._shop = shop
        self._came_back = came_back
        self._written = written
        self._lock = Lock()
        self._waiting: list[Coming] = []

    def hear(self, sending: Sending, outcome: Outcome) -> None:
        """A mail was handed over: perhaps somebody comes back through it."""
        message = sending.message
        cart = sending.profile.carts.get(message.run.cart)
        if cart is None or sending.shop != self._shop or not isinstance(outcome, Accepted):
            return
        now = self._base.clock()
        for event in returns(self._shop, message.key, message.recipient, cart, now):
            with self._lock:
                heappush(self._waiting, Coming(event.time, event.id, event, cart.id, message.key))

    def act(self) -> None:
        """Whatever is due happens, but to carts that were ordered meanwhile."""
        while (coming := self._due()) is not None:
            who = self._with_open_cart(coming)
            if who is None:
                continue
            now = self._base.clock()
            event = msgspec.structs.replace(coming.event, time=now, received=now)
            if event.metric == Metric.VIEWED_PAGE:
                came = Came("GET", BROWSER, RESTORE_PLACE, RESTORED)
                keep_visit(self._base.store, self._shop, coming.message, came, now)
            else:
                event = self._as_restored(event, who, coming.cart, now)
            ingest(self._base.store, self._base.rulebook, [Delivery(self._shop, [event])])
            if event.metric == Metric.VIEWED_PAGE:
                self._came_back(who)
            self._written()

    def _as_restored(self, event: Event, who: Profile, cart: CartId, now: Instant) -> Event:
        """The order as the shop's page lets it be placed: what can be had, at the prices of now,
        with the person's code."""
        signer = stored_signer(self._base.store)
        with self._base.store.reading() as reading:
            token = make_link(signer, self._shop, who.id, who.carts[cart], now)
            found = follow(reading, signer, self._shop, token, (), now)
            return order_of(reading, self._shop, event, found)

    def _due(self) -> Coming | None:
        with self._lock:
            is_due = self._waiting and self._waiting[0].at <= self._base.clock()
            return heappop(self._waiting) if is_due else None

    def _with_open_cart(self, coming: Coming) -> Profile | None:
        """Whose cart it is, None where it is open no more."""
        [name] = coming.event.identifiers
        with self._base.store.reading() as reading:
            found = reading.profiles_by(self._shop, [name]).get(name)
            row = None if found is None else reading.profile(self._shop, found)
        profile = None if row is None else decode_profile(row.state)
        cart = None if profile is None else profile.carts.get(coming.cart)
        return profile if cart is not None and cart.is_open else None
