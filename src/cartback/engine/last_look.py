"""The last look at messages before they leave: everything is asked once more, of their persons as
they are now, of orders of others, of the catalog, and of who must not be written to."""

from collections.abc import Sequence
from typing import Final

from cartback.domain.cart import Cart
from cartback.domain.effect import Queued, Reason
from cartback.domain.event import ProfileId
from cartback.domain.flow import GoodsTrigger
from cartback.domain.law.terms import EMAIL, Purpose
from cartback.domain.permission import Permission, last_look
from cartback.domain.profile import Profile
from cartback.domain.ruleset import Ruleset
from cartback.domain.step import goes_after_order
from cartback.engine.batch import Batch
from cartback.engine.elsewhere import Orders
from cartback.engine.flow_ports import MessageRow
from cartback.engine.newsworthy import over
from cartback.engine.occasion import beginning_of
from cartback.engine.permission import barred
from cartback.engine.selves import known_as

MOST_LOOKED_THROUGH: Final = 1_000


class LastLook:
    """At messages whose persons' rows are locked; what they have in common is looked up once."""

    def __init__(self, batch: Batch, messages: Sequence[MessageRow]) -> None:
        self._batch = batch
        about = batch.rules.flows.about_carts
        carts = [
            _cart(batch.works[one.profile].profile, one)
            for one in messages
            if one.run[:2] in about and one.profile in batch.works
        ]
        self._orders = Orders(batch.tx, batch.shop, carts)

    def at(self, message: MessageRow, address: str) -> Permission:
        """Whether the message may leave now, to that address."""
        batch, profile = self._batch, self._batch.works[message.profile].profile
        if self._went_to_their_other_self(profile.id, message):
            return Permission(batch.now, Reason.MERGED)
        if self._is_ordered_elsewhere(profile, message):
            return Permission(batch.now, Reason.ORDERED_ELSEWHERE)
        if self._is_news_of_an_ordered_cart(profile, message):
            return Permission(batch.now, Reason.ORDERED_ELSEWHERE)
        profile = batch.works[profile.id].profile
        last = last_look(profile, _queued(message), batch.rules, batch.now, message.claimed)
        if last.reason is Reason.READY:
            news = over(batch.tx, batch.shop, batch.rules, profile, message.run, message.step)
            last = last if news is None else last._replace(reason=news)
        if last.reason is not Reason.READY or message.channel != EMAIL:
            return last
        bar = barred(batch.tx, batch.shop, EMAIL, address)
        is_wanted = purpose_of(batch.rules, message) is Purpose.TRANSACTIONAL
        if bar is not None and (not is_wanted or bar.bars_everything):
            return last._replace(reason=Reason.SUPPRESSED)
        return last

    def _went_to_their_other_self(self, profile: ProfileId, message: MessageRow) -> bool:
        """Whether somebody who was two had the same step of the flow as the other, about the same
        cart, within the time in which it begins once."""
        batch = self._batch
        live = batch.rules.flows.versions.get(message.run[:2])
        if live is None or len(batch.works[profile].tails) < 2:
            return False
        return any(
            (one.run.flow, one.run.cart, one.step)
            == (message.run.flow, message.run.cart, message.step)
            and (one.channel, one.key != message.key) == (message.channel, True)
            and (one.recipient == message.recipient or message.channel == EMAIL)
            and abs(one.run.started - message.run.started) < live.again
            and (
                one.status not in ("queued", "claimed", "cancelled", "failed")
                or (
                    one.status in ("queued", "claimed")
                    and (one.at, one.key) < (message.at, message.key)
                )
            )
            for self_ in known_as(batch.tx, batch.shop, profile)
            for one in batch.tx.messages_of(batch.shop, self_, MOST_LOOKED_THROUGH)
        )

    def _is_ordered_elsewhere(self, profile: Profile, message: MessageRow) -> bool:
        """Whether somebody else ordered the cart that it is about; then that cart is closed."""
        live = self._batch.rules.flows.versions.get(message.run[:2])
        if live is None or not live.flow.of_cart:
            return False
        cart = _cart(profile, message)
        if self._orders.of_others(profile.id, cart, message.measured_from) is None:
            return False
        event = self._orders.closing(profile, cart, self._batch.now)
        if event is not None:
            self._batch.apply(profile.id, event)
        placed = live.steps.get(message.step)
        return placed is None or not goes_after_order(placed.step)

    def _is_news_of_an_ordered_cart(self, profile: Profile, message: MessageRow) -> bool:
        """Whether it tells news of a product in a cart that somebody else ordered, and that was not
        put there again; then that cart is closed."""
        batch = self._batch
        live = batch.rules.flows.versions.get(message.run[:2])
        if live is None or not isinstance(live.flow.trigger, GoodsTrigger):
            return False
        placed = live.steps.get(message.step)
        news = beginning_of(batch.tx, batch.shop, profile, live, message.run)
        if news is None or (placed is not None and goes_after_order(placed.step)):
            return False
        cart = profile.carts.get(str(news.properties.get("cart_id", "")))
        if cart is None or not news.properties.get("in_cart"):
            return False
        event = Orders(batch.tx, batch.shop, [cart]).closing(profile, cart, batch.now)
        if event is None:
            return False
        batch.apply(profile.id, event)
        left = batch.works[profile.id].profile.carts.get(cart.id)
        lines = left.lines() if left is not None and left.is_open else ()
        return all(one.product_id != news.properties.get("product_id") for one in lines)


def purpose_of(rules: Ruleset, message: MessageRow) -> Purpose | None:
    """What a message is for; None where its step is gone, or says nothing of it."""
    live = rules.flows.versions.get(message.run[:2])
    placed = None if live is None else live.steps.get(message.step)
    return None if placed is None else getattr(placed.step, "purpose", None)


def _cart(profile: Profile, message: MessageRow) -> Cart:
    return profile.carts.get(message.run.cart, Cart(message.run.cart))


def _queued(message: MessageRow) -> Queued:
    return Queued(
        message.run,
        message.step,
        message.channel,
        message.at,
        message.useful_until,
        message.measured_from,
        message.recipient,
    )
