"""One person as a page shows them: carts, names, and of each segment why."""

from collections.abc import Sequence
from typing import NamedTuple

from cartback.domain.cart import Cart, CartLimits
from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant
from cartback.domain.profile import Profile
from cartback.domain.rules import Rules
from cartback.engine.calling import name_of
from cartback.engine.explaining import Membership, memberships_of, state_at
from cartback.engine.log_ports import Seq
from cartback.engine.merge_ports import Merge
from cartback.engine.people import show
from cartback.engine.ports import Reading
from cartback.engine.rulebook import Rulebook, present_rules


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
    merges: Sequence[Merge]
    tails: Sequence[Seq]
    rules: Rules


def portrait(
    reading: Reading,
    rulebook: Rulebook,
    shop: ShopId,
    profile: ProfileId,
    now: Instant,
) -> Portrait:
    """Somebody as of now. Raises NobodyFound."""
    person = show(reading, rulebook, shop, profile, now)
    rules = present_rules(reading, shop)
    state = state_at(reading, rulebook, shop, profile, now)
    return Portrait(
        name_of(state),
        state,
        person.identifiers,
        _carts(state, rules.settings.limits(), rules.settings.currency, now),
        sorted(memberships_of(reading, shop, state, now), key=lambda one: one.name),
        [(one.key, one.name) for one in rules.segments if state.member_since(one.key) is None],
        person.merges,
        person.tails,
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
