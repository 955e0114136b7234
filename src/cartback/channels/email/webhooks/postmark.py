"""Postmark: https://postmarkapp.com/developer/webhooks/webhooks-overview

It signs nothing; the address that it calls carries a user name and a password of ours.
"""

import base64
import binascii
import hmac
from collections.abc import Mapping
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
    lowered,
    short,
    text_at,
)

WORDS: Final = {
    "Delivery": What.DELIVERED,
    "SpamComplaint": What.COMPLAINT,
    "Open": What.OPENED,
    "Click": What.CLICKED,
}
BOUNCES: Final = {
    "HardBounce": What.HARD,
    "BadEmailAddress": What.HARD,
    "ManuallyDeactivated": What.HARD,
    "SoftBounce": What.SOFT,
    "Transient": What.DEFERRED,
    "DnsError": What.SOFT,
    "Blocked": What.SOFT,
    "SpamNotification": What.SOFT,
    "DMARCPolicy": What.REJECTED,
    "SMTPApiError": What.REJECTED,
    "InboundError": What.REJECTED,
    "TemplateRenderingFailed": What.REJECTED,
    "VirusNotification": What.SOFT,
    "ChallengeVerification": What.SOFT,
    "Undeliverable": What.SOFT,
    "Unknown": What.SOFT,
    "SpamComplaint": What.COMPLAINT,
    "Unsubscribe": What.UNSUBSCRIBED,
}
"""`Type` of a bounce. Not here, so nothing happened: AutoResponder, AddressChange, Subscribe."""

_TIMES: Final = ("DeliveredAt", "BouncedAt", "ReceivedAt", "ChangedAt")


def read_postmark(headers: Mapping[str, str], body: bytes, *, user: str, password: str) -> Heard:
    """Raises Forged and Unreadable."""
    if not _is_ours(lowered(headers).get("authorization", ""), user, password):
        raise Forged("the user name and password are not those of the webhook")
    document = decoded(body)
    if not isinstance(document, dict):
        raise Unreadable("there is no record in it")
    what = _what(document)
    if what is None:
        return Heard()
    times = (text_at(document, name) for name in _TIMES)
    return Heard(
        (
            Notice(
                what=what,
                address=text_at(document, "Recipient") or text_at(document, "Email"),
                receipt=text_at(document, "MessageID"),
                key=text_at(document, "Metadata", KEY_NAME),
                at=instant_in(next((one for one in times if one), "")),
                sentence=short(text_at(document, "Description"), text_at(document, "Details")),
            ),
        )
    )


def _what(document: dict[str, object]) -> What | None:
    record = text_at(document, "RecordType")
    if record == "Bounce":
        return BOUNCES.get(text_at(document, "Type"))
    if record == "SubscriptionChange":
        suppressed = document.get("SuppressSending") is True
        reason = text_at(document, "SuppressionReason")
        return What.UNSUBSCRIBED if suppressed and reason == "ManualSuppression" else None
    return WORDS.get(record)


def _is_ours(given: str, user: str, password: str) -> bool:
    kind, _, coded = given.partition(" ")
    try:
        raw = base64.b64decode(coded, validate=True)
    except (binascii.Error, ValueError):
        return False
    same = hmac.compare_digest(raw, f"{user}:{password}".encode())
    return kind.lower() == "basic" and bool(password) and same
