"""What the door costs: HTTP and reading the messages, with nothing behind it.

`python -m bench.door` measures the server's own CPU time, which a busy machine distorts least,
beside that of a server which only decodes the same bodies.
"""

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from bench.figure import Figure, table
from bench.load import send
from bench.shop import Server, free_port, wait_until_ready
from cartback.domain.drop import DropReason
from cartback.domain.event import Event, ShopId
from cartback.engine.intake import Receipt
from cartback.engine.returning import Sender
from cartback.engine.scope import EVENTS_ONLY
from cartback.engine.shop_ports import KeyRow
from cartback.sources.segment import Reader
from cartback.web.health import App, Operations, Receive, Scope, Send
from cartback.web.onsite.collect import Collect
from cartback.wiring import real_clock

PEOPLE = 20_000
KEY = "key"


def figures(events: int) -> Iterator[Figure]:
    """Microseconds of CPU for each event, in batches and alone."""
    for name, batch, reach in (("in a batch of 100", 100, 15), ("alone", 1, 100)):
        number = events if batch > 1 else events // 5
        yield Figure(
            f"door, an event {name}",
            _microseconds("collect", number, batch),
            "µs CPU",
            reach=reach,
            at_most=True,
            baseline=_microseconds("decode", number, batch),
            baseline_name="decode and answer",
        )


def _microseconds(application: str, events: int, batch: int) -> float:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.door", application, str(port)], stdout=subprocess.PIPE
    )
    wait_until_ready(port, process)
    server = Server(port, KEY, process.pid)
    connections = 8 if batch > 1 else 32
    send(server, connections=connections, batch=batch, events=events, people=PEOPLE)
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=60)
    return float(printed) / events * 1e6


class _Nobody:
    """Takes everything and keeps nothing."""

    def key(self, token: str) -> KeyRow | None:
        return KeyRow(1, 1, "secret", b"", "", "", 0, scopes=EVENTS_ONLY) if token == KEY else None

    async def receive(
        self,
        shop: ShopId,
        events: Sequence[Event],
        drops: Mapping[DropReason, int],
        sender: Sender = None,
    ) -> Receipt:
        return Receipt(len(events))


async def _decode(_: Scope, receive: Receive, send: Send) -> None:
    body = (await receive()).get("body", b"")
    answer = msgspec.json.encode({"fields": len(msgspec.json.decode(body))}) if body else b"{}"
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


def _serve(application: str, port: int) -> None:
    import uvicorn

    collect = Collect(receiver=_Nobody(), read=Reader(), clock=real_clock)
    ours = Operations(collect, is_ready=lambda: None, figures=lambda: b"")
    app: App = _decode if application == "decode" else ours
    began = time.process_time()
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.run(app, port=port, log_level="warning", access_log=False, lifespan="off")
    print(time.process_time() - began)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _serve(sys.argv[1], int(sys.argv[2]))
    else:
        print(table(figures(200_000)))
