"""Alerts: plain mails of a flow to people of the shop."""

from collections.abc import Mapping
from typing import Any, Final

from cartback.channels.email.filters import Dialect
from cartback.channels.email.liquid import Walled, parse, render
from cartback.channels.email.mistakes import BadLiquid
from cartback.channels.email.postman import Cannot
from cartback.channels.email.template import one_line
from cartback.channels.email.values import goods_values, person_values, shop_values
from cartback.domain.event import IdentifierKind
from cartback.domain.message import Channel, Mailbox, Outcome, Outgoing, Refused
from cartback.domain.profile import Profile
from cartback.domain.rules import Settings
from cartback.domain.step import LONGEST_SUBJECT, Alert
from cartback.engine.codes import mark_of
from cartback.engine.contents import contents_of
from cartback.engine.deliver import Begins, Sending
from cartback.engine.mailing import Mailing, mailing_of
from cartback.engine.ports import Clock, Reading, Store
from cartback.engine.rulebook import Rulebook
from cartback.engine.templates import NOTHING_NEEDED

STREAM: Final = "alert"


class AlertPostman:
    """Every shop's alerts, through one channel."""

    def __init__(self, store: Store, rulebook: Rulebook, clock: Clock, channel: Channel) -> None:
        self._store = store
        self._rulebook = rulebook
        self._clock = clock
        self._channel = channel

    async def hand_over(self, sending: Sending, begins: Begins) -> Outcome | None:
        """Make the mail and hand it over, once."""
        try:
            outgoing = self._compose(sending)
        except Cannot as reason:
            return Refused(True, 0, str(reason), "shop")
        return await self._channel.send(outgoing) if await begins() else None

    def _compose(self, sending: Sending) -> Outgoing:
        with self._store.reading() as reading:
            mailing = mailing_of(reading, sending.shop)
            rules = self._rulebook.of(reading, sending.shop)
            if mailing is None:
                raise Cannot("the shop has no sender's address yet: Settings, E-mail")
            values = self._values(reading, sending, mailing, rules.settings)
        live = rules.flows.versions.get(sending.message.run[:2])
        placed = None if live is None else live.steps.get(sending.message.step)
        if placed is None or not isinstance(placed.step, Alert):
            raise Cannot("the flow has no such alert any more")
        dialect = Dialect(mailing.language, rules.settings.zone, rules.settings.currency)
        subject, text = _written(placed.step, dialect, values)
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

    def _values(
        self, reading: Reading, sending: Sending, mailing: Mailing, settings: Settings
    ) -> dict[str, Any]:
        profile, run, now = sending.profile, sending.message.run, self._clock()
        cart = profile.carts.get(run.cart) if run.cart else None
        mark = mark_of(profile, run)
        contents = contents_of(
            reading, sending.shop, NOTHING_NEEDED, profile, cart, mark, settings.currency, now
        )
        return {
            **goods_values(contents, cart, mailing, mailing.language, ""),
            "profile": person_values(profile, _address(profile)),
            "shop": shop_values(mailing),
            "now": now,
        }


def _written(step: Alert, dialect: Dialect, values: Mapping[str, object]) -> tuple[str, str]:
    plain = Walled(dialect, escaping=False)
    try:
        subject = one_line(render(parse(plain, step.subject), values))
        return subject[:LONGEST_SUBJECT], render(parse(plain, step.text), values)
    except BadLiquid as mistake:
        raise Cannot(f"step {step.key!r}: {mistake}") from None


def _address(profile: Profile) -> str:
    stamped = profile.names.get(IdentifierKind.EMAIL)
    return "" if stamped is None else str(stamped.value)
