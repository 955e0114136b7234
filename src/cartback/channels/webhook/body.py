"""What a webhook says: the person, the cart, the flow and its step, as JSON."""

from collections.abc import Mapping
from typing import Final

import msgspec

from cartback.domain.cart import Cart
from cartback.domain.event import Json
from cartback.domain.flow import Flow
from cartback.domain.instant import Instant, text_of
from cartback.domain.profile import Profile
from cartback.engine.deliver import Sending

TYPE: Final = "flow.step"


def body_of(sending: Sending, flow: Flow, at: Instant) -> bytes:
    """The body of the call; amounts are minor units, times are ISO 8601 in UTC.

    `at` is when the step was decided: the same for every try.
    """
    run, profile = sending.message.run, sending.profile
    cart = profile.carts.get(run.cart) if run.cart else None
    said = {
        "type": TYPE,
        "timestamp": text_of(at),
        "data": {
            "person": _person(profile),
            "cart": None if cart is None else _cart(cart),
            "flow": {"key": run.flow, "name": flow.name, "version": run.version},
            "step": sending.message.step,
            "trigger": msgspec.to_builtins(flow.trigger),
            "started": text_of(run.started),
        },
    }
    return msgspec.json.encode(said)


def _person(profile: Profile) -> Mapping[str, Json]:
    return {
        "id": profile.id,
        "identifiers": {kind: one.value for kind, one in sorted(profile.names.items())},
        "traits": {name: one.value for name, one in sorted(profile.traits.items())},
        "stage": "customer" if profile.is_customer else "lead",
    }


def _cart(cart: Cart) -> Mapping[str, Json]:
    return {
        "id": cart.id,
        "value": cart.value(),
        "currency": cart.currency or None,
        "items": cart.items(),
        "url": cart.url or None,
        "lines": msgspec.to_builtins(cart.lines()),
    }
