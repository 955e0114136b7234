"""The doctor finds what is wrong and says what to do; backups are whole, and come back."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sqlite3
from pathlib import Path

import pytest

from cartback.cli.running import alone
from cartback.config import read_config
from cartback.domain.instant import DAY
from cartback.wiring import installation, real_clock
from tests.email.dns_server import name_server
from tests.scenarios.command_line import ABANDONERS, KEY, Shell, names, record


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    shell = Shell(tmp_path)
    shell.says("shop", "create", "Tea")
    shell.says("segment", "create", shell.file("abandoners.yaml", ABANDONERS))
    shell.happens(record("ada@example.com", "Checkout Started"))
    return shell


def unwell(shell: Shell, *, exit_code: int = 1) -> dict[str, str]:
    """What the doctor finds wrong, by the name of the check."""
    import json

    found = json.loads(shell.run("doctor", "--json", exit_code=exit_code).stdout)
    return {one["check"]: one["says"] for one in found if not one["well"]}


def test_a_sound_installation_has_a_tick_on_every_line(shell: Shell) -> None:
    lines = shell.says("doctor").splitlines()
    assert all(line.startswith("✓ ") for line in lines)
    checks = {line.split()[1] for line in lines}
    assert {"clock", "database", "schema", "disk", "keys", "quarantine", "tape", "wakes"} <= checks


def test_before_the_first_start_there_is_no_database_and_none_is_made(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    assert "cartback up makes it" in unwell(shell)["database"]
    assert not (tmp_path / "data").exists()


def test_bad_configuration_is_a_finding(tmp_path: Path) -> None:
    result = Shell(tmp_path, CARTBACK_PORT="abc").run("doctor", exit_code=1)
    assert "CARTBACK_PORT" in result.stdout


def test_it_says_what_others_see_of_the_senders_domain(shell: Shell) -> None:
    shell.says("mailing", "set", shell.file("mailing.yaml", "sender: hello@shop.example"))
    shell.environment["CARTBACK_SMTP"] = "smtp+plain://127.0.0.1:9"
    dmarc = {("_dmarc.shop.example", "TXT"): ['"v=DMARC1; p=none"']}
    with name_server(dmarc) as (host, port):
        shell.environment["CARTBACK_DNS_SERVER"] = f"{host}#{port}"
        wrong = Shell(shell.folder, **shell.environment)
        found = unwell(wrong)
    assert "is not signed" in found["DKIM"]
    assert "shop.example TXT v=spf1 include:your-provider.example -all" in found["SPF"]
    assert "DMARC" not in found, "to be improved is not wrong"


def test_a_shop_without_a_key_cannot_be_sent_to(shell: Shell) -> None:
    for key in ("1", "2"):
        shell.says("keys", "revoke", key)
    assert "cartback keys create" in unwell(shell)["keys"]


def test_a_clock_that_was_set_back_is_seen_by_the_log(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cartback.cli.health.real_clock", lambda: real_clock() - 3 * DAY)
    found = unwell(shell)
    assert "the clock was set back" in found["events"]
    assert "NTP" in found["clock"], "the file system knows better"


def test_what_waits_in_quarantine_is_a_finding(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("cartback.engine.batch.advance", _fails)
        shell.happens(record("bob@example.com", "Viewed Product"))
    assert "cartback quarantine list" in unwell(shell)["quarantine"]


def test_conflicts_are_counted_and_nothing_is_wrong_with_them(shell: Shell) -> None:
    said = {one["check"]: one for one in shell.json("doctor")}
    assert said["conflicts"]["says"].startswith("none")
    shell.happens(
        record("customer-7", "Viewed Product") | {"anonymous_id": "kiosk"},
        record("customer-8", "Viewed Product"),
    )
    shell.happens(record("customer-8", "Viewed Product") | {"anonymous_id": "kiosk"})
    said = {one["check"]: one for one in shell.json("doctor")}
    assert said["conflicts"]["well"]
    assert said["conflicts"]["says"].startswith("1 tie ")
    assert said["conflicts"]["says"].endswith("cartback profile conflicts")


def _fails(*_: object) -> object:
    raise RuntimeError("a rule fails")


def test_late_wakes_are_a_finding_only_while_cartback_is_up(shell: Shell) -> None:
    shell.says(
        "replay",
        shell.file("old.jsonl", '{"email":"x@example.com","metric":"a","time":"2020-01-01"}\n'),
        "--live-clock",
        "--anew",
    )
    config = read_config(shell.environment)
    with installation(config) as base, base.store.transaction() as tx:
        [row] = [one for one in tx.profiles_after(1, 0, 10) if one.wake_at < real_clock() + 8 * DAY]
        import msgspec

        tx.save(1, [msgspec.structs.replace(row, wake_at=real_clock() - DAY)])
    assert unwell(shell, exit_code=0) == {}
    with alone(config, "http://127.0.0.1:8000"):
        assert "late" in unwell(shell)["wakes"]


def says(shell: Shell) -> dict[str, str]:
    """What the doctor says, by the name of the check."""
    return {one["check"]: one["says"] for one in shell.json("doctor")}


def test_it_says_which_database_it_looks_at(shell: Shell) -> None:
    said = says(shell)["configuration"]
    assert str(shell.folder / "data" / "cartback.db") in said
    assert "would listen at http://127.0.0.1:8000" in said


def test_a_password_is_not_shown(tmp_path: Path) -> None:
    away = "postgresql://me:se/cret@127.0.0.1:1/cartback?password=secret"
    said = Shell(tmp_path, CARTBACK_DATABASE=away).run("doctor", exit_code=1).stdout
    assert "me:***@127.0.0.1:1/cartback" in said
    assert "cret" not in said


def test_a_running_server_is_looked_at_as_it_is_set_up(shell: Shell) -> None:
    there = read_config(shell.environment)
    elsewhere = {"CARTBACK_DATABASE": there.database, "CARTBACK_DATA": str(shell.folder / "x")}
    other = Shell(shell.folder, **elsewhere)
    with alone(dataclasses.replace(there, tape=False), "https://127.0.0.1:4430"):
        said = says(other)
    assert f"data in {there.data}, as the process that is up has it" in said["configuration"]
    assert "8000" not in said["configuration"]
    assert f"process {os.getpid()}, https://127.0.0.1:4430" in said["process"]
    assert said["tape"] == "not written: the process that is up has it off"


def test_a_demo_that_runs_is_well(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    data = str(tmp_path / "data")
    shell.says("demo", "--plain", "--for", "0", "--days", "9", "--data", data)
    assert "demo's own time" in says(shell)["events"]
    with alone(read_config(shell.environment)):
        said = says(shell)
    assert said["wakes"] == "happen by the clock of the process that is up"
    assert "with a clock of its own" in said["process"]


def test_a_file_that_is_no_database_is_a_finding(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "cartback.db").write_bytes(b"this is a letter to a friend" * 100)
    assert "database" in unwell(shell)


def test_each_shop_has_its_own_lines(shell: Shell) -> None:
    shell.says("shop", "create", "Stranger")
    said = shell.says("doctor")
    assert "keys of Tea" in said
    assert "keys of Stranger" in said


# --- backups ----------------------------------------------------------------------------------


def test_a_backup_comes_back_as_it_was(shell: Shell) -> None:
    file = shell.folder / "monday.db"
    assert shell.says("backup", str(file)).startswith(f"Wrote {file} (")
    assert file.stat().st_mode & 0o077 == 0, "others may not read it"
    shell.happens(record("bob@example.com", "Checkout Started"))
    assert shell.says("segment", "count", KEY) == "2\n"
    (shell.folder / "data" / "tape").mkdir()
    shell.says("restore", str(file), "--yes")
    assert names(shell.json("segment", "members", KEY)) == {"ada@example.com"}
    assert not (shell.folder / "data" / "tape").exists(), "it knew of events that are gone"
    kept = shell.folder / "data" / "cartback.db.before-restore"
    with contextlib.closing(sqlite3.connect(kept)) as connection:
        assert connection.execute("SELECT count(*) FROM profiles").fetchone() == (2,)


def test_a_backup_overwrites_nothing(shell: Shell) -> None:
    file = shell.file("mine.txt", "mine")
    assert "exists already" in shell.refuses("backup", file)
    assert Path(file).read_text() == "mine"
    assert "there is no folder" in shell.refuses("backup", str(shell.folder / "no" / "x.db"))
    assert sorted(os.listdir(shell.folder)) == sorted(
        ["data", "mine.txt", "abandoners.yaml", "events.jsonl"]
    )


def test_nothing_is_restored_without_a_yes(shell: Shell) -> None:
    file = shell.folder / "monday.db"
    shell.says("backup", str(file))
    shell.happens(record("bob@example.com", "Checkout Started"))
    shell.run("restore", str(file), input="n\n", exit_code=1)
    assert "--yes" in shell.run("restore", str(file), input="", exit_code=1).stderr
    assert shell.says("segment", "count", KEY) == "2\n"


def test_nothing_is_restored_under_a_running_cartback(shell: Shell) -> None:
    file = shell.folder / "monday.db"
    shell.says("backup", str(file))
    with alone(read_config(shell.environment), "http://127.0.0.1:8000"):
        assert "stop it first" in shell.refuses("restore", str(file), "--yes")


def test_what_is_no_backup_is_not_restored(shell: Shell) -> None:
    for name, content in (("letter.db", b"a letter to a friend"), ("empty.db", b"")):
        (shell.folder / name).write_bytes(content)
        assert name in shell.refuses("restore", str(shell.folder / name), "--yes")
    other = shell.folder / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    assert "not a database of Cartback" in shell.refuses("restore", str(other), "--yes")
    assert names(shell.json("segment", "members", KEY)) == {"ada@example.com"}


def test_a_backup_is_restored_where_nothing_was(shell: Shell, tmp_path: Path) -> None:
    file = shell.folder / "monday.db"
    shell.says("backup", str(file))
    elsewhere = Shell(tmp_path, CARTBACK_DATA=str(tmp_path / "elsewhere"))
    elsewhere.says("restore", str(file))
    assert names(elsewhere.json("segment", "members", KEY)) == {"ada@example.com"}
