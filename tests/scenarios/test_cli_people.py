"""One person by command: shown, merged and parted, exported, erased; and a stranger's namesake."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cartback.bulk.manifest import read_manifest, shop_folder
from cartback.bulk.query import Bulk
from cartback.bulk.upkeep import follow
from cartback.config import read_config
from cartback.domain.condition import Did
from cartback.domain.instant import HOUR, MINUTE, Zone
from cartback.domain.number import Count
from cartback.engine.amending import amendments
from cartback.engine.erasing import erase
from cartback.engine.log_ports import Amendment
from cartback.engine.people import NobodyFound
from cartback.wiring import installation
from tests.scenarios.command_line import ABANDONERS, KEY, Shell, record

ADA = "ada@example.com"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    shell = Shell(tmp_path)
    shell.says("shop", "create", "Tea")
    shell.says("segment", "create", shell.file("abandoners.yaml", ABANDONERS))
    line = {"product_id": "tea-1", "name": "Earl \x1b[31mGrey", "quantity": 2, "price": 950}
    shell.happens(
        record(ADA, "Checkout Started", 2 * HOUR, cart_id="c1", currency="EUR", lines=[line])
        | {"traits": {"first_name": "Ada", "last_name": "Lantern"}},
        record("customer-7", "Viewed Product", HOUR, name="Chai"),
    )
    return shell


def test_a_person_is_shown_with_the_cart_on_top(shell: Shell) -> None:
    said = shell.says("profile", "show", ADA)
    lines = said.splitlines()
    assert lines[0] == "Ada Lantern  lead, profile 1"
    assert lines[3].startswith("Checkout c1: 19.00 EUR, abandoned since ")
    assert lines[4].split() == ["2", "pcs", "Earl", "�[31mGrey", "9.50", "EUR"]
    [membership] = [line for line in lines if line.strip().startswith(KEY)]
    assert "since" in membership
    assert "until" in membership


def test_a_checkout_without_products_is_shown_too(shell: Shell) -> None:
    shell.happens(record("customer-7", "Checkout Started"))
    said = shell.says("profile", "show", "customer-7")
    assert "Checkout: no value was sent, counts as abandoned from " in said
    assert "what is in it was not told" in said
    shell.happens(record("customer-7", "Checkout Started", value=0, currency="EUR"))
    assert "Checkout: 0.00 EUR, counts as" in shell.says("profile", "show", "customer-7")


def test_nothing_of_a_sender_reaches_the_terminal_as_a_command(shell: Shell) -> None:
    assert "\x1b" not in shell.says("profile", "show", ADA)


@pytest.mark.parametrize("name", [ADA, ADA.upper(), f"email:{ADA}", "1"])
def test_a_person_is_found_by_any_name(shell: Shell, name: str) -> None:
    assert shell.json("profile", "show", name)["profile"] == 1


def test_a_person_as_json_has_segments_events_and_merges(shell: Shell) -> None:
    found = shell.json("profile", "show", ADA)
    assert [one["segment"] for one in found["segments"]] == [KEY]
    assert found["segments"][0]["exact"] is True
    assert [one["metric"] for one in found["latest_events"]][-1] == "Checkout Started"
    assert found["merges"] == []
    assert found["stage"] == "lead"


def test_two_become_one_and_are_parted_again(shell: Shell) -> None:
    said = shell.says("profile", "merge", ADA, "customer-7")
    assert said == "Merged. To undo it: cartback profile undo 1\n"
    together = shell.json("profile", "show", ADA)
    assert shell.json("profile", "show", "customer-7")["profile"] == together["profile"]
    assert "merge 1" in shell.says("profile", "show", ADA)
    shell.says("profile", "undo", "1")
    apart = {shell.json("profile", "show", who)["profile"] for who in (ADA, "customer-7")}
    assert len(apart) == 2
    assert "no merge 1 that could be undone" in shell.refuses("profile", "undo", "1")


def test_a_person_is_not_merged_with_itself(shell: Shell) -> None:
    assert "same profile" in shell.refuses("profile", "merge", ADA, "1")


def test_a_person_gets_all_that_is_kept(shell: Shell) -> None:
    printed = json.loads(shell.says("profile", "export", ADA))
    file = shell.folder / "ada.json"
    shell.says("profile", "export", ADA, "--to", str(file))
    written = json.loads(file.read_text())
    assert {"kind": "email", "value": ADA} in printed["identifiers"]
    assert printed.keys() == written.keys()
    assert shell.refuses("profile", "export", ADA, "--to", str(file)).endswith(
        "exists; name a new file"
    )


def test_a_person_is_forgotten_only_when_that_is_meant(shell: Shell) -> None:
    shell.run("profile", "erase", ADA, input="n\n", exit_code=1)
    assert shell.json("profile", "show", ADA)["profile"] == 1
    unanswered = shell.run("profile", "erase", ADA, input="", exit_code=1)
    assert "--yes goes on without asking" in unanswered.stderr
    assert "Aborted" not in unanswered.stderr
    assert shell.json("profile", "show", ADA)["profile"] == 1
    said = shell.says("profile", "erase", ADA, input="y\n")
    assert "Erased" in said
    assert shell.refuses("profile", "show", ADA) == (f"there is nobody with the identifier {ADA!r}")
    assert shell.says("segment", "count", KEY) == "0\n"


def rows_on_tape(folder: Path) -> int:
    return sum(file.rows for file in read_manifest(shop_folder(folder, 1)).files)


def test_every_tape_forgets_too_here_at_once_and_elsewhere_at_its_next_turn(shell: Shell) -> None:
    config = read_config(shell.environment)
    here, elsewhere = config.tape_folder, shell.folder / "elsewhere"
    with installation(config) as base, base.store.reading() as reading:
        end = reading.last_seq(1)
        for tape in (here, elsewhere):
            follow(reading, tape, 1, end, ())
    before = rows_on_tape(here)
    shell.says("profile", "erase", ADA, "--yes")
    assert (rows_on_tape(here), rows_on_tape(elsewhere)) == (1, before)
    with installation(config) as base, base.store.reading() as reading:
        for _ in range(2):
            follow(reading, elsewhere, 1, end, amendments(base.store, 1))
            assert rows_on_tape(elsewhere) == 1
    shell.says("profile", "erase", "customer-7", "--yes")
    assert rows_on_tape(here) == 0


def test_what_was_recorded_while_two_were_one_is_given_back_on_the_tape_too(shell: Shell) -> None:
    config = read_config(shell.environment)
    shell.says("profile", "merge", ADA, "customer-7")
    shell.happens(
        record(ADA, "Searched", query="tea"), record("customer-7", "Searched", query="pot")
    )
    with installation(config) as base, base.store.reading() as reading:
        follow(reading, config.tape_folder, 1, reading.last_seq(1), ())
    shell.says("profile", "undo", "1")
    once = Did("Searched", Count(exactly=1))
    with (
        installation(config) as base,
        base.store.reading() as reading,
        Bulk(config.tape_folder, 1) as bulk,
    ):
        bulk.refresh(reading)
        assert bulk.members(once, base.clock(), Zone("UTC")) == [1, 2]
    shell.says("profile", "erase", ADA, "--yes")
    assert rows_on_tape(config.tape_folder) == 2
    shell.says("profile", "erase", "customer-7", "--yes")
    assert rows_on_tape(config.tape_folder) == 0


def test_an_erasing_that_dies_halfway_leaves_all_as_it_was(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with installation(read_config(shell.environment)) as base:
        with monkeypatch.context() as dying:
            dying.setattr("cartback.engine.erasing.forget", _dies)
            with pytest.raises(KeyboardInterrupt):
                erase(base.store, 1, 1)
        assert amendments(base.store, 1) == ()
        with base.store.reading() as reading:
            assert reading.profile(1, 1) is not None
        erase(base.store, 1, 1)
        assert amendments(base.store, 1) == (Amendment(1),), "the tape has to know"


def test_erasing_nobody_leaves_no_trace(shell: Shell) -> None:
    with installation(read_config(shell.environment)) as base:
        with pytest.raises(NobodyFound):
            erase(base.store, 1, 99)
        assert amendments(base.store, 1) == (), "the next one with that number stays on every tape"


def _dies(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_strangers_namesake_is_somebody_else(shell: Shell) -> None:
    shell.says("shop", "create", "Stranger")
    events = shell.file("theirs.jsonl", json.dumps(record(ADA, "Viewed Product")) + "\n")
    shell.says("replay", events, "--live-clock", "--shop", "Stranger")
    theirs = shell.json("profile", "show", ADA, "--shop", "Stranger")
    assert theirs["segments"] == []
    assert shell.refuses("profile", "show", "1", "--shop", "Stranger") != ""
    assert "nobody" in shell.refuses("profile", "show", "customer-7", "--shop", "Stranger")
    assert "nobody" in shell.refuses(
        "profile", "erase", "customer-7", "--yes", "--shop", "Stranger"
    )
    shell.says("profile", "erase", ADA, "--yes", "--shop", "Stranger")
    assert shell.json("profile", "show", ADA, "--shop", "Tea")["profile"] == 1


def share_a_device(shell: Shell) -> None:
    """Two customers on one kiosk."""
    views = [
        record("customer-7", "Viewed Product", 3 * MINUTE),
        record("customer-8", "Viewed Product", 2 * MINUTE),
        record("customer-8", "Searched", MINUTE) | {"id": "the-tie"},
    ]
    shell.happens(views[0] | {"anonymous_id": "kiosk"}, views[1])
    shell.happens(views[2] | {"anonymous_id": "kiosk"})


def test_whoever_was_tied_and_stayed_two_is_listed_and_shown_with_each(shell: Shell) -> None:
    assert shell.says("profile", "conflicts") == "No event has tied two customers.\n"
    assert shell.json("profile", "conflicts") == []
    share_a_device(shell)
    [row] = shell.says("profile", "conflicts").splitlines()[1:]
    for part in (
        "customer-7 (profile 2)",
        "customer-8 (profile 3)",
        "external_id:customer-8 + anonymous_id:kiosk",
        "the-tie",
        "they stay two",
    ):
        assert part in row
    [found] = shell.json("profile", "conflicts", "--limit", "1")
    assert {one["profile"] for one in found["profiles"]} == {2, 3}
    assert (found["event"], found["stands"], found["can_merge"]) == ("the-tie", True, False)
    assert "tied to customer-8 (profile 3)" in shell.says("profile", "show", "customer-7")
    assert "tied to customer-7 (profile 2)" in shell.says("profile", "show", "customer-8")
    assert shell.json("profile", "show", "customer-8")["conflicts"] == [found]
    assert shell.json("profile", "show", ADA)["conflicts"] == []
    shell.says("shop", "create", "Elsewhere")
    assert shell.json("profile", "conflicts", "--shop", "Elsewhere") == []


def test_who_was_parted_by_hand_and_is_tied_again_may_be_merged(shell: Shell) -> None:
    shell.says("profile", "merge", ADA, "customer-7")
    shell.says("profile", "undo", "1")
    shell.happens(record("customer-7", "Searched") | {"email": ADA})
    [found] = shell.json("profile", "conflicts")
    assert (found["stands"], found["can_merge"]) == (True, True)
    assert "merge them by hand" in shell.says("profile", "show", ADA)
    shell.says("profile", "merge", ADA, "customer-7")
    assert "one person by now" in shell.says("profile", "conflicts")
    assert shell.json("profile", "show", ADA)["conflicts"] == []
