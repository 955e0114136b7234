"""The tape is the log: whatever happens to the writer, nothing is missing and nothing is twice."""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest

from cartback.bulk.manifest import Manifest, read_manifest, save_manifest, shop_folder
from cartback.bulk.row import COLUMNS, row_of
from cartback.bulk.tape import CROWD, FULL, PAGE, TapeBusy, _writing, amend, parquet, write_tape
from cartback.domain.event import Event, Identifier, Location
from cartback.engine.log_ports import Amendment, LoggedEvent
from tests.conftest import CHECKOUT
from tests.forked import processes
from tests.tape_log import SHOP, InventedLog, writes


def rows_on(folder: Path) -> Mapping[int, Mapping[str, Any]]:
    """What a reader finds on the tape, by seq; a seq that is there twice is a failure."""
    home = shop_folder(folder, SHOP)
    files = read_manifest(home).files
    if not files:
        return {}
    with duckdb.connect() as connection:
        found = connection.execute(f"FROM {parquet(home, files)}")
        names = [column[0] for column in found.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    assert len({row["seq"] for row in rows}) == len(rows)
    return {row["seq"]: row for row in rows}


def as_written(log: InventedLog, up_to: int) -> Mapping[int, Mapping[str, Any]]:
    """What the tape has to hold."""
    empty = dict.fromkeys(["props", "numbers", "lists", "traits", "place"])
    return {
        seq: empty | msgspec.to_builtins(row_of(one))
        for seq, one in log.rest().items()
        if seq <= up_to
    }


def files_below(folder: Path) -> set[str]:
    home = shop_folder(folder, SHOP)
    return {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()}


def test_the_tape_holds_every_event_of_the_log_once(tmp_path: Path) -> None:
    log = InventedLog(1_000)
    manifest = write_tape(log, SHOP, tmp_path, chunk=300)
    assert manifest.position == 1_000
    assert rows_on(tmp_path) == as_written(log, 1_000)


def test_each_file_holds_one_day_of_one_shop(tmp_path: Path) -> None:
    manifest = write_tape(InventedLog(40_000), SHOP, tmp_path)
    assert [file.day for file in manifest.files] == ["2026-03-01", "2026-03-02", "2026-03-03"]
    assert all((tmp_path / "shop=7" / file.name).is_file() for file in manifest.files)
    assert sum(file.rows for file in manifest.files) == 40_000


def test_what_came_since_is_added_and_nothing_else_is_touched(tmp_path: Path) -> None:
    before = write_tape(InventedLog(100), SHOP, tmp_path)
    after = write_tape(InventedLog(150), SHOP, tmp_path)
    assert set(before.files) < set(after.files)
    assert rows_on(tmp_path) == as_written(InventedLog(150), 150)


def test_it_can_be_asked_to_stop_at_a_seq(tmp_path: Path) -> None:
    log = InventedLog(1_000)
    assert write_tape(log, SHOP, tmp_path, up_to=421).position == 421
    assert rows_on(tmp_path) == as_written(log, 421)


def test_no_more_is_held_than_a_page_of_the_log(tmp_path: Path) -> None:
    log = InventedLog(12_000)
    write_tape(log, SHOP, tmp_path)
    assert log.largest_page == PAGE


def test_an_empty_log_makes_an_empty_tape(tmp_path: Path) -> None:
    assert write_tape(InventedLog(0), SHOP, tmp_path) == Manifest()


def test_many_small_files_of_a_day_become_one(tmp_path: Path) -> None:
    log = InventedLog(20 * CROWD)
    for up_to in range(20, log.rows + 1, 20):
        manifest = write_tape(log, SHOP, tmp_path, up_to=up_to)
    assert len(manifest.files) <= 3
    assert all(file.rows < FULL for file in manifest.files)
    assert rows_on(tmp_path) == as_written(log, log.rows)
    assert files_below(tmp_path) == {file.name for file in manifest.files} | {
        "manifest.json",
        "lock",
    }


def test_erased_people_are_in_no_file_any_more(tmp_path: Path) -> None:
    log = InventedLog(2_000)
    before = write_tape(log, SHOP, tmp_path, chunk=500)
    after = amend(tmp_path, SHOP, [Amendment(3), Amendment(4), Amendment(99)])
    log.erased = {3, 4}
    assert rows_on(tmp_path) == as_written(log, log.rows)
    assert after.position == before.position
    assert after.amendments == before.amendments + 1
    assert files_below(tmp_path) == {file.name for file in after.files} | {"manifest.json", "lock"}


def test_events_are_given_to_whom_they_belong(tmp_path: Path) -> None:
    log = InventedLog(2_000)
    before = write_tape(log, SHOP, tmp_path, chunk=500)
    theirs = [seq for seq, one in log.rest().items() if one.profile == 3][::2]
    after = amend(tmp_path, SHOP, [Amendment(41, tuple(theirs)), Amendment(3)])
    expected = {seq: row for seq, row in as_written(log, log.rows).items() if row["profile"] != 3}
    given = {seq: {**as_written(log, log.rows)[seq], "profile": 41} for seq in theirs}
    assert rows_on(tmp_path) == expected | given
    assert after.position == before.position
    again = amend(tmp_path, SHOP, [Amendment(41, tuple(theirs))])
    assert rows_on(tmp_path) == expected | given
    assert again.files == after.files


def test_two_do_not_write_the_same_tape(tmp_path: Path) -> None:
    with _writing(SHOP, tmp_path, None), pytest.raises(TapeBusy, match="shop 7"):
        write_tape(InventedLog(10), SHOP, tmp_path)
    assert write_tape(InventedLog(10), SHOP, tmp_path).position == 10


def test_a_tape_in_another_format_is_written_anew(tmp_path: Path) -> None:
    manifest = write_tape(InventedLog(100), SHOP, tmp_path)
    older = msgspec.structs.replace(manifest, format=0)
    save_manifest(shop_folder(tmp_path, SHOP), older)
    assert write_tape(InventedLog(100), SHOP, tmp_path).position == 100
    assert rows_on(tmp_path) == as_written(InventedLog(100), 100)


def test_a_killed_writer_leaves_a_tape_that_is_whole_and_goes_on(tmp_path: Path) -> None:
    """Twenty times SIGKILL at a random moment; after each the tape is the log up to a seq."""
    chance = random.Random(20)
    home, chunk, position = shop_folder(tmp_path, SHOP), 60, 0
    for turn in range(1, 21):
        log = InventedLog(turn * 10 * chunk)
        writer = processes.Process(target=writes, args=(tmp_path, log.rows, chunk))
        writer.start()
        wanted = position + chance.randrange(1, 8) * chunk
        while writer.exitcode is None and read_manifest(home).position < wanted:
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 0.03))
        writer.kill()
        writer.join()
        position = read_manifest(home).position
        assert rows_on(tmp_path) == as_written(log, position)
    assert position < log.rows, "the last writer was not caught at work"
    manifest = write_tape(log, SHOP, tmp_path)
    assert rows_on(tmp_path) == as_written(log, log.rows)
    assert files_below(tmp_path) == {file.name for file in manifest.files} | {
        "manifest.json",
        "lock",
    }


# --- one event as a row ----------------------------------------------------------------------


def a_row(
    properties: dict[str, Any] | None = None,
    traits: dict[str, Any] | None = None,
    location: Location | None = None,
    identifiers: tuple[Identifier, ...] = (),
) -> Mapping[str, Any]:
    event = Event(
        shop=1,
        id="e",
        metric="m",
        identifiers=identifiers,
        time=1,
        received=2,
        properties=properties or {},
        traits=traits or {},
        location=location,
    )
    row: Mapping[str, Any] = msgspec.to_builtins(row_of(LoggedEvent(1, 2, 0, event)))
    return row


def test_values_say_their_type() -> None:
    row = a_row(
        properties={
            "text": "12",
            "whole": 12,
            "same": 12.0,
            "half": 0.5,
            "tiny": 4e-7,
            "huge": 1e13,
            "yes": True,
            "no": False,
            "none": None,
            "empty": "",
        }
    )
    assert row["props"] == {
        "text": "s12",
        "whole": "n",
        "same": "n",
        "half": "n",
        "tiny": "n",
        "huge": "x",
        "yes": "btrue",
        "no": "bfalse",
        "empty": "s",
    }
    assert row["numbers"] == {"whole": 12_000_000, "same": 12_000_000, "half": 500_000, "tiny": 0}


def test_objects_are_laid_flat_and_lists_are_kept_as_json() -> None:
    row = a_row(properties={"a": {"b": {"c": 1}, "list": [{"x": 1}]}})
    assert row["props"] == {"a": "o", "a.b": "o", "a.b.c": "n", "a.list": "l"}
    assert row["numbers"] == {"a.b.c": 1_000_000}
    assert row["lists"] == {"a.list": '[{"x":1}]'}


def test_what_no_path_reaches_is_left_out() -> None:
    deep: dict[str, Any] = {}
    inner = deep
    for _ in range(9):
        inner["d"] = {}
        inner = inner["d"]
    row = a_row(properties={"a.b": 1, "": 2, "n" * 101: 3, "ok": 4, **deep})
    assert row["props"] == {
        "ok": "n",
        **{".".join("d" * level): "o" for level in range(1, 9)},
    }


def test_traits_are_json_and_a_place_is_a_list() -> None:
    row = a_row(
        traits={"vip": None, "n": 1.0, "address": {"zip": "1", "city": "Seoul"}},
        location=Location("KR", "", "Seoul"),
        identifiers=(Identifier("phone", "+82"),),
    )
    assert row["described"]
    assert row["traits"] == {
        "vip": "null",
        "n": "1.0",
        "address": '{"city":"Seoul","zip":"1"}',
    }
    assert row["place"] == '["KR","","Seoul"]'
    assert (row["by_email"], row["by_phone"]) == (False, True)


# --- the document says what is so --------------------------------------------------------------

PAGE_ABOUT = (CHECKOUT / "docs" / "tape.md").read_text("utf-8")


def test_the_document_names_every_column_with_its_type() -> None:
    rows = re.findall(r"^\| (`.+?`) \| ([A-Z(), ]+) \|", PAGE_ABOUT, re.MULTILINE)
    written = {name: kind for names, kind in rows for name in re.findall(r"`(\w+)`", names)}
    assert written == COLUMNS


def test_the_documents_query_counts_orders_by_whom_a_profile_became(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = InventedLog(500)
    write_tape(log, 1, tmp_path / "tape")
    found = re.search(r"```sql\n(.+?)```", PAGE_ABOUT, re.DOTALL)
    assert found is not None
    monkeypatch.chdir(tmp_path)
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE merged AS SELECT 1 AS loser, 2 AS winner")
        orders = dict(connection.execute(found[1]).fetchall())
    owners = [
        2 if one.profile == 1 else one.profile
        for one in log.rest().values()
        if one.event.metric == "Placed Order"
    ]
    assert orders == Counter(owners)
