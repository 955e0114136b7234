"""How the made-up shoppers behave: every assumption of the simulation, in one place."""

from dataclasses import dataclass
from typing import Final

from cartback.domain.instant import DAY, HOUR, Milliseconds

BY_HOUR: Final = (
    *(8, 5, 3, 2, 2, 4, 10, 18, 28, 38, 44, 46),
    *(48, 46, 44, 44, 46, 50, 58, 68, 76, 72, 48, 22),
)
"""How visits spread over the hours of the day, UTC: quiet nights, and the evening is best."""

BY_WEEKDAY: Final = (1.05, 1.0, 0.98, 0.97, 0.9, 0.95, 1.15)
"""Monday to Sunday, against the average day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """Shares are from 0 to 1. They are assumptions, chosen to look like a small shop.

    One of them has a source: about seven carts of ten are left behind. Baymard Institute's list of
    46 studies averages 69.82 % (baymard.com/lists/cart-abandonment-rate, as of 2021-11-19).
    """

    shoppers_per_day: int = 125
    """New people on an average day; those who come back are on top."""

    fills_cart: float = 0.5
    """Visits in which something is put into a cart; in the others people only look."""

    orders_at_once: float = 0.3
    """Carts that become an order within the same visit: seven of ten do not."""

    comes_back_to_order: float = 0.09
    """Of the carts left behind, those whose shopper comes back within days and orders."""

    starts_checkout: float = 0.5
    """Of the carts left behind, those that got as far as the checkout."""

    tells_email: float = 0.7
    """Shoppers who give their e-mail address at the checkout before they leave it."""

    agrees_at_checkout: float = 0.6
    """Of those, the ones who also agree to mail."""

    has_account: float = 0.4
    """Of those, the ones with a customer account: from then on they are known on the device."""

    signs_up: float = 0.06
    """Visits of a stranger that end in a newsletter sign-up, cart or no cart."""

    wants_mail: float = 0.45
    """Orders with the newsletter box ticked."""

    has_had_enough: float = 0.03
    """Subscribers who unsubscribe in the days after."""

    looks_again: float = 0.35
    """Visits that are followed by another look around, hours or days later."""

    second_device: float = 0.3
    """Returns on another device; logging in there ties the two together."""

    changes_mind: float = 0.15
    """Carts in which a quantity is changed, and as many in which a line is taken out."""

    searches: float = 0.25
    """Visits that begin with a search."""

    uses_coupon: float = 0.05
    """Orders with a coupon."""

    orders_again: float = 0.3
    """Orders after which the customer comes back with another cart, weeks later."""

    cancels: float = 0.01
    """Orders that are cancelled within hours."""

    refunded: float = 0.04
    """Orders that are sent and then refunded."""

    longest_wait: Milliseconds = 4 * DAY
    """Until when somebody comes back to a cart; most come much sooner."""

    horizon: Milliseconds = 60 * DAY
    """Nobody is followed for longer than this after the first visit."""

    shortest_return: Milliseconds = 2 * HOUR
    """A return is at least this long after the visit before."""
