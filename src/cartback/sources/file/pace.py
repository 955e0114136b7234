"""Replaying in scaled time: each event when its turn comes, and never a sleep of our own."""

from collections.abc import Callable, Iterable, Iterator

from cartback.domain.event import Event
from cartback.domain.instant import SECOND, Instant


def pace(
    events: Iterable[Event],
    *,
    speed: float,
    clock: Callable[[], Instant],
    wait: Callable[[float], None],
) -> Iterator[Event]:
    """The events, each not before its time: `speed` 60 lets a minute pass in a second.

    `clock` is the real one and `wait` lets so many seconds pass on it. The first event comes at
    once, a late or earlier one too; when the reader is slow the next ones catch up.
    """
    if not speed > 0:
        raise ValueError("a speed is above zero")
    start: tuple[Instant, Instant] | None = None
    for event in events:
        if start is None:
            start = clock(), event.time
        began, first = start
        due = began + (event.time - first) / speed
        while (left := due - clock()) > 0:
            wait(left / SECOND)
        yield event
