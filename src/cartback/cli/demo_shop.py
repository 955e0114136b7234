"""The demo's shop: its history is loaded through the real engine, then its time runs."""

import contextlib
import logging
import secrets
from collections.abc import Callable, Iterable, Iterator
from itertools import takewhile
from threading import Event as Signal
from threading import Thread
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec

from cartback.cli.errors import Refusal
from cartback.demo.catalogue import SITE
from cartback.demo.segments import segment_documents
from cartback.demo.simulation import simulate
from cartback.demo.story import story, tell
from cartback.domain.event import Event, ShopId
from cartback.domain.instant import DAY, HOUR, Instant, datetime_of
from cartback.domain.rules import Settings
from cartback.engine.access_ports import Seat, UserRow
from cartback.engine.backfill import backfill_all, is_needed
from cartback.engine.keys import digest_of, keep_public
from cartback.engine.passwords import hashed
from cartback.engine.ports import Clock, Reading
from cartback.engine.replay import Bookmark, Replay, ScaledClock, in_pace, in_portions
from cartback.engine.rules_change import change_settings
from cartback.engine.scope import EVENTS_ONLY
from cartback.engine.segments import create_segment
from cartback.engine.shop_ports import KeyRow
from cartback.wiring import Installation, real_clock

NAME: Final = "Demo shop"
NOTE: Final = "demo"
KEY: Final = "demo"
"""Quickly typed. It guards nothing: nobody in this shop exists."""

OPENS_AT: Final = 18 * HOUR  # the evening, when most of the shoppers come
TICK_SECONDS: Final = 0.05

_log = logging.getLogger("cartback.demo")


class Chosen(NamedTuple):
    """What the shop is made of. Without an opening it is the latest 18:00 UTC that there was."""

    seed: int
    days: int
    opening: Instant | None = None


class Plan(msgspec.Struct, frozen=True):
    """What an existing demo was made of, so that it can go on."""

    shop: ShopId
    seed: int
    start: Instant
    opening: Instant


class DemoClock:
    """Stands while the history is loaded, and then runs."""

    def __init__(self) -> None:
        self._clock: Clock = real_clock

    def __call__(self) -> Instant:
        return self._clock()

    def stand(self, at: Instant) -> None:
        self._clock = lambda: at

    def run(self, start: Instant, speed: float) -> None:
        self._clock = ScaledClock(start, speed, real_clock)


Site: TypeAlias = str
"""Where the shop's own pages are."""


def moved(event: Event, site: Site) -> Event:
    """An event whose addresses lead to the shop's pages as they are served now."""
    return msgspec.structs.replace(event, properties=_moved(event.properties, site))


def _moved(value: Any, site: Site) -> Any:  # noqa: ANN401  plain data
    match value:
        case str() if value.startswith(SITE):
            return site + value.removeprefix(SITE)
        case dict():
            return {name: _moved(one, site) for name, one in value.items()}
        case list() | tuple():
            return [_moved(one, site) for one in value]
        case _:
            return value


class Row(NamedTuple):
    """An event of the simulation, as a replay wants it."""

    place: int
    outcome: Event


class DemoShop:
    """One shop of the demo, made or found again."""

    def __init__(self, base: Installation, clock: DemoClock, chosen: Chosen) -> None:
        self._base = base
        self._clock = clock
        with base.store.reading() as reading:
            check_is_demo(reading)
            saved = reading.note(NOTE)
        if saved is None:
            self._plan = self._make(chosen)
        else:
            self._plan = msgspec.json.decode(saved, type=Plan)
        self.id: Final = self._plan.shop
        self._replay = Replay(base.store, base.rulebook, self.id, name="demo")
        self._stopping = Signal()

    def _make(self, chosen: Chosen) -> Plan:
        now = real_clock()
        opening = chosen.opening
        if opening is None:
            opening = (now - OPENS_AT) // DAY * DAY + OPENS_AT
        start = (opening // DAY - chosen.days) * DAY
        self._clock.stand(start)
        base = self._base
        with base.store.transaction() as tx:
            shop = tx.add_shop(NAME, start)
            digest = digest_of(KEY)
            key = KeyRow(0, shop, "public", digest, KEY, "the demo's", start, scopes=EVENTS_ONLY)
            tx.add_key(key)
            plan = Plan(shop, chosen.seed, start, opening)
            tx.set_note(NOTE, msgspec.json.encode(plan))
        change_settings(base.store, shop, Settings(currency="GBP"), start)
        return plan

    @contextlib.contextmanager
    def staffed(self, email: str, name: str) -> Iterator[None]:
        """Within the block the owner may be let in; whoever was is not afterwards.

        The owner and the key are made known also in a demo of before they were.
        """
        with self._base.store.transaction() as tx:
            keep_public(tx, self.id, KEY)
            user = tx.user_by_email(email)
            if user is None:
                password = hashed(secrets.token_urlsafe(32))  # which nobody knows
                user = tx.add_user(UserRow(0, email, name, password, self._clock()))
            if user is None:
                raise Refusal(f"somebody took the address {email} a moment ago; start it again")
            tx.set_seat(Seat(self.id, user.id, "owner"))
            tx.drop_sessions(user.id)
        try:
            yield
        finally:
            with self._base.store.transaction() as tx:
                tx.drop_sessions(user.id)

    # --- the history -------------------------------------------------------------------------

    def load(self) -> Iterator[tuple[float, str]]:
        """Take everything up to the opening; the share that is done, and a few words."""
        start, opening = self._plan.start, self._plan.opening
        mark = self._replay.bookmark()
        reached = start if mark is None else max(start, mark.reach)
        self._clock.stand(max(reached, opening))
        if reached >= opening:
            return
        self._define(start)
        history = takewhile(lambda event: event.time <= opening, self._events(reached))
        for progress in self._replay.run(in_portions(_rows(history)), mark):
            share = (progress.clock - start) / (opening - start)
            yield share, f"{datetime_of(progress.clock):%Y-%m-%d}  events: {progress.accepted:,}"

    def _define(self, start: Instant) -> None:
        """The segments are there from the first day on."""
        base = self._base
        with base.store.reading() as reading:
            known = {row.key for row in reading.segments(self.id)}
        for document in segment_documents():
            if document["key"] not in known:
                create_segment(base.store, self.id, document, start)
        backfill_all(base.store, base.rulebook, self.id, lambda: start)

    def _events(self, since: Instant) -> Iterator[Event]:
        """From then on, for ever; some of that very instant may have been taken before."""
        plan = self._plan
        simulated = simulate(shop=self.id, seed=plan.seed, start=plan.start, since=since)
        scripted = (one for one in story(self.id, plan.opening) if one.time >= since)
        return tell(simulated, scripted)

    # --- live --------------------------------------------------------------------------------

    @contextlib.contextmanager
    def running(
        self, speed: float, written: Callable[[], None] = lambda: None, site: Site = SITE
    ) -> Iterator[None]:
        """Within the block time runs, and the shop's pages are at `site`; `written` is told when
        something may have been written."""
        mark = self._replay.bookmark() or Bookmark(0)
        start = max(mark.reach, self._plan.opening, self._last_received())
        self._clock.run(start, speed)
        thread = Thread(
            target=self._run, args=(start, mark, written, site), name="demo", daemon=True
        )
        thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            thread.join()

    def _last_received(self) -> Instant:
        """No profile is later than that: a clock that went back would leave them waiting."""
        with self._base.store.reading() as reading:
            last = reading.log_after(self.id, reading.last_seq(self.id) - 1, 1)
        return max((one.event.received for one in last), default=0)

    def _run(self, start: Instant, mark: Bookmark, written: Callable[[], None], site: Site) -> None:
        events = (moved(one, site) for one in self._events(start))
        portions = in_pace(_rows(events), clock=self._clock, wait=self._wait)
        try:
            for _ in self._replay.run(portions, mark):
                written()
                if self._stopping.is_set():
                    return
        except Exception:  # noqa: BLE001  the view must not end in a traceback
            _log.exception("the demo stands still")

    def _wait(self) -> None:
        """A moment; meanwhile a segment that somebody else defined finds its members."""
        self._stopping.wait(TICK_SECONDS)
        if is_needed(self._base.store, self.id):
            backfill_all(self._base.store, self._base.rulebook, self.id, self._clock)


def check_is_demo(reading: Reading) -> None:
    """A demo, or nothing at all. Raises Refusal."""
    if reading.note(NOTE) is None and reading.shops():
        raise Refusal("this folder holds a shop of yours; name another one with --data")


def _rows(events: Iterable[Event]) -> Iterator[Row]:
    return (Row(place, event) for place, event in enumerate(events, start=1))
