"""What providers report is heard when it is signed, in our words; else it is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from cartback.channels.email.webhooks import (
    Forged,
    Heard,
    Sns,
    Unreadable,
    What,
    read_mailgun,
    read_postmark,
    read_sendgrid,
    read_ses,
)
from cartback.domain.instant import HOUR, SECOND
from tests.email.parts import AT

STAMP = str(AT // SECOND)


def only(heard: Heard) -> tuple[What, str, str, str]:
    [notice] = heard.notices
    return notice.what, notice.address, notice.key, notice.sentence


# --- Mailgun -------------------------------------------------------------------------------------


def mailgun(event: dict[str, Any], key: str = "signing", stamp: str = STAMP) -> bytes:
    signature = hmac.new(key.encode(), f"{stamp}tok".encode(), hashlib.sha256).hexdigest()
    signed = {"timestamp": stamp, "token": "tok", "signature": signature}
    message = {"headers": {"message-id": "m-7@shop.example"}}
    return json.dumps(
        {
            "signature": signed,
            "event-data": {"recipient": "ada@shop.example", "message": message, **event},
        }
    ).encode()


@pytest.mark.parametrize(
    "event, what",
    [
        ({"event": "delivered"}, What.DELIVERED),
        ({"event": "failed", "severity": "permanent", "reason": "bounce"}, What.HARD),
        ({"event": "failed", "severity": "permanent", "reason": "espblock"}, What.SOFT),
        ({"event": "failed", "severity": "temporary"}, What.DEFERRED),
        ({"event": "complained"}, What.COMPLAINT),
        ({"event": "unsubscribed"}, What.UNSUBSCRIBED),
        ({"event": "opened"}, What.OPENED),
        ({"event": "clicked"}, What.CLICKED),
    ],
)
def test_mailguns_words_are_ours(event: dict[str, Any], what: What) -> None:
    event = {**event, "delivery-status": {"code": 550, "message": "no such user"}}
    heard = read_mailgun(mailgun(event), signing_key="signing", now=AT)
    assert only(heard) == (what, "ada@shop.example", "m-7", "550 no such user")
    assert heard.once == "tok"


def test_mailguns_other_words_are_nothing() -> None:
    assert read_mailgun(mailgun({"event": "accepted"}), signing_key="signing", now=AT).notices == ()


def test_mailgun_is_believed_only_when_signed_and_fresh() -> None:
    with pytest.raises(Forged):
        read_mailgun(mailgun({"event": "opened"}, key="other"), signing_key="signing", now=AT)
    with pytest.raises(Forged, match="old"):
        read_mailgun(mailgun({"event": "opened"}), signing_key="signing", now=AT + HOUR)
    with pytest.raises(Unreadable):
        read_mailgun(b"no json", signing_key="signing", now=AT)


# --- Postmark ------------------------------------------------------------------------------------

BASIC = {"Authorization": "Basic " + base64.b64encode(b"hook:pass").decode()}


@pytest.mark.parametrize(
    "record, what",
    [
        ({"RecordType": "Delivery"}, What.DELIVERED),
        ({"RecordType": "Bounce", "Type": "HardBounce"}, What.HARD),
        ({"RecordType": "Bounce", "Type": "SoftBounce"}, What.SOFT),
        ({"RecordType": "Bounce", "Type": "Transient"}, What.DEFERRED),
        ({"RecordType": "SpamComplaint"}, What.COMPLAINT),
        ({"RecordType": "Open"}, What.OPENED),
        ({"RecordType": "Click"}, What.CLICKED),
        (
            {
                "RecordType": "SubscriptionChange",
                "SuppressSending": True,
                "SuppressionReason": "ManualSuppression",
            },
            What.UNSUBSCRIBED,
        ),
    ],
)
def test_postmarks_words_are_ours(record: dict[str, Any], what: What) -> None:
    body = {
        **record,
        "Recipient": "ada@shop.example",
        "MessageID": "p1",
        "Metadata": {"cartback-key": "m-7"},
        "Description": "because",
    }
    heard = read_postmark(BASIC, json.dumps(body).encode(), user="hook", password="pass")
    assert only(heard) == (what, "ada@shop.example", "m-7", "because")


@pytest.mark.parametrize(
    "record",
    [
        {"RecordType": "Bounce", "Type": "AutoResponder"},
        {"RecordType": "SubscriptionChange", "SuppressSending": False},
        {
            "RecordType": "SubscriptionChange",
            "SuppressSending": True,
            "SuppressionReason": "HardBounce",
        },
        {"RecordType": "New"},
        {},
    ],
)
def test_what_postmark_says_of_nothing_is_nothing(record: dict[str, Any]) -> None:
    assert (
        read_postmark(BASIC, json.dumps(record).encode(), user="hook", password="pass") == Heard()
    )


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"authorization": "Basic !!"},
        {"authorization": "Bearer aG9vazpwYXNz"},
        {"authorization": "Basic " + base64.b64encode(b"hook:other").decode()},
    ],
)
def test_postmark_needs_the_password(header: dict[str, str]) -> None:
    with pytest.raises(Forged):
        read_postmark(header, b"{}", user="hook", password="pass")


def test_an_empty_password_opens_nothing() -> None:
    empty = {"authorization": "Basic " + base64.b64encode(b":").decode()}
    with pytest.raises(Forged):
        read_postmark(empty, b"{}", user="", password="")


# --- SendGrid ------------------------------------------------------------------------------------


@cache
def curve() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def sendgrid_key() -> str:
    raw = (
        curve()
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return base64.b64encode(raw).decode()


def sendgrid(events: object, stamp: str = STAMP) -> tuple[dict[str, str], bytes]:
    body = json.dumps(events).encode()
    signature = curve().sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    return {
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": stamp,
    }, body


def test_sendgrids_words_are_ours_and_strange_ones_nothing() -> None:
    events = [
        {"event": "delivered"},
        {"event": "bounce", "type": "bounce"},
        {"event": "bounce", "type": "blocked"},
        {"event": "deferred"},
        {"event": "dropped"},
        {"event": "spamreport"},
        {"event": "group_unsubscribe"},
        {"event": "processed"},
        {"event": "open", "sg_machine_open": True},
        "nonsense",
    ]
    given = [
        {"email": "ada@shop.example", "smtp-id": "<m-7@shop.example>", **one}
        if isinstance(one, dict)
        else one
        for one in events
    ]
    headers, body = sendgrid(given)
    heard = read_sendgrid(headers, body, public_key=sendgrid_key(), now=AT)
    assert [one.what for one in heard.notices] == [
        What.DELIVERED,
        What.HARD,
        What.SOFT,
        What.DEFERRED,
        What.REJECTED,
        What.COMPLAINT,
        What.UNSUBSCRIBED,
        What.OPENED,
    ]
    assert {one.key for one in heard.notices} == {"m-7"}
    assert [one.machine for one in heard.notices].count(True) == 1


def test_sendgrid_is_believed_only_when_signed_and_fresh() -> None:
    headers, body = sendgrid([])
    with pytest.raises(Forged):
        read_sendgrid(headers, body + b" ", public_key=sendgrid_key(), now=AT)
    with pytest.raises(Forged):
        read_sendgrid({}, body, public_key=sendgrid_key(), now=AT)
    with pytest.raises(Forged, match="old"):
        read_sendgrid(headers, body, public_key=sendgrid_key(), now=AT + HOUR)
    with pytest.raises(Forged):
        read_sendgrid(headers, body, public_key="bm8=", now=AT)


# --- Amazon --------------------------------------------------------------------------------------

TOPIC = "arn:aws:sns:eu-central-1:1:bounces"
CERTIFICATE = "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-abc.pem"


@cache
def amazons() -> tuple[rsa.RSAPrivateKey, bytes]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=900))
        .sign(key, hashes.SHA256())
    )
    return key, made.public_bytes(serialization.Encoding.PEM)


def sns_body(
    version: str = "2", kind: str = "Notification", message: object = "", **more: str
) -> bytes:
    envelope = {
        "Type": kind,
        "MessageId": "s1",
        "TopicArn": TOPIC,
        "Timestamp": "2026-11-22T09:00:00.000Z",
        "Message": message if isinstance(message, str) else json.dumps(message),
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE,
        **more,
    }
    names = [
        "Message",
        "MessageId",
        "Subject",
        "SubscribeURL",
        "Timestamp",
        "Token",
        "TopicArn",
        "Type",
    ]
    text = "".join(f"{name}\n{envelope[name]}\n" for name in names if name in envelope)
    digest = hashes.SHA256() if version == "2" else hashes.SHA1()  # noqa: S303 - SNS's own
    signature = amazons()[0].sign(text.encode(), padding.PKCS1v15(), digest)
    return json.dumps({**envelope, "Signature": base64.b64encode(signature).decode()}).encode()


def amazon_certificate(address: str) -> bytes:
    assert address == CERTIFICATE
    return amazons()[1]


SNS = Sns(frozenset({TOPIC}), amazon_certificate)
MAIL = {
    "messageId": "a1",
    "destination": ["ada@shop.example"],
    "headers": [{"name": "Message-ID", "value": "<m-7@shop.example>"}],
}


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize(
    "event, what, sentence",
    [
        (
            {"notificationType": "Delivery", "delivery": {"recipients": ["ada@shop.example"]}},
            What.DELIVERED,
            "",
        ),
        (
            {
                "eventType": "Bounce",
                "bounce": {
                    "bounceType": "Permanent",
                    "bouncedRecipients": [
                        {"emailAddress": "ada@shop.example", "diagnosticCode": "smtp; 550 gone"}
                    ],
                },
            },
            What.HARD,
            "smtp; 550 gone",
        ),
        (
            {
                "eventType": "Bounce",
                "bounce": {
                    "bounceType": "Transient",
                    "bounceSubType": "MailboxFull",
                    "bouncedRecipients": [{"emailAddress": "ada@shop.example"}],
                },
            },
            What.SOFT,
            "MailboxFull",
        ),
        (
            {
                "eventType": "Complaint",
                "complaint": {
                    "complaintFeedbackType": "abuse",
                    "complainedRecipients": [{"emailAddress": "ada@shop.example"}],
                },
            },
            What.COMPLAINT,
            "abuse",
        ),
        (
            {"eventType": "Reject", "reject": {"reason": "Bad content"}},
            What.REJECTED,
            "Bad content",
        ),
        ({"eventType": "Open", "open": {}}, What.OPENED, ""),
    ],
)
def test_amazons_words_are_ours(
    version: str, event: dict[str, Any], what: What, sentence: str
) -> None:
    heard = read_ses(sns_body(version, message={**event, "mail": MAIL}), sns=SNS)
    assert only(heard) == (what, "ada@shop.example", "m-7", sentence)
    assert heard.once == "s1"


def test_amazons_subscription_is_confirmed_at_amazon_only() -> None:
    good = "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&Token=t"
    body = sns_body(kind="SubscriptionConfirmation", SubscribeURL=good, Token="t")
    assert read_ses(body, sns=SNS).confirm == good
    for bad in ("https://169.254.169.254/", "https://sns.amazonaws.com.evil.example/"):
        with pytest.raises(Forged, match="confirm"):
            read_ses(
                sns_body(kind="SubscriptionConfirmation", SubscribeURL=bad, Token="t"), sns=SNS
            )


@pytest.mark.parametrize(
    "more",
    [
        {"TopicArn": "arn:aws:sns:eu-central-1:2:eves"},
        {"SigningCertURL": "https://evil.example/SimpleNotificationService-abc.pem"},
        {"SigningCertURL": "https://sns.eu-central-1.amazonaws.com.evil.example/x.pem"},
        {"SigningCertURL": "http://sns.eu-central-1.amazonaws.com/SimpleNotificationService-a.pem"},
    ],
)
def test_amazon_is_believed_only_for_the_shops_topic_and_by_amazons_certificate(
    more: dict[str, str],
) -> None:
    with pytest.raises(Forged):
        read_ses(sns_body(message={}, **more), sns=SNS)


def test_a_changed_message_of_amazons_is_forged() -> None:
    body = sns_body(message={"eventType": "Bounce"})
    with pytest.raises(Forged, match="signature"):
        read_ses(body.replace(b"Bounce", b"Bounty"), sns=SNS)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"Type": "Else"}', b"\xff"])
def test_what_amazon_never_says_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read_ses(body, sns=SNS)


def test_a_message_without_what_was_promised_is_nothing() -> None:
    messages: tuple[object, ...] = ({}, {"eventType": "Bounce"}, {"mail": 3}, [], "x" * 10)
    for message in messages:
        body = sns_body(message=json.dumps(message))
        assert read_ses(body, sns=SNS).notices == ()
