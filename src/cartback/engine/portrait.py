"""One person as a page shows them: carts, names, what they did, and of each segment why."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from cartback.domain.cart import Cart, CartLimits
from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant
from cartback.domain.profile import Profile
from cartback.domain.rules import Rules
from cartback.engine.calling import name_of
from cartback.engine.explaining import Membership, memberships_of, state_at
from cartback.engine.people import show
from cartback.engine.ports import LoggedEvent, Merge, Reading
from cartback.engine.rulebook import Rulebook, present_rules

MOST_EVENTS: Final = 500


class OpenCart(NamedTuple):
    """A cart that was not ordered; abandoned from `due` on."""

    cart: Cart
    value: int
    currency: str
    due: Instant
    is_abandoned: bool


class Portrait(NamedTuple):
    """What is shown of a person."""

    name: str
    profile: Profile
    identifiers: Sequence[tuple[str, str]]
    carts: Sequence[OpenCart]
    memberships: Sequence[Membership]
    others: Sequence[tuple[str, str]]
    events: Sequence[LoggedEvent]
    merges: Sequence[Merge]
    rules: Rules


def portrait(
    reading: Reading,
    rulebook: Rulebook,
    shop: ShopId,
    profile: ProfileId,
    now: Instant,
    events: int = 50,
) -> Portrait:
    """Somebody as of now, with so many of their latest events. Raises NobodyFound."""
    person = show(reading, rulebook, shop, profile, now)
    rules = present_rules(reading, shop)
    state = state_at(reading, rulebook, shop, profile, now)
    tails = [tail for tail in person.tails if tail]
    latest = reading.history(shop, tails, min(events, MOST_EVENTS)) if tails else ()
    return Portrait(
        name_of(state),
        state,
        person.identifiers,
        _carts(state, rules.settings.limits(), rules.settings.currency, now),
        sorted(memberships_of(reading, shop, state, now), key=lambda one: one.name),
        [(one.key, one.name) for one in rules.segments if state.member_since(one.key) is None],
        latest,
        person.merges,
        rules,
    )


def _carts(state: Profile, limits: CartLimits, currency: str, now: Instant) -> list[OpenCart]:
    found = []
    for cart in sorted(state.carts.values(), key=lambda one: -one.activity):
        if cart.is_open and limits.expires(cart) > now:
            due = limits.due(cart)
            value = cart.value()
            found.append(OpenCart(cart, value, cart.currency or currency, due, due <= now))
    return found
