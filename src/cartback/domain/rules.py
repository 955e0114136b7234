"""A shop's rules as one immutable document: settings, segments, and the questions that they ask.

A change is a new version. Each question and segment says since which version it is as it is, so
that a profile brought to an older version knows what it has to learn (see advance.adopt).
"""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from cartback.domain.cart import CartLimits
from cartback.domain.condition import (
    All,
    Any_,
    BadCondition,
    Condition,
    InSegment,
    Not,
    leaves,
)
from cartback.domain.instant import DAY, Zone, parse_duration
from cartback.domain.memory import Question, Retention
from cartback.domain.window import EVER, SinceRunStart

MOST_SEGMENTS: Final = 500


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a shop decides: its zone and currency, and after how long a cart counts as abandoned."""

    zone: str = "UTC"
    currency: str = "USD"
    cart_idle: str = "60 minutes"
    checkout_idle: str = "60 minutes"

    def __post_init__(self) -> None:
        Zone(self.zone)
        self.limits()
        if not (len(self.currency) == 3 and self.currency.isascii() and self.currency.isupper()):
            raise ValueError("`currency` is an ISO 4217 code such as EUR or KRW")

    def limits(self) -> CartLimits:
        """The idle limits; a cart untouched for 90 days is forgotten."""
        return CartLimits(
            parse_duration(self.cart_idle), parse_duration(self.checkout_idle), 90 * DAY
        )


class Segment(msgspec.Struct, frozen=True):
    """A named condition. `since` is the rules version at which its meaning last changed.

    `born` is the one at which it came: a key that was archived in between is another segment.
    """

    key: str
    name: str
    when: Condition
    since: int = 0
    born: int = 0


class AskedQuestion(msgspec.Struct, frozen=True):
    """A question that some segment asks, how much it needs, and since which version it does."""

    question: Question
    retention: Retention
    since: int


class Rules(msgspec.Struct, frozen=True):
    """Everything that `advance` has to know of a shop, as plain data."""

    version: int
    settings: Settings
    segments: tuple[Segment, ...] = ()
    questions: tuple[AskedQuestion, ...] = ()


_encoder: Final = msgspec.json.Encoder(order="deterministic")
_decoder: Final = msgspec.json.Decoder(Rules)


def encode_rules(rules: Rules) -> bytes:
    return _encoder.encode(rules)


def decode_rules(document: bytes) -> Rules:
    return _decoder.decode(document)


def resolve(condition: Condition, segments: Mapping[str, Condition]) -> Condition:
    """The condition with what the segments it refers to mean in their place.

    Where it asks when somebody joined a segment, that question stays beside the meaning.

    Raises BadCondition for a segment that does not exist or that refers back to itself.
    """
    return _resolve(condition, segments, ())


def _resolve(
    condition: Condition, segments: Mapping[str, Condition], path: tuple[str, ...]
) -> Condition:
    match condition:
        case All(of):
            return All(tuple(_resolve(one, segments, path) for one in of))
        case Any_(of):
            return Any_(tuple(_resolve(one, segments, path) for one in of))
        case Not(of):
            return Not(_resolve(of, segments, path))
        case InSegment(key):
            if key in path:
                raise BadCondition(f"segment {key!r} refers to itself: {' → '.join((*path, key))}")
            if key not in segments:
                raise BadCondition(f"there is no segment {key!r}")
            meaning = _resolve(segments[key], segments, (*path, key))
            return meaning if condition.joined == EVER else All((condition, meaning))
        case _:
            return condition


def referred(condition: Condition) -> set[str]:
    """The keys of the segments that the condition refers to directly."""
    return {leaf.segment for leaf in leaves(condition) if isinstance(leaf, InSegment)}


def in_order(segments: Iterable[Segment]) -> list[Segment]:
    """Segments behind those they refer to. Raises BadCondition where that cannot be."""
    waiting = {segment.key: segment for segment in segments}
    conditions = {segment.key: segment.when for segment in waiting.values()}
    for segment in waiting.values():
        _resolve(segment.when, conditions, (segment.key,))
    ordered: dict[str, Segment] = {}

    def place(segment: Segment) -> None:
        if segment.key not in ordered:
            for key in sorted(referred(segment.when)):
                place(waiting[key])
            ordered[segment.key] = segment

    for key in sorted(waiting):
        place(waiting[key])
    return list(ordered.values())


def check_for_segment(condition: Condition) -> None:
    """Refuse what has a meaning in a flow only. Raises BadCondition."""
    for leaf in leaves(condition):
        window = getattr(leaf, "within", getattr(leaf, "joined", None))
        if isinstance(window, SinceRunStart):
            raise BadCondition("`since_run_start` is for flows; a segment has no run")
