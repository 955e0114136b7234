"""Both stores, each with a stranger's shop in it that nothing may touch."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from cartback.domain.event import ShopId
from cartback.engine.ports import Store
from cartback.store import DatabaseStore, open_store
from tests.postgres import PostgresServer
from tests.scenarios.engine_shop import EngineShop, check_consistency, did, people, segment

STRANGER: Final[ShopId] = 1


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the newest schema and nothing in it, to be copied."""
    path = tmp_path_factory.mktemp("empty") / "cartback.db"
    open_store(str(path)).close()
    return path


@pytest.fixture(scope="session")
def settled_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, with the stranger's shop in it."""
    path = tmp_path_factory.mktemp("settled") / "cartback.db"
    _settle(str(path))
    return path


def _prepare(url: str) -> None:
    open_store(url).close()


def _settle(url: str) -> None:
    store = open_store(url)
    assert _stranger(store).id == STRANGER
    store.close()


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A store of either kind of its own, by its URL: empty, but for the stranger's shop where a
    test asks for the `shop` beside it. To make that anew for each took longer than many of them."""
    settled = "shop" in request.fixturenames
    if request.param == "sqlite":
        path = tmp_path / "cartback.db"
        pattern = request.getfixturevalue("settled_sqlite" if settled else "empty_sqlite")
        shutil.copy(pattern, path)
        yield str(path)
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        name, prepare = ("settled", _settle) if settled else ("store", _prepare)
        with server.database(server.template(name, prepare)) as url:
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
    stranger = EngineShop(store, STRANGER)
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


def _new_shop(store: Store, name: str) -> ShopId:
    with store.transaction() as tx:
        return tx.add_shop(name, 0)
