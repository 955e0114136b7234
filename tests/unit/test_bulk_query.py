"""The answers over everybody follow the tape, the log, the merges and what was erased."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from cartback.bulk.duck import Limits, open_duckdb
from cartback.bulk.manifest import read_manifest, shop_folder
from cartback.bulk.query import Bulk, Found
from cartback.bulk.tape import CROWD, amend, write_tape
from cartback.domain.condition import All, Condition, Did, InSegment, Not, Reachable
from cartback.domain.event import Event, Identifier
from cartback.domain.instant import DAY, Zone
from cartback.domain.memory import MOST_MOMENTS, Question, Remembered, Retention
from cartback.domain.number import Count
from cartback.domain.window import Last
from cartback.engine.log_ports import Amendment, LoggedEvent
from cartback.engine.merge_ports import Merge
from tests.tape_log import BEGIN, METRICS, SHOP, InventedLog

UTC = Zone()
NOW = BEGIN + 4 * DAY
ORDERED = Did("Placed Order", Count(at_least=12))
NOBODY = Did("Never Happened")


@pytest.fixture
def bulk(tmp_path: Path) -> Iterator[Bulk]:
    with Bulk(tmp_path, SHOP) as opened:
        yield opened


def counted_by_hand(log: InventedLog) -> list[int]:
    """Who placed twelve orders or more, without any engine."""
    orders = [one.profile for one in log.rest().values() if one.event.metric == "Placed Order"]
    return sorted(profile for profile in set(orders) if orders.count(profile) >= 12)


def merge(number: int, winner: int, loser: int, undone_at: int | None = None) -> Merge:
    return Merge(number, winner, loser, BEGIN, "", (), (), (), undone_at)


def test_an_empty_shop_has_nobody(bulk: Bulk) -> None:
    bulk.refresh(InventedLog(0))
    assert bulk.count(Not(NOBODY), NOW, UTC) == Found(0, ())


def test_it_answers_from_the_log_alone_from_the_tape_alone_and_from_both(tmp_path: Path) -> None:
    log = InventedLog(1_200)
    expected = counted_by_hand(log)
    assert 5 < len(expected) < 35
    for up_to in (0, 700, 1_200):
        write_tape(log, SHOP, tmp_path, up_to=up_to)
        with Bulk(tmp_path, SHOP) as bulk:
            bulk.refresh(log)
            assert bulk.members(ORDERED, NOW, UTC) == expected
            assert bulk.seq == 1_200


def test_the_last_row_of_the_tape_is_not_read_from_the_log_again(tmp_path: Path) -> None:
    log = InventedLog(300)
    for up_to in (1, 120, 300):
        write_tape(log, SHOP, tmp_path, up_to=up_to)
        last = log.rest()[up_to]
        metric, rows = last.event.metric, log.rest().values()
        times = sum((one.profile, one.event.metric) == (last.profile, metric) for one in rows)
        with Bulk(tmp_path, SHOP) as bulk:
            bulk.refresh(log)
            assert last.profile in bulk.members(Did(metric, Count(exactly=times)), NOW, UTC)


def test_what_moves_from_the_log_to_the_tape_is_not_counted_twice(
    tmp_path: Path, bulk: Bulk
) -> None:
    for rows in (400, 800, 1_200):
        log = InventedLog(rows)
        bulk.refresh(log)
        assert bulk.members(ORDERED, NOW, UTC) == counted_by_hand(log)
        write_tape(log, SHOP, tmp_path, up_to=rows - 100)
        bulk.refresh(log)
        assert bulk.members(ORDERED, NOW, UTC) == counted_by_hand(log)


def test_the_samples_are_the_newest_profiles(bulk: Bulk) -> None:
    bulk.refresh(InventedLog(1_200))
    assert bulk.count(Not(NOBODY), NOW, UTC) == Found(40, (40, 39, 38, 37, 36))


def test_a_range_of_ids_can_be_asked_for(bulk: Bulk) -> None:
    bulk.refresh(InventedLog(1_200))
    assert bulk.members(Not(NOBODY), NOW, UTC, first=7, last=9) == [7, 8, 9]


def test_candidates_are_the_members_or_a_few_more(bulk: Bulk) -> None:
    log = InventedLog(1_200)
    bulk.refresh(log)
    assert bulk.candidates(ORDERED, NOW, UTC) == counted_by_hand(log)
    in_segment = InSegment("vip", Last("1 day"))
    assert bulk.candidates(All((in_segment, ORDERED)), NOW, UTC) == counted_by_hand(log)
    assert bulk.candidates(in_segment, NOW, UTC, first=3, last=6) == [3, 4, 5, 6]


def test_merges_are_followed_and_undone(bulk: Bulk) -> None:
    log = InventedLog(1_200, merged=[merge(1, 2, 1), merge(2, 3, 2), merge(3, 5, 4, NOW)])
    bulk.refresh(log)
    everybody = Not(NOBODY)
    assert bulk.members(everybody, NOW, UTC, last=5) == [3, 4, 5]
    rows = log.rest().values()
    theirs = sum(1 for one in rows if one.profile <= 3 and one.event.metric == "Viewed Product")
    assert bulk.members(Did("Viewed Product", Count(exactly=theirs)), NOW, UTC) == [3]
    log.merged = [merge(1, 2, 1), merge(2, 3, 2, NOW)]
    bulk.refresh(log)
    assert bulk.members(everybody, NOW, UTC, last=5) == [2, 3, 4, 5]


class Couple(InventedLog):
    """One gave an address on a day, the other subscribed on the next; they are one person."""

    def log_after(self, shop: int, seq: int, limit: int) -> list[LoggedEvent]:
        address = Identifier("email", "a@example.com")
        told = [("m", (address,), BEGIN), ("Subscribed", (), BEGIN + DAY)]
        return [
            LoggedEvent(
                place,
                place,
                0,
                Event(shop=1, id="", metric=metric, identifiers=names, time=at, received=at),
            )
            for place, (metric, names, at) in enumerate(told, start=1)
            if place > seq
        ]


@pytest.mark.parametrize("winner, loser", [(1, 2), (2, 1)])
def test_two_who_became_one_are_known_since_the_first_and_by_the_names_of_both(
    bulk: Bulk, winner: int, loser: int
) -> None:
    bulk.refresh(Couple(2, merged=[merge(1, winner, loser)]))
    assert bulk.members(Not(NOBODY), BEGIN, UTC) == [winner]
    assert bulk.members(Reachable("email"), NOW, UTC) == [winner]
    bulk.refresh(Couple(2))
    assert bulk.members(Not(NOBODY), BEGIN, UTC) == [1]
    assert bulk.members(Reachable("email"), NOW, UTC) == []


def test_somebody_first_seen_later_was_not_there_yet(bulk: Bulk) -> None:
    log = InventedLog(1_200)
    bulk.refresh(log)
    moment = BEGIN + 300_000
    seen = {one.profile for one in log.rest().values() if one.event.time <= moment}
    assert 0 < len(seen) < 40
    assert bulk.members(Not(NOBODY), moment, UTC) == sorted(seen)


def test_erased_people_are_gone_from_the_answers(tmp_path: Path, bulk: Bulk) -> None:
    log = InventedLog(1_200)
    write_tape(log, SHOP, tmp_path, up_to=900)
    bulk.refresh(log)
    assert len(bulk.members(Not(NOBODY), NOW, UTC)) == 40
    log.erased = {7, 40}
    amend(tmp_path, SHOP, [Amendment(7), Amendment(40)])
    bulk.refresh(log)
    left = bulk.members(Not(NOBODY), NOW, UTC)
    assert left == [one for one in range(1, 41) if one not in (7, 40)]


def test_files_that_were_joined_meanwhile_do_not_break_a_question(
    tmp_path: Path, bulk: Bulk
) -> None:
    """Compaction may remove a file between reading the manifest and reading the file."""
    log = InventedLog(CROWD * 20)
    write_tape(log, SHOP, tmp_path, up_to=20)
    bulk.refresh(log)
    expected = bulk.members(Not(NOBODY), NOW, UTC)
    old = read_manifest(shop_folder(tmp_path, SHOP)).files
    for up_to in range(40, log.rows + 1, 20):
        write_tape(log, SHOP, tmp_path, up_to=up_to)
    assert not (shop_folder(tmp_path, SHOP) / old[0].name).exists()
    assert bulk.members(Not(NOBODY), NOW, UTC) == expected


def test_a_question_reads_no_other_file_than_the_tape(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    (tmp_path / "work").mkdir()
    with open_duckdb(Limits(), tmp_path / "work") as connection:
        with pytest.raises(duckdb.PermissionException):
            connection.execute(f"FROM read_csv('{secret}')")
        with pytest.raises(duckdb.Error, match="locked"):
            connection.execute("SET enable_external_access = true")


def test_it_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    with Bulk(tmp_path, SHOP) as bulk:
        assert list(scratch.iterdir())
        bulk.refresh(InventedLog(100))
        bulk.count(Not(NOBODY), NOW, UTC)
    assert not list(scratch.iterdir())


# --- memories --------------------------------------------------------------------------------


class Crowd(InventedLog):
    """One profile that did the same thing very often."""

    def log_after(self, shop: int, seq: int, limit: int) -> list[LoggedEvent]:
        return [
            LoggedEvent(
                one, 1, 0, Event(shop=1, id="", metric="m", identifiers=(), time=one, received=one)
            )
            for one in range(seq + 1, min(seq + limit, self.rows) + 1)
        ]


@pytest.mark.parametrize(
    "retention, first, forgotten",
    [
        (Retention(latest=3), 1_598, 0),
        (Retention(horizon=1_600), 600, 599),
        (Retention(latest=2_000), 600, 599),
    ],
)
def test_of_very_many_times_the_latest_are_kept_and_the_others_counted(
    bulk: Bulk, retention: Retention, first: int, forgotten: int
) -> None:
    bulk.refresh(Crowd(1_600))
    question = Question("m")
    recalled = bulk.recall([(question, retention)], 1_600, UTC)
    memory = recalled.between(1, 1)[1][question.key]
    assert memory == Remembered(tuple(range(first, 1_601)), forgotten=forgotten)
    assert len(memory.times) <= MOST_MOMENTS
    recalled.close()


def test_memories_come_by_ranges_small_and_large(
    bulk: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cartback.bulk.recall.PAGE", 7)
    bulk.refresh(InventedLog(1_200))
    asked = [(Question(metric), Retention(latest=1)) for metric in METRICS]
    recalled = bulk.recall(asked, NOW, UTC)
    whole = recalled.between(1, 40)
    assert len(whole) == 40
    for step in (1, 3, 7, 20):
        found = {}
        for first in range(1, 41, step):
            found.update(recalled.between(first, first + step - 1))
        assert found == whole
    assert recalled.between(41, 2**62) == {}
    assert recalled.between(5, 5) == {5: whole[5]}


def test_two_questions_at_once_do_not_disturb_each_other(bulk: Bulk) -> None:
    log = InventedLog(1_200)
    bulk.refresh(log)
    recalled = bulk.recall([(Question("Placed Order"), Retention(latest=1))], NOW, UTC)
    conditions: list[Condition] = [ORDERED, Not(ORDERED)]
    for condition in conditions:
        before = recalled.between(1, 10)
        assert bulk.members(condition, NOW, UTC)
        assert recalled.between(1, 10) == before
