"""Builds what takes returned mail, from the Config: where it comes back to, and what is kept."""

import logging
from collections.abc import Callable
from typing import Final

from cartback.channels.email.message import ReturnPath
from cartback.channels.email.returned import Fate, Returned, ReturnedMail
from cartback.config import Config
from cartback.engine import bounces
from cartback.engine.bounces import take_back
from cartback.engine.link_secret import link_secret
from cartback.engine.ports import Clock, Store
from cartback.engine.rulebook import Rulebook

_KINDS: Final[dict[str, bounces.Fate]] = {
    "hard": "hard",
    "soft": "soft",
    "complaint": "complaint",
}
_log = logging.getLogger("cartback.returned")


def return_path(config: Config, store: Store) -> ReturnPath | None:
    """The addresses to which mail comes back; None where no domain is set for them."""
    if not config.bounce_domain:
        return None
    return ReturnPath(config.bounce_domain, link_secret(store))


def returned_mail(
    config: Config,
    store: Store,
    rulebook: Rulebook,
    clock: Clock,
    count: Callable[[str], None],
) -> ReturnedMail | None:
    """What takes returned mail in this process; None where no port is set for it."""
    returns = return_path(config, store)
    if returns is None or config.bounce_port is None:
        return None

    def keep(returned: Returned) -> bool:
        said = returned.bounce
        # Its address may be another one: theirs was forwarded. The return path knows whose it was.
        row = bounces.Returned(fate=_KINDS[said.kind], key=returned.key, sentence=said.sentence)
        return take_back(store, rulebook, row, clock())

    def counted(fate: Fate) -> None:
        _log.info("mail came back", extra={"fate": fate})
        count(fate)

    host = config.bounce_host
    return ReturnedMail(returns, keep, counted, host=host, port=config.bounce_port)
