"""Builds what e-mail leaves by, from the Config: the server, the signer, the postman."""

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import unquote, urlsplit

from cartback.channels.email.alert import AlertComposer
from cartback.channels.email.catcher import Catcher, Caught
from cartback.channels.email.channel import EmailChannel
from cartback.channels.email.dkim import Signer
from cartback.channels.email.look_up import Dns
from cartback.channels.email.postman import Cannot, Composer, EmailPostman
from cartback.channels.email.smtp import Security, Server, SmtpPool
from cartback.config import Config
from cartback.domain.event import ShopId
from cartback.domain.law.terms import EMAIL
from cartback.domain.message import Outcome, Outgoing
from cartback.domain.step import ALERT
from cartback.engine.deliver import Postman, Sending
from cartback.engine.deliverability import Sender
from cartback.engine.ports import Clock, Store
from cartback.engine.rulebook import Rulebook
from cartback.engine.signing import stored_signer
from cartback.engine.tokens import stored_tokens
from cartback.wiring.returned import return_path

_PORTS: Final = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
_SECURITY: Final[dict[str, Security]] = {
    "smtp": "starttls",
    "smtps": "tls",
    "smtp+plain": "none",
}


def email_postmen(
    config: Config, store: Store, rulebook: Rulebook, clock: Clock, base: Callable[[], str]
) -> Mapping[str, Postman]:
    """Who hands over mails to people and alerts to the shop, by channel, through the server set.

    `base`: where people reach this installation, for the links of a mail. Each has connections of
    its own, for each works in an event loop of its own.
    """
    pools = (SmtpPool(smtp_server(config.smtp)) for _ in range(2))
    mails = EmailChannel(next(pools), signer=_signer(config), returns=return_path(config, store))
    alerts = EmailChannel(next(pools), signer=_signer(config))
    return {
        EMAIL: EmailPostman(email_composer(store, rulebook, clock, base).compose, mails),
        ALERT: EmailPostman(AlertComposer(store, rulebook, clock).compose, alerts),
    }


def email_composer(
    store: Store, rulebook: Rulebook, clock: Clock, base: Callable[[], str]
) -> Composer:
    """What makes mails; `base` as in `email_postmen`."""
    return Composer(store, rulebook, clock, stored_tokens(store), stored_signer(store), base)


def email_viewer(
    store: Store, rulebook: Rulebook, clock: Clock, base: Callable[[], str]
) -> Callable[[Sending], str | None]:
    """Makes a mail's HTML again, for a browser; None where it cannot be made any more."""
    composer = email_composer(store, rulebook, clock, base)

    def view(sending: Sending) -> str | None:
        try:
            return composer.view(sending)
        except Cannot:
            return None

    return view


async def hand_over(config: Config, outgoing: Outgoing) -> Outcome:
    """Hand one mail over through the server that is set, now, beside the outbox."""
    pool = SmtpPool(smtp_server(config.smtp))
    try:
        return await EmailChannel(pool, signer=_signer(config)).send(outgoing)
    finally:
        await pool.close()


class CaughtByShop:
    """A catcher's mails by the shop that sent them, which their Feedback-ID names."""

    def __init__(self, catcher: Catcher) -> None:
        self._catcher = catcher

    def mails(self, shop: ShopId) -> list[Caught]:
        """The newest first."""
        return [one for one in self._catcher.mails() if _shop_of(one) == str(shop)]

    def mail(self, shop: ShopId, number: int) -> Caught | None:
        """The shop's mail with that number, while it is kept."""
        found = self._catcher.mail(number)
        return found if found is not None and _shop_of(found) == str(shop) else None


def _shop_of(caught: Caught) -> str:
    return f"{caught.parsed()['feedback-id'] or ''}::".split(":")[1]


def smtp_server(url: str) -> Server:
    """The server that an address describes: `smtp://user:password@host:587` (STARTTLS), `smtps://`
    (TLS from the start), `smtp+plain://` (none, for a server on this machine)."""
    parts = urlsplit(url)
    return Server(
        host=parts.hostname or "localhost",
        port=parts.port or _PORTS[parts.scheme],
        security=_SECURITY[parts.scheme],
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def sender_of(config: Config, domain: str) -> Sender:
    """What mail of that domain leaves as, as far as it is set up here."""
    signer = _signer(config)
    key = "" if signer is None else signer.record().value.rpartition("p=")[2]
    return Sender(
        domain=domain.lower(),
        signs_for=config.dkim_domain,
        selector=config.dkim_selector,
        key=key,
        returns=config.bounce_domain,
        takes_returns=config.hears_providers or config.bounce_port is not None,
    )


def look_up(config: Config) -> Dns:
    """Asks the name server that is set, or this machine's."""
    return Dns() if config.dns_server is None else Dns(*config.dns_server)


def _signer(config: Config) -> Signer | None:
    if not config.dkim_key:
        return None
    return Signer(config.dkim_domain, config.dkim_selector, config.dkim_key)
