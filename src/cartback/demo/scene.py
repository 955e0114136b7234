"""What the demo's view needs to see: plain values, so that it can be watched without an engine."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

from cartback.domain.instant import Instant, Milliseconds


class Kind(StrEnum):
    """What a line of news is about."""

    ENTERED = "entered"  # somebody entered the segment
    LEFT = "left"  # somebody left it
    ABANDONED = "abandoned"  # a cart has been idle for the shop's limit
    RECOVERED = "recovered"  # an abandoned cart became an order
    MAILED = "mailed"  # a mail was handed over
    SPARED = "spared"  # a mail did not go
    RETURNED = "returned"  # somebody came back through a mail


class Because(StrEnum):
    """Why somebody left the segment, or got no mail."""

    ORDER = "order"
    TIME = "time"
    NO_CONSENT = "no_consent"


class News(NamedTuple):
    """One thing that happened. `who` is empty for a stranger; `amount` is in minor units.

    `until` is when somebody who entered is going to leave if nothing happens. `mail` is the key of
    a mail's step, `things` what was in the cart, and `before` how long before it they ordered;
    `went_before`: an earlier mail about that cart did go.
    """

    at: Instant
    kind: Kind
    who: str = ""
    amount: int | None = None
    until: Instant | None = None
    because: Because | None = None
    mail: str = ""
    things: int = 0
    before: Milliseconds = 0
    went_before: bool = False


class Counters(NamedTuple):
    """How the shop stands: carts by their state, and the segment's size.

    `open` carts have something in them and are not abandoned; `at_stake` is what the abandoned
    ones are worth, in minor units; `recovered` counts those of the last 24 hours. `mailed` are the
    mails that went; `spared` who ordered before the next, and `unasked` who never agreed to any.
    """

    events: int = 0
    profiles: int = 0
    open: int = 0
    abandoned: int = 0
    recovered: int = 0
    at_stake: int = 0
    members: int = 0
    mailed: int = 0
    spared: int = 0
    unasked: int = 0


class Look(NamedTuple):
    """One look at the scene. `past`: sizes of the segment before, which the first look may tell."""

    now: Instant
    counters: Counters
    news: Sequence[News] = ()
    over: bool = False
    past: Sequence[tuple[Instant, int]] = ()


class Scene(Protocol):
    """A shop whose time runs."""

    def look(self) -> Look:
        """How it is now, and the news since the look before. `over` when time has run out."""


class Hints(NamedTuple):
    """What to try next: where the server listens, its key, and of whom one may ask why; and the
    link to the console while it runs, empty where there is none."""

    url: str
    write_key: str
    segment: str
    person: str
    link: str = ""
    go_on: str = "cartback demo"
