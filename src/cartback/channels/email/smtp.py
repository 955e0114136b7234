"""Handing over by SMTP: a few connections, kept open, each doing one mail after the other.

What matters is the moment of the final dot. Before it nothing was sent, and a lost connection is an
ordinary refusal. After it the server may have taken the mail: without its answer nobody knows, and
`InDoubt` says so. Nothing is retried here.
"""

import asyncio
import contextlib
import re
import ssl
from typing import Final, Literal, NamedTuple, TypeAlias, cast

import aiosmtplib
import msgspec
from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from cartback.channels.email.message import Wire
from cartback.domain.fault import Fault
from cartback.domain.message import Accepted, Blame, InDoubt, Outcome, Refused

Security: TypeAlias = Literal["none", "starttls", "tls"]

START: Final = 354
DONE: Final = 250
_ENHANCED: Final = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """Where to hand over, and how.

    `connections`: at most so many at once. `mails`: after so many a connection is renewed.
    `connect_timeout`, `timeout`: seconds until a server that says nothing is given up.
    """

    host: str
    port: int = 587
    security: Security = "starttls"
    username: str = ""
    password: str = ""
    hostname: str = ""
    connections: int = 4
    mails: int = 500
    connect_timeout: float = 15.0
    timeout: float = 60.0
    tls_context: ssl.SSLContext | None = None


class _Line(NamedTuple):
    """A connection, and how many mails it has carried."""

    client: SMTP
    mails: int


class SmtpPool:
    """Hands mails to one server. Belongs to one event loop."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._free: list[_Line] = []
        self._places = asyncio.Semaphore(server.connections)

    async def send(self, wire: Wire) -> Outcome:
        """Hand one mail over when a connection is free. Never raises for what a server does."""
        async with self._places:
            line = self._free.pop() if self._free else None
            fresh = line is None
            if line is None:
                opened = await self._open()
                if isinstance(opened, Refused):
                    return opened
                line = opened
            outcome, alive = await _hand_over(line.client, wire, self._server.timeout)
            if alive and line.mails + 1 < self._server.mails:
                self._free.append(_Line(line.client, line.mails + 1))
            else:
                await _end(line.client, goodbye=alive)
        if not fresh and isinstance(outcome, _Stale):
            # A connection that lay idle was closed by the server: nothing of the mail had left.
            return await self.send(wire)
        return outcome.refused if isinstance(outcome, _Stale) else outcome

    async def close(self) -> None:
        """Say goodbye on every connection that lies idle."""
        while self._free:
            await _end(self._free.pop().client, goodbye=True)

    async def check(self) -> Refused | None:
        """Whether a connection, TLS and the sign-in work; nothing is sent. None where they do."""
        opened = await self._open()
        if isinstance(opened, Refused):
            return opened
        self._free.append(opened)
        return None

    async def _open(self) -> "_Line | Refused":
        server = self._server
        client = SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            tls_context=server.tls_context,
            username=server.username or None,
            password=server.password or None,
            local_hostname=server.hostname or "localhost",
            timeout=server.timeout,
        )
        try:
            await client.connect(timeout=server.connect_timeout)
        except aiosmtplib.SMTPAuthenticationError as error:
            await _end(client)
            return Refused(
                permanent=error.code >= 500,
                code=error.code,
                sentence=_mishap(
                    "sign_in_refused",
                    host=server.host,
                    said=f"{error.code} {_said(error.message)}",
                ),
                about="shop",
            )
        except SMTPResponseException as error:
            await _end(client)
            return _refused(error, "provider", server.host)
        except (SMTPException, OSError, ValueError) as error:
            await _end(client)
            return Refused(
                permanent=False,
                code=0,
                sentence=_mishap(
                    "host_unreachable",
                    host=f"{server.host}:{server.port}",
                    said=_said(str(error)),
                ),
            )
        return _Line(client, 0)


async def _end(client: SMTP, *, goodbye: bool = False) -> None:
    """End a connection for good; one by TLS that is only closed waits for the other side to end it
    too."""
    transport = cast("asyncio.WriteTransport | None", client.transport)
    if goodbye:
        with contextlib.suppress(SMTPException, OSError):
            await client.quit(timeout=2)
    client.close()
    if transport is not None:
        transport.abort()
    await asyncio.sleep(0)  # the socket closes on the next turn


class _Stale(msgspec.Struct, frozen=True):
    """The connection was gone before the first command was answered."""

    refused: Refused


async def _hand_over(client: SMTP, wire: Wire, timeout: float) -> tuple[Outcome | _Stale, bool]:
    """One mail over an open connection: the outcome, and whether the connection can go on."""
    about: Blame = "shop"
    started = False
    try:
        await client.mail(wire.return_path, timeout=timeout)
        started, about = True, "recipient"
        await client.rcpt(wire.recipient, timeout=timeout)
        about = "provider"
        start = await client.execute_command(b"DATA", timeout=timeout)
        if start.code != START:
            raise SMTPResponseException(start.code, start.message)
    except SMTPResponseException as error:
        alive = error.code != 421 and await _reset(client)
        if not started and error.code == 421:
            return _Stale(_refused(error, about)), False
        return _refused(error, about), alive
    except (SMTPException, OSError) as error:
        sentence = _mishap("connection_lost", said=_said(str(error)))
        refused = Refused(permanent=False, code=0, sentence=sentence)
        return (refused if started else _Stale(refused)), False
    return await _data(client, wire.raw, timeout)


async def _data(client: SMTP, raw: bytes, timeout: float) -> tuple[Outcome, bool]:
    """After 354: everything until the final dot is one write; only its answer decides."""
    protocol = client.protocol
    if protocol is None:
        return Refused(permanent=False, code=0, sentence=_mishap("connection_gone")), False
    try:
        protocol.write(_stuffed(raw) + b".\r\n")
        answer = await protocol.read_response(timeout=timeout)
    except SMTPResponseException as error:
        return InDoubt(_mishap("answer_unreadable", said=_said(error.message))), False
    except (SMTPException, OSError) as error:
        return InDoubt(_mishap("answer_missing", said=_said(str(error)))), False
    if answer.code == DONE:
        return Accepted(_said(answer.message)), True
    refused = _refused(SMTPResponseException(*answer), "shop")
    return refused, answer.code != 421


def _stuffed(raw: bytes) -> bytes:
    """With a second dot before each line that begins with one (RFC 5321, 4.5.2)."""
    raw = b"." + raw if raw.startswith(b".") else raw
    raw = raw.replace(b"\r\n.", b"\r\n..")
    return raw if raw.endswith(b"\r\n") else raw + b"\r\n"


async def _reset(client: SMTP) -> bool:
    try:
        await client.rset(timeout=5)
    except (SMTPException, OSError):
        return False
    return True


def _mishap(kind: str, **about: str) -> str:
    """As a message keeps it."""
    return str(Fault(kind, **about))


def _refused(error: SMTPResponseException, about: Blame, host: str = "") -> Refused:
    permanent = 500 <= error.code < 600
    text = _said(error.message)
    if error.code == 421 or not permanent:
        about = about if about == "recipient" else "provider"
    else:
        about = _blame(text, about)
    said = f"{error.code} {text}".rstrip()
    sentence = (
        _mishap("host_answered", host=host, said=said)
        if host
        else _mishap("server_answered", said=said)
    )
    return Refused(permanent, error.code, sentence, about)


def _blame(message: str, otherwise: Blame) -> Blame:
    """Whom it is about, by the enhanced code (RFC 3463) where there is one."""
    found = _ENHANCED.search(message)
    if found is None:
        return otherwise
    subject, detail = found[2], found[3]
    if subject == "1" and detail in ("7", "8"):
        return "shop"
    if subject in ("1", "2"):
        return "recipient"
    if subject in ("6", "7"):
        return "shop"
    return "provider"


def _said(text: str) -> str:
    """What a server said, on one line and not too long."""
    return " ".join(text.encode("utf-8", "replace").decode().split())[:300]
