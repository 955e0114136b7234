"""The state of one profile: small, bounded, one serialisable value with one `wake_at`.

Everything in it can be made again from the log. Each part that a sender sets keeps the time at
which it was so, and the later one wins, so that the order of arrival leaves no trace.

What is made of plain values can never refer to itself: the garbage collector need not look at it
(`gc=False`), here and wherever else millions of such values pass.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec

from cartback.domain.cart import Cart, CartId
from cartback.domain.event import Event, Json, Location, ProfileId
from cartback.domain.instant import FOREVER, Instant
from cartback.domain.memory import NOTHING, QuestionKey, Remembered
from cartback.domain.order import Order
from cartback.domain.span import BEGINNING

STATE_VERSION: Final = 1
MOST_TRAITS: Final = 200
MOST_LISTS: Final = 200
MOST_CONSENTS: Final = 20
MOST_RUNS: Final = 50
MOST_ENTERED: Final = 200
MOST_VIEWED: Final = 30


class Stamped(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A value and since when it is so."""

    value: Json
    at: Instant


class Consent(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a person last said for a channel, when, and where; the text that they were shown stays
    in the log. `confirmed`: they answered from the address itself (double opt-in), with this yes or
    with an earlier one that they did not take back since.

    Of a yes, `refused` is when they last said no before it, `proved` when they last confirmed it;
    None for never. So late words change it as they would have in their order.
    """

    subscribed: bool
    at: Instant
    source: str = ""
    confirmed: bool = False
    refused: Instant | None = None
    proved: Instant | None = None

    @property
    def last_no(self) -> Instant | None:
        """When they last said no; None for never."""
        return self.refused if self.subscribed else self.at

    @property
    def last_proof(self) -> Instant | None:
        """When the yes was last confirmed; None where it is not."""
        if not (self.subscribed and self.confirmed):
            return None
        return self.at if self.proved is None else self.proved


class ListStanding(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Whether the profile is in a list, and since when it is or is not."""

    joined: bool
    at: Instant


class Standing(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where a profile stands with a segment: a member since then or not (None), sure until then."""

    since: Instant | None
    until: Instant


class RunId(NamedTuple):
    """Which run: of which flow and version, about which cart ("" for none), begun when."""

    flow: str
    version: int
    cart: CartId
    started: Instant


class Run(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One way through a flow: where it stands, since when, and when it goes on by itself.

    `held` says why a message step holds it back, `fell_due` since when that message waits.
    `chosen` are the branches that its trigger decided: by step, in the order of the steps.
    """

    flow: str
    version: int
    cart: CartId
    started: Instant
    measured_from: Instant
    step: str
    due: Instant
    held: str = ""
    fell_due: Instant = 0
    chosen: tuple[tuple[str, int], ...] = ()

    @property
    def id(self) -> RunId:
        """Which run it is."""
        return RunId(self.flow, self.version, self.cart, self.started)


class Profile(msgspec.Struct, array_like=True, gc=False):
    """One profile's state. `rules` is the version of the rules to which it was last brought.

    `runs` and `entered` (when a run began last) are by flow, and cart where it is about one;
    `contacts` are the latest times at which a channel was used, ascending; `dates` are
    the latest occasions by flow that were looked at. `viewed` is when products were last
    looked at, kept while a flow asks. `told` is when the person was last told, by channel, of
    what they had said yes to.
    """

    id: ProfileId
    version: int = STATE_VERSION
    rules: int = 0
    clock: Instant = BEGINNING
    first_seen: Instant = FOREVER
    last_seen: Instant = BEGINNING
    first_order: Instant = FOREVER
    names: dict[str, Stamped] = {}
    traits: dict[str, Stamped] = {}
    consents: dict[str, Consent] = {}
    lists: dict[str, ListStanding] = {}
    location: Stamped | None = None
    carts: dict[CartId, Cart] = {}
    orders: tuple[Order, ...] = ()
    memory: dict[QuestionKey, Remembered] = {}
    standings: dict[str, Standing] = {}
    wake_at: Instant = FOREVER
    runs: dict[str, Run] = {}
    entered: dict[str, Instant] = {}
    contacts: dict[str, tuple[Instant, ...]] = {}
    dates: dict[str, Instant] = {}
    viewed: dict[str, Instant] = {}
    told: dict[str, Instant] = {}

    def copy(self) -> "Profile":
        """A draft that can be changed without changing this one: its parts are immutable."""
        return Profile(
            self.id,
            self.version,
            self.rules,
            self.clock,
            self.first_seen,
            self.last_seen,
            self.first_order,
            self.names.copy(),
            self.traits.copy() if self.traits else {},
            self.consents.copy() if self.consents else {},
            self.lists.copy() if self.lists else {},
            self.location,
            self.carts.copy() if self.carts else {},
            self.orders,
            self.memory.copy(),
            self.standings.copy(),
            self.wake_at,
            self.runs.copy() if self.runs else {},
            self.entered.copy() if self.entered else {},
            self.contacts.copy() if self.contacts else {},
            self.dates.copy() if self.dates else {},
            self.viewed.copy() if self.viewed else {},
            self.told.copy() if self.told else {},
        )

    def remembered(self, question: QuestionKey) -> Remembered:
        """The memory of a question; empty where nothing matched."""
        return self.memory.get(question, NOTHING)

    def member_since(self, segment: str) -> Instant | None:
        """Since when it is in the segment, None where it is not."""
        standing = self.standings.get(segment)
        return None if standing is None else standing.since

    @property
    def is_customer(self) -> bool:
        """A lead until the first order."""
        return self.first_order < FOREVER

    @property
    def place(self) -> Location | None:
        """Where the person was last known to be."""
        return None if self.location is None else Location(*self.location.value)

    def trait(self, name: str) -> Json:
        """The newest value of a trait, None where there is none."""
        stamped = self.traits.get(name)
        return None if stamped is None else stamped.value


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(Profile)
_rank: Final = msgspec.json.Encoder(order="deterministic")


def encode_profile(profile: Profile) -> bytes:
    """The state as bytes, for the store."""
    return _encoder.encode(profile)


def decode_profile(state: bytes) -> Profile:
    """The state from its bytes. Raises msgspec.DecodeError for bytes that are none."""
    return _decoder.decode(state)


def look_at(viewed: dict[str, Instant], product: str, at: Instant) -> None:
    """Somebody looked at a product; of too many the longest ago are forgotten."""
    viewed[product] = max(at, viewed.get(product, at))
    while len(viewed) > MOST_VIEWED:
        del viewed[min(viewed, key=lambda one: (viewed[one], one))]


def note_look(viewed: dict[str, Instant], event: Event) -> None:
    """The same, as a Viewed Product says it."""
    product = event.properties.get("product_id")
    if isinstance(product, str) and product:
        look_at(viewed, product, event.time)


def newer(one: Stamped | None, other: Stamped) -> Stamped:
    """The later of two values; of two at the same time, always the same one."""
    if one is None:
        return other
    if one.at != other.at:
        return one if one.at > other.at else other
    return max(one, other, key=lambda stamped: _rank.encode(stamped.value))


def stamp(into: dict[str, Stamped], values: Mapping[str, Any], at: Instant, most: int) -> bool:
    """Set values as of that time; whether any of them is new. A full dictionary takes no names."""
    changed = False
    for name, value in values.items():
        before = into.get(name)
        if before is None and len(into) >= most:
            continue
        after = newer(before, Stamped(value, at))
        if after is not before:
            into[name] = after
            changed = True
    return changed
