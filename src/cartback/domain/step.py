"""The steps of a flow, as a document: messages, waits, splits, and what a run does on its way.

Each kind is one struct and one line in `STEPS`. A split holds its branches' steps; the branches
join again behind it (layout.py).
"""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Final, Literal, NamedTuple, TypeAlias

import msgspec

from cartback.domain.condition import Condition
from cartback.domain.event import Json, Key
from cartback.domain.fault import Fault
from cartback.domain.instant import parse_duration, zone_of
from cartback.domain.law.terms import EMAIL, Purpose
from cartback.domain.number import Node
from cartback.domain.property import PropertyTest, check_path

StepKey: TypeAlias = str
MOST_BRANCHES: Final = 10
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_WEB_ADDRESS: Final = re.compile(r"https?://[!-~]{1,1990}", re.ASCII)
_ADDRESS: Final = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+")
MOST_ALERTED: Final = 10
LONGEST_ADDRESS: Final = 254
LONGEST_SUBJECT: Final = 250
LONGEST_TEXT: Final = 10_000
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

Weekday: TypeAlias = Literal[
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"
]
Status: TypeAlias = Literal["draft", "live", "paused"]


class Step(Node, frozen=True):
    """One step; its key is its own within the flow and stays when the flow is changed."""

    key: str


class Email(Step, frozen=True, tag_field="kind", tag="email"):
    """One e-mail. A draft is passed over, at a paused one the run waits.

    Where a contact rule forbids it now, it is put off as long as it is `useful`, counted from when
    it fell due, and skipped where that is not long enough. Left out, its purpose is to remind of a
    cart in a flow about carts, and advertising in all others.
    """

    template: Key
    status: Status = "live"
    useful: str = "2 days"
    purpose: Purpose | None = None

    def __post_init__(self) -> None:
        parse_duration(self.useful)


class Webhook(Step, frozen=True, tag_field="kind", tag="webhook"):
    """One call of an address of the shop's own, with the person, the cart and the step as JSON.

    It is tried again as long as it is `useful`. In a flow about a cart nothing goes after the
    order, unless the step says that it may.
    """

    url: str
    status: Status = "live"
    useful: str = "2 days"
    after_order: bool = False

    def __post_init__(self) -> None:
        parse_duration(self.useful)
        if not _WEB_ADDRESS.fullmatch(self.url):
            raise Fault("not_a_web_address", text=self.url[:60])


class Alert(Step, frozen=True, tag_field="kind", tag="alert"):
    """A plain mail to people of the shop; `subject` and `text` may hold keywords.

    It needs no consent and counts for no contact rule, for it goes to nobody but those named here.
    """

    to: tuple[str, ...]
    subject: str
    text: str = ""
    status: Status = "live"
    useful: str = "2 days"

    def __post_init__(self) -> None:
        parse_duration(self.useful)
        if not 1 <= len(set(self.to)) == len(self.to) <= MOST_ALERTED:
            raise Fault("alerted_count", most=MOST_ALERTED)
        for address in self.to:
            if not _ADDRESS.fullmatch(address) or len(address) > LONGEST_ADDRESS:
                raise Fault("not_an_email", text=address[:60])
        if not 1 <= len(self.subject.strip()) <= LONGEST_SUBJECT:
            raise Fault("subject_length", most=LONGEST_SUBJECT)
        if len(self.text) > LONGEST_TEXT:
            raise Fault("alert_too_long", most=LONGEST_TEXT)
        for field in ("subject", "text"):
            if _is_unclosed(getattr(self, field)):
                raise Fault("keyword_unclosed", field=field)


class Wait(Step, frozen=True, tag_field="kind", tag="wait"):
    """Wait for a time, until a time of day, or both: `{days: 1, until: "09:00"}`.

    With `until`, whole days of the calendar are counted and then the next such time of day is
    waited for, on one of the weekdays where some are given; in the person's zone where it is known,
    or in the one that is named. (Klaviyo's time delay counts likewise.)
    """

    duration: str | None = msgspec.field(name="for", default=None)
    until: str | None = None
    weekdays: tuple[Weekday, ...] = ()
    zone: str = "profile"

    def __post_init__(self) -> None:
        if self.duration is None and self.until is None and not self.weekdays:
            raise Fault("wait_without_end")
        if self.duration is not None:
            parse_duration(self.duration)
        if self.until is not None and not _CLOCK.fullmatch(self.until):
            raise Fault("not_a_clock")
        if self.zone not in ("profile", "shop"):
            zone_of(self.zone)


class WaitFor(Step, frozen=True, tag_field="kind", tag="wait_for"):
    """Wait until an event comes, and no longer than `at_most`; then one way or the other."""

    metric: Key
    at_most: str
    where: tuple[PropertyTest, ...] = ()
    came: "tuple[AnyStep, ...]" = ()
    did_not: "tuple[AnyStep, ...]" = ()

    def __post_init__(self) -> None:
        parse_duration(self.at_most)


class Branch(Node, frozen=True):
    """One way on, for those of whom the condition holds when they come to the split."""

    when: Condition
    steps: "tuple[AnyStep, ...]" = ()


class Split(Step, frozen=True, tag_field="kind", tag="split"):
    """The first branch whose condition holds, else `otherwise`."""

    branches: tuple[Branch, ...]
    otherwise: "tuple[AnyStep, ...]" = ()

    def __post_init__(self) -> None:
        _check_branches(self.branches)


class TriggerBranch(Node, frozen=True):
    """One way on, for runs whose trigger had properties that pass every test."""

    where: tuple[PropertyTest, ...]
    steps: "tuple[AnyStep, ...]" = ()


class TriggerSplit(Step, frozen=True, tag_field="kind", tag="trigger_split"):
    """The first branch that fits the event which began the run, else `otherwise`."""

    branches: tuple[TriggerBranch, ...]
    otherwise: "tuple[AnyStep, ...]" = ()

    def __post_init__(self) -> None:
        _check_branches(self.branches)


class Share(Node, frozen=True):
    """One way on, for about `weight` out of the sum of all weights."""

    weight: Annotated[int, msgspec.Meta(ge=1, le=1_000)]
    steps: "tuple[AnyStep, ...]" = ()


class RandomSplit(Step, frozen=True, tag_field="kind", tag="random"):
    """Chance by weights: the same person always goes the same way at the same step."""

    branches: tuple[Share, ...]

    def __post_init__(self) -> None:
        _check_branches(self.branches)


class GiveCoupon(Step, frozen=True, tag_field="kind", tag="coupon"):
    """Give the person a code of the coupon, for the cart where the run is about one.

    It is the same code wherever it is shown. Where there is none the reason is kept, and the run
    goes on.
    """

    coupon: Key


class SetTrait(Step, frozen=True, tag_field="kind", tag="set_trait"):
    """Give the person a trait."""

    path: str
    value: Json = None

    def __post_init__(self) -> None:
        check_path(self.path)


class ListChange(Step, frozen=True, tag_field="kind", tag="update_list"):
    """Add the person to a list or take them from it."""

    list: Key
    joined: bool = True


class End(Step, frozen=True, tag_field="kind", tag="end"):
    """The run ends here."""


WEBHOOK: Final = "webhook"
ALERT: Final = "alert"
"""Channels to the shop itself, beside that of e-mail (law/terms.py)."""
MessageStep: TypeAlias = Email | Webhook | Alert
"""What leaves through the outbox."""
AnyStep: TypeAlias = (
    Email
    | Webhook
    | Alert
    | Wait
    | WaitFor
    | Split
    | TriggerSplit
    | RandomSplit
    | GiveCoupon
    | SetTrait
    | ListChange
    | End
)


class StepKind(NamedTuple):
    """What is to know of a kind of step: its struct, and by which channel it leaves, if by any."""

    struct: type[Step]
    channel: str = ""


STEPS: Final[Mapping[str, StepKind]] = MappingProxyType(
    {
        "email": StepKind(Email, EMAIL),
        "webhook": StepKind(Webhook, WEBHOOK),
        "alert": StepKind(Alert, ALERT),
        "wait": StepKind(Wait),
        "wait_for": StepKind(WaitFor),
        "split": StepKind(Split),
        "trigger_split": StepKind(TriggerSplit),
        "random": StepKind(RandomSplit),
        "coupon": StepKind(GiveCoupon),
        "set_trait": StepKind(SetTrait),
        "update_list": StepKind(ListChange),
        "end": StepKind(End),
    }
)
"""Every kind of step. A new one is a struct, a line here and its way in `run.py`."""


def _is_unclosed(text: str) -> bool:
    """Whether a keyword or a tag of Liquid begins and never ends."""
    return text.count("{{") != text.count("}}") or text.count("{%") != text.count("%}")


def kind_of(step: Step) -> str:
    """The word for a step in documents."""
    return str(step.__struct_config__.tag)


def channel_of(step: Step) -> str:
    """By which channel a message step leaves."""
    return STEPS[kind_of(step)].channel


def goes_after_order(step: Step) -> bool:
    """Whether a message about a cart is to leave although the cart was ordered."""
    return isinstance(step, Webhook) and step.after_order


def recipients_of(step: MessageStep) -> Sequence[str]:
    """Where a message goes; "" is the person, whose address is read when it leaves."""
    match step:
        case Alert(to=to):
            return to
        case Webhook(url=url):
            return (url,)
        case Email():
            return ("",)


def _check_branches(branches: Sequence[object]) -> None:
    if not 1 <= len(branches) <= MOST_BRANCHES:
        raise Fault("branch_count", most=MOST_BRANCHES)
