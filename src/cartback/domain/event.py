"""What happened: one event of one shop, and the standard e-commerce metrics with their properties.

A metric is an event's name. Any name is accepted; the standard ones have typed properties, which
`check_properties` verifies. Amounts are whole minor units (cents, won) beside an ISO 4217 currency.
Properties that are not listed here are kept as they came.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, NamedTuple, TypeAlias

import msgspec

from cartback.domain.instant import Instant

ShopId: TypeAlias = int
ProfileId: TypeAlias = int
Json: TypeAlias = Any  # None, bool, int, float, str, list and dict, as JSON gives them
Properties: TypeAlias = Mapping[str, Json]


class IdentifierKind(StrEnum):
    """How a sender may name a person or a device."""

    ANONYMOUS = "anonymous_id"
    EXTERNAL = "external_id"
    EMAIL = "email"
    PHONE = "phone"


class Identifier(NamedTuple):
    """One name of a profile, in the form that is compared (lower-case e-mail, E.164 phone)."""

    kind: str
    value: str


class Location(msgspec.Struct, frozen=True, array_like=True):
    """Where somebody is, as far as the sender knows: ISO 3166-1 alpha-2 country, region, city."""

    country: str = ""
    region: str = ""
    city: str = ""


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something that happened to a profile at a time.

    `id` is the idempotency key: the same one twice in a shop is the same event. `time` is when it
    happened and is never after `received`, when it arrived; `ahead` marks one whose clock was too
    far ahead and whose time was therefore taken as its arrival.
    """

    shop: ShopId
    id: str
    metric: str
    identifiers: tuple[Identifier, ...]
    time: Instant
    received: Instant
    properties: dict[str, Json] = {}
    traits: dict[str, Json] = {}
    location: Location | None = None
    backfill: bool = False
    ahead: bool = False


class Metric(StrEnum):
    """The standard metrics."""

    VIEWED_PRODUCT = "Viewed Product"
    VIEWED_CATEGORY = "Viewed Category"
    SEARCHED = "Searched"
    ADDED_TO_CART = "Added to Cart"
    REMOVED_FROM_CART = "Removed from Cart"
    CART_UPDATED = "Cart Updated"
    CHECKOUT_STARTED = "Checkout Started"
    CHECKOUT_STEP_COMPLETED = "Checkout Step Completed"
    PLACED_ORDER = "Placed Order"
    ORDERED_PRODUCT = "Ordered Product"
    FULFILLED_ORDER = "Fulfilled Order"
    CANCELLED_ORDER = "Cancelled Order"
    REFUNDED_ORDER = "Refunded Order"
    SUBSCRIBED = "Subscribed"
    UNSUBSCRIBED = "Unsubscribed"
    COUPON_USED = "Coupon Used"
    COUPON_GIVEN = "Coupon Given"
    COUPON_REFUSED = "Coupon Refused"
    IDENTIFIED = "Identified"
    VIEWED_PAGE = "Viewed Page"
    VIEWED_SCREEN = "Viewed Screen"
    GROUPED = "Grouped"
    ALIASED = "Aliased"
    JOINED_LIST = "Joined List"
    LEFT_LIST = "Left List"
    PRICE_DROPPED = "Price Dropped"
    LOW_ON_STOCK = "Low on Stock"
    BACK_IN_STOCK = "Back in Stock"
    CART_ABANDONED = "Cart Abandoned"
    CART_RECOVERED = "Cart Recovered"
    CART_ORDERED_ELSEWHERE = "Cart Ordered Elsewhere"
    RECEIVED_EMAIL = "Received Email"
    OPENED_EMAIL = "Opened Email"
    CLICKED_EMAIL = "Clicked Email"
    BOUNCED_EMAIL = "Bounced Email"
    MARKED_AS_SPAM = "Marked Email as Spam"


DERIVED: Final = frozenset(
    {Metric.CART_ABANDONED, Metric.CART_RECOVERED, Metric.CART_ORDERED_ELSEWHERE}
)
"""Metrics that follow from other events of the log."""
MAILED: Final = frozenset(
    {
        Metric.RECEIVED_EMAIL,
        Metric.OPENED_EMAIL,
        Metric.CLICKED_EMAIL,
        Metric.BOUNCED_EMAIL,
        Metric.MARKED_AS_SPAM,
    }
)
"""What became of a mail that Cartback sent."""
OFFERED: Final = frozenset({Metric.COUPON_GIVEN, Metric.COUPON_REFUSED})
"""What became of a flow's wish to give somebody a code."""
GOODS: Final = frozenset({Metric.PRICE_DROPPED, Metric.LOW_ON_STOCK, Metric.BACK_IN_STOCK})
"""News of a product that somebody cares for."""
SHOPPING: Final = frozenset(
    {
        Metric.VIEWED_PRODUCT,
        Metric.VIEWED_CATEGORY,
        Metric.SEARCHED,
        Metric.ADDED_TO_CART,
        Metric.REMOVED_FROM_CART,
        Metric.CART_UPDATED,
        Metric.CHECKOUT_STARTED,
        Metric.CHECKOUT_STEP_COMPLETED,
        Metric.VIEWED_PAGE,
        Metric.VIEWED_SCREEN,
        Metric.CART_ABANDONED,
    }
)
"""What happens before there is an order."""
RESERVED: Final = DERIVED | MAILED | OFFERED | GOODS
"""Metrics that Cartback itself adds to the log; a sender may not claim them."""
NOT_SEEN: Final = DERIVED | OFFERED | GOODS | {Metric.RECEIVED_EMAIL, Metric.BOUNCED_EMAIL}
"""Metrics that say nothing of when a person was last here."""

LARGEST_AMOUNT: Final = 2**53
Amount = Annotated[int, msgspec.Meta(ge=-LARGEST_AMOUNT, le=LARGEST_AMOUNT)]
"""Whole minor units of a currency."""
Quantity = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Currency = Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]
Text = Annotated[str, msgspec.Meta(max_length=2_000)]
Key = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]


class Product(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A product or a variant as an event shows it; `price` is of one piece, in minor units."""

    product_id: Text = ""
    variant_id: Text = ""
    sku: Text = ""
    name: Text = ""
    brand: Text = ""
    category: Text = ""
    price: Amount | None = None
    image_url: Text = ""
    url: Text = ""


class Line(Product, frozen=True, kw_only=True, omit_defaults=True):
    """A product in a cart or an order, and how many pieces of it."""

    quantity: Quantity = 1


class ProductProperties(Product, frozen=True, kw_only=True):
    currency: Currency | None = None


class CategoryProperties(msgspec.Struct, frozen=True, kw_only=True):
    category: Text = ""


class SearchProperties(msgspec.Struct, frozen=True, kw_only=True):
    query: Text = ""


class CartLineProperties(Line, frozen=True, kw_only=True):
    """Added to Cart, Removed from Cart: one line; without `cart_id` the profile's only cart."""

    cart_id: Text = ""
    currency: Currency | None = None
    cart_url: Text = ""


class CartProperties(msgspec.Struct, frozen=True, kw_only=True):
    """Cart Updated, Checkout Started: the cart as it is now.

    `lines` replaces what was known of the cart; left out, the known lines stay. `value` is the
    shop's own total, else it is the sum of price times quantity.
    """

    cart_id: Text = ""
    checkout_id: Text = ""
    currency: Currency | None = None
    value: Amount | None = None
    lines: tuple[Line, ...] | None = None
    cart_url: Text = ""


class CheckoutStepProperties(msgspec.Struct, frozen=True, kw_only=True):
    cart_id: Text = ""
    checkout_id: Text = ""
    step: int | str | None = None


class OrderProperties(msgspec.Struct, frozen=True, kw_only=True):
    """Placed Order and what follows it; `cart_id` or `checkout_id` say which cart it came from."""

    order_id: Text = ""
    cart_id: Text = ""
    checkout_id: Text = ""
    currency: Currency | None = None
    value: Amount | None = None
    lines: tuple[Line, ...] | None = None
    coupon: Text | None = None


class OrderedProductProperties(Line, frozen=True, kw_only=True):
    order_id: Text = ""
    currency: Currency | None = None


class ConsentProperties(msgspec.Struct, frozen=True, kw_only=True):
    """Subscribed, Unsubscribed: which channel and purpose, and the evidence.

    Without a `purpose` it is about all advertising by that channel. `text` is what the person was
    shown, `ip` where they answered from; `confirmed`: they did so from the address itself.
    """

    channel: Key = "email"
    purpose: Text = ""
    source: Text = ""
    text: Text = ""
    ip: Text = ""
    confirmed: bool = False


class CouponProperties(msgspec.Struct, frozen=True, kw_only=True):
    coupon: Text = ""
    order_id: Text = ""


class ListProperties(msgspec.Struct, frozen=True, kw_only=True):
    list: Key


PROPERTIES: Final[Mapping[str, type[msgspec.Struct]]] = {
    Metric.VIEWED_PRODUCT: ProductProperties,
    Metric.VIEWED_CATEGORY: CategoryProperties,
    Metric.SEARCHED: SearchProperties,
    Metric.ADDED_TO_CART: CartLineProperties,
    Metric.REMOVED_FROM_CART: CartLineProperties,
    Metric.CART_UPDATED: CartProperties,
    Metric.CHECKOUT_STARTED: CartProperties,
    Metric.CHECKOUT_STEP_COMPLETED: CheckoutStepProperties,
    Metric.PLACED_ORDER: OrderProperties,
    Metric.ORDERED_PRODUCT: OrderedProductProperties,
    Metric.FULFILLED_ORDER: OrderProperties,
    Metric.CANCELLED_ORDER: OrderProperties,
    Metric.REFUNDED_ORDER: OrderProperties,
    Metric.SUBSCRIBED: ConsentProperties,
    Metric.UNSUBSCRIBED: ConsentProperties,
    Metric.COUPON_USED: CouponProperties,
    Metric.JOINED_LIST: ListProperties,
    Metric.LEFT_LIST: ListProperties,
}
"""The typed properties of each standard metric."""


class BadProperties(ValueError):
    """Properties of a wrong type; the message names the path and what is expected there."""


def check_properties(metric: str, properties: Properties) -> None:
    """Refuse properties of a standard metric whose types are wrong. Others pass as they are.

    Sizes and signs are looked at here and not in the types: what is in the log can be read for
    ever. Raises BadProperties.
    """
    shape = PROPERTIES.get(metric)
    if shape is None:
        return
    try:
        msgspec.convert(properties, shape)
    except msgspec.ValidationError as error:
        raise BadProperties(f"{metric}: {error}") from None
    wrong = _beyond(properties, shape, "$", may_owe=metric in MAY_OWE)
    if wrong:
        raise BadProperties(f"{metric}: {wrong}")


def spelled_out(metric: str, properties: dict[str, Json]) -> dict[str, Json]:
    """A word on consent that names no channel is about e-mail, and says so, so that one can ask
    for it."""
    if metric not in (Metric.SUBSCRIBED, Metric.UNSUBSCRIBED) or "channel" in properties:
        return properties
    return {**properties, "channel": ConsentProperties().channel}


LONGEST_NAME: Final = 255
"""Characters of what names a product, a cart, an order or a coupon."""
_NAMES: Final = frozenset("product_id variant_id sku cart_id checkout_id order_id coupon".split())
MAY_OWE: Final = frozenset(
    {
        Metric.PLACED_ORDER,
        Metric.ORDERED_PRODUCT,
        Metric.FULFILLED_ORDER,
        Metric.CANCELLED_ORDER,
        Metric.REFUNDED_ORDER,
    }
)
"""Metrics whose amounts may be below zero: a credit, a voucher as a line, what is given back.

A cart is worth nothing or something. But an order that is refused for one of its lines would leave
its cart open, and its shopper would be reminded of what is bought."""


def _beyond(
    properties: Properties, shape: type[msgspec.Struct], path: str, *, may_owe: bool
) -> str:
    """What is too long or below zero in properties of the right types; empty where nothing is."""
    for name in shape.__struct_fields__:
        value = properties.get(name)
        if value is None:
            continue
        if name in _NAMES and len(value) > LONGEST_NAME:
            return f"expected a text of at most {LONGEST_NAME} characters - at `{path}.{name}`"
        if name in _AMOUNTS and value < 0 and not may_owe:
            return f"expected an amount of 0 or more - at `{path}.{name}`"
        if name == "lines":
            for index, line in enumerate(value):
                if wrong := _beyond(line, Line, f"{path}.lines[{index}]", may_owe=may_owe):
                    return wrong
    return ""


_AMOUNTS: Final = frozenset({"price", "value"})
