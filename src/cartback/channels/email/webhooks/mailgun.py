"""Mailgun: https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks"""

import hmac
from typing import Final

from cartback.channels.email.webhooks.notice import (
    KEY_NAME,
    Forged,
    Heard,
    Notice,
    Unreadable,
    What,
    decoded,
    instant_in,
    key_in,
    short,
    text_at,
)
from cartback.domain.instant import MINUTE, Instant

OLDEST: Final = 15 * MINUTE

WORDS: Final = {
    "delivered": What.DELIVERED,
    "complained": What.COMPLAINT,
    "unsubscribed": What.UNSUBSCRIBED,
    "opened": What.OPENED,
    "clicked": What.CLICKED,
    "rejected": What.REJECTED,
}
SEVERITIES: Final = {"permanent": What.HARD, "temporary": What.DEFERRED}
NOT_THE_ADDRESS: Final = frozenset({"espblock", "old", "generic"})
"""Reasons of a permanent failure that say nothing against the address."""


def read_mailgun(body: bytes, *, signing_key: str, now: Instant) -> Heard:
    """Raises Forged and Unreadable. `once` is the token: a request with it again is a replay."""
    document = decoded(body)
    stamp, token = (
        text_at(document, "signature", "timestamp"),
        text_at(document, "signature", "token"),
    )
    given = text_at(document, "signature", "signature")
    wanted = hmac.digest(signing_key.encode(), f"{stamp}{token}".encode(), "sha256").hex()
    if not hmac.compare_digest(given.encode(), wanted.encode()):
        raise Forged("the signature is not Mailgun's")
    at = instant_in(stamp)
    if at is None or abs(now - at) > OLDEST:
        raise Forged("the request is too old")
    data = document.get("event-data")
    if not isinstance(data, dict):
        raise Unreadable("there is no event in it")
    word = text_at(data, "event")
    what = _failure(data) if word == "failed" else WORDS.get(word)
    if what is None:
        return Heard(once=token)
    return Heard((_notice(data, what),), once=token)


def _failure(data: dict[str, object]) -> What | None:
    what = SEVERITIES.get(text_at(data, "severity"))
    if what is What.HARD and text_at(data, "reason") in NOT_THE_ADDRESS:
        return What.SOFT
    return what


def _notice(data: dict[str, object], what: What) -> Notice:
    message_id = text_at(data, "message", "headers", "message-id")
    return Notice(
        what=what,
        address=text_at(data, "recipient"),
        receipt=message_id.strip("<>"),
        key=text_at(data, "user-variables", KEY_NAME) or key_in(message_id),
        at=instant_in(text_at(data, "timestamp")),
        sentence=short(
            text_at(data, "delivery-status", "code"),
            text_at(data, "delivery-status", "message")
            or text_at(data, "delivery-status", "description")
            or text_at(data, "reject", "reason"),
        ),
        machine=bool(text_at(data, "client-info", "bot")),
    )
