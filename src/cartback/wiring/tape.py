"""Builds what the tape needs, where the extra `bulk` is installed: who writes, reads and counts."""

import contextlib
import importlib.util
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from cartback.config import Config
from cartback.domain.event import ShopId
from cartback.domain.instant import Instant
from cartback.domain.rules import Settings
from cartback.domain.ruleset import LiveQuestion
from cartback.engine.amending import amendments
from cartback.engine.backfill import Recaller
from cartback.engine.log_ports import LoggedEvent, Recall, Seq
from cartback.engine.ports import Store
from cartback.engine.preview import Counter, NoCounter

if TYPE_CHECKING:
    from cartback.wiring.base import Installation

TRIES: Final = 20
PAUSE_SECONDS: Final = 0.25


def has_bulk() -> bool:
    """Whether the extra `bulk` is installed."""
    return all(importlib.util.find_spec(name) for name in ("duckdb", "ibis"))


def writes_tape(config: Config) -> bool:
    """Whether there is a tape here."""
    return config.tape and has_bulk()


def tape_writer(base: "Installation") -> Callable[[], int] | None:
    """Lets the tapes follow the log, and says how far they came; None where there are none."""
    if not writes_tape(base.config):
        return None
    from cartback.bulk.tape import TapeBusy
    from cartback.bulk.upkeep import follow

    log, folder = _Log(base.store), base.config.tape_folder

    def write() -> int:
        with base.store.reading() as reading:
            ends = {shop.id: reading.last_seq(shop.id) for shop in reading.shops()}
        written = 0
        for shop, end in ends.items():
            with contextlib.suppress(TapeBusy):
                written += follow(log, folder, shop, end, amendments(base.store, shop))
        return written

    return write


def tape_recaller(base: "Installation") -> Recaller | None:
    """Reads the past from the tape for a back-fill; None where there is none."""
    if not writes_tape(base.config):
        return None
    from cartback.bulk.recaller import recaller

    recall = recaller(base.config.tape_folder, base.store.reading)

    @contextlib.contextmanager
    def recall_amended(
        shop: ShopId, questions: Sequence[LiveQuestion], settings: Settings, now: Instant
    ) -> Iterator[Recall | None]:
        if not tape_is_amended(base, shop):
            yield None  # the log itself knows whose events are whose
            return
        with recall(shop, questions, settings, now) as recalled:
            yield recalled

    return recall_amended


def tape_position(base: "Installation", shop: ShopId) -> Seq:
    """The seq up to which a shop's tape is written; 0 where there is none."""
    if not writes_tape(base.config):
        return 0
    from cartback.bulk.upkeep import position

    return position(base.config.tape_folder, shop)


def tape_is_amended(base: "Installation", shop: ShopId, tries: int = TRIES) -> bool:
    """Make the changes of the log on the tape here too; False where it is in use for too long."""
    if not has_bulk():
        return not base.config.tape_folder.exists()
    from cartback.bulk.tape import TapeBusy
    from cartback.bulk.upkeep import catch_up

    for _ in range(tries):
        try:
            catch_up(base.config.tape_folder, shop, amendments(base.store, shop))
        except TapeBusy:
            time.sleep(PAUSE_SECONDS)
        else:
            return True
    return False


@contextlib.contextmanager
def counter(base: "Installation") -> Iterator[Counter]:
    """Counts over everybody: by SQL over the tape and the end of the log, where there is bulk."""
    if not has_bulk():
        yield NoCounter()
        return
    from cartback.bulk.counter import TapeCounter

    def amended(shop: ShopId) -> int | None:
        if not tape_is_amended(base, shop, tries=1):
            return None
        return len(amendments(base.store, shop))

    with TapeCounter(base.config.tape_folder, amended) as asked:
        yield asked


class _Log:
    """The log by pages, each its own short look: a long one would keep SQLite from tidying up."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def log_after(self, shop: ShopId, seq: Seq, limit: int) -> Sequence[LoggedEvent]:
        with self._store.reading() as reading:
            return reading.log_after(shop, seq, limit)
