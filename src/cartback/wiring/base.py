"""What every command and the server stand on. The one place that knows the real clock."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cartback.config import Config
from cartback.domain.instant import Instant
from cartback.engine.ports import Clock, Store
from cartback.engine.rulebook import Rulebook
from cartback.store.database import DatabaseStore, open_store


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


def address_of(base: Installation) -> str:
    """Where people reach this installation."""
    return base.config.public_url or base.config.url


def what_is_wrong(store: Store) -> str | None:
    """Why the store cannot be used, as one sentence; None where it can."""
    for name, well, sentence in store.check():
        if not well:
            return f"{name}: {sentence}"
    with store.reading() as reading:
        reading.shops()
    return None
