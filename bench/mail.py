"""E-mail: rendering and signing on one core, and handing over to an SMTP server beside us.

The mail is the first of the abandoned-cart series with three products, its links followed. The
server is a process of its own that reads what SMTP asks and throws it away; the baseline of handing
over is the same bytes by the standard library's smtplib, one connection, one mail after the other.
"""

import asyncio
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.figure import Figure
from cartback.channels.email.channel import EmailChannel
from cartback.channels.email.dkim import Signer, new_key
from cartback.channels.email.filters import Dialect
from cartback.channels.email.links import Tracking, followed
from cartback.channels.email.message import ReturnPath, Wire, wire
from cartback.channels.email.ready import ready
from cartback.channels.email.smtp import Server, SmtpPool
from cartback.channels.email.template import Compiled, compile_template, render_template
from cartback.domain.message import Accepted, Mailbox, Outgoing, Shown
from cartback.engine.copies import packed
from cartback.engine.tokens import Tokens

AT = 1_793_000_000_000
CONNECTIONS = 8
TOKENS = Tokens({1: b"k" * 32}, newest=1)


def figures(count: int) -> Iterator[Figure]:
    """`count` mails."""
    compiled = compile_template(ready("cart-help-lead").en, Dialect("en", "Europe/Berlin", "EUR"))
    signer = Signer("shop.example", "cartback", new_key())
    started = time.process_time()
    unsigned = [_mail(compiled, number) for number in range(count)]
    rendered = time.process_time() - started
    returns = ReturnPath("bounces.shop.example", b"s" * 32)
    started = time.process_time()
    ready_ones = [wire(one, signer=signer, returns=returns) for one in unsigned]
    signed = time.process_time() - started
    started = time.process_time()
    copies = [packed(one) for one in unsigned]
    copied = time.process_time() - started
    yield Figure(
        "mails rendered, signed and copied, one core",
        count / (rendered + signed + copied),
        "mails/s",
        reach=200,
        note=f"{1000 * rendered / count:.2f} ms render, {1000 * signed / count:.2f} ms bytes and"
        f" signature, {len(ready_ones[0].raw):,} bytes; {1000 * copied / count:.2f} ms for a copy"
        f" of {len(copies[-1].body):,} bytes",
    )
    with _sink() as port:
        baseline = _by_smtplib(port, ready_ones[: max(1, count // 4)])
        pooled = asyncio.run(_by_pool(port, ready_ones))
        whole = asyncio.run(_by_channel(port, unsigned, signer))
    yield Figure(
        f"mails handed over by SMTP, {CONNECTIONS} connections",
        pooled,
        "mails/s",
        reach=300,
        baseline=baseline,
        baseline_name="smtplib, one connection",
    )
    yield Figure("mails signed and handed over, one process", whole, "mails/s")


def _mail(compiled: Compiled, number: int) -> Outgoing:
    values = _values(number)
    mail = render_template(compiled, values)
    html = followed(
        mail.html,
        tokens=TOKENS,
        about=number.to_bytes(8, "big"),
        base="https://t.shop.example",
        tracking=Tracking(),
    )
    return Outgoing(
        key=f"m-{number}",
        sender=Mailbox("hello@shop.example", "Lamps & Co"),
        recipient=Mailbox(f"ada{number}@shop.example", "Ada"),
        subject=mail.subject,
        html=html,
        text=mail.text,
        at=AT,
        unsubscribe="https://t.shop.example/u/AbCdEfGhIjKlMnOpQrStUvWxYz012345",
        stream="cart-flow",
        shown=Shown(mail.html, mail.pattern),
    )


def _values(number: int) -> dict[str, object]:
    lines = [
        {
            "name": f"Lamp {number % 500 + at}",
            "variant": "White",
            "url": f"https://shop.example/products/lamp-{number % 500 + at}?colour=white",
            "image": f"https://shop.example/images/lamp-{number % 500 + at}.jpg",
            "price": 1_900 + number % 500 + at,
            "old_price": 3_900,
            "chosen_price": 2_900,
            "currency": "EUR",
            "stock": 2,
            "quantity": 2,
        }
        for at in range(3)
    ]
    return {
        "profile": {"first_name": f"Ada {number}"},
        "cart": {"lines": lines, "value": 9_000, "currency": "EUR", "count": 6},
        "shop": {
            "name": "Lamps & Co",
            "url": "https://shop.example",
            "address": "1 Example Street",
        },
        "links": {
            "restore": f"https://t.shop.example/r/{number}",
            "unsubscribe": f"https://t.shop.example/u/{number}",
            "preferences": f"https://t.shop.example/p/{number}",
        },
    }


def _by_smtplib(port: int, wires: list[Wire]) -> float:
    started = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as client:
        for one in wires:
            client.sendmail(one.return_path, [one.recipient], one.raw)
    return len(wires) / (time.perf_counter() - started)


def _pool(port: int) -> SmtpPool:
    return SmtpPool(Server(host="127.0.0.1", port=port, security="none", connections=CONNECTIONS))


async def _by_pool(port: int, wires: list[Wire]) -> float:
    pool = _pool(port)
    started = time.perf_counter()
    outcomes = await asyncio.gather(*(pool.send(one) for one in wires))
    spent = time.perf_counter() - started
    await pool.close()
    assert all(isinstance(one, Accepted) for one in outcomes)
    return len(wires) / spent


async def _by_channel(port: int, mails: list[Outgoing], signer: Signer) -> float:
    pool = _pool(port)
    channel = EmailChannel(pool, signer=signer)
    started = time.perf_counter()
    outcomes = await asyncio.gather(*(channel.send(one) for one in mails))
    spent = time.perf_counter() - started
    await pool.close()
    assert all(isinstance(one, Accepted) for one in outcomes)
    return len(mails) / spent


# --- the server ----------------------------------------------------------------------------------


@contextmanager
def _sink() -> Iterator[int]:
    """An SMTP server in a process of its own; its port."""
    process = subprocess.Popen([sys.executable, "-m", "bench.mail"], stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


class _Sink(asyncio.Protocol):
    """Answers each line, and 250 after the dot."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.buffer = b""
        self.in_data = False
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while True:
            end = b"\r\n.\r\n" if self.in_data else b"\r\n"
            line, found, rest = self.buffer.partition(end)
            if not found:
                return
            self.buffer = rest
            word = b"." if self.in_data else line[:4].upper()
            self.in_data = word == b"DATA"
            self.transport.write(
                {b"DATA": b"354 go\r\n", b"QUIT": b"221 bye\r\n"}.get(word, b"250 OK\r\n")
            )
            if word == b"QUIT":
                self.transport.close()


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Sink, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
