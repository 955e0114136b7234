"""A real SMTP server that misbehaves as it is told."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from cartback.channels.email.listener import Listener


@dataclass
class Script:
    """What the server answers at each step; `stall` and `drop` are no answers at all."""

    mail: str = "250 OK"
    rcpt: str = "250 OK"
    data: str = "250 2.0.0 taken"
    password: str = ""
    received: list[bytes] = field(default_factory=list)
    sessions: set[int] = field(default_factory=set)

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: object
    ) -> str:
        self.sessions.add(id(session))
        answer = await answered(server, self.mail)
        if answer.startswith("250"):
            envelope.mail_from = address
        return answer

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: object
    ) -> str:
        answer = await answered(server, self.rcpt)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content
        assert content is not None
        self.received.append(content)
        return await answered(server, self.data)

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        good = isinstance(data, LoginPassword) and data.password == self.password.encode()
        return AuthResult(success=good, handled=good)


async def answered(server: SMTP, answer: str) -> str:
    if answer == "stall":
        await asyncio.Event().wait()
    if answer == "drop":
        cast(asyncio.Transport, server.transport).abort()
    return answer


@contextmanager
def serving(script: Script, tls: ssl.SSLContext | None = None, **more: object) -> Iterator[int]:
    """The server on a free port of this machine."""
    given: dict[str, Any] = dict(more)
    if script.password:
        given |= {"authenticator": script.authenticate, "auth_require_tls": False}
    listener = Listener(script, tls=tls, **given)
    listener.start()
    try:
        yield listener.port
    finally:
        listener.stop()
