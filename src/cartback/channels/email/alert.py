"""Alerts: plain mails of a flow to people of the shop."""

from collections.abc import Mapping
from typing import Final

from cartback.channels.email.filters import Dialect
from cartback.channels.email.liquid import Walled, parse, render
from cartback.channels.email.mistakes import BadLiquid
from cartback.channels.email.postman import (
    Cannot,
    cart_of,
    contents_for,
    mailing_for,
    step_of,
)
from cartback.channels.email.template import one_line
from cartback.channels.email.values import goods_values, person_values, shop_values
from cartback.domain.fault import Fault, Said
from cartback.domain.message import Mailbox, Outgoing
from cartback.domain.step import LONGEST_SUBJECT, Alert
from cartback.engine.deliver import Sending, address_of
from cartback.engine.ports import Clock, Store
from cartback.engine.rulebook import Rulebook
from cartback.engine.templates import NOTHING_NEEDED

STREAM: Final = "alert"


class AlertComposer:
    """Makes every shop's alerts."""

    def __init__(self, store: Store, rulebook: Rulebook, clock: Clock) -> None:
        self._store = store
        self._rulebook = rulebook
        self._clock = clock

    def compose(self, sending: Sending) -> Outgoing:
        """The mail as it leaves. Raises Cannot."""
        now = self._clock()
        with self._store.reading() as reading:
            mailing = mailing_for(reading, sending.shop)
            rules = self._rulebook.of(reading, sending.shop)
            step = step_of(rules, sending, Alert)
            money = rules.settings.currency
            contents = contents_for(reading, sending, NOTHING_NEEDED, money, now)
        values = {
            **goods_values(contents, cart_of(sending), mailing, mailing.language, ""),
            "profile": person_values(sending.profile, address_of(sending.profile)),
            "shop": shop_values(mailing),
            "now": now,
        }
        dialect = Dialect(mailing.language, rules.settings.zone, money)
        subject, text = _written(step, dialect, values)
        return Outgoing(
            key=sending.message.key,
            sender=Mailbox(mailing.sender, mailing.name),
            recipient=Mailbox(sending.message.recipient),
            subject=subject,
            html="",
            text=text,
            at=now,
            shop=str(sending.shop),
            stream=STREAM,
        )


def mistake_in(step: Alert) -> Fault | None:
    """What is wrong with the Liquid of an alert, None where it can be read."""
    plain = Walled(Dialect(), escaping=False)
    for field, text in (("subject", step.subject), ("text", step.text)):
        try:
            parse(plain, text)
        except BadLiquid as mistake:
            said = Said(mistake.sentence("en"), mistake.sentence("ko"))
            return Fault("alert_unreadable", step=step.key, field=field, said=said)
    return None


def _written(step: Alert, dialect: Dialect, values: Mapping[str, object]) -> tuple[str, str]:
    plain = Walled(dialect, escaping=False)
    try:
        subject = one_line(render(parse(plain, step.subject), values))
        return subject[:LONGEST_SUBJECT], render(parse(plain, step.text), values)
    except BadLiquid as mistake:
        raise Cannot("alert_unusable", key=step.key, said=mistake) from None
