"""One made-up shopper: visits, carts, orders, and what follows them, as events."""

from random import Random
from typing import Final

from cartback.demo.catalogue import CURRENCY, SITE, Catalogue, Product
from cartback.demo.person import Person
from cartback.domain.event import (
    Event,
    Identifier,
    IdentifierKind,
    Json,
    Location,
    Metric,
    ShopId,
)
from cartback.domain.instant import MINUTE, SECOND, Instant, Milliseconds

_COUPON: Final = "WELCOME10"
_ANONYMOUS: Final = IdentifierKind.ANONYMOUS.value
_EXTERNAL: Final = IdentifierKind.EXTERNAL.value
_EMAIL: Final = IdentifierKind.EMAIL.value


class Shopper:
    """Somebody with a device or two, perhaps a name, and one cart at a time.

    `at` is the shopper's own time: every act takes some of it and writes its events there.
    """

    def __init__(
        self,
        *,
        shop: ShopId,
        key: str,
        person: Person,
        country: str,
        at: Instant,
        random: Random | None,
    ) -> None:
        """Without `random` no time passes but what a script sets."""
        self.at = at
        self.person = person
        self.events: list[Event] = []
        self.email_known = False
        self.cart: dict[str, int] = {}
        self._shop = shop
        self._key = key
        self._random = random
        self._location = Location(country)
        self._device = 1
        self._account = False
        self._logged_in = False
        self._email = Identifier(_EMAIL, person.email)
        self._carts = 0
        self._checkouts = 0
        self._identifiers = self._who()

    # --- time and identity --------------------------------------------------------------------

    def spend(self, least: Milliseconds, most: Milliseconds) -> None:
        """Let some time pass."""
        if self._random is not None:
            self.at += least + int(self._random.random() * (most - least))

    def switch_device(self, *, log_in: bool) -> None:
        """Go on with the other device. Without logging in nobody knows the shopper or the cart."""
        self._device = 3 - self._device
        self._logged_in = False
        self._identifiers = self._who()
        if log_in:
            self.identify()
        else:
            self.cart = {}

    def open_account(self) -> None:
        self._account = True

    def identify(self) -> None:
        """Say who it is, on this device: an e-mail address, and the account where there is one."""
        self.email_known = True
        self._logged_in = self._account
        self._identifiers = self._who()
        traits: dict[str, Json] = {
            "first_name": self.person.first,
            "last_name": self.person.last,
        }
        self._write(Metric.IDENTIFIED, {}, traits=traits, more=(self._email,))

    def _who(self) -> tuple[Identifier, ...]:
        device = Identifier(_ANONYMOUS, f"device-{self._key}-{self._device}")
        if not self._logged_in:
            return (device,)
        return device, Identifier(_EXTERNAL, f"customer-{self._key}")

    # --- looking ------------------------------------------------------------------------------

    def arrive(self) -> None:
        self._write(Metric.VIEWED_PAGE, {"url": f"{SITE}/", "title": "Home"})

    def search(self, product: Product) -> None:
        self.spend(4 * SECOND, 30 * SECOND)
        self._write(Metric.SEARCHED, {"query": product.name.rsplit(" ", 1)[-1].lower()})

    def view_category(self, product: Product) -> None:
        self.spend(4 * SECOND, 30 * SECOND)
        self._write(Metric.VIEWED_CATEGORY, {"category": product.category})

    def view(self, product: Product) -> None:
        self.spend(8 * SECOND, 90 * SECOND)
        self._write(Metric.VIEWED_PRODUCT, {**product.properties(), "currency": CURRENCY})

    # --- the cart -----------------------------------------------------------------------------

    @property
    def cart_id(self) -> str:
        return f"cart-{self._key}-{self._carts}"

    def add(self, product: Product, pieces: int) -> None:
        if not self.cart:
            self._carts += 1
        self.spend(5 * SECOND, 40 * SECOND)
        self.cart[product.code] = self.cart.get(product.code, 0) + pieces
        line = product.properties()
        line["quantity"] = pieces
        self._write(Metric.ADDED_TO_CART, self._in_cart(line))

    def take_out(self, product: Product) -> None:
        self.spend(5 * SECOND, 40 * SECOND)
        line = product.properties()
        line["quantity"] = self.cart.pop(product.code)
        self._write(Metric.REMOVED_FROM_CART, self._in_cart(line))

    def change(self, product: Product, pieces: int, catalogue: Catalogue) -> None:
        self.spend(5 * SECOND, 40 * SECOND)
        self.cart[product.code] = pieces
        self._write(Metric.CART_UPDATED, self._whole_cart(catalogue))

    def start_checkout(self, catalogue: Catalogue) -> None:
        self._checkouts += 1
        self.spend(20 * SECOND, 3 * MINUTE)
        properties = self._whole_cart(catalogue)
        properties["checkout_id"] = self._checkout_id
        self._write(Metric.CHECKOUT_STARTED, properties)

    def fill_in(self, step: str) -> None:
        self.spend(20 * SECOND, 2 * MINUTE)
        properties: dict[str, Json] = {"checkout_id": self._checkout_id, "step": step}
        self._write(Metric.CHECKOUT_STEP_COMPLETED, self._in_cart(properties))

    def order(self, catalogue: Catalogue, *, coupon: bool = False) -> str:
        """Place the order, and start with an empty cart. Returns the order's id."""
        self.spend(40 * SECOND, 4 * MINUTE)
        order_id = f"order-{self._key}-{self._carts}"
        properties = self._whole_cart(catalogue)
        properties.update(order_id=order_id, checkout_id=self._checkout_id)
        if coupon:
            properties["coupon"] = _COUPON
            self._write(Metric.COUPON_USED, {"coupon": _COUPON, "order_id": order_id})
        self._write(Metric.PLACED_ORDER, properties, more=(self._email,))
        for line in properties["lines"]:
            ordered = {**line, "order_id": order_id, "currency": CURRENCY}
            self._write(Metric.ORDERED_PRODUCT, ordered)
        self.cart = {}
        return order_id

    @property
    def _checkout_id(self) -> str:
        return f"checkout-{self._key}-{self._checkouts}"

    def _in_cart(self, properties: dict[str, Json]) -> dict[str, Json]:
        properties["cart_id"] = self.cart_id
        properties["currency"] = CURRENCY
        return properties

    def _whole_cart(self, catalogue: Catalogue) -> dict[str, Json]:
        lines = []
        value = 0
        for code, pieces in self.cart.items():
            line = catalogue.products[code].properties()
            line["quantity"] = pieces
            value += line["price"] * pieces
            lines.append(line)
        cart_url = f"{SITE}/cart/{self.cart_id}"
        return self._in_cart({"lines": lines, "value": value, "cart_url": cart_url})

    # --- what else is heard of a shopper ------------------------------------------------------

    def subscribe(self, source: str) -> None:
        self._write(Metric.SUBSCRIBED, {"channel": "email", "source": source})

    def unsubscribe(self, after: Milliseconds) -> None:
        """By a link in a letter, some time later: only the address is known."""
        self._write_later(Metric.UNSUBSCRIBED, {"channel": "email", "source": "letter"}, after)

    def hear_of_order(self, metric: Metric, order_id: str, after: Milliseconds) -> None:
        """The shop fulfils, cancels or refunds an order some time later."""
        self._write_later(metric, {"order_id": order_id}, after)

    def _write(
        self,
        metric: Metric,
        properties: dict[str, Json],
        *,
        traits: dict[str, Json] | None = None,
        more: tuple[Identifier, ...] = (),
    ) -> None:
        who = (*self._identifiers, *more) if more else self._identifiers
        self._append(metric, properties, traits or {}, who, self.at)

    def _write_later(
        self, metric: Metric, properties: dict[str, Json], after: Milliseconds
    ) -> None:
        self._append(metric, properties, {}, (self._email,), self.at + after)

    def _append(
        self,
        metric: Metric,
        properties: dict[str, Json],
        traits: dict[str, Json],
        who: tuple[Identifier, ...],
        at: Instant,
    ) -> None:
        properties["simulated"] = True
        self.events.append(
            Event(
                shop=self._shop,
                id=f"{at:012x}-{self._key}-{len(self.events):04d}",
                metric=metric.value,
                identifiers=who,
                time=at,
                received=at,
                properties=properties,
                traits=traits,
                location=self._location,
            )
        )
