"""A flow as a document: what begins a run, for whom, its steps, and when it may begin again.

Documents are read by `parse_flow`, which answers a bad one with the path and what was likely meant.
A flow about a cart, or about news of a product, gets, where it says nothing else, the filter that
everybody expects: no order since the run began. One whose trigger is a yearly date may begin again
each year, one about news of products after a week.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec

from cartback.domain.condition import (
    KINDS,
    Condition,
    Did,
    Not,
    leaves,
)
from cartback.domain.document import refuse_large, refuse_nul, refused
from cartback.domain.event import Json, Key, Metric
from cartback.domain.fault import BadDocument, Fault
from cartback.domain.instant import Milliseconds, parse_duration
from cartback.domain.layout import all_steps, lay_out
from cartback.domain.number import Node
from cartback.domain.property import PropertyTest, check_path
from cartback.domain.step import STEPS, AnyStep, Split
from cartback.domain.window import SinceRunStart

MOST_FLOWS: Final = 200
MOST_DAYS: Final = 364


class OnMetric(Node, frozen=True, tag_field="kind", tag="metric"):
    """An event of the metric, with properties that pass every test."""

    metric: Key
    where: tuple[PropertyTest, ...] = ()


class OnCart(Node, frozen=True, tag_field="kind", tag="cart_abandoned"):
    """A cart was left behind; `where` tests what Cart Abandoned says of it. A run for each cart."""

    where: tuple[PropertyTest, ...] = ()


class OnSegment(Node, frozen=True, tag_field="kind", tag="segment"):
    """The profile entered the segment, or left it."""

    segment: Key
    joined: bool = True


class OnList(Node, frozen=True, tag_field="kind", tag="list"):
    """The profile joined the list, or left it."""

    list: Key
    joined: bool = True


class OnDate(Node, frozen=True, tag_field="kind", tag="date"):
    """A date among the traits has come, each year or once: `before` or `after` it by so many days,
    at that time of day where the person is."""

    trait: str
    before: Annotated[int, msgspec.Meta(ge=0, le=MOST_DAYS)] = 0
    after: Annotated[int, msgspec.Meta(ge=0, le=MOST_DAYS)] = 0
    at: Annotated[str, msgspec.Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")] = "09:00"
    yearly: bool = True

    def __post_init__(self) -> None:
        check_path(self.trait)
        if self.before and self.after:
            raise Fault("before_or_after")


class OnConsentDue(Node, frozen=True, tag_field="kind", tag="consent_due"):
    """So many days `before` the day by which a law has the person told of the yes that they gave by
    e-mail, at that time of day where they are; and again each week until they are."""

    before: Annotated[int, msgspec.Meta(ge=1, le=MOST_DAYS)] = 30
    at: Annotated[str, msgspec.Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")] = "10:00"


Interest: TypeAlias = Literal["cart", "viewed", "either"]


class _OnGoods(Node, frozen=True):
    """News of a product that is in the person's open cart, or that they looked at and did not
    order since, `within` that time."""

    interest: Interest = "either"
    within: str = "30 days"

    def __post_init__(self) -> None:
        parse_duration(self.within)

    @property
    def span(self) -> Milliseconds:
        """How long ago somebody last cared for it at most."""
        return parse_duration(self.within)


class OnPriceDrop(_OnGoods, frozen=True, tag_field="kind", tag="price_drop"):
    """It costs at least so many hundredths less."""

    at_least: Annotated[int, msgspec.Meta(ge=1, le=100)] = 5


class OnLowStock(_OnGoods, frozen=True, tag_field="kind", tag="low_stock"):
    """At most so many are left, and there were more."""

    at_most: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 3


class OnBackInStock(_OnGoods, frozen=True, tag_field="kind", tag="back_in_stock"):
    """It can be had again."""


GoodsTrigger: TypeAlias = OnPriceDrop | OnLowStock | OnBackInStock
Trigger: TypeAlias = (
    OnMetric
    | OnCart
    | OnSegment
    | OnList
    | OnDate
    | OnConsentDue
    | OnPriceDrop
    | OnLowStock
    | OnBackInStock
)


class Again(Node, frozen=True):
    """When a run may begin again after the last one began, for a profile or for one cart."""

    rule: Literal["never", "after", "always"] = "never"
    duration: str | None = None

    def __post_init__(self) -> None:
        if (self.rule == "after") != (self.duration is not None):
            raise Fault("again_without_duration")
        if self.duration is not None:
            parse_duration(self.duration)


EACH_WEEK: Final = Again("after", "7 days")
EACH_YEAR: Final = Again("after", "300 days")
EACH_TIME: Final = Again("always")
Audience: TypeAlias = Literal["everyone", "leads", "customers"]
NO_ORDER: Final[Condition] = Not(Did(Metric.PLACED_ORDER, within=SinceRunStart()))


class Flow(Node, frozen=True):
    """What a flow is, whatever its key, version and status.

    `audience` and `who` are asked when a run would begin, `only_if` then and before every step.
    """

    name: str
    trigger: Trigger
    steps: tuple[AnyStep, ...]
    audience: Audience = "everyone"
    who: Condition | None = None
    only_if: Condition | None = None
    again: Again = Again()
    priority: int = 0

    @property
    def of_cart(self) -> bool:
        """Whether each run is about one cart."""
        return isinstance(self.trigger, OnCart)

    def __post_init__(self) -> None:
        if not 1 <= len(self.name.strip()) <= 200:
            raise Fault("name_length")
        if not -100 <= self.priority <= 100:
            raise Fault("priority_out_of_range")
        lay_out(self.steps)
        if self.who is not None and asks_for_run(self.who):
            raise Fault("no_run_in_who")


_KINDS: Final[Mapping[str, type[msgspec.Struct]]] = {
    **KINDS,
    **{one.__struct_config__.tag: one for one in Trigger.__args__},
    **{name: kind.struct for name, kind in STEPS.items()},
}
_TRIGGERS: Final = [str(one.__struct_config__.tag) for one in Trigger.__args__]
_OF_FIELD: Final[Mapping[str, Sequence[str]]] = {
    "trigger": _TRIGGERS,
    **{field: list(KINDS) for field in ("who", "only_if", "when", "of")},
}
_WITHOUT_KIND: Final[dict[str, type[msgspec.Struct]]] = {"again": Again}


class BadFlow(BadDocument):
    """A document that is no flow."""


def parse_flow(document: Json) -> Flow:
    """Read a flow from plain JSON data. Raises BadFlow."""
    problem = refuse_large(document) or refuse_nul(document)
    if problem:
        raise BadFlow(*problem)
    try:
        flow = msgspec.convert(document, Flow)
    except msgspec.ValidationError as error:
        said = refused(error, document, _KINDS, Flow, _WITHOUT_KIND, _OF_FIELD)
        raise BadFlow(*said) from None
    except Fault as error:
        raise BadFlow(error) from None
    if is_about_goods(flow) and isinstance(document, dict) and "only_if" not in document:
        flow = msgspec.structs.replace(flow, only_if=NO_ORDER)
    if isinstance(document, dict) and "again" not in document:
        flow = msgspec.structs.replace(flow, again=_usual_again(flow))
    return flow


def is_about_goods(flow: Flow) -> bool:
    """Whether each run is about a cart or a product."""
    return flow.of_cart or isinstance(flow.trigger, GoodsTrigger)


def _usual_again(flow: Flow) -> Again:
    """When a run may begin again where the document says nothing: each year for a yearly date, each
    time for a yes that is to be told of, and in a week for news of products."""
    match flow.trigger:
        case OnDate(yearly=True):
            return EACH_YEAR
        case OnConsentDue():
            return EACH_TIME
        case OnPriceDrop() | OnLowStock() | OnBackInStock():
            return EACH_WEEK
        case _:
            return flow.again


def flow_document(flow: Flow) -> dict[str, Any]:
    """The document that parse_flow reads back as an equal flow."""
    document: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(flow))
    document.setdefault("only_if", None)
    if flow.again != _usual_again(flow):
        document.setdefault("again", {"rule": "never"})
    return document


def conditions_of(flow: Flow) -> list[Condition]:
    """All conditions that the flow asks, those of its splits too."""
    found = [one for one in (flow.who, flow.only_if) if one is not None]
    for step in all_steps(flow.steps):
        if isinstance(step, Split):
            found += [one.when for one in step.branches]
    return found


def asks_for_run(condition: Condition) -> bool:
    """Whether it can be answered of a run only."""
    windows = (getattr(leaf, "within", getattr(leaf, "joined", None)) for leaf in leaves(condition))
    return any(isinstance(one, SinceRunStart) for one in windows)
