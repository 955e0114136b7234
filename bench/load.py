"""A sender: many connections at once, each waiting for its answer before it sends on.

It runs in a process of its own, so that it does not share the server's interpreter:
`python -m bench.load PORT KEY CONNECTIONS BATCH EVENTS PEOPLE SEED FILE` writes JSON.
"""

import asyncio
import base64
import re
import subprocess
import sys
import time
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeAlias, cast

import msgspec

from bench.shop import Server, messages

Done: TypeAlias = "asyncio.Future[None]"

_HEAD: Final = re.compile(
    rb"HTTP/1.1 (?P<status>\d+).*?\r\ncontent-length: (?P<length>\d+).*?\r\n\r\n", re.I | re.S
)


class Load(msgspec.Struct, frozen=True):
    """What came of it: events, the seconds they took, and each request's seconds."""

    events: int
    seconds: float
    latencies: list[float]


def send(
    server: Server, *, connections: int, batch: int, events: int, people: int, seed: int = 1
) -> Load:
    """Send so many events in batches (of one: by /v1/track) from a process of its own."""
    with TemporaryDirectory(prefix="cartback-load-") as folder:
        result = Path(folder) / "load.json"
        arguments = [server.port, server.key, connections, batch, events, people, seed, result]
        subprocess.run([sys.executable, "-m", "bench.load", *map(str, arguments)], check=True)
        return msgspec.json.decode(result.read_bytes(), type=Load)


def _requests(port: int, key: str, batch: int, events: int, people: int, seed: int) -> list[bytes]:
    """Whole HTTP requests, made before the clock starts."""
    found = []
    stream = messages(events, people, seed)
    login = base64.b64encode(f"{key}:".encode()).decode()
    while some := list(islice(stream, batch)):
        path = "track" if batch == 1 else "batch"
        body = msgspec.json.encode(some[0] if batch == 1 else {"batch": some})
        head = (
            f"POST /v1/{path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Authorization: Basic {login}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        found.append(head.encode() + body)
    return found


class _Sender(asyncio.Protocol):
    """One connection. As plain as can be: what the sender needs of the processor, the server lacks.
    Two cores are often the two threads of one, where a busy neighbour costs a third.
    """

    def __init__(self, waiting: list[bytes], latencies: list[float], done: Done) -> None:
        self._waiting = waiting
        self._latencies = latencies
        self._done = done
        self._answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def _send(self) -> None:
        if self._waiting:
            self._began = time.perf_counter()
            self._transport.write(self._waiting.pop())
        else:
            self._transport.close()
            self._done.set_result(None)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        found = _HEAD.match(self._answer)
        if found is None or len(self._answer) < found.end() + int(found["length"]):
            return
        if found["status"] != b"200":
            self._done.set_exception(RuntimeError(repr(self._answer)))
            self._transport.close()
            return
        self._latencies.append(time.perf_counter() - self._began)
        self._answer = b""
        self._send()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(error or RuntimeError("the server hung up"))


async def _run(port: int, connections: int, waiting: list[bytes]) -> tuple[float, list[float]]:
    latencies: list[float] = []
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    ends: list[Done] = [loop.create_future() for _ in range(connections)]
    for done in ends:
        await loop.create_connection(partial(_Sender, waiting, latencies, done), "127.0.0.1", port)
    await asyncio.gather(*ends)
    return time.perf_counter() - began, latencies


def main() -> None:
    import uvloop

    port, key = int(sys.argv[1]), sys.argv[2]
    connections, batch, events, people, seed = map(int, sys.argv[3:8])
    waiting = _requests(port, key, batch, events, people, seed)
    seconds, latencies = uvloop.run(_run(port, connections, waiting))
    Path(sys.argv[8]).write_bytes(msgspec.json.encode(Load(events, seconds, latencies)))


if __name__ == "__main__":
    main()
