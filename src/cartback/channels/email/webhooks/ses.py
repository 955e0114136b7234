"""Amazon SES by SNS.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509 import load_pem_x509_certificate

from cartback.channels.email.webhooks.notice import (
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

_AMAZON: Final = re.compile(r"https://sns\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/[^\s\\]*")
_CERTIFICATE: Final = re.compile(
    r"https://sns\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/SimpleNotificationService-[\w-]+\.pem"
)
_SIGNED: Final = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": (
        *("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    ),
    "UnsubscribeConfirmation": (
        *("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    ),
}
WORDS: Final = {
    "Delivery": What.DELIVERED,
    "DeliveryDelay": What.DEFERRED,
    "Complaint": What.COMPLAINT,
    "Reject": What.REJECTED,
    "Rendering Failure": What.REJECTED,
    "Open": What.OPENED,
    "Click": What.CLICKED,
}
BOUNCES: Final = {"Permanent": What.HARD, "Transient": What.SOFT, "Undetermined": What.SOFT}
_PART: Final = {
    "Bounce": ("bounce", "bouncedRecipients"),
    "Complaint": ("complaint", "complainedRecipients"),
    "DeliveryDelay": ("deliveryDelay", "delayedRecipients"),
    "Delivery": ("delivery", "recipients"),
    "Open": ("open", ""),
    "Click": ("click", ""),
    "Reject": ("reject", ""),
    "Rendering Failure": ("failure", ""),
}


class Sns(msgspec.Struct, frozen=True):
    """What is needed to trust SNS: which topics are the shop's, and how to fetch a certificate.

    `certificate` is asked only for addresses of Amazon's, and may keep what it fetched. Anybody can
    have Amazon sign for a topic of their own: only `topics` are heard.
    """

    topics: frozenset[str]
    certificate: Callable[[str], bytes]


def read_ses(body: bytes, *, sns: Sns) -> Heard:
    """Raises Forged and Unreadable. `once` is SNS's id of the request."""
    envelope = decoded(body)
    kind = text_at(envelope, "Type")
    if not isinstance(envelope, dict) or kind not in _SIGNED:
        raise Unreadable("it is no message of SNS")
    if text_at(envelope, "TopicArn") not in sns.topics:
        raise Forged("the topic is not the shop's")
    _verify(envelope, _SIGNED[kind], sns)
    once = text_at(envelope, "MessageId")
    if kind == "SubscriptionConfirmation":
        address = str(envelope.get("SubscribeURL", ""))
        if not _AMAZON.fullmatch(address):
            raise Forged("the address to confirm at is not Amazon's")
        return Heard(once=once, confirm=address)
    if kind != "Notification":
        return Heard(once=once)
    event = decoded(str(envelope.get("Message", "")).encode("utf-8", "replace"))
    return Heard(tuple(_notices(event)), once=once)


def _verify(envelope: dict[str, object], names: tuple[str, ...], sns: Sns) -> None:
    algorithms = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303 - version 1 is SNS's own
    algorithm = algorithms.get(text_at(envelope, "SignatureVersion"))
    address = str(envelope.get("SigningCertURL", ""))
    if algorithm is None or not _CERTIFICATE.fullmatch(address):
        raise Forged("the certificate is not Amazon's")
    text = "".join(
        f"{name}\n{envelope[name]}\n" for name in names if envelope.get(name) is not None
    )
    try:
        key = load_pem_x509_certificate(sns.certificate(address)).public_key()
        signature = base64.b64decode(str(envelope.get("Signature", "")), validate=True)
    except (binascii.Error, ValueError):
        raise Forged("the signature or the certificate cannot be read") from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise Forged("the certificate is not Amazon's")
    try:
        key.verify(signature, text.encode(), padding.PKCS1v15(), algorithm)
    except InvalidSignature:
        raise Forged("the signature is not Amazon's") from None


def _notices(event: object) -> Iterator[Notice]:
    word = text_at(event, "eventType") or text_at(event, "notificationType")
    what = WORDS.get(word)
    if word == "Bounce":
        what = BOUNCES.get(text_at(event, "bounce", "bounceType"), What.SOFT)
    if what is None or not isinstance(event, dict):
        return
    part, listed = _PART[word]
    detail = event.get(part)
    people = detail.get(listed) if isinstance(detail, dict) and listed else None
    if not isinstance(people, list):
        people = event["mail"].get("destination", []) if isinstance(event.get("mail"), dict) else []
    for person in people if isinstance(people, list) else []:
        yield Notice(
            what=what,
            address=person if isinstance(person, str) else text_at(person, "emailAddress"),
            receipt=text_at(event, "mail", "messageId"),
            key=_key(event),
            at=instant_in(text_at(detail, "timestamp") or text_at(event, "mail", "timestamp")),
            sentence=short(
                text_at(person, "diagnosticCode")
                or text_at(detail, "reason")
                or text_at(detail, "bounceSubType")
                or text_at(detail, "complaintFeedbackType")
                or text_at(detail, "delayType")
            ),
        )


def _key(event: dict[str, object]) -> str:
    """Our key in the Message-ID that we wrote, which SES replaces but still reports."""
    mail = event.get("mail")
    for header in mail.get("headers", []) if isinstance(mail, dict) else []:
        if text_at(header, "name").lower() == "message-id":
            return key_in(text_at(header, "value"))
    return ""
