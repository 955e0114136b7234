"""How long a sender may take, and how many may hold the line.

A request that is sent by drops would keep its connection for ever; a head without an end would
fill the memory. Both are ended here, before any application sees them.
"""

import contextlib
import resource
from asyncio import TimerHandle, Transport
from datetime import timedelta
from typing import Any, ClassVar, Final, Literal, NamedTuple, TypeAlias

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from cartback.cli.coalesce import Coalescing

MOST_CONNECTIONS: Final = 4_096
_FILES_FOR_US: Final = 256
"""Open files beside connections: the database, the tape, logs."""

Part: TypeAlias = Literal["head", "body"]


class Patience(NamedTuple):
    """From a request's first byte to the end of its head, from there to its last byte."""

    head: timedelta = timedelta(seconds=10)
    body: timedelta = timedelta(seconds=30)
    head_bytes: int = 64 * 1024
    connections: int = MOST_CONNECTIONS


class Patient(HttpToolsProtocol):
    """Uvicorn's HTTP/1.1, with an end to its patience."""

    patience: ClassVar[Patience] = Patience()

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401  as uvicorn has it
        super().__init__(*arguments, **named)
        self._requests = 0
        self._awaited: tuple[int, Part] | None = (0, "head")
        self._timed: tuple[int, Part] | None = None
        self._timer: TimerHandle | None = None
        self._head_size = 0
        self._has_begun = False

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn
        super().connection_made(Coalescing(transport, self.loop))
        if len(self.connections) > self.patience.connections:
            self._end(b"503 Service Unavailable", b"too many connections; come again", b"1")
        else:
            self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._awaited = None
        self._watch()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        before = self._requests
        self._has_begun = True
        super().data_received(data)
        self._watch()
        if self._awaited is not None and self._awaited[1] == "head":
            self._head_size = len(data) + (self._head_size if before == self._requests else 0)
            if self._head_size > self.patience.head_bytes:
                self._end(b"431 Request Header Fields Too Large", b"the head is too large")

    def on_message_begin(self) -> None:
        self._requests += 1
        self._awaited = (self._requests, "head")
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._awaited = (self._requests, "body")
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._awaited = None
        super().on_message_complete()

    def _watch(self) -> None:
        """One timer for the part that is awaited; none where a request came at once."""
        if self._timed == self._awaited:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._timed = self._awaited
        if self._timed is not None:
            allowed = self.patience.head if self._timed[1] == "head" else self.patience.body
            self._timer = self.loop.call_later(allowed.total_seconds(), self._too_slow)

    def _too_slow(self) -> None:
        part = self._timed and self._timed[1]
        self._timed = None
        if self.flow.read_paused:  # it is we who do not read
            self._watch()
        elif not self._has_begun or self._is_answering(part):
            self.transport.close()
        else:
            self._end(b"408 Request Timeout", b"the request took too long to arrive")

    def _is_answering(self, part: Part | None) -> bool:
        """Whether an answer is on its way that another one would break."""
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request
        if cycle is None:
            return False
        return not cycle.response_complete if part == "head" else cycle.response_started

    def _end(self, status: bytes, sentence: bytes, retry_after: bytes = b"") -> None:
        """Say why, and hang up."""
        if self.transport.is_closing():
            return
        lines = [
            b"HTTP/1.1 " + status,
            b"content-type: text/plain; charset=utf-8",
            b"content-length: %d" % len(sentence),
            b"connection: close",
        ]
        if retry_after:
            lines.append(b"retry-after: " + retry_after)
        self.transport.write(b"\r\n".join([*lines, b"", sentence]))
        self.transport.close()


def patient(patience: Patience) -> type[Patient]:
    """The protocol with this patience; uvicorn makes one for each connection."""
    return type("Patient", (Patient,), {"patience": patience})


def room_for_connections() -> int:
    """How many connections the system lets this process hold, at most MOST_CONNECTIONS.

    A process may open no more files than its limit; where that is low it is raised as far as it
    may be.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + _FILES_FOR_US
    if soft != resource.RLIM_INFINITY and soft < wanted:
        raised = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
            soft = raised
    if soft == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return max(16, min(MOST_CONNECTIONS, soft - _FILES_FOR_US))
