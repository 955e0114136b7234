"""What follows from moving a profile, as data: the engine writes it in the same transaction."""

from enum import StrEnum
from typing import Literal, NamedTuple, TypeAlias

from cartback.domain.event import Event
from cartback.domain.instant import Instant
from cartback.domain.profile import RunId
from cartback.domain.step import StepKey


class Moved(NamedTuple):
    """The profile entered or left a segment at that instant; `quiet` ones start nothing."""

    segment: str
    at: Instant
    joined: bool
    quiet: bool


class Derived(NamedTuple):
    """An event that follows from the others, to be added to the log."""

    event: Event


class Reason(StrEnum):
    """Why a flow did something with a person, or did not."""

    TRIGGERED = "triggered"
    NOT_A_LEAD = "not_a_lead"
    NOT_A_CUSTOMER = "not_a_customer"
    NOT_THE_AUDIENCE = "not_the_audience"
    FILTERED = "filtered"
    ALREADY_IN = "already_in"
    ONLY_ONCE = "only_once"
    TOO_SOON = "too_soon"
    OUTRANKED = "outranked"
    TOO_LATE = "too_late"
    READY = "ready"
    QUIET_HOURS = "quiet_hours"
    FREQUENCY_CAP = "frequency_cap"
    WEEKLY_BUDGET = "weekly_budget"
    CART_IN_USE = "cart_in_use"
    PAUSED = "paused"
    DRAFT = "draft"
    NO_ADDRESS = "no_address"
    NOT_SUBSCRIBED = "not_subscribed"
    UNSUBSCRIBED = "unsubscribed"
    LAW = "law"
    SUPPRESSED = "suppressed"
    WAITING = "waiting"
    WENT_ON = "went_on"
    OTHERWISE = "otherwise"
    COMPLETED = "completed"
    ORDERED = "ordered"
    ORDERED_ELSEWHERE = "ordered_elsewhere"
    CART_EMPTIED = "cart_emptied"
    CART_FORGOTTEN = "cart_forgotten"
    ARCHIVED = "archived"
    MERGED = "merged"
    GONE = "gone"
    SOLD_OUT = "sold_out"
    BOUGHT = "bought"
    PRODUCT_GONE = "product_gone"
    PRODUCT_SOLD_OUT = "product_sold_out"
    PRICE_UP = "price_up"
    STOCK_UP = "stock_up"
    REFUSED = "refused"
    IN_DOUBT = "in_doubt"
    CODE_ASKED = "code_asked"
    COUPON_GONE = "coupon_gone"
    COUPON_NOTHING_FITS = "coupon_nothing_fits"
    COUPON_EXPIRED = "coupon_expired"
    COUPON_REDEEMED = "coupon_redeemed"
    COUPON_TOO_SOON = "coupon_too_soon"
    COUPON_BUDGET = "coupon_budget"
    COUPON_MARGIN = "coupon_margin"
    COUPON_COST_UNKNOWN = "coupon_cost_unknown"
    COUPON_POOL_DRY = "coupon_pool_dry"
    COUPON_OTHER_CURRENCY = "coupon_other_currency"


What: TypeAlias = Literal[
    "entered",
    "not_entered",
    "waits",
    "went",
    "sent",
    "gave",
    "not_given",
    "held",
    "skipped",
    "ended",
]


class Decided(NamedTuple):
    """What a flow did with the person at a step, and why.

    `until` is when it is looked at again, where that is known; `way` is the branch that was taken;
    `rule` is the law that forbids it (domain/consent.py), where one does.
    """

    run: RunId
    step: StepKey
    at: Instant
    what: What
    reason: Reason
    until: Instant = 0
    way: int = -1
    rule: str = ""


class Queued(NamedTuple):
    """A message is to go out, and is worth it until then.

    `measured_from` is from when "since the run began" counts; `recipient` is where it goes, where
    the step says so: else to the person.
    """

    run: RunId
    step: StepKey
    channel: str
    at: Instant
    useful_until: Instant
    measured_from: Instant
    recipient: str = ""


Effect: TypeAlias = Moved | Derived | Decided | Queued
