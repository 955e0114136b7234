"""Providers call: signed, what they say is kept; else nothing is."""

from __future__ import annotations

import hmac
import json
from base64 import b64encode
from pathlib import Path

import pytest

from cartback.config import BadConfig, Config, read_config
from cartback.domain.law.terms import Bar
from cartback.wiring.hooks import provider_hooks
from tests.web.mail.conftest import ADA, Post

KEY = "a-signing-key"
CONFIG = Config(
    database="sqlite:///x.db",
    data=Path(),
    mailgun_key=KEY,
    postmark_hook="cartback:a long enough password",
    ses_topics=("arn:aws:sns:eu-west-1:123456789012:mail",),
    sendgrid_key="AAAA",
)


@pytest.fixture
def heard(post: Post) -> Post:
    post.hooks.update(provider_hooks(CONFIG, post.store, post.engine.rulebook))
    return post


def mailgun(post: Post, key: str = KEY, at: int | None = None) -> bytes:
    stamp = str((post.engine.now if at is None else at) // 1000)
    signature = hmac.digest(key.encode(), f"{stamp}abc".encode(), "sha256").hex()
    return json.dumps(
        {
            "signature": {"timestamp": stamp, "token": "abc", "signature": signature},
            "event-data": {
                "event": "failed",
                "severity": "permanent",
                "recipient": ADA,
                "user-variables": {"cartback-key": post.mail.key},
            },
        }
    ).encode()


def barred(post: Post) -> Bar | None:
    with post.store.reading() as reading:
        found = reading.suppressed(post.shop, "email", [ADA]).get(ADA)
    return None if found is None else found.reason


def test_a_bounce_is_kept_and_a_replay_changes_nothing(heard: Post) -> None:
    body = mailgun(heard)
    assert heard.client.post("/e/hooks/mailgun", content=body).status_code == 204
    assert (barred(heard), heard.message().status) == (Bar.BOUNCED, "bounced")
    assert heard.last().metric == "Bounced Email"
    before = heard.known()
    assert heard.client.post("/e/hooks/mailgun", content=body).status_code == 204
    assert heard.known() == before


def test_a_complaint_by_postmark(heard: Post) -> None:
    word = b64encode(b"cartback:a long enough password").decode()
    document = {
        "RecordType": "SpamComplaint",
        "Email": ADA,
        "Metadata": {"cartback-key": heard.mail.key},
    }
    path = "/e/hooks/postmark"
    answer = heard.client.post(path, json=document, headers={"authorization": f"Basic {word}"})
    assert answer.status_code == 204
    assert barred(heard) == Bar.COMPLAINED
    wrong = heard.client.post(path, json=document, headers={"authorization": "Basic eDp5"})
    assert wrong.status_code == 401


def test_what_is_forged_or_no_message_changes_nothing(heard: Post) -> None:
    before = heard.known()
    forged = mailgun(heard, key="another")
    late = mailgun(heard, at=heard.engine.now - 3_600_000)
    for provider in ("mailgun", "postmark", "sendgrid", "ses"):
        for body in (forged, late, b"", b"[]", b"{}", b"\xff", b"[" * 100_000):
            status = heard.client.post(f"/e/hooks/{provider}", content=body).status_code
            assert status in (400, 401), (provider, body[:20])
        assert heard.client.get(f"/e/hooks/{provider}").status_code == 405
    assert heard.client.post("/e/hooks/mailgun", content=b"x" * 5_000_001).status_code == 413
    assert heard.known() == before
    assert barred(heard) is None


def test_who_is_not_set_up_is_not_there(post: Post) -> None:
    assert post.client.post("/e/hooks/mailgun", content=mailgun(post)).status_code == 404


def test_the_settings_are_read() -> None:
    read = read_config(
        {
            "CARTBACK_MAILGUN_KEY": KEY,
            "CARTBACK_POSTMARK_HOOK": "u:0123456789abcdef",
            "CARTBACK_SES_TOPICS": "arn:aws:sns:eu-west-1:123456789012:a",
        }
    )
    assert read.hears_providers
    assert not read_config({}).hears_providers
    assert KEY not in repr(read)
    with pytest.raises(BadConfig) as wrong:
        read_config({"CARTBACK_POSTMARK_HOOK": "u:short", "CARTBACK_SES_TOPICS": "topic"})
    assert len(wrong.value.problems) == 2
