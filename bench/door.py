"""What the door costs: HTTP and reading the messages, with nothing behind it.

`python -m bench.door` measures the server's own CPU time, which a busy machine distorts least.
"""

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence

from bench.figure import Figure, table
from bench.load import send
from bench.shop import Server, _free_port, _wait_until_ready
from cartback.domain.drop import DropReason
from cartback.domain.event import Event, ShopId
from cartback.engine.intake import Receipt
from cartback.engine.ports import KeyRow
from cartback.sources.segment import Reader
from cartback.web.health import Operations
from cartback.web.onsite.collect import Collect
from cartback.wiring import real_clock

PEOPLE = 20_000
KEY = "key"


def figures(events: int) -> Iterator[Figure]:
    """Microseconds of CPU for each event, in batches and alone."""
    batches = _microseconds(events, connections=8, batch=100)
    yield Figure("door, an event in a batch of 100", batches, "µs CPU", reach=15, at_most=True)
    alone = _microseconds(events // 5, connections=32, batch=1)
    yield Figure("door, a single POST", alone, "µs CPU", reach=100, at_most=True)


def _microseconds(events: int, *, connections: int, batch: int) -> float:
    port = _free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.door", str(port)], stdout=subprocess.PIPE
    )
    _wait_until_ready(port, process)
    server = Server(port, KEY, process.pid)
    send(server, connections=connections, batch=batch, events=events, people=PEOPLE)
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=60)
    return float(printed) / events * 1e6


class _Nobody:
    """Takes everything and keeps nothing."""

    def key(self, token: str) -> KeyRow | None:
        return KeyRow(1, 1, "secret", b"", "", "", 0) if token == KEY else None

    async def receive(
        self, shop: ShopId, events: Sequence[Event], drops: Mapping[DropReason, int]
    ) -> Receipt:
        return Receipt(len(events))


def _serve(port: int) -> None:
    import uvicorn

    collect = Collect(receiver=_Nobody(), read=Reader(), clock=real_clock)
    app = Operations(collect, is_ready=lambda: None, figures=lambda: b"")
    began = time.process_time()
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.run(app, port=port, log_level="warning", access_log=False, lifespan="off")
    print(time.process_time() - began)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _serve(int(sys.argv[1]))
    else:
        print(table(figures(200_000)))
