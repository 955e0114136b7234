"""What the compilation of one tree shares: the moment, the relations, and the picks so far.

Some tests mean something that no two engines do alike: regular expressions, dates in a text, lists
of objects. Their values are read from the engine once, each different one is put to the domain's
own test in Python, and those that pass go back as the relation `picked`: a pick.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import ibis

from cartback.bulk.relation import Column, Dialect, Relations, Table
from cartback.domain.instant import FOREVER, Instant, Zone
from cartback.domain.span import BEGINNING, Fixed, InCalendar, Sliding, span_of
from cartback.domain.window import Window


@dataclass(frozen=True, slots=True)
class Pick:
    """Values to choose before the query runs: the SQL that lists them, and the test."""

    number: int
    candidates: str
    accepts: Callable[[str], bool]


@dataclass(slots=True)
class Asking:
    """One question at one moment, on its way to SQL."""

    now: Instant
    zone: Zone
    dialect: Dialect = Dialect.DUCKDB
    merges: bool = True
    picks: list[Pick] = field(default_factory=list)
    relations: Relations = field(init=False)

    def __post_init__(self) -> None:
        self.relations = Relations(self.dialect, merges=self.merges)

    @property
    def profiles(self) -> Table:
        return self.relations.profiles

    def among(self, people: Table) -> Column:
        """Whether a profile is one of these."""
        return self.profiles.id.isin(people.profile)

    def past(self, low: Instant = BEGINNING, high: Instant = FOREVER) -> Table:
        """All events of that time, as far as they have happened by now."""
        return self.relations.events(low, min(high, self.now + 1))

    def bounds(self, window: Window) -> tuple[Instant, Instant]:
        """The times (from, and before) that the window reaches as seen from now."""
        match span_of(window, self.zone):
            case Sliding(nearest, farthest):
                low = BEGINNING if farthest is None else self.now - farthest + 1
                return low, self.now - nearest + 1
            case Fixed(start, end):
                return start, end
            case InCalendar(unit, ago, zone):
                return zone.period(unit, self.now, -ago)
            case _:
                raise ValueError("only a run knows when it began")

    def pick(self, values: Table, accepts: Callable[[str], bool]) -> Column:
        """Those of a table's column `value` that pass the test."""
        number = len(self.picks) + 1
        there = values.select("value").filter(values.value.notnull())
        self.picks.append(Pick(number, self.text(there.distinct()), accepts))
        return self.relations.picked(number)

    def text(self, table: Table) -> str:
        """The SQL of a table."""
        return str(ibis.to_sql(table, dialect=str(self.dialect)))


def yes(column: Column) -> Column:
    """A test with NULL, where something was missing, taken as no."""
    return ibis.coalesce(column, ibis.literal(False))


def every(columns: Sequence[Column]) -> Column:
    found = columns[0]
    for column in columns[1:]:
        found = found & column
    return found


def some(columns: Sequence[Column]) -> Column:
    found = columns[0]
    for column in columns[1:]:
        found = found | column
    return found
