"""Every contract is kept by every store: a SQLite file and a PostgreSQL database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cartback.domain.event import ShopId
from cartback.store import DatabaseStore, open_store
from tests.postgres import PostgresServer

KINDS = ("sqlite", "postgres")


def _migrate(url: str) -> None:
    open_store(url).close()


@pytest.fixture(params=KINDS)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A store of its own for one test, with the newest schema."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.database(server.template("store", _migrate)) as url:
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
