"""An HTTP server on a socket of ours, which stops when it is told and finishes what it took."""

import asyncio
import errno
import signal
import socket
import ssl
import threading
from collections.abc import Callable
from types import FrameType
from typing import Final

import uvicorn

from cartback.cli.errors import Refusal
from cartback.cli.patience import Patience, patient, room_for_connections
from cartback.web.health import App

BACKLOG: Final = 2_048
GRACE_SECONDS: Final = 20


def bind(host: str, port: int) -> socket.socket:
    """A socket that does not listen yet, so that an address in use is known first.

    Raises Refusal.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise Refusal(_why_not(error, host, port)) from None
    except OverflowError:
        bound.close()
        raise Refusal(f"{port} is not a port; choose one from 0 to 65535") from None
    return bound


def bind_near(host: str, port: int, most: int = 100) -> socket.socket:
    """The port, or the next one that is free. Raises Refusal."""
    for candidate in range(port, port + most):
        try:
            return bind(host, candidate)
        except Refusal:
            if candidate == port + most - 1:
                raise
    raise AssertionError("unreachable")


def url_of(bound: socket.socket, scheme: str = "http") -> str:
    """Where the socket can be reached from this machine."""
    host, port = bound.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def _why_not(error: OSError, host: str, port: int) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return (
                f"port {port} on {host} is in use; stop what listens there, or choose another one:"
                f" cartback up --port {port + 1 if port < 65_535 else 8000}"
            )
        case errno.EACCES:
            return f"port {port} needs rights that this user lacks; choose one above 1023"
        case _:
            return f"cannot listen on {host}, port {port}: {error.strerror or error}"


class Server(uvicorn.Server):
    """Says when it listens, and when it stops. A signal ends `run`, which then returns."""

    def __init__(
        self,
        app: App,
        ready: Callable[[], None] = lambda: None,
        stopping: Callable[[], None] = lambda: None,
        *,
        patience: Patience | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`stopping` ends the answers that would go on for ever, or it would wait for them. With
        `tls` it speaks HTTPS, and nothing else."""
        super().__init__(
            uvicorn.Config(
                app,
                loop="uvloop",
                http=patient(patience or Patience(connections=room_for_connections())),
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                backlog=BACKLOG,
                timeout_graceful_shutdown=GRACE_SECONDS,
                ssl_context_factory=None if tls is None else lambda _config, _default: tls,
            )
        )
        self._ready = ready
        self._stopping = stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await asyncio.to_thread(self._stopping)
        await super().shutdown(sockets)


class Stopping:
    """What SIGTERM and SIGINT do: while we start they end us, afterwards the server hears them."""

    def __init__(self) -> None:
        self.serving = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        if not self.serving:
            raise SystemExit(0)


class Serving:
    """A server in a thread of its own, while a block runs."""

    def __init__(
        self,
        app: App,
        bound: socket.socket,
        stopping: Callable[[], None] = lambda: None,
        *,
        patience: Patience | None = None,
    ) -> None:
        self._server = Server(app, stopping=stopping, patience=patience)
        self._thread = threading.Thread(
            target=self._server.run, args=([bound],), name="server", daemon=True
        )

    def __enter__(self) -> "Serving":
        self._thread.start()
        while not self._server.started and self._thread.is_alive():
            self._thread.join(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()
