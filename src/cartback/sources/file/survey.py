"""A look through a whole log before it is replayed: how much, from when to when, in what order."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

import msgspec

from cartback.domain.instant import Instant
from cartback.engine.intake import Dropped
from cartback.sources.file.outcome import Placed

MOST_METRICS: Final = 1_000
OTHERS: Final = "…"


class Disorder(msgspec.Struct, frozen=True):
    """The first row that is earlier than one before it, and how many such rows there are."""

    row: int
    time: Instant
    latest: Instant
    rows: int


class Survey(msgspec.Struct, frozen=True):
    """What a log holds. `examples` are the first few dropped rows of each reason with
    their numbers, in the order of the rows; the reasons are few.

    `metrics` counts by name, the most frequent first; names beyond MOST_METRICS as OTHERS.
    """

    events: int
    first: Instant | None
    last: Instant | None
    metrics: dict[str, int]
    dropped: dict[str, int]
    examples: tuple[tuple[int, Dropped], ...]
    disorder: Disorder | None


def survey(outcomes: Iterable[Placed], examples: int = 3) -> Survey:
    """Read everything once, with bounded memory."""
    metrics: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    shown: list[tuple[int, Dropped]] = []
    first = last = None
    disorder: Disorder | None = None
    for _, row, outcome in outcomes:
        if isinstance(outcome, Dropped):
            dropped[outcome.reason] += 1
            if dropped[outcome.reason] <= examples:
                shown.append((row, outcome))
            continue
        metric = outcome.metric
        metrics[metric if metric in metrics or len(metrics) < MOST_METRICS else OTHERS] += 1
        time = outcome.time
        if first is None or last is None:
            first = last = time
        elif time < last:
            found = disorder or Disorder(row, time, last, 0)
            disorder = msgspec.structs.replace(found, rows=found.rows + 1)
            first = min(first, time)
        last = max(last, time)
    return Survey(
        events=metrics.total(),
        first=first,
        last=last,
        metrics=dict(metrics.most_common()),
        dropped=dict(dropped.most_common()),
        examples=tuple(shown),
        disorder=disorder,
    )
