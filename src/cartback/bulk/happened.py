"""Questions about events, as SQL: how often, how much, first and last, and what followed what."""

from collections.abc import Sequence

import ibis

from cartback.bulk.asking import Asking
from cartback.bulk.relation import Column, Table
from cartback.bulk.where import number_at, tested
from cartback.domain.condition import Aggregate, Did, FirstTime, LastTime, Match, Sequence_
from cartback.domain.instant import FOREVER, Instant, parse_duration
from cartback.domain.property import PropertyTest
from cartback.domain.span import BEGINNING

WIDE = "decimal(38, 0)"
"""Wide enough for the sum of any numbers that are compared."""


def happened(
    asking: Asking,
    metric: str,
    where: Sequence[PropertyTest] = (),
    low: Instant = BEGINNING,
    high: Instant = FOREVER,
) -> Table:
    """The profile and time of each event of the metric that passes the tests, in these bounds."""
    past = asking.past(low, high)
    found = tested(asking, past.filter(past.metric == metric), where)
    return asking.relations.owned(found.select("profile", "time"))


def numbers(
    asking: Asking,
    metric: str,
    where: Sequence[PropertyTest],
    path: str,
    low: Instant = BEGINNING,
    high: Instant = FOREVER,
) -> Table:
    """As `happened`, with the number at the path: NULL, which adds up to nothing, for no number."""
    past = asking.past(low, high)
    found = tested(asking, past.filter(past.metric == metric), where)
    number = number_at(asking, found, path)
    return asking.relations.owned(found.select("profile", "time", number=number))


def did(asking: Asking, leaf: Did) -> Column:
    """Zero is among the counts of everybody else: then those who did it otherwise are left out."""
    low, high = leaf.times.bounds()
    events = happened(asking, leaf.metric, leaf.where, *asking.bounds(leaf.within))
    counted = events.group_by("profile").agg(times=events.count())
    if low == 0:
        if high is None:
            return ibis.literal(True)
        return ~asking.among(counted.filter(counted.times > high))
    enough = counted.filter(counted.times >= low)
    return asking.among(enough if high is None else enough.filter(enough.times <= high))


def aggregate(asking: Asking, leaf: Aggregate) -> Column:
    low, high = leaf.number.bounds()
    events = numbers(asking, leaf.metric, leaf.where, leaf.path, *asking.bounds(leaf.within))
    match leaf.function:
        case "min" | "max":
            lowest, highest = events.number.min(), events.number.max()
            found = events.group_by("profile").agg(
                number=lowest if leaf.function == "min" else highest
            )
            return asking.among(found.filter(*_between(found.number, low, high)))
        case "sum":
            return _sum(asking, events, low, high)
        case "average":
            return _average(asking, events, low, high)


def _between(number: Column, low: int | None, high: int | None) -> list[Column]:
    return [
        *([number >= low] if low is not None else []),
        *([number <= high] if high is not None else []),
    ]


def _sum(asking: Asking, events: Table, low: int | None, high: int | None) -> Column:
    """The sum of none is zero: where that is enough, those with another sum are left out."""
    found = events.group_by("profile").agg(total=events.number.cast(WIDE).sum())
    fits = ibis.and_(*_between(found.total, low, high))
    if (low is None or low <= 0) and (high is None or high >= 0):
        return ~asking.among(found.filter(~fits))
    return asking.among(found.filter(fits))


def _average(asking: Asking, events: Table, low: int | None, high: int | None) -> Column:
    """Without dividing: an average is at least a bound when what is above it sums to no less."""

    def above(bound: int) -> Column:
        return (events.number.cast(WIDE) - ibis.literal(bound, "int64").cast(WIDE)).sum()

    wanted = {
        **({"low": above(low)} if low is not None else {}),
        **({"high": above(high)} if high is not None else {}),
    }
    found = events.group_by("profile").agg(**wanted)
    tests = [found.low >= 0] if low is not None else []
    tests += [found.high <= 0] if high is not None else []
    return asking.among(found.filter(*tests))


def first_time(asking: Asking, leaf: FirstTime) -> Column:
    low, high = asking.bounds(leaf.within)
    events = happened(asking, leaf.metric, leaf.where, high=high)
    found = events.group_by("profile").agg(time=events.time.min())
    return asking.among(found.filter(found.time >= low))


def last_time(asking: Asking, leaf: LastTime) -> Column:
    low, high = asking.bounds(leaf.within)
    events = happened(asking, leaf.metric, leaf.where, low=low)
    found = events.group_by("profile").agg(time=events.time.max())
    return asking.among(found.filter(found.time < high))


def sequence(asking: Asking, leaf: Sequence_) -> Column:
    """Read from the latest back, each first event knows the earliest `then` behind it."""
    inside = parse_duration(leaf.inside)
    low, high = asking.bounds(leaf.within)
    if not leaf.followed:
        high = min(high, asking.now - inside + 1)
    firsts = _marked(asking, leaf.first, low, high, is_then=False)
    thens = _marked(asking, leaf.then, low, min(high, asking.now) + inside, is_then=True)
    both = firsts.union(thens)
    from_latest = ibis.cumulative_window(
        group_by=both.profile, order_by=[both.time.desc(), both.is_then.asc()]
    )
    known = both.mutate(next=both.then_time.min().over(from_latest))
    came = known.next <= known.time + inside
    found = known.filter(~known.is_then, came if leaf.followed else ~came)
    return asking.among(found)


def _marked(asking: Asking, match: Match, low: Instant, high: Instant, *, is_then: bool) -> Table:
    events = happened(asking, match.metric, match.where, low, high)
    then_time = events.time if is_then else ibis.literal(FOREVER, "int64")
    return events.mutate(is_then=ibis.literal(is_then), then_time=then_time)


def ordered(asking: Asking) -> Table:
    """Everybody who has ever ordered."""
    return happened(asking, "Placed Order")
