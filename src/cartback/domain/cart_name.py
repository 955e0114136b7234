"""By which names an order and a cart of somebody else know each other: cart id and checkout id."""

from collections.abc import Sequence

from cartback.domain.cart import Cart
from cartback.domain.event import Json, Properties


def names_in_order(properties: Properties) -> Sequence[str]:
    """What an order says of where it came from; nothing where it says neither."""
    return _names(properties.get("cart_id"), properties.get("checkout_id"))


def names_of(cart: Cart) -> Sequence[str]:
    """The same of a cart. A person's only cart has no name, but its checkout may."""
    return _names(cart.id, cart.checkout_id)


def _names(cart: Json, checkout: Json) -> Sequence[str]:
    said = (("cart", cart), ("checkout", checkout))
    return [f"{kind}:{value}" for kind, value in said if isinstance(value, str) and value]
