"""Both stores, each with a stranger's shop in it that nothing may touch."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cartback.engine.ports import Store
from cartback.store import DatabaseStore, open_store
from tests.postgres import PostgresServer
from tests.scenarios.engine_shop import EngineShop, check_consistency, did, people, segment


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the newest schema and nothing in it, to be copied."""
    path = tmp_path_factory.mktemp("empty") / "cartback.db"
    open_store(str(path)).close()
    return path


def _prepare(url: str) -> None:
    open_store(url).close()


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh store of either kind, by its URL."""
    if request.param == "sqlite":
        path = tmp_path / "cartback.db"
        shutil.copy(request.getfixturevalue("empty_sqlite"), path)
        yield str(path)
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        with server.database(server.template("store", _prepare)) as url:
            yield url


@pytest.fixture
def store(store_url: str) -> Iterator[DatabaseStore]:
    """A store that is closed at the end."""
    store = open_store(store_url)
    yield store
    store.close()


@pytest.fixture
def shop(store: DatabaseStore) -> Iterator[EngineShop]:
    """A shop. At the end it is consistent, and the stranger's shop is as it was."""
    stranger = _stranger(store)
    before = people(store, stranger.id)
    shop = EngineShop(store, _new_shop(store, "the shop"))
    yield shop
    check_consistency(store, shop.id)
    check_consistency(store, stranger.id)
    assert people(store, stranger.id) == before
    assert stranger.members("buyers") == {"ada"}
    assert stranger.drops() == {}


def _stranger(store: Store) -> EngineShop:
    """Another shop, whose people have the same names."""
    stranger = EngineShop(store, _new_shop(store, "a stranger"))
    stranger.has(segment("buyers", did("Placed Order")))
    stranger.happens("ada", "Placed Order", id="order-1")
    stranger.happens("ada@example.com bob", "Viewed Product", id="view-1")
    return stranger


def _new_shop(store: Store, name: str) -> int:
    with store.transaction() as tx:
        return tx.add_shop(name, 0)
