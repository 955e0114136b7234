"""The words in which every law is written: what is asked, what is known, and what may be answered.

This is a cautious reading of the law by programmers, and no legal advice (docs/consent.md).
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Final, Literal, TypeAlias

import msgspec

from cartback.domain.instant import DAY, Instant, Milliseconds, Zone

EMAIL: Final = "email"
SMS: Final = "sms"


class Purpose(StrEnum):
    """Why something is sent. A cart reminder is advertising, for which one may ask alone. A notice
    tells a person of the yes that they gave, and how to take it back; a double opt-in asks the
    address to confirm it."""

    MARKETING = "marketing"
    CART_REMINDER = "cart_reminder"
    NOTICE = "notice"
    DOUBLE_OPT_IN = "double_opt_in"
    TRANSACTIONAL = "transactional"


class Duty(StrEnum):
    """What a message must carry so that it may leave."""

    OPT_OUT = "opt_out"
    SENDER = "sender"
    ADDRESS = "address"
    AD_LABEL = "ad_label"


class Rule(msgspec.Struct, frozen=True):
    """One rule: its key, the article that it reads, and where that stands."""

    key: str
    article: str
    source: str = ""


class Said(msgspec.Struct, frozen=True):
    """A person's last word on a channel and a purpose: yes or no, and when.

    `confirmed`: they answered from the address itself (double opt-in). `reminded`: when they were
    last told of this consent and how to take it back.
    """

    yes: bool
    at: Instant
    confirmed: bool = False
    reminded: Instant | None = None


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a person, as far as laws ask.

    `night` is the last word on being written to at night; `barred` is why nothing must be sent to
    the address (see Bar), `zone` where it is the person's clock that counts.
    """

    said: Said | None = None
    night: Said | None = None
    last_order: Instant | None = None
    barred: "Bar | None" = None
    zone: Zone | None = None


class Bar(StrEnum):
    """Why an address is suppressed."""

    BOUNCED = "bounced"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    BY_HAND = "by_hand"

    @property
    def bars_everything(self) -> bool:
        """Whether not even the confirmation of an order may be sent."""
        return self in (Bar.BOUNCED, Bar.BY_HAND)


class Choice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a shop decides within the law.

    `home` is the country that it sends from: its law counts beside the recipient's. `ask` is
    "consent" to write to nobody who did not say yes, even where the law would allow it. The soft
    opt-in (customers who did not object) needs a checkout that offers to object, which only the
    shop can know: it is off until the shop says so. In the countries of `double_opt_in` a yes
    counts when it was confirmed from the address.
    """

    home: str = ""
    ask: Literal["law", "consent"] = "law"
    soft_opt_in: bool = False
    soft_opt_in_for: Milliseconds = 730 * DAY
    double_opt_in: tuple[str, ...] = ()


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """May this be sent to this person now?"""

    channel: str
    purpose: Purpose
    country: str
    now: Instant
    known: Known
    choice: Choice


class Send(msgspec.Struct, frozen=True, tag="send"):
    """It may leave by that rule, if it carries what the duties name."""

    rule: Rule
    duties: tuple[Duty, ...] = ()


class HoldUntil(msgspec.Struct, frozen=True, tag="hold"):
    """Not before that instant; ask again then."""

    at: Instant
    rule: Rule


class Refuse(msgspec.Struct, frozen=True, tag="refuse"):
    """Not at all, as things stand."""

    rule: Rule


Decision: TypeAlias = Send | HoldUntil | Refuse
Law: TypeAlias = Callable[[Asked], Decision]
