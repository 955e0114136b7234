"""The last look at what a message has to offer: goods that can be had, and its person's codes.

It is taken in the transaction that claims the message, behind every other question: so a code is
given for a message that leaves, and for no other.
"""

from collections.abc import Sequence
from itertools import chain

from cartback.domain.cart import Cart
from cartback.domain.coupon import Refused, Wish
from cartback.domain.effect import Decided, Reason
from cartback.domain.item import Find, is_sold_out, items_of
from cartback.domain.offer import GONE, refusal
from cartback.domain.profile import Profile
from cartback.domain.step import Email
from cartback.engine.batch import Batch
from cartback.engine.codes import give
from cartback.engine.coupons import NoSuchCoupon
from cartback.engine.flow_ports import MessageRow
from cartback.engine.flowing import decision
from cartback.engine.offering import wish_for
from cartback.engine.shelf import shelf_for
from cartback.engine.templates import NOTHING_NEEDED, needs_at


class Furnishing:
    """What the messages of one claim need, looked up once for all of them."""

    def __init__(self, batch: Batch, messages: Sequence[MessageRow]) -> None:
        """The coupons' rows are locked from here on, in the order of their keys."""
        self._batch = batch
        templates = {one.key: _template_of(batch, one) for one in messages}
        needs = {key: needs_at(batch.tx, batch.shop, key) for key in set(templates.values()) if key}
        self._needs = {key: needs.get(one, NOTHING_NEEDED) for key, one in templates.items()}
        coupons = {key for each in needs.values() for key in each.coupons}
        for key in sorted(coupons):
            batch.tx.lock_coupon(batch.shop, key)
        there = [one for one in messages if one.profile in batch.works]
        carts = (_cart(batch.works[one.profile].profile, one) for one in there)
        lines = list(chain.from_iterable(one.lines() for one in carts if one is not None))
        self._find: Find = shelf_for(batch.tx, batch.shop, lines)

    def furnish(self, message: MessageRow, profile: Profile) -> Reason:
        """Give the codes that the message needs. READY, or why it is not to leave."""
        needs, cart = self._needs[message.key], _cart(profile, message)
        lines = () if cart is None else cart.lines()
        currency = self._batch.rules.settings.currency if cart is None else cart.currency
        if is_sold_out(items_of(lines, self._find, currency)):
            return Reason.SOLD_OUT
        for key in sorted(needs.coupons, key=lambda one: (one not in needs.indispensable, one)):
            wish = wish_for(profile, message.run, key, self._find, currency)
            reason = self._give(wish, profile)
            if reason is not Reason.READY and key in needs.indispensable:
                return reason
            if reason is not Reason.READY and not message.attempts:
                self._note_lack(message, reason)
        return Reason.READY

    def _give(self, wish: Wish, profile: Profile) -> Reason:
        try:
            found = give(self._batch.tx, self._batch.shop, wish, profile.id, self._batch.now)
        except NoSuchCoupon:
            return refusal(GONE)
        if isinstance(found, Refused):
            return refusal(found.reason)
        return Reason.READY

    def _note_lack(self, message: MessageRow, reason: Reason) -> None:
        """Keep why a mail leaves without the code that it could have shown. It is not counted: the
        step's figures tell what became of its mails."""
        decided = Decided(message.run, message.step, self._batch.now, "not_given", reason)
        self._batch.tx.add_decisions(self._batch.shop, [decision(message.profile, decided)])


def _template_of(batch: Batch, message: MessageRow) -> str:
    """The template of its step; empty where there is none to be found."""
    live = batch.rules.flows.versions.get(message.run[:2])
    placed = None if live is None else live.steps.get(message.step)
    return placed.step.template if placed is not None and isinstance(placed.step, Email) else ""


def _cart(profile: Profile, message: MessageRow) -> Cart | None:
    return profile.carts.get(message.run.cart) if message.run.cart else None
