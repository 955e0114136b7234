"""Windows of time in a document: which of a metric's events a question looks at."""

from typing import Final, TypeAlias

from cartback.domain.fault import Fault, in_field
from cartback.domain.instant import Instant, Milliseconds, Unit, parse_duration, parse_instant
from cartback.domain.number import Node


class Last(Node, frozen=True, tag_field="kind", tag="last"):
    """Within the last `duration`: now - duration < time <= now."""

    duration: str

    def __post_init__(self) -> None:
        _duration("duration", self.duration)


class BetweenAgo(Node, frozen=True, tag_field="kind", tag="between_ago"):
    """Between `nearest` and `farthest` ago: now - farthest < time <= now - nearest."""

    nearest: str
    farthest: str

    def __post_init__(self) -> None:
        if _duration("nearest", self.nearest) >= _duration("farthest", self.farthest):
            raise Fault("nearest_not_shorter")


class MoreThanAgo(Node, frozen=True, tag_field="kind", tag="more_than_ago"):
    """More than `duration` ago, or exactly so: time <= now - duration."""

    duration: str

    def __post_init__(self) -> None:
        _duration("duration", self.duration)


class Before(Node, frozen=True, tag_field="kind", tag="before"):
    """Before an instant; a date or time without an offset is of the shop's zone."""

    at: str

    def __post_init__(self) -> None:
        _instant("at", self.at)


class After(Node, frozen=True, tag_field="kind", tag="after"):
    """At an instant or after it."""

    at: str

    def __post_init__(self) -> None:
        _instant("at", self.at)


class Between(Node, frozen=True, tag_field="kind", tag="between"):
    """From `start` (included) to `end` (not included)."""

    start: str
    end: str

    def __post_init__(self) -> None:
        if _instant("start", self.start) >= _instant("end", self.end):
            raise Fault("start_not_before_end")


class Calendar(Node, frozen=True, tag_field="kind", tag="calendar"):
    """In this day, week (from Monday) or month of the shop's zone, or in the one `ago` before."""

    unit: Unit
    ago: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.ago <= 1_000:
            with in_field("ago"):
                raise Fault("ago_out_of_range")


class Ever(Node, frozen=True, tag_field="kind", tag="ever"):
    """Over all time."""


class SinceRunStart(Node, frozen=True, tag_field="kind", tag="since_run_start"):
    """Since this run of the flow began; for flows only."""


Window: TypeAlias = (
    Last | BetweenAgo | MoreThanAgo | Before | After | Between | Calendar | Ever | SinceRunStart
)
EVER: Final = Ever()


def _duration(field: str, text: str) -> Milliseconds:
    with in_field(field):
        return parse_duration(text)


def _instant(field: str, text: str) -> Instant:
    with in_field(field):
        return parse_instant(text)
