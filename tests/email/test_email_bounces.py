"""Mail that came back is read as what it is, and only what was ours counts as proven."""

from __future__ import annotations

import pytest

from cartback.channels.email.bounce import Bounce, read_bounce
from cartback.channels.email.message import ReturnPath

RETURNS = ReturnPath("bounces.shop.example", b"s" * 32)
TO = RETURNS.address("m-7")

POSTFIX = """\
From: MAILER-DAEMON@mx.example (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
X-Postfix-Queue-ID: 4ABC

Final-Recipient: rfc822; ada@shop.example
Original-Recipient: rfc822;ada@shop.example
Action: {action}
Status: {status}
Remote-MTA: dns; mail.shop.example
Diagnostic-Code: smtp; {said}

--B
Content-Type: text/rfc822-headers

From: hello@shop.example
Message-ID: <m-7@shop.example>
Subject: You left something

--B--
"""

ARF = """\
From: <fbl@mailbox.example>
To: {to}
Subject: complaint
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="B"

--B
Content-Type: text/plain

This is an email abuse report.

--B
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
Original-Rcpt-To: <ada@shop.example>
Original-Mail-From: <b@bounces.shop.example>

--B
Content-Type: message/rfc822

From: hello@shop.example
Message-ID: <m-7@shop.example>
Subject: You left something

hello
--B--
"""

QMAIL = """\
From: MAILER-DAEMON@old.example
To: {to}
Subject: failure notice

Hi. This is the qmail-send program at old.example.
I'm afraid I wasn't able to deliver your message to the following addresses.

<ada@shop.example>:
192.0.2.1 does not like recipient.
Remote host said: 550 5.1.1 no such user
"""

VACATION = """\
From: ada@shop.example
To: {to}
Subject: Away: Returned mail is unlikely
Auto-Submitted: auto-replied

I am away; undeliverable jokes to follow.
"""


def postfix(
    status: str = "5.1.1",
    said: str = "550 5.1.1 no such user",
    action: str = "failed",
    to: str = TO,
) -> bytes:
    return POSTFIX.format(to=to, status=status, said=said, action=action).encode()


def read(raw: str | bytes, **more: str) -> Bounce | None:
    return read_bounce(raw.encode() if isinstance(raw, str) else raw, returns=RETURNS, **more)


def test_a_delivery_report_says_who_why_and_which_message() -> None:
    assert read(postfix()) == Bounce(
        kind="hard",
        address="ada@shop.example",
        key="m-7",
        sentence="550 5.1.1 no such user",
        proven=True,
    )


@pytest.mark.parametrize(
    "status, said, kind",
    [
        ("5.1.1", "550 5.1.1 no such user", "hard"),
        ("5.1.10", "556 null MX", "hard"),
        ("5.2.1", "550 5.2.1 account disabled", "hard"),
        ("5.4.4", "host not found", "hard"),
        ("5.0.0", "550 gone", "hard"),
        ("5.0.0", "552 5.2.2 mailbox full", "soft"),
        ("5.2.2", "552 5.2.2 mailbox full", "soft"),
        ("5.7.1", "550 5.7.1 blocked by policy", "soft"),
        ("5.3.4", "552 too large", "soft"),
        ("4.4.7", "delivery time expired", "soft"),
        ("4.2.2", "452 4.2.2 mailbox full", "soft"),
    ],
)
def test_only_what_says_that_the_address_is_dead_is_hard(status: str, said: str, kind: str) -> None:
    found = read(postfix(status, said))
    assert found is not None
    assert found.kind == kind


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_a_report_of_nothing_lost_is_none(action: str) -> None:
    assert read(postfix(action=action)) is None


def test_without_our_return_path_it_is_not_proven() -> None:
    found = read(postfix(to="somebody@shop.example"))
    assert found is not None
    assert (found.key, found.proven) == ("m-7", False)


def test_the_envelope_tells_the_message_where_the_headers_do_not() -> None:
    found = read(postfix(to="undisclosed"), to=RETURNS.address("m-9"))
    assert found is not None
    assert (found.key, found.proven) == ("m-9", True)


def test_a_complaint_is_one() -> None:
    found = read(ARF.format(to=TO, kind="abuse"))
    assert found == Bounce("complaint", "ada@shop.example", "m-7", "marked as spam (abuse)", True)


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure"])
def test_a_report_of_no_complaint_is_none(kind: str) -> None:
    assert read(ARF.format(to=TO, kind=kind)) is None


def test_a_reply_of_an_old_server_is_read_where_it_came_to_our_return_path() -> None:
    found = read(QMAIL.format(to=TO))
    assert found is not None
    assert (found.kind, found.address, found.key) == ("hard", "ada@shop.example", "m-7")
    assert found.sentence == "Remote host said: 550 5.1.1 no such user"
    assert read(QMAIL.format(to="shop@shop.example")) is None


def test_a_vacation_reply_is_none() -> None:
    assert read(VACATION.format(to=TO)) is None


def test_a_mail_from_a_person_is_none() -> None:
    assert read(f"From: ada@shop.example\nTo: {TO}\nSubject: hi\n\nWhere is my order?\n") is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff",
        b"Content-Type: message/delivery-status\n\n\xff",
        b"Content-Type: multipart/report; boundary=\n\n--\n",
        b"\n" * 10_000,
    ],
)
def test_nonsense_is_none(raw: bytes) -> None:
    assert read(raw) is None


def test_a_letter_within_letters_does_not_end_the_reader() -> None:
    raw = b"Content-Type: message/rfc822\n\n" * 900 + b"x"
    assert read(raw) is None
