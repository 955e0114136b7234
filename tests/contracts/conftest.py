"""Every contract is kept by every store: a SQLite file and a PostgreSQL database."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from cartback.domain.event import ShopId
from cartback.domain.instant import Instant
from cartback.store import DatabaseStore, open_store
from tests.postgres import PostgresServer

InThreads: TypeAlias = Callable[[int, Callable[[int], Any]], list[Any]]

KINDS = ("sqlite", "postgres")


def _migrate(url: str) -> None:
    open_store(url).close()


def migrated_postgres(server: PostgresServer) -> AbstractContextManager[str]:
    """The URL of a new database with the newest schema."""
    return server.database(server.template("store", _migrate))


@pytest.fixture(params=KINDS)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A store of its own for one test, with the newest schema."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    with migrated_postgres(request.getfixturevalue("postgres")) as url:
        yield url


@pytest.fixture
def store(store_url: str) -> Iterator[DatabaseStore]:
    store = open_store(store_url)
    yield store
    store.close()


@pytest.fixture
def shop(store: DatabaseStore) -> ShopId:
    with store.transaction() as tx:
        return tx.add_shop("Jumpers", 1)


@pytest.fixture
def in_threads() -> InThreads:
    """Run a function in that many threads at once, each with its number; what they returned."""

    def run(count: int, work: Callable[[int], Any]) -> list[Any]:
        together = threading.Barrier(count)

        def task(number: int) -> Any:  # noqa: ANN401  whatever the work gives
            together.wait()
            return work(number)

        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(task, range(count)))

    return run


@pytest.fixture
def wall_clock() -> Callable[[], Instant]:
    """The clock of this machine."""
    return lambda: time.time_ns() // 1_000_000
