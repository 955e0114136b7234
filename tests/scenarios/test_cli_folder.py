"""A shop's definitions in Git, by command: exported, planned, applied; another shop's untouched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cartback.domain.instant import DAY, HOUR
from tests.scenarios.command_line import ABANDONERS, KEY, Shell, names, record

BUYERS = "name: Buyers\nwhen: {kind: did, metric: Placed Order}\n"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Ada left a checkout, Bob ordered. A stranger's shop has a segment of the same key."""
    shell = Shell(tmp_path)
    shell.says("shop", "create", "Tea")
    shell.happens(
        record("ada@example.com", "Checkout Started", 2 * HOUR),
        record("eve@example.com", "Checkout Started", 3 * DAY),
        record("bob@example.com", "Checkout Started", 2 * HOUR),
        record("bob@example.com", "Placed Order", HOUR),
    )
    shell.says("segment", "create", shell.file("abandoners.yaml", ABANDONERS))
    return shell


@pytest.fixture
def folder(shell: Shell) -> Path:
    """Where the definitions are kept, just exported."""
    folder = shell.folder / "definitions"
    shell.says("export", str(folder))
    return folder


def plan(shell: Shell, folder: Path, *options: str) -> dict[str, Any]:
    """A plan that changes something, by key."""
    said = shell.run("plan", str(folder), *options, "--json", exit_code=2).stdout
    return {one["key"]: one for one in json.loads(said)}


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_what_is_exported_has_nothing_to_plan(shell: Shell, folder: Path) -> None:
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.yaml")}
    assert sorted(files) == [f"segments/{KEY}.yaml", "shop.yaml"]
    assert files["shop.yaml"].read_text().startswith("settings:\n  zone: UTC\n  currency: USD\n")
    assert shell.says("plan", str(folder)) == "2 unchanged.\n"
    before = {name: path.stat().st_mtime_ns for name, path in files.items()}
    assert shell.says("export", str(folder)).startswith("Wrote 0 of 2 files")
    assert {name: path.stat().st_mtime_ns for name, path in files.items()} == before


def test_a_plan_shows_the_difference_and_who_would_move(shell: Shell, folder: Path) -> None:
    edit(folder / f"segments/{KEY}.yaml", "Checkout Started\n      within: {kind: last, duration: "
         "1 week}", "Checkout Started\n      within: {kind: last, duration: 1 day}")  # fmt: skip
    (folder / "segments/buyers.yaml").write_text(BUYERS)
    said = shell.run("plan", str(folder), exit_code=2).stdout
    assert f"~ segments/{KEY}.yaml  Recent cart abandoners: changed; 0 would enter, 1 would" in said
    assert "    +      within: {kind: last, duration: 1 day}" in said
    assert "    would leave: eve@example.com" in said
    assert "+ segments/buyers.yaml  Buyers: created; 1 would enter, 0 would leave" in said
    assert said.endswith("1 created, 1 changed, 1 unchanged.\n")
    found = plan(shell, folder)
    assert found[KEY]["leaving"] == {"total": 1, "samples": ["eve@example.com"]}
    assert found["buyers"]["entering"] == {"total": 1, "samples": ["bob@example.com"]}
    assert names(shell.json("segment", "members", KEY)) == {"ada@example.com", "eve@example.com"}


def test_a_plan_without_the_tape_is_the_same(
    shell: Shell, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "segments/buyers.yaml").write_text(BUYERS)
    with_tape = plan(shell, folder)
    monkeypatch.setattr("cartback.cli.folder.tape_position", lambda *_: 0)
    assert plan(shell, folder) == with_tape


def test_what_is_applied_is_live_and_says_where_it_came_from(shell: Shell, folder: Path) -> None:
    (folder / "segments/buyers.yaml").write_text(BUYERS)
    said = shell.says("apply", str(folder), "--commit", "4f2a")
    assert said == "+ segments/buyers.yaml  Buyers: created\n1 created, 2 unchanged.\n"
    assert names(shell.json("segment", "members", "buyers")) == {"bob@example.com"}
    origin = {row["key"]: row["origin"] for row in shell.json("segment", "list")}["buyers"]
    assert (origin["file"], origin["commit"]) == ("segments/buyers.yaml", "4f2a")
    assert origin["changed_since"] is False
    assert shell.says("apply", str(folder)) == "3 unchanged.\n"
    assert shell.says("export", str(folder)).startswith("Wrote 1 of 3 files")
    assert shell.says("plan", str(folder)) == "3 unchanged.\n"
    longer = shell.file("longer.yaml", BUYERS.replace("Order}", "Order, times: {at_least: 2}}"))
    shell.says("segment", "change", longer)
    origin = {row["key"]: row["origin"] for row in shell.json("segment", "list")}["buyers"]
    assert origin["changed_since"] is True


def test_a_change_in_the_console_is_told_and_merged_by_exporting(
    shell: Shell, folder: Path
) -> None:
    path = folder / f"segments/{KEY}.yaml"
    shell.says("segment", "change", shell.file("x.yaml", ABANDONERS.replace("1 week", "2 weeks")))
    ours = path.read_text()
    edit(path, "name: Recent cart abandoners", "name: Left their carts")
    said = shell.refuses("apply", str(folder))
    assert said.startswith(f"segments/{KEY}.yaml: it was changed since the file was written; ")
    assert "! it was changed since" in shell.run("plan", str(folder), exit_code=2).stdout
    assert "was edited since it was exported" in shell.refuses("export", str(folder))
    path.write_text(ours)  # as `git stash` would
    shell.says("export", str(folder))
    assert "2 weeks" in path.read_text()
    edit(path, "name: Recent cart abandoners", "name: Left their carts")
    assert shell.says("apply", str(folder)).startswith(f"~ segments/{KEY}.yaml  Left their carts")
    [row] = shell.json("segment", "list")
    assert (row["name"], row["version"]) == ("Left their carts", 3)


def test_only_prune_archives_what_is_not_in_the_folder(shell: Shell, folder: Path) -> None:
    (folder / f"segments/{KEY}.yaml").unlink()
    assert shell.says("plan", str(folder)) == "1 unchanged, 1 not in the folder.\n"
    assert plan(shell, folder, "--prune")[KEY]["leaving"]["total"] == 2
    shell.says("apply", str(folder))
    assert shell.json("segment", "list")
    assert "- recent-cart-abandoners" in shell.says("apply", str(folder), "--prune")
    assert shell.json("segment", "list") == []


def test_all_that_is_wrong_is_told_with_its_file_and_nothing_is_done(
    shell: Shell, folder: Path
) -> None:
    segments = folder / "segments"
    (segments / "buyers.yaml").write_text(BUYERS)
    (segments / "broken.yaml").write_text("name: Broken\nwhen: {kind: did,\n  metric: [\n")
    (segments / "number.json").write_text("7")
    for command in ("plan", "apply"):
        said = shell.refuses(command, str(folder)).splitlines()
        assert said[0].startswith("segments/broken.yaml, line ")
        assert said[1] == "cartback: segments/number.json: a definition is an object"
    (segments / "broken.yaml").write_text("name: Broken\nwhen: {kind: did, metrik: A}\n")
    (segments / "doubled.yaml").write_text("name: D\nwhen: {kind: cart}\nwhen: {kind: stage}\n")
    [said_of_it, _] = shell.refuses("plan", str(folder)).splitlines()
    assert said_of_it.startswith("segments/doubled.yaml, line 3: `when` stands here twice")
    (segments / "doubled.yaml").unlink()
    (segments / "number.json").write_text('{"name": "N", "key": "other", "when": {"kind": "cart"}}')
    said = shell.refuses("apply", str(folder)).splitlines()
    assert "broken.yaml: when: there is no field `metrik` here" in said[0]
    assert said[1] == "cartback: segments/number.json: key: 'other' belongs in segments/other.yaml"
    assert [row["key"] for row in shell.json("segment", "list")] == [KEY]


def test_two_files_of_one_segment_are_refused(shell: Shell, folder: Path) -> None:
    (folder / f"segments/{KEY}.yml").write_text(ABANDONERS)
    assert "defines the same; keep one of the two" in shell.refuses("plan", str(folder))
    (folder / f"segments/{KEY}.yaml").unlink()
    assert f"segments/{KEY}.yml defines what" in shell.refuses("export", str(folder))


def test_an_empty_folder_archives_nothing(shell: Shell) -> None:
    empty = shell.folder / "empty"
    assert "there is no folder" in shell.refuses("apply", str(empty), "--prune")
    empty.mkdir()
    (empty / "README.md").write_text("nothing")
    assert "there are no definitions in" in shell.refuses("apply", str(empty), "--prune")
    assert shell.json("segment", "list")


def test_settings_and_names_of_lists_are_kept_too(shell: Shell, folder: Path) -> None:
    path = folder / "shop.yaml"
    path.write_text("settings: {zone: Asia/Seoul, currency: KRW}\nlists: {vip: Friends}\n")
    said = shell.run("plan", str(folder), exit_code=2).stdout
    assert "+  zone: Asia/Seoul" in said
    shell.says("apply", str(folder))
    assert shell.json("shop", "settings")["zone"] == "Asia/Seoul"
    asked = shell.file("vip.yaml", "name: Vip\nwhen: {kind: in_list, list: vip}\n")
    assert "Friends" in shell.says("segment", "preview", asked)
    shell.says("export", str(folder), "--overwrite")
    assert "vip: Friends" in path.read_text()
    assert shell.says("plan", str(folder)) == "2 unchanged.\n"
    path.write_text("settings: {zone: Mars}\n")
    assert "shop.yaml: settings: 'Mars' is not a time zone" in shell.refuses("plan", str(folder))


def test_klaviyo_s_form_may_stand_in_the_folder(shell: Shell, folder: Path) -> None:
    ordered = {
        "type": "profile-metric",
        "metric_id": "Placed Order",
        "measurement": "count",
        "measurement_filter": {"type": "numeric", "operator": "greater-than", "value": 0},
        "timeframe_filter": {"type": "date", "operator": "alltime"},
    }
    document = {"name": "Buyers", "condition_groups": [{"conditions": [ordered]}]}
    (folder / "segments/buyers.json").write_text(json.dumps(document))
    shell.says("apply", str(folder))
    assert names(shell.json("segment", "members", "buyers")) == {"bob@example.com"}
    assert shell.says("apply", str(folder)) == "3 unchanged.\n"


def test_another_shop_s_definitions_are_never_touched(shell: Shell, folder: Path) -> None:
    shell.says("shop", "create", "Coffee")
    shell.says("segment", "create", shell.file("b.yaml", BUYERS), "--shop", "Coffee")
    before = shell.json("segment", "list", "--shop", "Coffee")
    (folder / f"segments/{KEY}.yaml").unlink()
    (folder / "segments/buyers.yaml").write_text(BUYERS.replace("Buyers", "Ours"))
    (folder / "shop.yaml").write_text("settings: {currency: KRW}\n")
    shell.says("apply", str(folder), "--prune", "--shop", "Tea")
    assert shell.json("segment", "list", "--shop", "Coffee") == before
    assert shell.json("shop", "settings", "--shop", "Coffee")["currency"] == "USD"
    theirs = shell.folder / "theirs"
    shell.says("export", str(theirs), "--shop", "Coffee")
    assert sorted(path.name for path in theirs.rglob("*.yaml")) == ["buyers.yaml", "shop.yaml"]
    assert "Ours" not in (theirs / "segments/buyers.yaml").read_text()


def test_a_flow_with_a_step_that_could_never_be_done_is_told_with_its_file(
    shell: Shell, folder: Path
) -> None:
    (folder / "flows").mkdir()
    (folder / "flows" / "call.yaml").write_text(
        "name: Call\ntrigger: {kind: cart_abandoned}\n"
        "steps: [{kind: webhook, key: till, url: http://10.0.0.1/}]\n"
    )
    said = shell.run("apply", str(folder), exit_code=1).stderr
    assert "flows/call.yaml: step 'till' calls 'http://10.0.0.1/'" in said
