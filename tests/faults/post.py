"""The process that hands mail over and is killed, and the server that takes what it gets."""

from __future__ import annotations

import asyncio
from collections import Counter
from email import message_from_bytes, policy
from multiprocessing.connection import Connection
from threading import Condition

from aiosmtpd.smtp import SMTP, Envelope, Session

from cartback.channels.email.channel import EmailChannel
from cartback.channels.email.postman import EmailPostman
from cartback.channels.email.smtp import Server, SmtpPool
from cartback.domain.instant import Instant
from cartback.engine.deliver import deliver
from cartback.engine.noting import doubt_stale
from cartback.engine.rulebook import Rulebook
from cartback.store import open_store
from cartback.wiring.email import email_composer
from tests.faults.victim import FINISHED


def posts(parent: Connection, url: str, now: Instant, port: int, limit: int, hands: int) -> None:
    """Take care of what a dead process had claimed, then hand over what is due."""
    store = open_store(url)
    rulebook = Rulebook()
    while doubt_stale(store, now):
        pass

    async def send() -> None:
        pool = SmtpPool(Server(host="127.0.0.1", port=port, security="none"))
        composer = email_composer(store, rulebook, lambda: now, lambda: "http://localhost")
        postman = EmailPostman(composer.compose, EmailChannel(pool))
        while await deliver(store, rulebook, lambda: now, postman, limit, hands=hands):
            pass
        await pool.close()

    asyncio.run(send())
    store.close()
    parent.send(FINISHED)


class Sink:
    """Counts what it took, by the message's key; a mail is taken when its whole body is here."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        self._news = Condition()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert envelope.original_content is not None
        mail = message_from_bytes(envelope.original_content, policy=policy.default)
        key = str(mail["message-id"]).strip("<>").partition("@")[0]
        with self._news:
            self.taken[key] += 1
            self._news.notify_all()
        return "250 2.0.0 taken"

    def has_taken(self, count: int, seconds: float) -> bool:
        """Wait until it has taken so many, at most so long; whether it has."""
        with self._news:
            return self._news.wait_for(lambda: self.taken.total() >= count, seconds)
