"""Ready-made segments: what most shops begin with, as documents. Amounts follow the currency."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from cartback.web.console.typed import minor

BUY_WITH_PRIME: Final = "Placed Order (Buy with Prime)"


class Ready(NamedTuple):
    """A segment that only needs to be saved."""

    key: str
    name: str
    about: str
    when: dict[str, Any]


def _did(metric: str, within: str, **times: int) -> dict[str, Any]:
    window = {"kind": "last", "duration": within}
    return {"kind": "did", "metric": metric, "times": times, "within": window}


def _all(*of: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "all", "of": list(of)}


def ready_made(say: Callable[[str], str], currency: str) -> list[Ready]:
    """In the language of the page."""
    started = _did("Checkout Started", "1 week", at_least=1)
    no_order = _did("Placed Order", "1 week", exactly=0)
    no_prime = _did(BUY_WITH_PRIME, "1 week", exactly=0)
    abandoned = {"kind": "cart", "status": "abandoned"}
    big = minor("50000" if currency == "KRW" else "50", currency)
    return [
        Ready(
            "recent-cart-abandoners",
            say("Recent cart abandoners"),
            say("Started a checkout in the last week and did not order."),
            _all(started, no_order),
        ),
        Ready(
            "recent-cart-abandoners-prime",
            say("Recent cart abandoners, with Buy with Prime"),
            say("The same, and did not order by Buy with Prime either."),
            _all(started, no_order, no_prime),
        ),
        Ready(
            "browse-abandoners",
            say("Browse abandoners"),
            say("Looked at products in the last day and put nothing into a cart."),
            _all(
                _did("Viewed Product", "1 day", at_least=1),
                _did("Added to Cart", "1 day", exactly=0),
                _did("Placed Order", "1 day", exactly=0),
            ),
        ),
        Ready(
            "big-carts",
            say("Big carts left behind"),
            say("An abandoned cart that is worth a lot."),
            _all({**abandoned, "value": {"at_least": big}}),
        ),
        Ready(
            "leads-who-abandoned",
            say("Leads who left a cart"),
            say("Never ordered anything yet."),
            _all({"kind": "stage", "is": "lead"}, abandoned),
        ),
        Ready(
            "customers-who-abandoned",
            say("Customers who left a cart"),
            say("Have ordered before."),
            _all({"kind": "stage", "is": "customer"}, abandoned),
        ),
    ]
