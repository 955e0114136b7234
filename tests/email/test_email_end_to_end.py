"""A template document becomes a signed mail that a real SMTP server receives."""

from __future__ import annotations

from datetime import UTC, datetime

import dkim
import pytest

from cartback.channels.email.catcher import Catcher
from cartback.channels.email.channel import EmailChannel
from cartback.channels.email.message import ReturnPath
from cartback.channels.email.smtp import Server, SmtpPool
from cartback.domain.message import Accepted
from tests.email.parts import outgoing, published, run, signer

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.fixture
def catcher() -> object:
    one = Catcher(lambda: NOW)
    one.start()
    yield one
    one.stop()


def test_a_template_becomes_a_signed_mail_in_the_inbox(catcher: Catcher) -> None:
    returns = ReturnPath("bounces.shop.example", b"s" * 32)

    async def send() -> object:
        pool = SmtpPool(Server(host="127.0.0.1", port=catcher.port, security="none"))
        try:
            channel = EmailChannel(pool, signer=signer(), returns=returns)
            return await channel.send(outgoing())
        finally:
            await pool.close()

    assert run(send()) == Accepted("2.0.0 caught as 1")
    [mail] = catcher.mails()
    assert dkim.verify(mail.raw, dnsfunc=published)
    assert mail.subject == "You left something, Ada"
    assert mail.recipients == ("ada@shop.example",)
    assert returns.key(mail.return_path) == "m-1"
    assert "Lamp 1 &lt;warm&gt;" in mail.html()
    assert "ADA-7KQ2M9" in mail.html()
    assert "Lamp 1 <warm>" in mail.text()
    assert "€20.00" in mail.text()
    assert "{{" not in mail.html() + mail.text()
    assert "{%" not in mail.html() + mail.text()
