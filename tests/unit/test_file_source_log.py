"""A log is read lazily, in pieces, sorted where asked, and looked through beforehand."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from cartback.domain.drop import DropReason
from cartback.domain.event import Event, Identifier
from cartback.domain.instant import DAY, parse_instant, text_of
from cartback.engine.intake import Dropped
from cartback.sources.file import (
    AnotherFile,
    LogFile,
    Position,
    UnreadableLog,
    parse_mapping,
    survey,
)
from cartback.sources.file import log as log_module
from cartback.sources.segment.timing import AHEAD

START = parse_instant("2026-03-01T12:00:00Z")
MAPPINGS = Path(__file__).parent.parent / "data" / "mapping"


def write(path: Path, times: list[int | str]) -> Path:
    file = path / "log.jsonl"
    with file.open("w") as out:
        for number, time in enumerate(times):
            line = {"metric": "Wished", "time": time, "anonymous_id": f"a{number}"}
            out.write(json.dumps(line) + "\n")
    return file


# --- positions ------------------------------------------------------------------------------


def test_reading_on_behind_any_place_gives_what_was_left(tmp_path: Path) -> None:
    times: list[int | str] = [START + 5, "never", START + 1, "", START + 3, START + 2]
    log = LogFile(write(tmp_path, times), shop=1)
    for sort in (False, True):
        everything = list(log.read(sort=sort))
        assert len(everything) == len(times)
        for cut in range(len(everything) + 1):
            place = everything[cut - 1].place if cut else 0
            assert list(log.read(after=place, sort=sort)) == everything[cut:]


def test_a_table_is_read_on_too(tmp_path: Path) -> None:
    mapping = parse_mapping(
        "{time: {column: t}, identifiers: [{column: who, kind: external_id}],"
        " metric: {column: what, table: {skip: null}, otherwise: keep}}"
    )
    rows = ['2026-03-01,a,"two\nlines"', "2026-03-01,a,skip", "", "x,a,b", "2026-03-02,b,Bought"]
    file = tmp_path / "log.csv"
    file.write_text("\n".join(["t,who,what", *rows]) + "\n")
    log = LogFile(file, shop=1, format="csv", mapping=mapping)
    everything = list(log.read())
    assert [placed.place for placed in everything] == [2, 5, 6]
    assert list(log.read(after=2)) == everything[1:]
    assert list(log.read(after=5)) == everything[2:]


def test_a_position_belongs_to_its_file_also_when_that_has_grown(tmp_path: Path) -> None:
    position = LogFile(write(tmp_path, [START, START + 1]), shop=1).position(2)
    grown = LogFile(write(tmp_path, [START, START + 1, START + 2]), shop=1)
    assert grown.place_of(position) == 2
    for other in ([START], [START + 7, START + 8, START + 9]):
        with pytest.raises(AnotherFile, match="start it anew"):
            LogFile(write(tmp_path, list(other)), shop=1).place_of(position)


def test_a_position_can_be_kept_as_json(tmp_path: Path) -> None:
    position = LogFile(write(tmp_path, [START]), shop=1).position(1)
    assert msgspec.json.decode(msgspec.json.encode(position), type=Position) == position


def test_the_share_that_was_read_grows_to_the_whole(tmp_path: Path) -> None:
    log = LogFile(write(tmp_path, [START] * 40_000), shop=1)
    assert log.share == 0
    shares = [log.share for _ in log.read()]
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.5
    assert log.share == 1


def test_a_survey_has_the_first_rows_of_each_reason(tmp_path: Path) -> None:
    """However many others come before them, and never more than a few."""
    file = tmp_path / "log.jsonl"
    bad = [*["nonsense"] * 50, '{"metric": "Wished", "time": "never", "email": "a@b.example"}']
    file.write_text("\n".join(bad * 2))
    found = survey(LogFile(file, shop=1).read())
    assert found.dropped == {"malformed": 100, "bad_time": 2}
    assert [row for row, one in found.examples if one.reason == "malformed"] == [1, 2, 3]
    assert [row for row, one in found.examples if one.reason == "bad_time"] == [51, 102]


# --- order ----------------------------------------------------------------------------------


def test_a_survey_names_the_first_row_out_of_order(tmp_path: Path) -> None:
    times: list[int | str] = [START + 9, START + 10, "never", START + 8, START + 20, START + 19]
    found = survey(LogFile(write(tmp_path, times), shop=1).read())
    assert (found.events, found.first, found.last) == (5, START + 8, START + 20)
    assert found.metrics == {"Wished": 5}
    assert found.dropped == {"bad_time": 1}
    assert [row for row, _ in found.examples] == [3]
    assert found.disorder is not None
    assert (found.disorder.row, found.disorder.rows) == (4, 2)
    assert (found.disorder.time, found.disorder.latest) == (START + 8, START + 10)


def test_sorting_keeps_the_order_of_simultaneous_rows(tmp_path: Path) -> None:
    log = LogFile(write(tmp_path, [START + 2, START + 1, START + 2, START + 1]), shop=1)
    sorted_ = [placed.outcome for placed in log.read(sort=True)]
    names = [one.identifiers[0].value for one in sorted_ if isinstance(one, Event)]
    assert names == ["a1", "a3", "a0", "a2"]
    assert survey(log.read(sort=True)).disorder is None


def test_too_many_rows_to_sort_are_refused_before_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "MOST_SORTED", 3)
    with pytest.raises(UnreadableLog, match="more than 3 rows"):
        next(LogFile(write(tmp_path, [START] * 4), shop=1).read(sort=True))
    assert len(list(LogFile(write(tmp_path, [START] * 3), shop=1).read(sort=True))) == 3


# --- a real store's log ---------------------------------------------------------------------


@pytest.mark.needs_shared_data
def test_the_real_cart_log_is_read_whole_and_in_order(real_data: Path) -> None:
    mapping = parse_mapping((MAPPINGS / "cart_log.yaml").read_text())
    file = real_data / "retailrocket" / "replay_log.csv.gz"
    log = LogFile(file, shop=1, format="csv", mapping=mapping)
    found = survey(log.read())
    assert found.events == 103_838
    assert found.metrics == {
        "Added to Cart": 45_102,
        "Session Started": 29_368,
        "Session Ended": 21_290,
        "Placed Order": 8_078,
    }
    assert found.dropped == {}
    assert found.disorder is None
    ids: set[str] = set()
    people: set[Identifier] = set()
    for _, _, event in log.read():
        assert not isinstance(event, Dropped)
        ids.add(event.id)
        people.update(event.identifiers)
    assert (len(ids), len(people)) == (103_838, 25_342)


@pytest.mark.parametrize("sort", [False, True])
def test_what_is_still_to_come_is_dropped_where_times_drive_the_clock(
    tmp_path: Path, sort: bool
) -> None:
    times: list[int | str] = [START, START + AHEAD, START + AHEAD + 1, START + 1]
    log = LogFile(write(tmp_path, times), shop=1, now=START)
    found = {placed.row: placed.outcome for placed in log.read(sort=sort)}
    assert [isinstance(found[row], Event) for row in (1, 2, 3, 4)] == [True, True, False, True]
    dropped = found[3]
    assert isinstance(dropped, Dropped)
    assert dropped.reason == DropReason.FUTURE
    assert text_of(START + AHEAD + 1) in dropped.detail


def test_what_is_still_to_come_counts_as_of_its_arrival_where_no_clock_is_driven(
    tmp_path: Path,
) -> None:
    log = LogFile(write(tmp_path, [START + DAY]), shop=1, now=START, received=START)
    ((_, _, event),) = log.read()
    assert isinstance(event, Event)
    assert (event.time, event.received, event.ahead) == (START, START, True)
