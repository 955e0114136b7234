"""A request that comes by drops, a head without an end, too many at once: each has its end."""

import asyncio
import contextlib
import resource
import socket
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from datetime import timedelta
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from cartback.cli.patience import (
    MOST_CONNECTIONS,
    Patience,
    Patient,
    patient,
    room_for_connections,
)
from cartback.cli.serving import Serving, bind
from tests.web.conftest import START
from tests.web.receiver import MemoryReceiver, collect_into

USUAL = Patience()
HEAD = b"POST /v1/track HTTP/1.1\r\nhost: shop.example\r\ncontent-length: 40\r\n\r\n"


class Timer:
    """A timer that goes off when the test says so."""

    def __init__(self, seconds: float, action: Callable[..., None]) -> None:
        self.seconds = seconds
        self.is_set = True
        self._action = action

    def cancel(self) -> None:
        self.is_set = False

    def go_off(self) -> None:
        assert self.is_set
        self.is_set = False
        self._action()


class Loop:
    """Time stands still in it."""

    def __init__(self) -> None:
        self.timers: list[Timer] = []

    def call_later(self, seconds: float, action: Callable[..., None]) -> Timer:
        self.timers.append(Timer(seconds, action))
        return self.timers[-1]

    def call_soon(self, action: Callable[[], None]) -> asyncio.Handle:
        return asyncio.get_running_loop().call_soon(action)

    def create_task(self, work: Coroutine[Any, Any, None], **_: object) -> "asyncio.Task[None]":
        return asyncio.get_running_loop().create_task(work)

    def waiting(self) -> list[float]:
        return [timer.seconds for timer in self.timers if timer.is_set]


class Line(asyncio.Transport):
    """The other end of the line."""

    def __init__(self) -> None:
        super().__init__()
        self.heard = b""
        self.is_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.heard += bytes(data)

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Called:
    """A connection to the door, whose loop is turned by hand."""

    def __init__(self, patience: Patience = USUAL) -> None:
        self.loop = Loop()
        self.state = ServerState()
        self._config = uvicorn.Config(
            collect_into(MemoryReceiver(), START),
            http=patient(patience),
            log_config=None,
            lifespan="off",
        )
        self._config.load()
        self.line, self.protocol = self.another()

    def another(self) -> tuple[Line, Patient]:
        line = Line()
        protocol: Patient = self._config.http_protocol_class(  # type: ignore[call-arg, assignment]
            config=self._config, server_state=self.state, app_state={}, _loop=self.loop
        )
        protocol.connection_made(line)
        return line, protocol

    def says(self, data: bytes) -> None:
        self.protocol.data_received(data)

    async def is_answered(self) -> None:
        while self.state.tasks:
            await asyncio.gather(*self.state.tasks)


def told(story: Callable[[Called], Awaitable[None]], patience: Patience = USUAL) -> Called:
    async def tell() -> Called:
        called = Called(patience)
        await story(called)
        called.protocol.connection_lost(None)
        await called.is_answered()
        assert called.loop.waiting() == []
        return called

    return asyncio.run(tell())


def test_a_head_that_does_not_end_is_a_408() -> None:
    async def story(called: Called) -> None:
        called.says(HEAD[:30])
        called.says(HEAD[30:40])
        assert called.loop.waiting() == [10]
        called.loop.timers[-1].go_off()
        assert called.line.heard.startswith(b"HTTP/1.1 408 ")
        assert b"connection: close" in called.line.heard
        assert called.line.is_closed

    told(story)


def test_a_body_that_does_not_end_is_a_408() -> None:
    async def story(called: Called) -> None:
        called.says(HEAD + b'{"userId":')
        called.says(b'"ada"')
        assert called.loop.waiting() == [30]
        called.loop.timers[-1].go_off()
        assert called.line.heard.startswith(b"HTTP/1.1 408 ")
        assert called.line.is_closed

    called = told(story)
    assert called.line.heard.count(b"HTTP/1.1") == 1  # the application adds nothing


def test_a_connection_that_says_nothing_is_closed_without_a_word() -> None:
    async def story(called: Called) -> None:
        called.loop.timers[-1].go_off()
        assert called.line.is_closed
        assert called.line.heard == b""

    told(story)


def test_who_sends_at_once_is_not_timed_but_between_requests() -> None:
    async def story(called: Called) -> None:
        for _ in range(3):
            called.says(HEAD + b"x" * 40)
            assert called.loop.waiting() == []
            await called.is_answered()
            assert called.loop.waiting() == [5]  # uvicorn's own: a connection that may be used on
        assert called.line.heard.count(b"HTTP/1.1 4") == 3
        assert not called.line.is_closed

    told(story)


def test_the_next_request_has_its_own_time() -> None:
    async def story(called: Called) -> None:
        called.says(HEAD + b"x" * 40)
        await called.is_answered()
        called.says(HEAD[:30])
        assert called.loop.waiting() == [10]
        called.loop.timers[-1].go_off()
        assert b"HTTP/1.1 408 " in called.line.heard

    told(story)


def test_nobody_is_blamed_while_we_do_not_read() -> None:
    async def story(called: Called) -> None:
        called.says(HEAD.replace(b"40", b"900000") + b"x" * 100_000)
        assert called.protocol.flow.read_paused
        called.loop.timers[-1].go_off()
        assert (called.line.heard, called.line.is_closed) == (b"", False)
        assert called.loop.waiting() == [30]

    told(story)


def test_a_head_without_an_end_is_a_431() -> None:
    async def story(called: Called) -> None:
        called.says(b"GET / HTTP/1.1\r\n")
        for number in range(70):
            called.says(b"x-%d: %s\r\n" % (number, b"x" * 1_000))
            if called.line.is_closed:
                break
        assert called.line.heard.startswith(b"HTTP/1.1 431 ")
        assert 60 < number < 68

    told(story)


def test_one_connection_too_many_is_a_503() -> None:
    async def story(called: Called) -> None:
        line, second = called.another()
        assert (line.heard, line.is_closed) == (b"", False)
        line, third = called.another()
        assert line.heard.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 1" in line.heard
        assert line.is_closed
        for one in (second, third):
            one.connection_lost(None)
        line, fourth = called.another()
        assert not line.is_closed
        fourth.connection_lost(None)

    told(story, Patience(connections=2))


def test_the_system_limits_how_many_connections_there_are() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        assert 16 <= room_for_connections() <= MOST_CONNECTIONS
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


# --- a real one ---------------------------------------------------------------------------------

HURRIED = Patience(head=timedelta(milliseconds=50), body=timedelta(milliseconds=50))


@pytest.fixture
def address(receiver: MemoryReceiver) -> Iterator[tuple[str, int]]:
    bound = bind("127.0.0.1", 0)
    with bound, Serving(collect_into(receiver, START), bound, patience=HURRIED):
        yield bound.getsockname()


@pytest.mark.parametrize("half", [HEAD[:40], HEAD, HEAD + b'{"userId":'], ids=range(3))
def test_a_half_sent_request_is_ended_by_a_real_server(
    address: tuple[str, int], half: bytes
) -> None:
    with contextlib.closing(socket.create_connection(address, timeout=60)) as line:
        line.sendall(half)
        heard = b"".join(iter(lambda: line.recv(4_096), b""))
    assert heard.startswith(b"HTTP/1.1 408 ")
