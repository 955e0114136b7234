"""The memories of many profiles at once: what a new question needs of the whole past."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cartback.bulk.asking import Asking, Pick
from cartback.bulk.duck import Connection
from cartback.bulk.happened import happened, numbers
from cartback.domain.event import ProfileId
from cartback.domain.instant import FOREVER, Instant, Zone
from cartback.domain.memory import (
    MOST_MOMENTS,
    Question,
    QuestionKey,
    Remembered,
    Retention,
    Totals,
)


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
    if question.path is None:
        events = happened(asking, question.metric, question.where, question.start, question.end)
    else:
        events = numbers(
            asking,
            question.metric,
            question.where,
            question.path,
            question.start,
            question.end,
        )
    sql = _grouped(asking.text(events), question.path is not None, retention, now)
    return Recalling(question, retention, sql, tuple(asking.picks))


def _grouped(events: str, has_numbers: bool, retention: Retention, now: Instant) -> str:
    """One row for each profile, as DuckDB lists."""
    pair = "{'time': time, 'number': number}" if has_numbers else "time"
    latest = f"list({pair} ORDER BY {pair})" if retention.latest or retention.horizon else "NULL"
    within = f"count(*) FILTER (time > {now - retention.horizon})" if retention.horizon else "0"
    earliest = f"min(time, {retention.earliest})" if retention.earliest else "NULL"
    totals = "NULL, NULL, NULL, NULL"
    if retention.totals and has_numbers:
        totals = "count(*), sum(number::HUGEINT), min(number), max(number)"
    return (
        f"SELECT profile, moments[-least(needed, {MOST_MOMENTS}):] AS moments,"
        f" greatest(0, least(needed, count) - {MOST_MOMENTS}) AS forgotten,"
        " * EXCLUDE (profile, moments, needed, count)"
        f" FROM (SELECT profile, {latest} AS moments,"
        f" greatest({retention.latest}, {within}) AS needed, count(*) AS count,"
        f" {earliest} AS earliest, {totals} FROM ({events}) GROUP BY profile)"
        " ORDER BY profile"
    )


@dataclass(slots=True)
class Recalled:
    """The memories, to be read by ranges of profiles; close it to free them."""

    connection: Connection
    tables: Sequence[tuple[Recalling, str]]
    closed: bool = field(default=False)

    def between(
        self, first: ProfileId, last: ProfileId
    ) -> dict[ProfileId, dict[QuestionKey, Remembered]]:
        """What the profiles from `first` to `last` (both included) remember of each question."""
        found: dict[ProfileId, dict[QuestionKey, Remembered]] = {}
        for asked, table in self.tables:
            key = asked.question.key
            for profile, memory in self._memories(asked, table, first, last):
                found.setdefault(profile, {})[key] = memory
        return found

    def _memories(
        self, asked: Recalling, table: str, first: ProfileId, last: ProfileId
    ) -> Iterator[tuple[ProfileId, Remembered]]:
        rows = self.connection.execute(
            f"SELECT * FROM {table} WHERE profile BETWEEN ? AND ?",
            [first, last],
        )
        while some := rows.fetchmany(10_000):
            for profile, *parts in some:
                yield profile, remembered(asked, *parts)

    def close(self) -> None:
        for _, table in self.tables:
            self.connection.execute(f"DROP TABLE IF EXISTS {table}")
        self.closed = True


def remembered(
    asked: Recalling,
    moments: Sequence[int] | Sequence[dict[str, int]] | None,
    forgotten: int,
    earliest: Sequence[int] | None,
    *totals: int | None,
) -> Remembered:
    """One row as a memory."""
    times: tuple[int, ...] = ()
    values: tuple[int, ...] = ()
    if moments and asked.question.path is not None:
        pairs = [tuple(pair.values()) for pair in moments if isinstance(pair, dict)]
        times, values = tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs)
    elif moments:
        times = tuple(one for one in moments if isinstance(one, int))
    count, total, lowest, highest = (int(one or 0) for one in totals)
    return Remembered(
        times,
        values,
        tuple(earliest or ()),
        Totals(count, total, lowest, highest) if count else None,
        forgotten,
    )
