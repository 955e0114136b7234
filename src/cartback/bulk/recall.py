"""The memories of many profiles at once: what a new question needs of the whole past."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final, Protocol, TypeAlias

from cartback.bulk.asking import Asking, Pick
from cartback.bulk.happened import happened, numbers
from cartback.domain.event import ProfileId
from cartback.domain.instant import FOREVER, Instant, Zone
from cartback.domain.memory import (
    MOST_MOMENTS,
    Question,
    QuestionKey,
    Remembered,
    Retention,
    totals_of,
)
from cartback.domain.span import BEGINNING

PAGE: Final = 10_000
LAST: Final[ProfileId] = 2**63 - 1
Moments: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Recalling:
    """One question's memories on their way out of the database."""

    question: Question
    retention: Retention
    sql: str
    picks: tuple[Pick, ...]


def recalling(
    question: Question, retention: Retention, now: Instant, zone: Zone, *, merges: bool
) -> Recalling:
    """The SQL whose rows are a profile, and then what `remembered` makes a memory of.

    What is recorded is remembered, also an event of a moment ago that is later than `now`.
    """
    asking = Asking(FOREVER, zone, merges=merges)
    metric, where, path = question.metric, question.where, question.path
    bounds = (max(question.start, _needed_from(retention, now)), question.end)
    if path is None:
        events = happened(asking, metric, where, *bounds)
    else:
        events = numbers(asking, metric, where, path, *bounds)
        events = events.filter(events.number.notnull())
    sql = _grouped(asking.text(events), question.path is not None, retention, now)
    return Recalling(question, retention, sql, tuple(asking.picks))


def _needed_from(retention: Retention, now: Instant) -> Instant:
    """No event before it is needed."""
    spans = [retention.reach] if retention.latest else []
    spans += [retention.horizon] if retention.horizon else []
    if retention.earliest or retention.totals or not spans or not all(spans):
        return BEGINNING
    return now - max(spans) + 1


def _grouped(events: str, has_numbers: bool, retention: Retention, now: Instant) -> str:
    """One row for each profile, as DuckDB lists."""
    pair = "{'time': time, 'number': number}" if has_numbers else "time"
    latest = f"list({pair} ORDER BY {pair})"
    if not (retention.latest or retention.horizon):
        latest = "NULL"
    within = f"count(*) FILTER (time > {now - retention.horizon})" if retention.horizon else "0"
    latest_few = str(retention.latest)
    if retention.reach:
        young = f"count(*) FILTER (time > {now - retention.reach})"
        latest_few = f"least({retention.latest}, {young})"
    earliest = f"min(time, {retention.earliest})" if retention.earliest else "NULL"
    totals = "NULL, NULL, NULL, NULL"
    if retention.totals and has_numbers:
        totals = "count(*), sum(number::HUGEINT), min(number), max(number)"
    return (
        "SELECT profile,"
        f" moments[1 + count - least(needed, count, {MOST_MOMENTS}):] AS moments,"
        f" greatest(0, least(needed, count) - {MOST_MOMENTS}) AS forgotten,"
        " * EXCLUDE (profile, moments, needed, count)"
        f" FROM (SELECT profile, {latest} AS moments,"
        f" greatest({latest_few}, {within}) AS needed, count(*) AS count,"
        f" {earliest} AS earliest, {totals} FROM ({events}) GROUP BY profile)"
        " ORDER BY profile"
    )


class Rows(Protocol):
    """Runs SQL with parameters and gives all rows."""

    def __call__(self, sql: str, parameters: Sequence[int] = ()) -> list[tuple[Any, ...]]: ...


class Recalled:
    """The memories, to be read by ranges of profiles in ascending order; close it to free them."""

    def __init__(self, rows: Rows, tables: Iterable[tuple[Recalling, str]]) -> None:
        self._rows = rows
        self._tables = [(asked, _Table(rows, name)) for asked, name in tables]

    def between(
        self, first: ProfileId, last: ProfileId
    ) -> dict[ProfileId, dict[QuestionKey, Remembered]]:
        """What the profiles from `first` to `last` (both included) remember of each question."""
        found: dict[ProfileId, dict[QuestionKey, Remembered]] = {}
        for asked, table in self._tables:
            key = asked.question.key
            for profile, *parts in table.between(first, last):
                found.setdefault(profile, {})[key] = remembered(asked, *parts)
        return found

    def close(self) -> None:
        for _, table in self._tables:
            self._rows(f"DROP TABLE IF EXISTS {table.name}")


class _Table:
    """A table in the order of profiles, read ahead: many small ranges cost one query."""

    def __init__(self, rows: Rows, name: str) -> None:
        self.name = name
        self._rows = rows
        self._page: list[tuple[Any, ...]] = []
        self._from, self._to = 0, -1

    def between(self, first: ProfileId, last: ProfileId) -> Sequence[tuple[Any, ...]]:
        if not self._from <= first <= last <= self._to:
            self._turn(first)
        if last > self._to:
            where = f"FROM {self.name} WHERE profile BETWEEN ? AND ?"
            return self._rows(where, [first, last])
        page, profile = self._page, itemgetter(0)
        start = bisect_left(page, first, key=profile)
        return page[start : bisect_right(page, last, key=profile)]

    def _turn(self, first: ProfileId) -> None:
        """Read the page that begins at the profile; rows lie in the order of profiles."""
        [(start,)] = self._rows(f"SELECT min(rowid) FROM {self.name} WHERE profile >= ?", [first])
        rows = f"FROM {self.name} WHERE rowid >= ? AND rowid < ? ORDER BY profile"
        self._page = [] if start is None else self._rows(rows, [start, start + PAGE])
        self._from = first
        self._to = self._page[-1][0] if len(self._page) == PAGE else LAST


def remembered(
    asked: Recalling,
    moments: Sequence[Any] | None,
    forgotten: int,
    earliest: Sequence[int] | None,
    *totals: int | None,
) -> Remembered:
    """One row as a memory."""
    times, values = _moments(moments, has_numbers=asked.question.path is not None)
    count, total, lowest, highest = totals
    return Remembered(
        times,
        values,
        tuple(earliest) if earliest else (),
        totals_of(count, int(total or 0), lowest or 0, highest or 0) if count else None,
        forgotten,
    )


def _moments(moments: Sequence[Any] | None, *, has_numbers: bool) -> tuple[Moments, Moments]:
    """Times, and the numbers where there are any."""
    if not moments:
        return (), ()
    if not has_numbers:
        return tuple(moments), ()
    pairs = [(pair["time"], pair["number"]) for pair in moments]
    return tuple(time for time, _ in pairs), tuple(number for _, number in pairs)
