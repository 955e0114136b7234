"""Metrics that a condition asks about and that never came: likely a misspelt name."""

import difflib
from collections.abc import Iterator
from typing import Final, NamedTuple

from cartback.domain.condition import (
    Aggregate,
    Condition,
    Did,
    FirstTime,
    LastTime,
    Sequence_,
    leaves,
)
from cartback.domain.event import Metric, ShopId
from cartback.domain.instant import Instant, Zone
from cartback.engine.log_ports import Seq
from cartback.engine.ports import Reading
from cartback.engine.preview import Counter

_STANDARD: Final = tuple(str(one) for one in Metric)
_BY_LETTERS: Final = {name.lower(): name for name in _STANDARD}
LATELY: Final = 10_000
"""So many events are looked at at once."""
_LOOKED_AT: Final = 5
"""Names that are looked for, at most: each may mean a look through the log."""


class Unseen(NamedTuple):
    """A metric of which no event has come, and the standard one that it is like, or nothing."""

    metric: str
    meant: str


def unseen_metrics(
    reading: Reading, counter: Counter, shop: ShopId, condition: Condition, now: Instant
) -> list[Unseen]:
    """Metrics of the condition that are not standard ones, and of which there is no event.

    The tape says so at once, however long the log is; without one, the log is looked through.
    """
    return [
        Unseen(one, _like(one))
        for one in _strange(condition)
        if not _has_ever_come(reading, counter, shop, one, now)
    ]


def likely_misspelt(reading: Reading, shop: ShopId, condition: Condition) -> list[Unseen]:
    """Those of them that are like a standard one, and have not come lately: the log is looked
    through for a part only, as for a page that asks while one types."""
    alike = [Unseen(one, _like(one)) for one in _strange(condition)]
    after = max(reading.last_seq(shop) - LATELY, 0) if alike else 0
    return [one for one in alike if one.meant and not _has_come(reading, shop, one.metric, after)]


def _strange(condition: Condition) -> list[str]:
    named = dict.fromkeys(_metrics_of(condition))
    return [one for one in named if one not in _STANDARD][:_LOOKED_AT]


def _metrics_of(condition: Condition) -> Iterator[str]:
    for leaf in leaves(condition):
        match leaf:
            case Did() | Aggregate() | FirstTime() | LastTime():
                yield leaf.metric
            case Sequence_(first, then):
                yield from (first.metric, then.metric)


def _has_ever_come(
    reading: Reading, counter: Counter, shop: ShopId, metric: str, now: Instant
) -> bool:
    found = counter.count(reading, shop, Did(metric), now, Zone())
    return _has_come(reading, shop, metric, -1) if found is None else found.total > 0


def _has_come(reading: Reading, shop: ShopId, metric: str, after: Seq) -> bool:
    while True:
        found, end = reading.log_of(shop, metric, after, LATELY)
        if found or end == after:
            return bool(found)
        after = end


def _like(metric: str) -> str:
    near = difflib.get_close_matches(metric.lower(), _BY_LETTERS, 1, cutoff=0.75)
    return _BY_LETTERS[near[0]] if near else ""
