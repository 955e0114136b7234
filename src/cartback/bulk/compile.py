"""A condition as one SQL query over the tape, for every engine that Ibis compiles to.

The query lists the ids of the profiles for which the condition holds at `now`. All instants are
numbers computed here; no query asks an engine what time it is. What a tree asks that is not on
the tape is named by `unreadable` (see readable.py). Trees are resolved first, as for `judge`.
"""

from dataclasses import dataclass

import ibis

from cartback.bulk.asking import Asking, Pick, every, some
from cartback.bulk.happened import aggregate, did, first_time, last_time, ordered, sequence
from cartback.bulk.person import consented, in_list, located, reachable, share, trait
from cartback.bulk.readable import unreadable
from cartback.bulk.relation import Column, Dialect
from cartback.domain.condition import (
    Aggregate,
    All,
    Any_,
    Condition,
    Consented,
    Did,
    FirstTime,
    InList,
    InSegment,
    LastTime,
    Located,
    Not,
    Reachable,
    Sequence_,
    Share,
    Stage,
    Trait,
)
from cartback.domain.instant import Instant, Zone


class NotOnTape(ValueError):
    """The tree asks what the tape does not say; the leaves that do."""

    def __init__(self, leaves: tuple[Condition, ...]) -> None:
        super().__init__(f"not on the tape: {leaves!r}")
        self.leaves = leaves


@dataclass(frozen=True, slots=True)
class Query:
    """SQL whose only column is `id`, and the picks to make before it runs."""

    sql: str
    picks: tuple[Pick, ...] = ()


def compile_members(
    condition: Condition,
    now: Instant,
    zone: Zone,
    *,
    dialect: Dialect = Dialect.DUCKDB,
    merges: bool = True,
) -> Query:
    """The query for the profiles for which the condition holds at `now`. Raises NotOnTape.

    `merges` False leaves out the join with `merged`, for a shop in which nobody was merged.
    """
    missing = unreadable(condition)
    if missing:
        raise NotOnTape(missing)
    asking = Asking(now, zone, dialect, merges)
    holds = _Tree(asking).holds(condition)
    known = asking.profiles.filter(asking.profiles.first <= now)
    return Query(asking.text(known.filter(holds).select("id")), tuple(asking.picks))


class _Tree:
    """A tree on its way to one column of yes and no; a question asked twice is compiled once."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._leaves: dict[Condition, Column] = {}

    def holds(self, condition: Condition) -> Column:
        match condition:
            case All(of):
                return every([self.holds(one) for one in of])
            case Any_(of):
                return some([self.holds(one) for one in of])
            case Not(of):
                return ~self.holds(of)
            case _:
                if condition not in self._leaves:
                    self._leaves[condition] = leaf(self._asking, condition)
                return self._leaves[condition]


def leaf(asking: Asking, condition: Condition) -> Column:
    """Whether a single question holds of a profile."""
    match condition:
        case Did():
            return did(asking, condition)
        case Aggregate():
            return aggregate(asking, condition)
        case Sequence_():
            return sequence(asking, condition)
        case FirstTime():
            return first_time(asking, condition)
        case LastTime():
            return last_time(asking, condition)
        case Stage(stage):
            customer = asking.among(ordered(asking))
            return customer if stage == "customer" else ~customer
        case _:
            return _of_person(asking, condition)


def _of_person(asking: Asking, condition: Condition) -> Column:
    match condition:
        case Trait():
            return trait(asking, condition)
        case InList():
            return in_list(asking, condition)
        case Consented():
            return consented(asking, condition)
        case Reachable():
            return reachable(asking, condition)
        case Located():
            return located(asking, condition)
        case Share():
            return share(asking, condition)
        case InSegment():
            return ibis.literal(True)
        case _:
            raise NotOnTape((condition,))
