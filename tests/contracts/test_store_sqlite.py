"""What only SQLite needs: turns among writers, and a log that is shortened beside them."""

import sqlite3
from pathlib import Path

import pytest

from cartback.domain.event import ShopId
from cartback.engine.ports import Contention
from cartback.store import DatabaseStore, checkpoint, open_store, sqlite
from tests.contracts.conftest import KINDS
from tests.contracts.made import a_profile, save_new

pytestmark = pytest.mark.parametrize("store_url", KINDS[:1], indirect=True)


def test_a_process_that_keeps_the_file_busy_is_contention(
    store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 1)
    store = open_store(store_url)
    other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Contention), store.transaction():
        pass
    other.execute("COMMIT")
    other.close()
    with store.transaction() as tx:
        assert tx.add_shop("Jumpers", 1) == 1
    store.close()


def test_a_transaction_within_a_transaction_is_a_mistake(store: DatabaseStore) -> None:
    with store.transaction():
        with pytest.raises(RuntimeError, match="open already"), store.transaction():
            pass
        with store.reading() as reading:
            assert reading.shops() == []


def test_a_reading_cannot_write(store: DatabaseStore) -> None:
    with store.reading() as reading, pytest.raises(sqlite3.OperationalError, match="readonly"):
        reading._session.numbers("shop_ids", 1)


def test_every_commit_waits_for_the_disk(store: DatabaseStore) -> None:
    with store.transaction() as tx:
        session = tx._session
        assert isinstance(session, sqlite.SqliteSession)
        settings = {
            name: session._connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("synchronous", "journal_mode", "foreign_keys")
        }
    assert settings == {"synchronous": 2, "journal_mode": "wal", "foreign_keys": 1}


def test_the_log_is_shortened_while_others_write(
    store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were it not, it would hold every page of every commit in the end."""
    monkeypatch.setattr(checkpoint, "WORTH_IT", 200)
    monkeypatch.setattr(checkpoint, "SMALL", 10)
    store = open_store(store_url)
    with store.transaction() as tx:
        shop = tx.add_shop("Jumpers", 1)
        one = save_new(tx, shop, 20)
    written = 0
    log = tmp_path / "store.db-wal"
    while not written or log.stat().st_size * 3 > written:
        with store.transaction() as tx:
            tx.save(shop, [a_profile(one + n, bytes(3_000)) for n in range(20)])
        written += 20 * 3_000
        assert written < 10**9
    store.close()
    assert not log.exists()


def test_closing_twice_is_harmless(store: DatabaseStore, shop: ShopId) -> None:
    store.close()
    store.close()
