"""What `doctor` is told."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import MetaData, Table

from cartback.domain.event import ShopId
from cartback.domain.instant import Instant
from cartback.store import BadUrl, DatabaseStore, doctor, open_store
from cartback.store.engine import open_database
from cartback.store.migrate import VERSION_TABLE
from tests.contracts.made import save_new, spoil_a_page

HOUR = 3_600_000


def findings(store: DatabaseStore, *, thorough: bool = True) -> dict[str, tuple[bool, str]]:
    return {name: (well, text) for name, well, text in store.check(thorough=thorough)}


def test_a_new_store_is_well(store: DatabaseStore) -> None:
    found = findings(store)
    assert found.keys() >= {"database", "schema", "durability"}
    ill = [name for name, (well, _) in found.items() if not well]
    # The server of these tests does not wait for the disk, and is found out.
    assert ill == ([] if "journal" in found else ["durability"])


def test_a_quick_check_asks_only_whether_it_can_be_used(store: DatabaseStore) -> None:
    found = findings(store, thorough=False)
    assert all(well for well, _ in found.values())
    assert found.keys() <= {"database", "schema", "journal"}


@pytest.mark.parametrize(
    "version, advice", [("0001", "start Cartback once"), ("9999", "upgrade Cartback")]
)
def test_a_schema_of_another_version_is_told_what_to_do(
    store: DatabaseStore, store_url: str, version: str, advice: str
) -> None:
    database = open_database(store_url)
    with database.engine.begin() as connection:
        versions = Table(VERSION_TABLE, MetaData(), autoload_with=connection)
        connection.execute(versions.update().values(version_num=version))
    database.close()
    well, said = findings(store, thorough=False)["schema"]
    assert (well, said.startswith(f"at {version}, "), said.endswith(advice)) == (False, True, True)


def test_a_password_is_not_told(store_url: str) -> None:
    store = open_store(store_url.replace("cartback@", "cartback:s3cret@"))
    assert "s3cret" not in str(findings(store))
    store.close()


@pytest.mark.parametrize("store_url", ["postgres"], indirect=True)
@pytest.mark.parametrize("off, well", [(0, True), (-HOUR, False), (HOUR, False)])
def test_a_clock_that_is_off_is_noticed(
    store_url: str, wall_clock: Callable[[], Instant], off: int, well: bool
) -> None:
    store = open_store(store_url, clock=lambda: wall_clock() + off)
    is_well, sentence = findings(store)["clock"]
    store.close()
    assert is_well == well
    assert well or "3600" in sentence


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
class TestAFile:
    def test_a_damaged_one_is_noticed(
        self, store: DatabaseStore, shop: ShopId, store_url: str, tmp_path: Path
    ) -> None:
        with store.transaction() as tx:
            save_new(tx, shop, 2_000)
        store.close()
        file = tmp_path / "store.db"
        spoil_a_page(file)
        store = open_store(store_url)
        well, sentence = findings(store)["integrity"]
        store.close()
        assert not well
        assert "restore a backup" in sentence

    def test_a_full_disk_is_noticed(
        self, store: DatabaseStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(doctor, "LEAST_FREE_BYTES", 2**60)
        well, sentence = findings(store)["disk"]
        assert not well
        assert "make room" in sentence

    def test_one_that_went_missing_is_noticed(self, store: DatabaseStore, tmp_path: Path) -> None:
        store.close()
        (tmp_path / "store.db").unlink()
        assert findings(store) == {
            "database": (False, f"{tmp_path / 'store.db'} does not exist"),
        }

    def test_one_that_is_no_database_is_noticed(self, store_url: str, tmp_path: Path) -> None:
        (tmp_path / "store.db").write_text("a shopping list" * 99)
        store = open_store(store_url, migrate=False)
        [(name, well, sentence)] = store.check()
        store.close()
        assert (name, well) == ("database", False)
        assert "does not answer" in sentence


def test_a_server_that_is_down_does_not_answer(tmp_path: Path) -> None:
    url = f"postgresql://cartback@/shop?host={tmp_path}"
    store = open_store(url, migrate=False)
    [(name, well, sentence)] = store.check()
    store.close()
    assert (name, well) == ("database", False)
    assert "does not answer" in sentence


@pytest.mark.parametrize(
    "url, hint",
    [
        ("mysql://root@localhost/shop", "not supported"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("postgresql://host:port/shop", "cannot be read"),
        ("://", "cannot be read"),
    ],
)
def test_a_url_that_means_no_store_is_refused(url: str, hint: str) -> None:
    with pytest.raises(BadUrl, match=hint):
        open_store(url)
