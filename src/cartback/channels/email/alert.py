"""Alerts: plain mails of a flow to people of the shop."""

from typing import Any, Final

from cartback.channels.email.filters import Dialect
from cartback.channels.email.liquid import Walled, parse, render
from cartback.channels.email.mistakes import BadLiquid
from cartback.channels.email.postman import Cannot, cart_values, person_values, shop_values
from cartback.channels.email.template import one_line
from cartback.domain.event import IdentifierKind
from cartback.domain.message import Channel, Mailbox, Outcome, Outgoing, Refused
from cartback.domain.profile import Profile
from cartback.domain.rules import Settings
from cartback.domain.step import LONGEST_SUBJECT, Alert
from cartback.engine.deliver import Sending
from cartback.engine.mailing import Mailing, mailing_of
from cartback.engine.ports import Clock, Store
from cartback.engine.rulebook import Rulebook

STREAM: Final = "alert"


class AlertPostman:
    """Every shop's alerts, through one channel."""

    def __init__(self, store: Store, rulebook: Rulebook, clock: Clock, channel: Channel) -> None:
        self._store = store
        self._rulebook = rulebook
        self._clock = clock
        self._channel = channel

    async def hand_over(self, sending: Sending) -> Outcome:
        """Make the mail and hand it over, once."""
        try:
            outgoing = self._compose(sending)
        except Cannot as reason:
            return Refused(True, 0, str(reason), "shop")
        return await self._channel.send(outgoing)

    def _compose(self, sending: Sending) -> Outgoing:
        with self._store.reading() as reading:
            mailing = mailing_of(reading, sending.shop)
            rules = self._rulebook.of(reading, sending.shop)
        live = rules.flows.versions.get(sending.message.run[:2])
        placed = None if live is None else live.steps.get(sending.message.step)
        if mailing is None:
            raise Cannot("the shop has no sender's address yet: Settings, E-mail")
        if placed is None or not isinstance(placed.step, Alert):
            raise Cannot("the flow has no such alert any more")
        subject, text = self._written(sending, placed.step, mailing, rules.settings)
        return Outgoing(
            key=sending.message.key,
            sender=Mailbox(mailing.sender, mailing.name),
            recipient=Mailbox(sending.message.recipient),
            subject=subject,
            html="",
            text=text,
            at=self._clock(),
            shop=str(sending.shop),
            stream=STREAM,
        )

    def _written(
        self, sending: Sending, step: Alert, mailing: Mailing, settings: Settings
    ) -> tuple[str, str]:
        plain = Walled(Dialect(mailing.language, settings.zone, settings.currency), escaping=False)
        profile = sending.profile
        cart = profile.carts.get(sending.message.run.cart)
        values: dict[str, Any] = {
            "profile": person_values(profile, _address(profile)),
            "cart": {} if cart is None else cart_values(cart, settings),
            "shop": shop_values(mailing),
            "now": self._clock(),
        }
        try:
            subject = one_line(render(parse(plain, step.subject), values))
            return subject[:LONGEST_SUBJECT], render(parse(plain, step.text), values)
        except BadLiquid as mistake:
            raise Cannot(f"step {step.key!r}: {mistake}") from None


def _address(profile: Profile) -> str:
    stamped = profile.names.get(IdentifierKind.EMAIL)
    return "" if stamped is None else str(stamped.value)
