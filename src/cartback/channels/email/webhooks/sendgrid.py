"""SendGrid: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

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
    lowered,
    short,
    text_at,
)
from cartback.domain.instant import MINUTE, Instant

OLDEST: Final = 15 * MINUTE

WORDS: Final = {
    "delivered": What.DELIVERED,
    "deferred": What.DEFERRED,
    "bounce": What.HARD,
    "blocked": What.SOFT,
    "dropped": What.REJECTED,
    "spamreport": What.COMPLAINT,
    "unsubscribe": What.UNSUBSCRIBED,
    "group_unsubscribe": What.UNSUBSCRIBED,
    "open": What.OPENED,
    "click": What.CLICKED,
}
"""`event`, and for a bounce its `type`. `processed` and `group_resubscribe` are nothing to us."""


def read_sendgrid(
    headers: Mapping[str, str], body: bytes, *, public_key: str, now: Instant
) -> Heard:
    """`public_key`: what SendGrid shows, DER in base64. Raises Forged and Unreadable."""
    given = lowered(headers)
    stamp = given.get("x-twilio-email-event-webhook-timestamp", "")
    signature = given.get("x-twilio-email-event-webhook-signature", "")
    _verify(public_key, signature, stamp.encode() + body)
    at = instant_in(stamp)
    if at is None or abs(now - at) > OLDEST:
        raise Forged("the request is too old")
    document = decoded(body)
    if not isinstance(document, list):
        raise Unreadable("there are no events in it")
    notices = (_notice(one) for one in document if isinstance(one, dict))
    return Heard(tuple(one for one in notices if one is not None), once=signature)


def _verify(public_key: str, signature: str, signed: bytes) -> None:
    try:
        key = load_der_public_key(base64.b64decode(public_key))
        given = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        raise Forged("the signature or the key cannot be read") from None
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise Forged("the key is not SendGrid's")
    try:
        key.verify(given, signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise Forged("the signature is not SendGrid's") from None


def _notice(event: dict[str, object]) -> Notice | None:
    word = text_at(event, "event")
    if word == "bounce" and text_at(event, "type") == "blocked":
        word = "blocked"
    what = WORDS.get(word)
    if what is None:
        return None
    return Notice(
        what=what,
        address=text_at(event, "email"),
        receipt=text_at(event, "sg_message_id").partition(".")[0],
        key=text_at(event, KEY_NAME) or key_in(text_at(event, "smtp-id")),
        at=instant_in(text_at(event, "timestamp")),
        sentence=short(text_at(event, "status"), text_at(event, "reason")),
        machine=event.get("sg_machine_open") is True,
    )
