"""The tree of questions about a profile, as a document.

A condition is a JSON (or YAML) object with a `kind`. Each kind is one struct below, each struct
checks itself when it is made, and the whole tree is plain data: hashable, picklable, no callables.
`parse_condition` reads a document and answers a bad one with the path and a suggestion.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, TypeAlias

import msgspec

from cartback.domain.document import refused
from cartback.domain.fault import BadDocument, Fault, in_field
from cartback.domain.instant import LONGEST, Milliseconds, parse_duration
from cartback.domain.number import Count, Node, Number
from cartback.domain.property import (
    Operator,
    PropertyTest,
    Value,
    Valued,
    check_path,
    check_value,
)
from cartback.domain.window import EVER, Window

MOST_CONDITIONS: Final = 1_000
DEEPEST: Final = 64


class All(Node, frozen=True, tag_field="kind", tag="all"):
    """Every one of them holds."""

    of: "tuple[Condition, ...]"

    def __post_init__(self) -> None:
        if not self.of:
            raise Fault("conditions_empty")


class Any_(Node, frozen=True, tag_field="kind", tag="any"):
    """At least one of them holds."""

    of: "tuple[Condition, ...]"

    def __post_init__(self) -> None:
        if not self.of:
            raise Fault("conditions_empty")


class Not(Node, frozen=True, tag_field="kind", tag="not"):
    """It does not hold."""

    of: "Condition"


def _check_metric(metric: str) -> None:
    if not 1 <= len(metric) <= 255 or "\x00" in metric:
        raise Fault("metric_length")


class Did(Node, frozen=True, tag_field="kind", tag="did"):
    """The metric happened so often within the window, with properties that pass every test."""

    metric: str
    times: Count = Count(at_least=1)
    within: Window = EVER
    where: tuple[PropertyTest, ...] = ()

    def __post_init__(self) -> None:
        _check_metric(self.metric)


class Aggregate(Node, frozen=True, tag_field="kind", tag="aggregate"):
    """Sum, lowest, highest or average of a numeric property over the metric's events in the window.

    Events without that number do not count. The sum of none is 0; the lowest, highest and average
    of none do not exist, and then the condition does not hold.
    """

    metric: str
    function: Literal["sum", "min", "max", "average"]
    path: str
    number: Number = msgspec.field(name="is")
    within: Window = EVER
    where: tuple[PropertyTest, ...] = ()

    def __post_init__(self) -> None:
        _check_metric(self.metric)
        check_path(self.path)


class Match(Node, frozen=True):
    """One event of a sequence."""

    metric: str
    where: tuple[PropertyTest, ...] = ()

    def __post_init__(self) -> None:
        _check_metric(self.metric)


class Sequence_(Node, frozen=True, tag_field="kind", tag="sequence"):
    """`first` in the window, and `then` after it within `inside`: first < then <= first + inside.

    With `followed: false`: a `first` after which no `then` came, known once `inside` has passed.
    """

    first: Match
    then: Match
    inside: str
    followed: bool = True
    within: Window = EVER

    def __post_init__(self) -> None:
        with in_field("inside"):
            parse_duration(self.inside)


class FirstTime(Node, frozen=True, tag_field="kind", tag="first_time"):
    """The first time that it ever happened is within the window."""

    metric: str
    within: Window
    where: tuple[PropertyTest, ...] = ()

    def __post_init__(self) -> None:
        _check_metric(self.metric)


class LastTime(Node, frozen=True, tag_field="kind", tag="last_time"):
    """The latest time that it happened is within the window."""

    metric: str
    within: Window
    where: tuple[PropertyTest, ...] = ()

    def __post_init__(self) -> None:
        _check_metric(self.metric)


class Trait(Valued, frozen=True, eq=False, tag_field="kind", tag="trait"):
    """A test on a trait of the profile; dates may be asked relative to now."""

    path: str
    operator: Operator = msgspec.field(name="is")
    value: Value = None

    def __post_init__(self) -> None:
        check_path(self.path)
        check_value(self.operator, self.value)


class InList(Node, frozen=True, tag_field="kind", tag="in_list"):
    """Is in the list, and joined it within the window where one is given."""

    list: str
    joined: Window = EVER


class InSegment(Node, frozen=True, tag_field="kind", tag="in_segment"):
    """Is in another segment, and joined it within the window where one is given."""

    segment: str
    joined: Window = EVER


class Consented(Node, frozen=True, tag_field="kind", tag="consent"):
    """What the person said for a channel: subscribed, unsubscribed, or never anything."""

    channel: str
    status: Literal["subscribed", "unsubscribed", "never"] = "subscribed"


class Reachable(Node, frozen=True, tag_field="kind", tag="reachable"):
    """Has an address for the channel and is subscribed to it."""

    channel: Literal["email", "sms"]


class Stage(Node, frozen=True, tag_field="kind", tag="stage"):
    """A lead has never ordered; a customer has."""

    stage: Literal["lead", "customer"] = msgspec.field(name="is")


class Idle(Node, frozen=True):
    """For how long a cart has been left: `{at_least: 1 hour}`, `{less_than: 2 days}`."""

    at_least: str | None = None
    less_than: str | None = None

    def __post_init__(self) -> None:
        low, high = self.bounds()
        if low >= high:
            raise Fault("idle_bounds")

    def bounds(self) -> tuple[Milliseconds, Milliseconds]:
        """From (included) and to (not included)."""
        if self.at_least is None and self.less_than is None:
            raise Fault("idle_missing")
        low, high = 0, LONGEST
        if self.at_least is not None:
            with in_field("at_least"):
                low = parse_duration(self.at_least)
        if self.less_than is not None:
            with in_field("less_than"):
                high = parse_duration(self.less_than)
        return low, high


class HasCart(Node, frozen=True, tag_field="kind", tag="cart"):
    """Has one cart of which all of this is true; `active`: not yet abandoned; `open`: either."""

    status: Literal["open", "active", "abandoned"] = "open"
    value: Number | None = None
    items: Number | None = None
    product: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    brand: tuple[str, ...] = ()
    idle: Idle | None = None


class Located(Node, frozen=True, tag_field="kind", tag="location"):
    """Where the person is: any of the countries, regions and cities; `eu` asks for the Union.

    Holds only where it is known. Names are compared without regard to case.
    """

    country: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    city: tuple[str, ...] = ()
    eu: bool | None = None

    def __post_init__(self) -> None:
        if not (self.country or self.region or self.city) and self.eu is None:
            raise Fault("place_missing")


class Share(Node, frozen=True, tag_field="kind", tag="share"):
    """A random share of all profiles, always the same people for the same `salt`."""

    percent: float
    salt: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.percent <= 100:
            raise Fault("percent_out_of_range")
        if abs(self.percent * 100 - round(self.percent * 100)) > 1e-6:
            raise Fault("percent_decimals")


Condition: TypeAlias = (
    All
    | Any_
    | Not
    | Did
    | Aggregate
    | Sequence_
    | FirstTime
    | LastTime
    | Trait
    | InList
    | InSegment
    | Consented
    | Reachable
    | Stage
    | HasCart
    | Located
    | Share
)


# --- reading documents ---------------------------------------------------------------------------


class BadCondition(BadDocument):
    """A document that is no condition."""


def parse_condition(document: object) -> Condition:
    """Read a condition from plain JSON data. Raises BadCondition."""
    _refuse_large(document)
    try:
        condition: Condition = msgspec.convert(document, Condition)
    except msgspec.ValidationError as error:
        raise BadCondition(*refused(error, document, KINDS, without_kind=_WITHOUT_KIND)) from None
    except Fault as error:
        raise BadCondition(error) from None
    return condition


def condition_document(condition: Condition) -> dict[str, Any]:
    """The document that parse_condition reads back as an equal condition."""
    document: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(condition))
    return document


def leaves(condition: Condition) -> Iterator[Condition]:
    """The questions at the ends of the tree, in order."""
    match condition:
        case All(of) | Any_(of):
            for one in of:
                yield from leaves(one)
        case Not(of):
            yield from leaves(of)
        case _:
            yield condition


def _refuse_large(document: object) -> None:
    """Refuse what is too large to read, and text that is none, before anything recurses into it."""
    count = 0
    waiting: list[tuple[object, int, str]] = [(document, 1, "$")]
    while waiting:
        node, depth, path = waiting.pop()
        if depth > 2 * DEEPEST:
            fault = Fault("nested_too_deep", most=DEEPEST)
            raise BadCondition(f"{fault} - at `{path[:60]}…`", fault)
        if isinstance(node, dict):
            count += "kind" in node
            for name, one in node.items():
                count -= name in _WINDOWS and isinstance(one, dict) and "kind" in one
                below = f"{path}.{str(name)[:60]!a}".replace("'", "")
                waiting += [(name, depth + 1, below), (one, depth + 1, below)]
        elif isinstance(node, list | tuple):
            waiting.extend((one, depth + 1, f"{path}[{place}]") for place, one in enumerate(node))
        elif isinstance(node, str) and not node.isascii():
            _refuse_half_characters(node, path)
        if count > MOST_CONDITIONS:
            fault = Fault("too_many_conditions", most=MOST_CONDITIONS)
            raise BadCondition(f"{fault} - at `$`", fault)


def _refuse_half_characters(text: str, path: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        fault = Fault("half_a_character", text=ascii(text[:60]))
        raise BadCondition(f"{fault} - at `{path}`", fault) from None


_WINDOWS: Final = ("within", "joined")
"""What stands here has a `kind`, and is no condition."""
KINDS: Final[Mapping[str, type[msgspec.Struct]]] = {
    node.__struct_config__.tag: node
    for union in (PropertyTest, Window, Condition)
    for node in union.__args__
}
_WITHOUT_KIND: Final[Mapping[str, type[msgspec.Struct]]] = {
    "times": Count,
    "is": Number,
    "first": Match,
    "then": Match,
    "idle": Idle,
}
