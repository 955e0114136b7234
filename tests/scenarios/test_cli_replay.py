"""Replaying a log by command: on its own clock, to the second, once, and on from where it was."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cartback.cli.running import alone
from cartback.config import read_config
from cartback.domain.event import Event, Identifier
from cartback.domain.instant import DAY, HOUR, MINUTE, WEEK, Instant, parse_instant, text_of
from cartback.engine.replay import Replay, in_pace, in_portions
from cartback.engine.segment_ports import Move
from cartback.wiring import installation
from tests.conftest import CHECKOUT
from tests.scenarios import cart_log
from tests.scenarios.command_line import ABANDONERS, KEY, Shell, names, start, until

MONDAY = parse_instant("2026-03-02T09:00:00Z")
CARTS = (
    'time,who,what\n"2026-03-02 10:00",7,add\n"2026-03-02 10:05",8,add\n"2026-03-02 11:00",8,buy\n'
)
MAPPING = """
time: {column: time, format: "%Y-%m-%d %H:%M", zone: Europe/Berlin}
identifiers: [{column: who, kind: external_id}]
metric: {column: what, table: {add: Checkout Started, buy: Placed Order}}
"""


def line(who: str, metric: str, at: Instant, **more: object) -> str:
    record = {"external_id": who, "metric": metric, "time": text_of(at), **more}
    return json.dumps(record) + "\n"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    shell = Shell(tmp_path)
    shell.says("shop", "create", "Tea")
    shell.says("segment", "create", shell.file("abandoners.yaml", ABANDONERS))
    return shell


def history(shell: Shell) -> list[tuple[str, str, bool]]:
    """Who entered and left the segment, and at which instant."""
    with installation(read_config(shell.environment)) as base, base.store.reading() as reading:
        moves: Sequence[tuple[int, Move]] = reading.moves(1, segment=KEY, limit=100_000)
        found = [
            (move.at, reading.identifiers_of(1, move.profile)[0].value, move.joined)
            for _, move in moves
        ]
    return [(text_of(at), who, joined) for at, who, joined in sorted(found)]


def log_of(shell: Shell) -> list[tuple[str, str, Instant]]:
    """Everything in the log, in a form that does not depend on who came first."""
    with installation(read_config(shell.environment)) as base, base.store.reading() as reading:
        events = [logged.event for logged in reading.log_after(1, 0, 1_000_000)]
    return sorted(
        (event.metric, event.id if event.identifiers else "", event.time) for event in events
    )


def test_a_year_mistyped_costs_its_row_alone(shell: Shell) -> None:
    """The clock would go there, and everybody would have left long ago."""
    today = now_of(shell) - HOUR
    log = shell.file(
        "log.jsonl",
        line("ada", "Checkout Started", today)
        + line("bob", "Checkout Started", today + 40 * 365 * DAY),
    )
    found = shell.json("replay", log)
    assert (found["events"], found["drops"]) == (1, {"future": 1})
    assert found["segments"] == {KEY: 1}
    assert [one["count"] for one in shell.json("drops") if one["reason"] == "future"] == [1]


def test_commands_after_a_replay_live_where_it_has_left_the_clock(shell: Shell) -> None:
    """Else the first one that moves people would move them to today, and they would be gone."""
    log = shell.file(
        "log.jsonl", line("ada", "Checkout Started", MONDAY) + line("bob", "Wished", MONDAY + HOUR)
    )
    assert shell.json("replay", log)["segments"] == {KEY: 1}
    wishers = {
        "name": "Wishers",
        "when": {
            "kind": "did",
            "metric": "Wished",
            "within": {"kind": "last", "duration": "1 day"},
        },
    }
    document = shell.file("wishers.json", json.dumps(wishers))
    assert shell.json("segment", "preview", document)["members"] == 1
    shell.says("segment", "create", document)
    assert {one["key"]: one["members"] for one in shell.json("segment", "list")} == {
        KEY: 1,
        "wishers": 1,
    }
    assert shell.json("segment", "explain", KEY, "ada")["holds"]
    later = shell.file("later.jsonl", line("cleo", "Checkout Started", MONDAY + 2 * HOUR))
    assert shell.json("replay", later)["segments"] == {KEY: 2, "wishers": 1}
    shell.says("replay", shell.file("old.jsonl", line("dan", "Seen", MONDAY)), "--backfill")
    assert {one["key"]: one["members"] for one in shell.json("segment", "list")} == {
        KEY: 0,
        "wishers": 0,
    }


def now_of(shell: Shell) -> Instant:
    with installation(read_config(shell.environment)) as base:
        return base.clock()


def test_members_enter_and_leave_at_their_own_instants(shell: Shell) -> None:
    log = shell.file(
        "log.jsonl",
        line("ada", "Checkout Started", MONDAY)
        + line("bob", "Checkout Started", MONDAY + MINUTE)
        + line("bob", "Placed Order", MONDAY + HOUR)
        + line("zoe", "Viewed Product", MONDAY + 30 * DAY),
    )
    found = shell.json("replay", log)
    assert (found["events"], found["segments"]) == (4, {KEY: 0})
    assert history(shell) == [
        (text_of(MONDAY), "ada", True),
        (text_of(MONDAY + MINUTE), "bob", True),
        (text_of(MONDAY + HOUR), "bob", False),
        (text_of(MONDAY + WEEK), "ada", False),
    ]


def test_a_csv_file_is_read_with_its_mapping(shell: Shell) -> None:
    said = shell.says(
        "replay", shell.file("c.csv", CARTS), "--mapping", shell.file("m.yaml", MAPPING)
    )
    assert said.startswith("3 events in ")
    assert names(shell.json("segment", "members", KEY)) == {"7"}
    assert history(shell)[0] == ("2026-03-02T09:00:00Z", "7", True), "ten o'clock in Berlin"


def test_rows_that_are_no_events_are_counted_once_and_shown(shell: Shell) -> None:
    log = shell.file("log.jsonl", line("ada", "Checkout Started", MONDAY) + "nonsense\n" * 3)
    said = shell.says("replay", log)
    assert "3 rows dropped: malformed" in said
    assert "row 2: " in said
    shell.says("replay", log)
    [row] = shell.json("drops")
    assert (row["reason"], row["count"]) == ("malformed", 3)


def test_the_first_rows_of_each_reason_are_shown_and_how_many_more(shell: Shell) -> None:
    nobody = json.dumps({"metric": "Wished", "time": text_of(MONDAY)}) + "\n"
    log = shell.file("log.jsonl", line("ada", "Wished", MONDAY) + "{\n" * 7 + nobody)
    said = shell.says("replay", log).splitlines()
    first = said.index("7 rows dropped: malformed")
    assert [one[:8] for one in said[first + 1 : first + 4]] == [f"  row {n}:" for n in (2, 3, 4)]
    assert said[first + 4] == "  … and 4 more"
    other = said.index("1 row dropped: no_identifier")
    assert said[other + 1].startswith("  row 9: ")


def test_a_log_that_is_not_in_order_is_sorted(shell: Shell) -> None:
    lines = [
        line("ada", "Placed Order", MONDAY + HOUR),
        line("ada", "Checkout Started", MONDAY),
        line("bob", "Checkout Started", MONDAY + DAY),
    ]
    shell.says("replay", shell.file("log.jsonl", "".join(lines)))
    assert history(shell)[:2] == [
        (text_of(MONDAY), "ada", True),
        (text_of(MONDAY + HOUR), "ada", False),
    ]


def test_the_same_log_again_changes_nothing(shell: Shell) -> None:
    log = shell.file("log.jsonl", line("ada", "Checkout Started", MONDAY))
    shell.says("replay", log)
    before = history(shell), log_of(shell)
    assert shell.json("replay", log)["events"] == 0
    assert (history(shell), log_of(shell)) == before
    assert shell.json("replay", log, "--live-clock", "--anew")["duplicates"] == 1
    assert [metric for metric, *_ in log_of(shell)].count("Checkout Started") == 1


def test_a_log_that_has_grown_goes_on_where_it_was(shell: Shell) -> None:
    first = "".join(line("ada", "Checkout Started", MONDAY + n, id=f"e{n}") for n in range(3))
    log = shell.file("log.jsonl", first)
    shell.says("replay", log)
    shell.file("log.jsonl", first + line("ada", "Placed Order", MONDAY + HOUR))
    found = shell.json("replay", log)
    assert (found["events"], found["duplicates"], found["segments"]) == (1, 0, {KEY: 0})


def test_time_does_not_run_backwards(shell: Shell) -> None:
    shell.says("replay", shell.file("a.jsonl", line("ada", "Checkout Started", MONDAY)))
    earlier = shell.file("b.jsonl", line("bob", "Checkout Started", MONDAY - 90 * DAY))
    sentence = shell.refuses("replay", earlier)
    assert sentence.startswith("the shop's clock is at 2026-03-02 09:00:00+00:00, and this file")
    assert "--backfill" in sentence
    shell.says("replay", earlier, "--backfill")
    assert names(shell.json("segment", "members", KEY)) == set(), "a week has long passed"


def test_history_changes_members_and_starts_nothing(shell: Shell) -> None:
    now = shell.json("shop", "list")[0]["created"]
    recent = line("ada", "Checkout Started", parse_instant(now) - DAY)
    shell.says("replay", shell.file("log.jsonl", recent), "--backfill")
    assert names(shell.json("segment", "members", KEY)) == {"ada"}
    with installation(read_config(shell.environment)) as base, base.store.reading() as reading:
        assert all(move.quiet for _, move in reading.moves(1))


def test_a_running_cartback_has_its_own_clock(shell: Shell) -> None:
    log = shell.file("log.jsonl", line("ada", "Checkout Started", MONDAY))
    with alone(read_config(shell.environment), "http://127.0.0.1:8000"):
        assert "is up on" in shell.refuses("replay", log)
        assert shell.json("replay", log, "--backfill")["events"] == 1


def test_scaled_time_passes_as_it_should(shell: Shell) -> None:
    log = shell.file(
        "log.jsonl",
        line("ada", "Checkout Started", MONDAY)
        + line("bob", "Checkout Started", MONDAY + HOUR)
        + line("bob", "Placed Order", MONDAY + 8 * DAY),
    )
    found = shell.json("replay", log, "--speed", str(8 * 86_400))
    assert found["events"] == 3
    assert (text_of(MONDAY + WEEK), "ada", False) in history(shell)


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (("--mapping", "bad.yaml"), "the file has no column"),
        (("--format", "csv"), "needs a mapping"),
        ((), "holds no event that can be taken; row 1: malformed"),
        (("--format", "segment"), "holds no event that can be taken; row 1: malformed"),
    ],
)
def test_a_file_that_cannot_be_replayed_is_refused(
    shell: Shell, arguments: tuple[str, ...], sentence: str
) -> None:
    shell.file("bad.yaml", MAPPING.replace("column: who", "column: whom"))
    placed = [str(shell.folder / one) if one.endswith(".yaml") else one for one in arguments]
    assert sentence in shell.refuses("replay", shell.file("c.csv", CARTS), *placed)
    assert shell.json("shop", "list")[0]["events"] == 0


def test_one_pace_is_chosen(shell: Shell) -> None:
    log = shell.file("log.jsonl", line("ada", "a", MONDAY))
    assert (
        "choose one" in shell.run("replay", log, "--backfill", "--speed", "2", exit_code=2).stderr
    )


def test_a_stranger_sees_nothing_of_a_replay(shell: Shell) -> None:
    shell.says("shop", "create", "Stranger")
    log = shell.file("log.jsonl", line("ada", "Checkout Started", MONDAY))
    shell.says("replay", log, "--shop", "Tea")
    assert shell.json("shop", "list")[1]["profiles"] == 0
    found = shell.json("replay", log, "--shop", "Stranger")
    assert (found["events"], found["segments"]) == (1, {}), "their own log, their own bookmark"


# --- cut short --------------------------------------------------------------------------------

SHOPPERS = 60
EVENTS = 8_000


def busy_log(seed: int) -> str:
    """A few weeks of shoppers who leave carts and order, EVENTS in all."""
    drawn = random.Random(seed)
    lines = []
    for number in range(EVENTS):
        at = MONDAY + number * 4 * MINUTE
        who = f"shopper-{drawn.randrange(SHOPPERS)}"
        metric = drawn.choice(["Checkout Started", "Viewed Product", "Placed Order"])
        lines.append(line(who, metric, at, id=f"e{number}"))
        if number % 100 == 0:
            lines.append("nonsense\n")
    return "".join(lines)


def replayed_at_once(folder: Path, log: str) -> tuple[list[Any], list[Any]]:
    folder.mkdir()
    clean = Shell(folder)
    clean.says("shop", "create", "Tea")
    clean.says("segment", "create", clean.file("abandoners.yaml", ABANDONERS))
    clean.says("replay", clean.file("log.jsonl", log))
    return history(clean), log_of(clean)


def test_a_replay_that_is_killed_again_and_again_ends_as_a_clean_one(shell: Shell) -> None:
    log = busy_log(7)
    clean = replayed_at_once(shell.folder / "clean", log)
    file = shell.file("log.jsonl", log)
    for _ in range(3):
        replay_and_kill(shell, file)
    assert 0 < taken(shell) < EVENTS, "it was cut short in the middle"
    shell.says("replay", file)
    assert (history(shell), log_of(shell)) == clean
    assert malformed(shell) == EVENTS // 100, "each counted once"


def malformed(shell: Shell) -> int:
    return sum(row["count"] for row in shell.json("drops") if row["reason"] == "malformed")


def replay_and_kill(shell: Shell, file: str) -> None:
    """Kill it once it has come further than the one before."""
    behind = taken(shell)
    process = start(shell, shell.folder / "replay.log", "replay", file)
    until(lambda: process.poll() is not None or taken(shell) > behind)
    process.send_signal(signal.SIGKILL)
    process.wait()


def taken(shell: Shell) -> int:
    """How far the bookmark of the replay is."""
    database = sqlite3.connect(shell.folder / "data" / "cartback.db")
    try:
        notes = database.execute("SELECT value FROM notes WHERE key LIKE 'replay:%'").fetchall()
    finally:
        database.close()
    return max((json.loads(value)["place"] for (value,) in notes), default=0)


def test_cut_off_after_any_step_it_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    from cartback.sources.file import LogFile

    path = tmp_path / "log.jsonl"
    path.write_text(busy_log(3))
    whole = replayed_at_once(tmp_path / "clean", busy_log(3))
    cut = Shell(tmp_path / "cut")
    cut.folder.mkdir()
    cut.says("shop", "create", "Tea")
    cut.says("segment", "create", cut.file("abandoners.yaml", ABANDONERS))
    log = LogFile(path, shop=1)
    with installation(read_config(cut.environment)) as base:
        while True:
            replay = Replay(base.store, base.rulebook, 1, name=log.file.head, size=log.file.size)
            mark = replay.bookmark()
            if mark is not None and mark.finished:
                break
            rows = log.read(mark.place if mark else 0)
            for count, _ in enumerate(replay.run(in_portions(rows, 700), mark)):
                if count == 1:
                    break  # the bookmark is behind what was taken
    assert (history(cut), log_of(cut)) == whole
    assert malformed(cut) == EVENTS // 100, "each counted once"


class Row(NamedTuple):
    """An event in its place."""

    place: int
    outcome: Event


def test_in_scaled_time_an_event_waits_for_its_turn_and_nobody_is_woken_past_it() -> None:
    clock = [MONDAY]

    def wait() -> None:
        clock[0] += 10 * MINUTE

    rows = [Row(n, event_at(MONDAY + at)) for n, at in enumerate((0, 1, 25 * MINUTE), start=1)]
    portions = [
        ([row.place for row in portion.rows], portion.until)
        for portion in in_pace(rows, clock=lambda: clock[0], wait=wait)
    ]
    assert portions == [
        ([1], MONDAY),
        ([], MONDAY),
        ([2], MONDAY + 10 * MINUTE),
        ([], MONDAY + 10 * MINUTE),
        ([], MONDAY + 20 * MINUTE),
        ([3], MONDAY + 30 * MINUTE),
    ]


def test_at_full_speed_nobody_is_woken_past_the_next_event() -> None:
    rows = [Row(n, event_at(MONDAY + n * HOUR)) for n in range(5)]
    assert [(len(portion.rows), portion.until) for portion in in_portions(rows, 2)] == [
        (2, MONDAY + 2 * HOUR - 1),
        (2, MONDAY + 4 * HOUR - 1),
        (1, MONDAY + 4 * HOUR),
    ]


def event_at(at: Instant) -> Event:
    who = (Identifier("external_id", "ada"),)
    return Event(shop=1, id=str(at), metric="a", identifiers=who, time=at, received=at)


@pytest.mark.needs_shared_data
def test_a_real_log_by_command_moves_everybody_at_the_very_millisecond(
    shell: Shell, real_data: Path
) -> None:
    path = real_data / "retailrocket" / "replay_log.csv.gz"
    mapping = Path(__file__).parents[1] / "data" / "mapping" / "cart_log.yaml"
    standing_in = ABANDONERS.replace("Checkout Started", "Added to Cart")
    shell.says("segment", "change", shell.file("added.yaml", standing_in))
    found = shell.json("replay", str(path), "--mapping", str(mapping))
    rows = cart_log.read_rows(path)
    end = rows[-1].at
    expected = [change for change in cart_log.changes(rows) if change.at <= end]
    assert there_and_back_removed(history(shell)) == [
        (text_of(change.at), change.visitor, change.entered) for change in expected
    ]
    assert found["events"] == len(rows)
    assert found["segments"] == {KEY: len(cart_log.members_at(rows, end))}


def there_and_back_removed(moves: list[Any]) -> list[Any]:
    """Who entered and left at the same instant was never there."""
    by_person: dict[str, list[Any]] = {}
    for at, who, joined in moves:
        mine = by_person.setdefault(who, [])
        if mine and mine[-1][0] == at:
            mine.pop()
        else:
            mine.append((at, who, joined))
    left = [move for some in by_person.values() for move in some]
    return sorted(left, key=lambda move: (parse_instant(move[0]), *move[1:]))


def test_it_says_what_was_new_and_what_was_taken_before(shell: Shell) -> None:
    first = line("ada", "Checkout Started", MONDAY)
    assert " s: 1 new, 0 taken before." in shell.says("replay", shell.file("log.jsonl", first))
    grown = shell.file("log.jsonl", first + line("bob", "Checkout Started", MONDAY + HOUR))
    said = shell.says("replay", grown, "--anew", "--live-clock")
    assert said.startswith("2 events in ")
    assert " s: 1 new, 1 taken before." in said, "a log of one line has grown, and is the same"
    again = shell.says("replay", grown)
    assert again.startswith("2 events in ")
    assert " s: 0 new, 2 taken before." in again


def test_the_small_log_of_the_documentation_leaves_one_cart_behind(tmp_path: Path) -> None:
    shell, examples = Shell(tmp_path), CHECKOUT / "docs" / "examples"
    shell.says("shop", "create", "Tea shop")
    shell.says("segment", "create", str(examples / "left.yaml"))
    files = (str(examples / "carts.csv"), "--mapping", str(examples / "carts.yaml"))
    assert " s: 11 new, 0 taken before." in shell.says("replay", *files)
    assert names(shell.json("segment", "members", "left-a-cart-behind")) == {"c-21"}
    assert " s: 0 new, 11 taken before." in shell.says("replay", *files)
    assert shell.says("segment", "count", "left-a-cart-behind") == "1\n"
