"""A mail to oneself, to try a template: beside the outbox, noted nowhere, nobody's message."""

import secrets
from email.utils import parseaddr
from typing import Final

from cartback.domain.event import ShopId
from cartback.domain.instant import MINUTE, Instant, Milliseconds
from cartback.domain.message import Mailbox, Outgoing
from cartback.engine.attempts import Ration, key_of, take_try, wait
from cartback.engine.mailing import Mailing
from cartback.engine.mails import Mail
from cartback.engine.ports import Store

RATION: Final = Ration(20, 3 * MINUTE)
"""Of each shop: so many at once, and one more every three minutes."""


def trial(shop: ShopId, mail: Mail, sender: Mailing, address: str, now: Instant) -> Outgoing:
    """The mail as it would leave, to that address; it cannot unsubscribe anybody."""
    return Outgoing(
        key=f"test-{secrets.token_hex(12)}",
        sender=Mailbox(sender.sender, mail.sender_name),
        recipient=Mailbox(address),
        subject=mail.subject,
        html=mail.html,
        text=mail.text,
        at=now,
        reply_to=None if sender.reply_to is None else Mailbox(sender.reply_to),
        shop=str(shop),
        stream="test",
    )


def is_address(text: str) -> bool:
    """Whether it is one plain e-mail address, and nothing besides."""
    name, _, domain = text.rpartition("@")
    return bool(name) and "." in domain and parseaddr(text)[1] == text and text.isprintable()


def take_trial(store: Store, shop: ShopId, now: Instant) -> Milliseconds:
    """Take one of the shop's trials; how long to wait where there is none, else 0.

    Without this, a colleague's account that was taken over could write to anybody.
    """
    key = key_of("trial", str(shop))
    with store.transaction() as tx:
        tx.hold_attempts([key], now)
        left = wait(tx, key, RATION, now)
        if not left:
            take_try(tx, key, RATION, now)
    return left
