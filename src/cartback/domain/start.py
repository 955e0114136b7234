"""What begins a run: a flow was triggered, by which event and about which cart."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from cartback.domain.cart import CartId
from cartback.domain.event import Event
from cartback.domain.instant import DAY
from cartback.domain.liveflow import LiveFlow, rank
from cartback.domain.ruleset import Ruleset

LATEST_START: Final = DAY
"""An event that arrives later than this after it happened begins no run."""


class Start(NamedTuple):
    """A flow was triggered: by which event, if by one, and about which cart."""

    live: LiveFlow
    event: Event | None = None
    cart: CartId = ""

    @property
    def key(self) -> str:
        """The run's key."""
        return run_key(self.live.key, self.cart)

    @staticmethod
    def rank(start: "Start") -> tuple[tuple[int, str], CartId]:
        """In which order runs begin at one instant."""
        return rank(start.live), start.cart


def run_key(flow: str, cart: CartId) -> str:
    """A profile has one run of a flow at a time; of one about carts, one for each cart."""
    return f"{flow}:{cart}" if cart else flow


def starts_of(rules: Ruleset, event: Event) -> Iterable[Start]:
    """The flows that the event triggers."""
    for live in rules.flows.by_metric.get(event.metric, ()):
        if live.trigger is None or live.trigger(event.properties):
            cart = str(event.properties.get("cart_id", "")) if live.flow.of_cart else ""
            yield Start(live, event, cart)
