"""Builds everything from one Config. The one place that knows the real clock."""

import contextlib
import importlib.util
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from cartback.config import Config
from cartback.domain.drop import DropReason
from cartback.domain.event import Event, ProfileId, ShopId
from cartback.domain.instant import Instant
from cartback.engine.backfill import Recaller
from cartback.engine.commit import Committer
from cartback.engine.ingest import Delivery
from cartback.engine.intake import Receipt
from cartback.engine.keys import KeyRing
from cartback.engine.people import erase_person
from cartback.engine.ports import Clock, KeyRow, LoggedEvent, Reading, Seq, Store
from cartback.engine.rulebook import Rulebook
from cartback.sources.segment import Reader
from cartback.store.database import DatabaseStore, open_store
from cartback.web.figures import Figures
from cartback.web.health import App, Operations
from cartback.web.onsite.collect import Collect
from cartback.worker import Worker

TRIES: Final = 20
PAUSE_SECONDS: Final = 0.25


def real_clock() -> Instant:
    """What time it is."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Installation:
    """What every command and the server stand on."""

    config: Config
    store: DatabaseStore
    rulebook: Rulebook
    clock: Clock


@contextlib.contextmanager
def installation(
    config: Config, *, clock: Clock = real_clock, migrate: bool = True
) -> Iterator[Installation]:
    """Open the store, and close it at the end.

    Raises BadUrl, NewerSchema, and OSError where the folders cannot be made.
    """
    if config.sqlite_file is not None:
        make_folder(config.sqlite_file.parent)
    store = open_store(config.database, migrate=migrate, clock=clock)
    try:
        yield Installation(config, store, Rulebook(), clock)
    finally:
        store.close()


def make_folder(folder: Path) -> None:
    """Make it where it is missing, for nobody else to look into: people's data will be in it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


# --- the server -------------------------------------------------------------------------------


class Live:
    """A server's parts: the committer, the worker and the application, which share one store."""

    def __init__(self, base: Installation) -> None:
        self.keys: Final = KeyRing(base.store)
        self.worker: Final = Worker(
            base.store, base.rulebook, base.clock, tape_writer(base), tape_recaller(base)
        )
        figures = Figures(base.store, base.clock)
        self.committer: Final = MeasuredCommitter(
            base.store, base.rulebook, self.worker.written, figures
        )
        door = Door(self.keys, self.committer, figures)
        collect = Collect(receiver=door, read=Reader(), clock=base.clock)
        self.app: Final[App] = Operations(
            collect, is_ready=lambda: what_is_wrong(base.store), figures=figures.text
        )

    @contextlib.contextmanager
    def at_work(self, *, wakes: bool = True) -> Iterator[None]:
        """Take and wake within the block; at its end everything taken is written."""
        self.committer.start()
        if wakes:
            self.worker.start()
        try:
            yield
        finally:
            self.committer.close()
            self.worker.close()


class Door:
    """Where events come in: whose key it is, and the committer's answer, counted."""

    def __init__(self, keys: KeyRing, committer: Committer, figures: Figures) -> None:
        self.key: Final[Callable[[str], KeyRow | None]] = keys.key
        self._committer = committer
        self._figures = figures

    async def receive(
        self, shop: ShopId, events: Sequence[Event], drops: Mapping[DropReason, int]
    ) -> Receipt:
        receipt = await self._committer.receive(shop, events, drops)
        self._figures.received(receipt)
        return receipt


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


def what_is_wrong(store: Store) -> str | None:
    """Why the store cannot be used, as one sentence; None where it can."""
    for name, well, sentence in store.check():
        if not well:
            return f"{name}: {sentence}"
    with store.reading() as reading:
        reading.shops()
    return None


# --- the tape ---------------------------------------------------------------------------------


def has_bulk() -> bool:
    """Whether the extra `bulk` is installed."""
    return all(importlib.util.find_spec(name) for name in ("duckdb", "ibis"))


def tape_writer(base: Installation) -> Callable[[], int] | None:
    """Writes what the log has behind the tape, and says how many events; None without `bulk`."""
    if not base.config.tape or not has_bulk():
        return None
    from cartback.bulk.tape import TapeBusy, write_tape

    log, folder = _Log(base.store), base.config.tape_folder

    def write() -> int:
        with base.store.reading() as reading:
            ends = {shop.id: reading.last_seq(shop.id) for shop in reading.shops()}
        written = 0
        for shop, end in ends.items():
            with contextlib.suppress(TapeBusy):
                finish_erasing(base, shop)
                before = tape_position(base, shop)
                if before < end:
                    written += write_tape(log, shop, folder, up_to=end).position - before
        return written

    return write


def tape_recaller(base: Installation) -> Recaller | None:
    """Reads the past from the tape for a back-fill; None without `bulk`."""
    if not base.config.tape or not has_bulk():
        return None
    from cartback.bulk.recaller import recaller

    return recaller(base.config.tape_folder, base.store.reading)


def tape_position(base: Installation, shop: ShopId) -> Seq:
    """The seq up to which a shop's tape is written; 0 where there is none, or it is not used."""
    if not base.config.tape or not has_bulk():
        return 0
    from cartback.bulk.manifest import read_manifest, shop_folder

    return read_manifest(shop_folder(base.config.tape_folder, shop)).position


class _Log:
    """The log by pages, each its own short look: a long one would keep SQLite from tidying up."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def log_after(self, shop: ShopId, seq: Seq, limit: int) -> Sequence[LoggedEvent]:
        with self._store.reading() as reading:
            return reading.log_after(shop, seq, limit)


# --- forgetting a person ----------------------------------------------------------------------


class Erased(NamedTuple):
    """How many events are gone, and whether the tape still has to forget them."""

    events: int
    tape_waits: bool


class _Erasing(msgspec.Struct, frozen=True):
    """Profiles whose events the tape has to forget, noted before they leave the store."""

    profiles: tuple[ProfileId, ...] = ()


def erase(base: Installation, shop: ShopId, profile: ProfileId) -> Erased:
    """Forget a person in the store and on the tape; what is cut short is finished later.

    Raises NobodyFound.
    """
    events, recorded = erase_person(base.store, shop, profile)
    with base.store.transaction() as tx:
        known = _erasing(tx, shop)
        both = _Erasing((*known.profiles, *recorded))
        tx.set_note(_erasing_note(shop), msgspec.json.encode(both))
    for _ in range(TRIES):
        if finish_erasing(base, shop):
            return Erased(events, tape_waits=False)
        time.sleep(PAUSE_SECONDS)
    return Erased(events, tape_waits=True)


def finish_erasing(base: Installation, shop: ShopId) -> bool:
    """Take out of the tape what was erased from the store; whether nothing is left to do."""
    with base.store.reading() as reading:
        waiting = _erasing(reading, shop).profiles
    if not waiting:
        return True
    if (base.config.tape_folder / f"shop={shop}").exists():
        if not has_bulk():
            return False
        from cartback.bulk.tape import TapeBusy
        from cartback.bulk.tape import erase as erase_from_tape

        try:
            erase_from_tape(base.config.tape_folder, shop, waiting)
        except TapeBusy:
            return False
    with base.store.transaction() as tx:
        later = _erasing(tx, shop).profiles[len(waiting) :]
        tx.set_note(_erasing_note(shop), msgspec.json.encode(_Erasing(later)))
    return True


def _erasing_note(shop: ShopId) -> str:
    return f"erasing:{shop}"


def _erasing(reading: Reading, shop: ShopId) -> _Erasing:
    saved = reading.note(_erasing_note(shop))
    return msgspec.json.decode(saved, type=_Erasing) if saved else _Erasing()
