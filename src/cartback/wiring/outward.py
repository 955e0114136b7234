"""The ways out of an installation: single mails, calls to shops, and looks at domains.

What e-mail needs is imported where it is used: who sends none does not wait for it.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeAlias

from cartback.channels.webhook.postman import WebhookPostman
from cartback.domain.event import ShopId
from cartback.domain.instant import Instant
from cartback.domain.message import Outcome, Outgoing
from cartback.engine.deliver import Postman
from cartback.engine.deliverability import Finding, examine
from cartback.engine.mails import Mails
from cartback.engine.webhook_secret import webhook_secret
from cartback.wiring.base import Installation
from cartback.wiring.proof import webhook_guard

TryOut: TypeAlias = Callable[[Outgoing], Outcome]


def webhook_postman(base: Installation) -> Postman:
    """Calls the shops' own systems; networks inside only where the configuration names them."""

    def secrets(shop: ShopId, now: Instant) -> Sequence[str]:
        return webhook_secret(base.store, shop).good_at(now)

    guard = webhook_guard(base.config.webhook_networks)
    return WebhookPostman(base.store, base.rulebook, base.clock, guard, secrets)


def mails(base: Installation) -> Mails:
    """What makes a mail of a template."""
    # Imported here: who renders no mail does not wait for what does.
    from cartback.channels.email.preview import EmailMails

    return EmailMails(base.store, base.rulebook, base.clock)


def try_out_of(base: Installation) -> TryOut | None:
    """Hands one mail over through the server that is set; None where none is."""
    if not base.config.smtp:
        return None

    def hand_over(outgoing: Outgoing) -> Outcome:
        # Imported here: who sends no mail does not wait for what does.
        from cartback.wiring.email import hand_over

        return asyncio.run(hand_over(base.config, outgoing))

    return hand_over


def domain_of(base: Installation) -> Callable[[str], Sequence[Finding]] | None:
    """What others see of a domain that mail is from; None where no mail leaves."""
    if not base.config.smtp:
        return None

    def look(domain: str) -> Sequence[Finding]:
        # Imported here: who sends no mail does not wait for what does.
        from cartback.wiring.email import look_up, sender_of

        return examine(sender_of(base.config, domain), look_up(base.config))

    return look
