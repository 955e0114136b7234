"""A shop's rules as one immutable document: settings, segments, and the questions that they ask.

A change is a new version. Each question and segment says since which version it is as it is, so
that a profile brought to an older version knows what it has to learn (see advance.adopt).
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import msgspec

from cartback.domain.cart import CartLimits
from cartback.domain.condition import (
    DEEPEST,
    MOST_CONDITIONS,
    All,
    Any_,
    BadCondition,
    Condition,
    InSegment,
    Not,
    condition_document,
    leaves,
)
from cartback.domain.contact import ContactRules
from cartback.domain.document import unknown_key
from cartback.domain.fault import Fault
from cartback.domain.flow import Flow
from cartback.domain.instant import DAY, Instant, Milliseconds, Zone, parse_duration
from cartback.domain.law.terms import Choice
from cartback.domain.memory import Question, Retention
from cartback.domain.window import EVER, SinceRunStart

MOST_SEGMENTS: Final = 500
MOST_NESTED: Final = 2 * DEEPEST
"""How deep a condition may nest with all that it refers to; a reference counts as one."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a shop decides: its zone and currency, and after how long a cart counts as abandoned.

    `currency` is that of amounts that name none, `country` (ISO 3166-1, or empty) that of phone
    numbers without a country code.
    """

    zone: str = "UTC"
    currency: str = "USD"
    country: str = ""
    cart_idle: str = "60 minutes"
    checkout_idle: str = "60 minutes"

    def __post_init__(self) -> None:
        Zone(self.zone)
        self.limits()
        if not (len(self.currency) == 3 and self.currency.isascii() and self.currency.isupper()):
            raise Fault("not_a_currency")
        if self.country and not (
            len(self.country) == 2 and self.country.isascii() and self.country.isupper()
        ):
            raise Fault("not_a_country")

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


class FlowVersion(msgspec.Struct, frozen=True):
    """A version of a flow that is at work: the `open` one takes new runs, older ones end theirs.

    Runs of a `paused` one wait at their next message. `since` is when it came to work with this
    trigger: dates before that begin nothing.
    """

    key: str
    version: int
    flow: Flow
    open: bool = True
    paused: bool = False
    since: Instant = 0


class Rules(msgspec.Struct, frozen=True):
    """Everything that `advance` has to know of a shop, as plain data.

    `goods_since` is the version since which a flow listens to news of products, 0 where none does:
    since then it is written down who cares for which. `views_since` is the version since which
    looks at products are kept, for a flow that asks for those of the last `views_span`; 0 where
    none does.
    """

    version: int
    settings: Settings
    segments: tuple[Segment, ...] = ()
    questions: tuple[AskedQuestion, ...] = ()
    flows: tuple[FlowVersion, ...] = ()
    contact: ContactRules = ContactRules()
    goods_since: int = 0
    views_since: int = 0
    views_span: Milliseconds = 0


def choice_in(rules: Rules) -> Choice:
    """What the shop decides within the law; its own country is that of its settings unless it said
    another."""
    choice = rules.contact.consent
    return msgspec.structs.replace(choice, home=choice.home or rules.settings.country)


_encoder: Final = msgspec.json.Encoder(order="deterministic")
_decoder: Final = msgspec.json.Decoder(Rules)


def encode_rules(rules: Rules) -> bytes:
    return _encoder.encode(rules)


def decode_rules(document: bytes) -> Rules:
    return _decoder.decode(document)


def resolve(condition: Condition, segments: Mapping[str, Condition]) -> Condition:
    """The condition with what the segments it refers to mean in their place.

    Where it asks when somebody joined a segment, that question stays beside the meaning.

    Raises BadCondition for a segment that does not exist or that refers back to itself, and for
    more questions, or deeper ones, than can be judged.
    """
    meanings = _Meanings(segments, condition)
    for key in sorted(referred(condition)):
        meanings.of_segment(key, ())
    return meanings.of(condition, "the condition").condition


def meanings_of(segments: Iterable[Segment]) -> dict[str, Condition]:
    """What each segment means, behind those that it refers to. Raises BadCondition."""
    conditions = {one.key: one.when for one in segments}
    meanings = _Meanings(conditions)
    for key in sorted(conditions):
        meanings.of_segment(key, ())
    return {key: meaning.condition for key, meaning in meanings.known.items()}


class _Meaning(NamedTuple):
    """A condition without segments in it, and how large it is where it is written out."""

    condition: Condition
    questions: int
    depth: int


class _Meanings:
    """What conditions mean. Each segment is looked at once: they may double with each reference."""

    def __init__(self, segments: Mapping[str, Condition], asked: Condition | None = None) -> None:
        self.segments = segments
        self.asked = asked
        self.known: dict[str, _Meaning] = {}

    def of_segment(self, key: str, path: tuple[str, ...]) -> _Meaning:
        if key in path:
            raise BadCondition(Fault("refers_to_itself", key=key, path=" → ".join((*path, key))))
        if key not in self.segments:
            within = self.segments[path[-1]] if path else self.asked
            document = None if within is None else condition_document(within)
            fault = Fault("no_segment", key=key)
            known = self.segments.keys() - set(path)
            raise BadCondition(*unknown_key(document, "segment", key, known, fault))
        if len(path) > MOST_NESTED:
            raise BadCondition(Fault("refer_too_deep", most=MOST_NESTED))
        if key not in self.known:
            for other in sorted(referred(self.segments[key])):
                self.of_segment(other, (*path, key))
            self.known[key] = self.of(self.segments[key], f"segment {key!r}")
        return self.known[key]

    def of(self, condition: Condition, what: str) -> _Meaning:
        """What it means, where all segments that it refers to are known."""
        match condition:
            case All(of):
                return _joined(All, [self.of(one, what) for one in of], what)
            case Any_(of):
                return _joined(Any_, [self.of(one, what) for one in of], what)
            case Not(of):
                inner = self.of(of, what)
                return _checked(Not(inner.condition), inner.questions, inner.depth + 1, what)
            case InSegment(key, joined):
                meaning = self.known[key]
                if joined == EVER:
                    return _checked(meaning.condition, meaning.questions, meaning.depth + 1, what)
                return _joined(All, [_Meaning(condition, 1, 1), meaning], what)
            case _:
                return _Meaning(condition, 1, 1)


def _joined(kind: type[All] | type[Any_], parts: list[_Meaning], what: str) -> _Meaning:
    joined = kind(tuple(part.condition for part in parts))
    questions = sum(part.questions for part in parts)
    return _checked(joined, questions, max(part.depth for part in parts) + 1, what)


def _checked(condition: Condition, questions: int, depth: int, what: str) -> _Meaning:
    if questions > MOST_CONDITIONS:
        raise BadCondition(Fault("asks_too_much", what=what, most=MOST_CONDITIONS))
    if depth > MOST_NESTED:
        raise BadCondition(Fault("nests_too_deep", what=what, most=MOST_NESTED))
    return _Meaning(condition, questions, depth)


def referred(condition: Condition) -> set[str]:
    """The keys of the segments that the condition refers to directly."""
    return {leaf.segment for leaf in leaves(condition) if isinstance(leaf, InSegment)}


def in_order(segments: Iterable[Segment]) -> list[Segment]:
    """Segments behind those they refer to. Raises BadCondition where that cannot be."""
    known = {segment.key: segment for segment in segments}
    return [known[key] for key in meanings_of(known.values())]


def check_for_segment(condition: Condition) -> None:
    """Refuse what has a meaning in a flow only. Raises BadCondition."""
    for leaf in leaves(condition):
        window = getattr(leaf, "within", getattr(leaf, "joined", None))
        if isinstance(window, SinceRunStart):
            raise BadCondition(Fault("for_flows_only"))
