"""Builds what providers may call, from the Config: the signature's check, our words for theirs."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from cartback.channels.email.webhooks import (
    Forged,
    Heard,
    Notice,
    Sns,
    Unreadable,
    What,
    read_mailgun,
    read_postmark,
    read_sendgrid,
    read_ses,
)
from cartback.config import Config
from cartback.domain.fault import Fault
from cartback.domain.instant import Instant
from cartback.engine.bounces import Fate, Returned, take_back
from cartback.engine.ports import Store
from cartback.engine.rulebook import Rulebook
from cartback.fetch import CallFailed, Forbidden, Guard, call
from cartback.web.mail.ground import Hook

FATES: Final[Mapping[What, Fate]] = {
    What.DELIVERED: "delivered",
    What.HARD: "hard",
    What.SOFT: "soft",
    What.REJECTED: "soft",
    What.COMPLAINT: "complaint",
    What.UNSUBSCRIBED: "unsubscribed",
}
"""What is kept of a notice. Opens and clicks are counted here, by our own links."""
_Read = Callable[[Mapping[str, str], bytes, Instant], Heard]


def provider_hooks(config: Config, store: Store, rulebook: Rulebook) -> Mapping[str, Hook]:
    """By provider, for those that are set up."""
    readers: dict[str, _Read] = {}
    if config.mailgun_key:
        readers["mailgun"] = lambda _, body, now: read_mailgun(
            body, signing_key=config.mailgun_key, now=now
        )
    if config.sendgrid_key:
        readers["sendgrid"] = lambda headers, body, now: read_sendgrid(
            headers, body, public_key=config.sendgrid_key, now=now
        )
    if config.postmark_hook:
        user, _, password = config.postmark_hook.partition(":")
        readers["postmark"] = lambda headers, body, _now: read_postmark(
            headers, body, user=user, password=password
        )
    if config.ses_topics:
        sns = Sns(frozenset(config.ses_topics), _certificate)
        readers["ses"] = lambda _headers, body, _now: read_ses(body, sns=sns)
    return {name: _hook(read, store, rulebook) for name, read in readers.items()}


def _hook(read: _Read, store: Store, rulebook: Rulebook) -> Hook:
    def hear(headers: Mapping[str, str], body: bytes, now: Instant) -> int:
        try:
            heard = read(headers, body, now)
            if heard.confirm:
                call(Guard(), heard.confirm)
        except Forged:
            return 401
        except Unreadable:
            return 400
        except (CallFailed, Forbidden):
            return 503  # the provider comes again
        for notice in heard.notices:
            fate = FATES.get(notice.what)
            if fate is not None:
                take_back(store, rulebook, _returned(fate, notice), now)
        return 204

    return hear


def _returned(fate: Fate, notice: Notice) -> Returned:
    return Returned(
        fate=fate,
        key=notice.key,
        address=notice.address,
        sentence=notice.sentence,
        at=notice.at,
    )


@lru_cache(maxsize=8)
def _certificate(address: str) -> bytes:
    """Amazon's certificate at that address, which is Amazon's. Raises CallFailed."""
    answer = call(Guard(), address)
    if answer.status != 200:
        raise CallFailed(Fault("host_answered", host=address, said=answer.status))
    return answer.body
