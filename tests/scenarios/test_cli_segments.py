"""Segments by command: made, listed, explained, previewed, changed, archived; bad ones refused."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from cartback.cli.running import alone
from cartback.config import read_config
from cartback.domain.instant import DAY, HOUR
from cartback.engine.backfill import note_failure
from cartback.wiring import installation
from tests.scenarios.command_line import ABANDONERS, KEY, Shell, names, record


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A shop in which Ada left a checkout and Bob ordered; a stranger's shop has its own Ada."""
    shell = Shell(tmp_path)
    shell.says("shop", "create", "Tea")
    shell.happens(
        record("ada@example.com", "Checkout Started", 2 * HOUR, value=1990, currency="EUR"),
        record("bob@example.com", "Checkout Started", 2 * HOUR),
        record("bob@example.com", "Placed Order", HOUR),
        record("old@example.com", "Checkout Started", 8 * DAY),
    )
    return shell


@pytest.fixture
def with_segment(shell: Shell) -> Shell:
    shell.says("segment", "create", shell.file("abandoners.yaml", ABANDONERS))
    return shell


def test_a_segment_finds_its_members_when_it_is_made(shell: Shell) -> None:
    said = shell.says("segment", "create", shell.file("abandoners.yaml", ABANDONERS))
    assert said == f"Made {KEY} (version 1).\n1 member.\n"
    assert shell.says("segment", "count", KEY) == "1\n"
    assert names(shell.json("segment", "members", KEY)) == {"ada@example.com"}


def test_a_document_may_be_json_on_standard_input(shell: Shell) -> None:
    document = {"name": "Buyers", "when": {"kind": "did", "metric": "Placed Order"}}
    shell.says("segment", "create", "-", input=json.dumps(document))
    assert names(shell.json("segment", "members", "buyers")) == {"bob@example.com"}


def test_segments_are_listed(with_segment: Shell) -> None:
    [row] = with_segment.json("segment", "list")
    assert (row["key"], row["status"], row["members"]) == (KEY, "live", 1)
    assert "Recent cart abandoners" in with_segment.says("segment", "list")


def test_there_is_nothing_to_list_in_the_beginning(shell: Shell) -> None:
    assert "There are no segments yet" in shell.says("segment", "list")
    assert shell.json("segment", "list") == []


def test_members_come_as_a_table_or_csv_or_json_and_in_portions(with_segment: Shell) -> None:
    with_segment.happens(*(record(f"p{n}@example.com", "Checkout Started") for n in range(4)))
    assert "ada@example.com" in with_segment.says("segment", "members", KEY)
    rows = list(csv.DictReader(io.StringIO(with_segment.says("segment", "members", KEY, "--csv"))))
    assert rows[0]["email"] == "ada@example.com"
    assert len(rows) == 5
    first = with_segment.json("segment", "members", KEY, "--limit", "2")
    rest = with_segment.json("segment", "members", KEY, "--after", str(first[-1]["profile"]))
    assert [one["profile"] for one in (*first, *rest)] == [int(row["profile"]) for row in rows]


def test_time_alone_ends_a_membership_and_the_explanation_says_when(with_segment: Shell) -> None:
    found = with_segment.json("segment", "explain", KEY, "ada@example.com")
    [member] = with_segment.json("segment", "members", KEY)
    assert found["holds"] is True
    assert [part["holds"] for part in found["of"]] == [True, True]
    after = with_segment.json("segment", "explain", KEY, "ada@example.com", "--at", found["until"])
    assert after["holds"] is False
    assert member["profile"] == found["profile"]


def test_an_explanation_is_a_tree_in_english_or_korean(with_segment: Shell) -> None:
    english = with_segment.says("segment", "explain", KEY, "bob@example.com")
    korean = with_segment.says(
        "segment", "explain", KEY, "email:bob@example.com", "--language", "ko"
    )
    assert [line[:4].strip("├└─ ")[:1] for line in english.splitlines()] == ["✗", "✓", "✗"]
    assert "Placed Order" in english
    assert "최근 1주 동안 주문 완료" in korean


def test_the_past_is_explained_from_the_log(with_segment: Shell) -> None:
    shop_time = record("x", "y", 90 * 60_000)["time"]
    before = with_segment.json("segment", "explain", KEY, "bob@example.com", "--at", str(shop_time))
    assert before["holds"] is False, "nothing had arrived by then: it arrived just now"


def test_a_preview_counts_and_saves_nothing(shell: Shell) -> None:
    document = shell.file("abandoners.yaml", ABANDONERS)
    assert shell.json("segment", "preview", document) == {
        "name": "Recent cart abandoners",
        "members": 1,
        "of": 3,
        "samples": ["ada@example.com"],
    }
    assert "1 of 3 would be inside." in shell.says("segment", "preview", document)
    assert shell.json("segment", "list") == []


def test_a_preview_tells_of_a_metric_that_never_came(shell: Shell) -> None:
    def said_of(metric: str) -> str:
        return shell.says("segment", "preview", shell.file("asked.yaml", asked % metric))

    asked = "{name: Asked, when: {kind: did, metric: %s}}"
    says = "No event of the metric"
    hint = f"{says} Chekout Started has come yet; did you mean Checkout Started?\n"
    assert said_of("Chekout Started").endswith(hint)
    assert said_of("checkout started").endswith("did you mean Checkout Started?\n")
    assert said_of("Waved").endswith(f"{says} Waved has come yet\n")
    shell.happens(record("bob@example.com", "Waved"))
    assert says not in said_of("Waved")
    assert says not in said_of("Placed Order"), "a standard metric's name is no mistake"


def test_a_preview_without_the_bulk_extra_is_the_same(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cartback.wiring.tape.has_bulk", lambda: False)
    found = shell.json("segment", "preview", shell.file("abandoners.yaml", ABANDONERS))
    assert (found["members"], found["samples"]) == (1, ["ada@example.com"])


def test_a_changed_segment_has_other_members(with_segment: Shell) -> None:
    longer = ABANDONERS.replace("duration: 1 week", "duration: 2 weeks")
    said = with_segment.says("segment", "change", with_segment.file("longer.yaml", longer))
    assert said == f"Changed {KEY} (version 2).\n2 members.\n"


def test_an_archived_segment_is_gone_from_the_list(with_segment: Shell) -> None:
    with_segment.says("segment", "archive", KEY)
    assert with_segment.json("segment", "list") == []
    assert [row["status"] for row in with_segment.json("segment", "list", "--all")] == ["archived"]
    assert with_segment.refuses("segment", "members", KEY) == (
        f"there is no segment {KEY!r}; there are: none yet"
    )


def test_where_cartback_is_up_it_finds_the_members(shell: Shell) -> None:
    document = shell.file("abandoners.yaml", ABANDONERS)
    with alone(read_config(shell.environment), "http://127.0.0.1:8000"):
        made = shell.run("segment", "create", document)
        assert "The running Cartback (process" in made.stderr
        assert "are not all found yet" in shell.refuses("segment", "members", KEY)
        assert shell.json("segment", "list")[0]["status"] == "building"


def test_where_finding_the_members_failed_every_command_says_why(shell: Shell) -> None:
    config = read_config(shell.environment)
    with alone(config, "http://127.0.0.1:8000"):
        shell.run("segment", "create", shell.file("abandoners.yaml", ABANDONERS))
        with installation(config) as base:
            note_failure(base.store, 1, OSError("no disk"))
        assert "failed: OSError: no disk" in shell.refuses("segment", "members", KEY)
        assert shell.json("segment", "list")[0]["status"] == "failed"
    assert f"{KEY} (OSError: no disk)" in shell.run("doctor", exit_code=1).stdout


def test_a_stranger_sees_none_of_it(with_segment: Shell) -> None:
    with_segment.says("shop", "create", "Stranger")
    assert with_segment.json("segment", "list", "--shop", "Stranger") == []
    for command in (("members", KEY), ("count", KEY), ("explain", KEY, "ada@example.com")):
        assert f"there is no segment {KEY!r}; there are: none yet" in with_segment.refuses(
            "segment", *command, "--shop", "2"
        )
    assert "choose one with --shop: 1 'Tea', 2 'Stranger'" in with_segment.refuses(
        "segment", "list"
    )


@pytest.mark.parametrize(
    "document, sentence",
    [
        ("name: x\nwhen: {kind: did, metrik: A}", "did you mean 'metric'?"),
        ("name: x\nwhen: {kind: dit, metric: A}", "did you mean 'did'?"),
        (
            "name: x\nwhen: {kind: did, metric: A, within: {kind: last, duration: 1 fortnight}}",
            "is not a duration",
        ),
        ("name: x\nwhen: {kind: in_segment, segment: nowhere}", "there is no segment 'nowhere'"),
        ("name: A\nkey: 장바구니\nwhen: {kind: did, metric: A}", "is not a key"),
        ("name: [", "line 1"),
        ("just words", "a segment is an object with `name` and `when`"),
        ("a: &a [1]\nb: *a", "aliases"),
        ("", "a segment is an object"),
    ],
)
def test_a_bad_document_is_refused_with_the_place_and_a_suggestion(
    shell: Shell, document: str, sentence: str
) -> None:
    assert sentence in shell.refuses("segment", "create", shell.file("bad.yaml", document))
    assert shell.json("segment", "list") == []


def test_a_document_that_cannot_be_read_is_refused(shell: Shell) -> None:
    nowhere = str(shell.folder / "nowhere.yaml")
    assert shell.refuses("segment", "create", nowhere) == f"{nowhere}: No such file or directory"
    bytes_ = shell.folder / "bytes.yaml"
    bytes_.write_bytes(b"\xff\xfe\x00")
    assert "bytes.yaml" in shell.refuses("segment", "create", str(bytes_))
    deep = "when: " + "[" * 20_000
    assert "deep.yaml" in shell.refuses("segment", "create", shell.file("deep.yaml", deep))


def test_a_key_that_is_taken_is_refused(with_segment: Shell) -> None:
    document = with_segment.file("abandoners.yaml", ABANDONERS)
    assert "already" in with_segment.refuses("segment", "create", document)


def test_an_emoji_in_json_is_one_character_and_norway_is_no_refusal(shell: Shell) -> None:
    document = {"name": "Carts \U0001f6d2", "when": {"kind": "did", "metric": "X"}}
    shell.says("segment", "create", shell.file("e.json", json.dumps(document)))
    assert shell.json("segment", "list")[0]["name"] == "Carts \U0001f6d2"
    nordic = "name: Nordic\nwhen: {kind: location, country: [NO, SE]}\n"
    shell.says("segment", "create", shell.file("nordic.yaml", nordic))
    broken = 'name: "bad \\ud800"\nwhen: {kind: location, country: [SE]}\n'
    assert "half of a character" in shell.refuses(
        "segment", "create", shell.file("broken.yaml", broken)
    )
