"""Backups are whole, taken while others write, and never overwrite; restores wait for quiet."""

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from cartback.domain.event import ShopId
from cartback.store import DatabaseStore, backup, open_store
from cartback.store.backup import BackupError, restore
from tests.contracts.made import a_profile, save_new, spoil_a_page


def test_a_backup_brings_back_what_there_was(
    store: DatabaseStore, store_url: str, shop: ShopId, tmp_path: Path
) -> None:
    file = tmp_path / "backup"
    with store.transaction() as tx:
        one = save_new(tx, shop, 3)
    backup.backup(store_url, file)
    assert file.stat().st_mode & 0o077 == 0  # nobody else may read it
    with store.transaction() as tx:
        tx.save(shop, [a_profile(one, b"spoilt")])
        save_new(tx, shop, 5)
    store.close()
    restore(store_url, file)
    again = open_store(store_url)
    with again.transaction() as tx:
        assert tx.count_profiles(shop) == 3
        assert tx.profile(shop, one) == a_profile(one)
        assert list(tx.new_profile_ids(1)) == [one + 3]
    again.close()


def test_a_backup_is_taken_while_a_transaction_is_open(
    store: DatabaseStore, store_url: str, shop: ShopId, tmp_path: Path
) -> None:
    with store.transaction() as tx:
        save_new(tx, shop)
        backup.backup(store_url, tmp_path / "backup")
    assert os.listdir(tmp_path).count("backup") == 1
    assert not (tmp_path / "backup.part").exists()
    store.close()
    restore(store_url, tmp_path / "backup")
    again = open_store(store_url)
    with again.reading() as reading:
        assert reading.count_profiles(shop) == 0
    again.close()


def test_a_file_that_exists_is_not_overwritten(
    store: DatabaseStore, store_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "backup"
    file.write_text("precious")
    with pytest.raises(BackupError, match="exists already"):
        backup.backup(store_url, file)
    assert file.read_text() == "precious"


def test_nothing_is_restored_while_the_store_is_in_use(
    store: DatabaseStore, store_url: str, shop: ShopId, tmp_path: Path
) -> None:
    backup.backup(store_url, tmp_path / "backup")
    with store.transaction() as tx:
        save_new(tx, shop)
    with pytest.raises(BackupError, match="stop Cartback first"):
        restore(store_url, tmp_path / "backup")
    with store.reading() as reading:
        assert reading.count_profiles(shop) == 1


def test_what_is_no_backup_is_refused_and_nothing_changes(
    store: DatabaseStore, store_url: str, shop: ShopId, tmp_path: Path
) -> None:
    store.close()
    for name, content in (("empty", b""), ("text", b"a shopping list, and not a backup" * 99)):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BackupError):
            restore(store_url, tmp_path / name)
    with pytest.raises(BackupError, match="not a file"):
        restore(store_url, tmp_path / "missing")
    again = open_store(store_url)
    with again.reading() as reading:
        assert len(reading.shops()) == 1
    again.close()


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_damaged_backup_is_found_out(
    store: DatabaseStore, store_url: str, shop: ShopId, tmp_path: Path
) -> None:
    with store.transaction() as tx:
        save_new(tx, shop, 2_000)
    file = tmp_path / "backup"
    backup.backup(store_url, file)
    spoil_a_page(file)
    store.close()
    with pytest.raises(BackupError, match="damaged"):
        restore(store_url, file)


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_the_file_that_is_replaced_is_kept(
    store: DatabaseStore, store_url: str, shop: ShopId, tmp_path: Path
) -> None:
    backup.backup(store_url, tmp_path / "backup")
    with store.transaction() as tx:
        save_new(tx, shop)
    store.close()
    restore(store_url, tmp_path / "backup")
    kept = open_store(str(tmp_path / "store.db.before-restore"))
    with kept.reading() as reading:
        assert reading.count_profiles(shop) == 1
    kept.close()
    with pytest.raises(BackupError, match="move it away"):
        restore(store_url, tmp_path / "backup")


@pytest.mark.parametrize("lost", ["its beginning", "all of it"])
def test_what_a_broken_store_left_behind_is_not_taken_for_the_restored_ones(
    tmp_path: Path, lost: str
) -> None:
    """The write-ahead log of a process that died lies beside the file, under the same name."""
    store = open_store(str(tmp_path / "store.db"))
    with store.transaction() as tx:
        shop = tx.add_shop("Jumpers", 1)
        one = save_new(tx, shop, 3)
    backup.backup(str(tmp_path / "store.db"), tmp_path / "backup")
    with store.transaction() as tx:
        tx.save(shop, [a_profile(one, b"spoilt")])
    died = tmp_path / "died"
    died.mkdir()
    for name in ("store.db", "store.db-wal"):
        shutil.copy(tmp_path / name, died / name)
    store.close()
    file = died / "store.db"
    if lost == "all of it":
        file.unlink()
    else:
        with file.open("r+b") as spoilt:
            spoilt.write(b"\xff" * 4096)
    restore(str(file), tmp_path / "backup")
    assert not (died / "store.db-wal").exists(), "SQLite would write it into the new file"
    again = open_store(str(file))
    with again.reading() as reading:
        assert reading.profile(shop, one) == a_profile(one)
    again.close()


def test_what_is_not_ours_or_damaged_is_not_called_a_backup(tmp_path: Path) -> None:
    foreign = sqlite3.connect(tmp_path / "foreign.db")
    foreign.execute("CREATE TABLE recipes (name text)")
    foreign.close()
    store = open_store(str(tmp_path / "damaged.db"))
    with store.transaction() as tx:
        save_new(tx, tx.add_shop("Jumpers", 1), 2_000)
    store.close()
    spoil_a_page(tmp_path / "damaged.db")
    for name, hint in (("foreign", "not a database of Cartback"), ("damaged", "malformed")):
        with pytest.raises(BackupError, match=hint):
            backup.backup(str(tmp_path / f"{name}.db"), tmp_path / "backup")
        assert {file.name for file in tmp_path.iterdir()} == {"foreign.db", "damaged.db"}


def test_a_store_that_is_not_there_cannot_be_backed_up(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="does not exist"):
        backup.backup(str(tmp_path / "missing.db"), tmp_path / "backup")
    assert not (tmp_path / "backup").exists()
    assert not (tmp_path / "missing.db").exists()


@pytest.mark.parametrize("store_url", ["postgres"], indirect=True)
def test_without_the_client_programs_it_is_said_what_to_install(
    store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupError, match="apt-get install postgresql-client"):
        backup.backup(store_url, tmp_path / "backup")


@pytest.mark.parametrize("store_url", ["postgres"], indirect=True)
def test_a_password_is_not_among_the_arguments(
    store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[tuple[list[str], dict[str, str]]] = []

    def run(arguments: list[str], **options: dict[str, str]) -> subprocess.CompletedProcess[str]:
        ran.append(([str(argument) for argument in arguments], options["env"]))
        (tmp_path / "backup.part").touch()
        return subprocess.CompletedProcess(arguments, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    secret = store_url.replace("cartback@", "cartback:s3cret@")
    backup.backup(secret, tmp_path / "backup")
    arguments, environment = ran[0]
    assert "s3cret" not in " ".join(arguments)
    assert environment["PGPASSWORD"] == "s3cret"
