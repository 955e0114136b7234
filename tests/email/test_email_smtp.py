"""Handing over by real SMTP to servers that stall, drop, refuse, and die after they accepted."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from socket import socket
from typing import Any, cast

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cartback.channels.email.channel import EmailChannel
from cartback.channels.email.message import Wire
from cartback.channels.email.smtp import Server, SmtpPool
from cartback.domain.message import Accepted, InDoubt, Mailbox, Outcome, Refused
from tests.email.parts import outgoing, run
from tests.email.smtp_server import Script, serving

PATIENCE = 0.3  # how long we wait for a server that says nothing


def a_wire(body: bytes = b"Subject: x\r\n\r\nhello\r\n") -> Wire:
    return Wire("b@shop.example", "ada@shop.example", body)


def scripted(step: str, answer: str) -> Script:
    script = Script()
    setattr(script, step, answer)
    return script


def server(port: int, **more: object) -> Server:
    given: dict[str, Any] = {"security": "none", "timeout": 5.0, "connect_timeout": 5.0, **more}
    return Server(host="127.0.0.1", port=port, **given)


async def handed(pool: SmtpPool, *wires: Wire) -> list[Outcome]:
    try:
        return list(await asyncio.gather(*(pool.send(one) for one in wires)))
    finally:
        await pool.close()


def sent(
    script: Script, *wires: Wire, tls: ssl.SSLContext | None = None, **more: object
) -> list[Outcome]:
    with serving(script, tls) as port:

        async def work() -> list[Outcome]:
            return await handed(SmtpPool(server(port, **more)), *(wires or (a_wire(),)))

        return run(work())


def test_an_accepted_mail_has_the_servers_receipt() -> None:
    script = Script()
    assert sent(script) == [Accepted("2.0.0 taken")]
    assert script.received == [b"Subject: x\r\n\r\nhello\r\n"]


def test_lines_that_begin_with_a_dot_come_through() -> None:
    script = Script()
    body = b"Subject: x\r\n\r\n.\r\n..\r\n.hidden\r\n"
    assert sent(script, a_wire(body)) == [Accepted("2.0.0 taken")]
    assert script.received == [body]


@pytest.mark.parametrize(
    "step, answer, permanent, about",
    [
        ("mail", "421 4.7.0 too many connections", False, "provider"),
        ("mail", "450 4.3.2 try again later", False, "provider"),
        ("mail", "550 5.7.1 not allowed to send", True, "shop"),
        ("rcpt", "421 closing", False, "recipient"),
        ("rcpt", "450 4.2.1 mailbox busy", False, "recipient"),
        ("rcpt", "452 4.2.2 mailbox full", False, "recipient"),
        ("rcpt", "550 5.1.1 no such user", True, "recipient"),
        ("rcpt", "550 no such user", True, "recipient"),
        ("rcpt", "550 5.7.1 blocked by a list", True, "shop"),
        ("data", "421 4.4.2 closing", False, "provider"),
        ("data", "451 4.7.1 greylisted", False, "provider"),
        ("data", "552 5.3.4 too large", True, "provider"),
        ("data", "554 5.7.1 looks like spam", True, "shop"),
        ("data", "554 5.1.1 no such user after all", True, "recipient"),
    ],
)
def test_a_refusal_says_whether_to_try_again_and_what_it_is_about(
    step: str, answer: str, permanent: bool, about: str
) -> None:
    [outcome] = sent(scripted(step, answer))
    assert isinstance(outcome, Refused)
    assert (outcome.permanent, outcome.about) == (permanent, about)
    assert outcome.code == int(answer[:3])
    assert answer in outcome.sentence


@pytest.mark.parametrize("step", ["mail", "rcpt"])
@pytest.mark.parametrize("how", ["stall", "drop"])
def test_a_connection_lost_before_the_mail_is_no_doubt(step: str, how: str) -> None:
    [outcome] = sent(scripted(step, how), timeout=PATIENCE)
    assert isinstance(outcome, Refused)
    assert not outcome.permanent
    assert "connection was lost" in outcome.sentence


@pytest.mark.parametrize("how", ["stall", "drop"])
def test_a_server_that_takes_the_mail_and_dies_leaves_it_in_doubt(how: str) -> None:
    script = Script(data=how)
    [outcome] = sent(script, timeout=PATIENCE)
    assert isinstance(outcome, InDoubt)
    assert "before the server said whether it took it" in outcome.sentence
    assert len(script.received) == 1


def test_nobody_there_is_a_sentence() -> None:
    with serving(Script()) as port:
        pass
    [outcome] = run(handed(SmtpPool(server(port)), a_wire()))
    assert isinstance(outcome, Refused)
    assert not outcome.permanent
    assert f"127.0.0.1:{port} cannot be reached" in outcome.sentence


def test_a_server_that_never_greets_is_given_up() -> None:
    async def work() -> list[Outcome]:
        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        listening = await asyncio.start_server(silent, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        async with listening:
            return await handed(SmtpPool(server(port, connect_timeout=PATIENCE)), a_wire())

    [outcome] = run(work())
    assert isinstance(outcome, Refused)
    assert not outcome.permanent


def test_a_server_that_talks_nonsense_is_a_refusal() -> None:
    async def work() -> list[Outcome]:
        async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            await writer.drain()
            writer.close()

        listening = await asyncio.start_server(babble, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        async with listening:
            return await handed(SmtpPool(server(port)), a_wire())

    [outcome] = run(work())
    assert isinstance(outcome, Refused)


def test_connections_are_kept_and_bounded() -> None:
    script = Script()
    outcomes = sent(script, *[a_wire()] * 60, connections=3)
    assert all(isinstance(one, Accepted) for one in outcomes)
    assert len(script.received) == 60
    assert len(script.sessions) == 3


def test_a_connection_is_renewed_after_its_share() -> None:
    script = Script()
    sent(script, *[a_wire()] * 10, connections=1, mails=4)
    assert len(script.received) == 10
    assert len(script.sessions) == 3


def test_after_a_refusal_the_connection_goes_on() -> None:
    script = Script(rcpt="550 5.1.1 no such user")
    sent(script, *[a_wire()] * 5, connections=1)
    assert len(script.sessions) == 1


def test_a_connection_that_went_stale_is_replaced_without_a_word() -> None:
    script = Script()

    async def work(port: int) -> list[Outcome]:
        pool = SmtpPool(server(port, connections=1))
        first = await pool.send(a_wire())
        # As if the server had hung up.
        cast(asyncio.Transport, pool._free[0].client.transport).abort()
        await asyncio.sleep(0)
        return [first, *await handed(pool, a_wire())]

    with serving(script) as port:
        assert run(work(port)) == [Accepted("2.0.0 taken")] * 2
    assert len(script.received) == 2


@pytest.mark.parametrize("password, good", [("right", True), ("wrong", False)])
def test_a_wrong_password_is_the_shops_to_mend(password: str, good: bool) -> None:
    [outcome] = sent(Script(password="right"), username="shop", password=password)
    assert isinstance(outcome, Accepted) is good
    if isinstance(outcome, Refused):
        assert outcome.permanent
        assert outcome.about == "shop"
        assert "does not accept the user name and password" in outcome.sentence


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """For a server on this machine, and for clients that trust it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    serve = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serve.load_cert_chain(pem)
    return serve, ssl.create_default_context(cafile=str(pem))


def test_a_mail_goes_through_tls_from_the_first_byte(tmp_path: Path) -> None:
    serve, trust = certificate(tmp_path)
    assert sent(Script(), tls=serve, security="tls", tls_context=trust) == [Accepted("2.0.0 taken")]


@pytest.mark.parametrize(
    "answer, more",
    [
        ("stall", {"timeout": PATIENCE}),
        ("421 4.4.2 closing", {}),
        ("250 its share is carried", {"mails": 1}),
    ],
)
def test_a_connection_that_is_given_up_waits_for_nobody(
    tmp_path: Path, answer: str, more: dict[str, Any]
) -> None:
    serve, trust = certificate(tmp_path)

    async def work(port: int) -> int:
        pool = SmtpPool(server(port, security="tls", tls_context=trust, **more))
        assert await pool.check() is None
        transport = cast(asyncio.Transport, pool._free[0].client.transport)
        plug = cast(socket, transport.get_extra_info("socket"))
        await pool.send(a_wire())
        return plug.fileno()

    with serving(scripted("data", answer), serve) as port:
        assert run(work(port)) == -1, "its socket is closed"


def test_a_mail_goes_through_starttls(tmp_path: Path) -> None:
    serve, trust = certificate(tmp_path)
    script = Script()
    with serving(script, tls_context=serve, require_starttls=True) as port:

        async def work(**more: object) -> list[Outcome]:
            return await handed(SmtpPool(server(port, **more)), a_wire())

        assert run(work(security="starttls", tls_context=trust)) == [Accepted("2.0.0 taken")]
        [plain] = run(work(security="none"))
        assert isinstance(plain, Refused)
    assert len(script.received) == 1


def test_a_server_that_cannot_encrypt_gets_no_mail_where_it_must() -> None:
    script = Script()
    [outcome] = sent(script, security="starttls")
    assert isinstance(outcome, Refused)
    assert script.received == []


def test_a_certificate_of_somebody_else_gets_no_mail(tmp_path: Path) -> None:
    serve, _ = certificate(tmp_path)
    script = Script()
    [outcome] = sent(script, tls=serve, security="tls")
    assert isinstance(outcome, Refused)
    assert script.received == []


def test_a_pool_can_be_tried_without_sending() -> None:
    async def work(port: int) -> Refused | None:
        pool = SmtpPool(server(port))
        try:
            return await pool.check()
        finally:
            await pool.close()

    script = Script()
    with serving(script) as port:
        assert run(work(port)) is None
    assert script.received == []
    assert isinstance(run(work(port)), Refused)


@pytest.mark.parametrize(
    "more, about",
    [
        ({"recipient": Mailbox("nobody")}, "recipient"),
        ({"sender": Mailbox("nobody")}, "shop"),
        ({"key": "Bad Key"}, "shop"),
    ],
)
def test_what_cannot_be_written_is_refused_before_any_connection(
    more: dict[str, Any], about: str
) -> None:
    class Nowhere:
        async def send(self, wire: Wire) -> Outcome:
            raise AssertionError("nothing is sent")

    outcome = run(EmailChannel(Nowhere()).send(outgoing(**more)))
    assert isinstance(outcome, Refused)
    assert (outcome.permanent, outcome.about) == (True, about)
