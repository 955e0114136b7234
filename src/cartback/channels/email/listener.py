"""An SMTP server in a thread of this process, which goes away without leaving anything open.

aiosmtpd speaks the protocol; its own controller leaves connections open when it stops, and cannot
say which free port it was given.
"""

import asyncio
import ssl
import threading
from typing import Any, Final
from weakref import WeakSet

from aiosmtpd.smtp import SMTP

_TURNS: Final = 3
_LINGER: Final = 0.01  # seconds: handshakes that failed have no connection yet that we could close


class Listener:
    """Listens from `start` to `stop`; `handler` is aiosmtpd's: an object with `handle_DATA`."""

    def __init__(
        self,
        handler: object,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        **options: object,
    ) -> None:
        """`port` 0 takes a free one; `options` are those of aiosmtpd's SMTP."""
        self.host = host
        self.port = port
        self._handler = handler
        self._tls = tls
        self._options: dict[str, Any] = options
        self._connections: WeakSet[SMTP] = WeakSet()
        self._ready = threading.Event()
        self._failed: OSError | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> int:
        """Listen; on which port. Raises OSError where it is taken."""
        self._ready.clear()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve()), name="smtp", daemon=True
        )
        self._thread.start()
        self._ready.wait()
        if self._failed is not None:
            raise self._failed
        return self.port

    def stop(self) -> None:
        """Hang up on everybody and listen no longer. Again is nothing."""
        if self._thread is None:
            return
        if self._loop is not None and self._stopping is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._thread = None

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        self._loop, self._stopping = loop, asyncio.Event()
        try:
            server = await loop.create_server(
                self._answer, self.host, self.port, ssl=self._tls, reuse_address=True
            )
        except OSError as error:
            self._failed = error
            self._ready.set()
            return
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stopping.wait()
        server.close()
        for _ in range(_TURNS):  # who was being let in as it stopped is there a turn later
            for connection in list(self._connections):
                _hang_up(connection)
            await asyncio.sleep(_LINGER)

    def _answer(self) -> SMTP:
        connection = SMTP(self._handler, **self._options)
        self._connections.add(connection)
        return connection


def _hang_up(connection: SMTP) -> None:
    """At once: also on one that speaks TLS, and on one that is in the middle of a mail."""
    for transport in (connection.transport, connection._original_transport):
        if isinstance(transport, asyncio.Transport):
            transport.abort()
