"""What a source says of a message that it read, and what the engine says of events it was handed.

Sources and the web do not know each other; both know these values.
"""

from typing import NamedTuple

from cartback.domain.drop import DropReason
from cartback.domain.event import Event


class Dropped(NamedTuple):
    """A message that is not taken: why, and a sentence for the engineer who sent it."""

    reason: DropReason
    detail: str


class Unreadable(NamedTuple):
    """A whole body that cannot be read; `detail` says where and what to change."""

    detail: str
    too_large: bool = False


class Intake(NamedTuple):
    """What became of the messages of one body: events in their order, drops with their index."""

    events: list[Event]
    dropped: list[tuple[int, Dropped]]


class Receipt(NamedTuple):
    """The events are durable. `duplicates` of them were in the log before."""

    accepted: int
    duplicates: int = 0


class Overloaded(Exception):
    """More is waiting than can be written soon: come again after `retry_after` seconds."""

    def __init__(self, retry_after: int = 1) -> None:
        super().__init__(f"more is waiting than can be written: retry after {retry_after} s")
        self.retry_after = retry_after
