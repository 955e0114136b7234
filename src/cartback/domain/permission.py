"""May a message of a flow leave: asked when its step falls due, and once more by the outbox."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from cartback.domain.cart import CartId
from cartback.domain.consent import country_of, known_of_profile, may_send
from cartback.domain.contact import allowed, zone_of_person
from cartback.domain.effect import Queued, Reason
from cartback.domain.event import IdentifierKind
from cartback.domain.instant import MINUTE, Instant, Milliseconds, Zone
from cartback.domain.law.terms import EMAIL, HoldUntil, Purpose, Refuse, Send
from cartback.domain.profile import Profile
from cartback.domain.ruleset import Ruleset
from cartback.domain.step import Email, goes_after_order

WHILE_PAUSED: Final[Milliseconds] = 10 * MINUTE
"""How often the outbox looks whether what is paused goes on."""


class Permission(NamedTuple):
    """From when on somebody may be written to; what forbids it, and by which rule, where it does.

    With another reason than READY at the instant itself: never, as things stand.
    """

    at: Instant
    reason: Reason = Reason.READY
    rule: str = ""


def cart_is_gone(profile: Profile, cart_id: CartId, since: Instant) -> Reason | None:
    """Why the cart is nothing to write about any more, None while it is."""
    cart = profile.carts.get(cart_id)
    if cart is None:
        return Reason.CART_FORGOTTEN
    if cart.closed_at >= since:
        return Reason.ORDERED
    return None if cart.is_open else Reason.CART_EMPTIED


def may_be_written(profile: Profile, rules: Ruleset, step: Email, now: Instant) -> Permission:
    """Whether there is an address, and whether consent and law let an e-mail of that purpose go."""
    if IdentifierKind.EMAIL not in profile.names:
        return Permission(now, Reason.NO_ADDRESS)
    purpose = step.purpose or Purpose.MARKETING
    choice, zone = rules.choice, Zone(rules.settings.zone)
    known = known_of_profile(profile, EMAIL, purpose, choice, zone)
    match may_send(EMAIL, purpose, country_of(profile), known, now, choice):
        case Send():
            return Permission(now)
        case HoldUntil(at, rule):
            return Permission(at, Reason.LAW, rule.key)
        case Refuse(rule):
            if known.said is None:
                return Permission(now, Reason.NOT_SUBSCRIBED, rule.key)
            reason = Reason.LAW if known.said.yes else Reason.UNSUBSCRIBED
            return Permission(now, reason, rule.key)
    raise TypeError("not a decision")


def last_look(
    profile: Profile, queued: Queued, rules: Ruleset, now: Instant, counted: Instant = 0
) -> Permission:
    """Whether a message that was queued may still leave: everything is asked once more.

    An order may have come since, the cart be empty or in use again, consent be withdrawn, or the
    message have waited too long. What goes to the shop itself needs no consent and does not wait.
    `counted` is when the message counted as a contact, where that was not when it was queued.
    """
    if now > queued.useful_until:
        return Permission(now, Reason.TOO_LATE)
    live = rules.flows.versions.get(queued.run[:2])
    if live is None:
        return Permission(now, Reason.ARCHIVED)
    placed = live.steps.get(queued.step)
    step = None if placed is None else placed.step
    status = getattr(step, "status", "live")
    if status == "draft":
        return Permission(now, Reason.DRAFT)
    if live.paused or status == "paused":
        return Permission(now + WHILE_PAUSED, Reason.PAUSED)
    if step is not None and goes_after_order(step):
        return Permission(now)
    if queued.run.cart:
        gone = cart_is_gone(profile, queued.run.cart, queued.measured_from)
        if gone is not None:
            return Permission(now, gone)
        due = rules.limits.due(profile.carts[queued.run.cart])
        if due > now and queued.channel == EMAIL:
            return Permission(due, Reason.CART_IN_USE)
    only_if = live.only_if
    if only_if is not None and not only_if.judge(profile, now, queued.measured_from).inside:
        return Permission(now, Reason.FILTERED)
    if not isinstance(step, Email):
        return Permission(now)
    permission = may_be_written(profile, rules, step, now)
    if permission.reason is not Reason.READY:
        return permission
    others = other_contacts(profile, counted or queued.at)
    zone = zone_of_person(profile, Zone(rules.settings.zone))
    return Permission(*allowed(rules.contact.email, others, now, zone))


def other_contacts(profile: Profile, counted: Instant) -> Sequence[Instant]:
    """When the person was written to, but for the one message that counted as a contact then.

    A message is claimed a little later than it counts: the nearest before is its own.
    """
    past = list(profile.contacts.get(EMAIL, ()))
    own = next((place for place in reversed(range(len(past))) if past[place] <= counted), None)
    if own is not None:
        del past[own]
    return past
