"""A sender: many connections at once, each waiting for its answer before it sends on.

It runs in a process of its own, so that it does not share the server's interpreter:
`python -m bench.load PORT KEY CONNECTIONS BATCH EVENTS PEOPLE SEED FILE` writes JSON.
"""

import asyncio
import base64
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from bench.shop import Server, messages


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


async def _connection(port: int, waiting: list[bytes], latencies: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while waiting:
        request = waiting.pop()
        began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length:")
        )
        body = await reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"{head!r} {body!r}")
        latencies.append(time.perf_counter() - began)
    writer.close()


async def _run(port: int, connections: int, waiting: list[bytes]) -> tuple[float, list[float]]:
    latencies: list[float] = []
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(_connection(port, waiting, latencies))
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
