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
from cartback.engine.ports import Reading

_STANDARD: Final = tuple(str(one) for one in Metric)
_BY_LETTERS: Final = {name.lower(): name for name in _STANDARD}
_AT_ONCE: Final = 10_000
_LOOKED_AT: Final = 5
"""Names that are looked for, at most: each means a look through the log."""


class Unseen(NamedTuple):
    """A metric of which no event has come, and the standard one that it is like, or nothing."""

    metric: str
    meant: str


def unseen_metrics(reading: Reading, shop: ShopId, condition: Condition) -> list[Unseen]:
    """Metrics of the condition that are not standard ones, and of which there is no event."""
    named = dict.fromkeys(_metrics_of(condition))
    strange = [one for one in named if one not in _STANDARD][:_LOOKED_AT]
    return [Unseen(one, _like(one)) for one in strange if not _has_come(reading, shop, one)]


def _metrics_of(condition: Condition) -> Iterator[str]:
    for leaf in leaves(condition):
        match leaf:
            case Did() | Aggregate() | FirstTime() | LastTime():
                yield leaf.metric
            case Sequence_(first, then):
                yield from (first.metric, then.metric)


def _has_come(reading: Reading, shop: ShopId, metric: str) -> bool:
    after, end = -1, 0
    while end > after:
        after = end
        found, end = reading.log_of(shop, metric, after, _AT_ONCE)
        if found:
            return True
    return False


def _like(metric: str) -> str:
    near = difflib.get_close_matches(metric.lower(), _BY_LETTERS, 1, cutoff=0.75)
    return _BY_LETTERS[near[0]] if near else ""
