"""A console over a fresh SQLite store."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cartback.store import open_store
from cartback.web.console.asked import Demo
from tests.web.console.desk import Desk


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("console") / "cartback.db"
    open_store(str(path)).close()
    return path


@pytest.fixture
def desk(empty_store: Path, tmp_path: Path) -> Iterator[Desk]:
    """Nobody has an account yet."""
    path = tmp_path / "cartback.db"
    shutil.copy(empty_store, path)
    store = open_store(str(path))
    yield Desk(store)
    store.close()


@pytest.fixture
def demo_desk(empty_store: Path, tmp_path: Path) -> Iterator[Desk]:
    """The same as the demo has it, whose owner comes in by a word."""
    path = tmp_path / "demo.db"
    shutil.copy(empty_store, path)
    store = open_store(str(path))
    desk = Desk(store, demo=Demo("abracadabra", "owner@example.com", "me"))
    desk.people()
    yield desk
    store.close()


@pytest.fixture
def staffed(desk: Desk) -> Desk:
    """A colleague in each role, and the owner of another shop."""
    desk.people()
    return desk
