"""One HTTP call through the guard: no redirects, no proxies of the environment, and an end to
everything that a server may spin out: time, headers, and the size of the answer."""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from typing import Final, NamedTuple, Protocol, TypeAlias

from cartback.domain.fault import Fault
from cartback.fetch.guard import Guard, Target

_CHUNK: Final = 64 * 1024


class Limits(NamedTuple):
    """How long a call may take, in seconds, and how large an answer may be, in bytes."""

    connect: float = 5.0
    total: float = 20.0
    size: int = 1024 * 1024


class Answer(NamedTuple):
    """What was answered; the names of headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


class CallFailed(Exception):
    """The call did not succeed; the fault says why. `permanent`: trying again will not help."""

    def __init__(self, fault: Fault, *, permanent: bool = False) -> None:
        super().__init__(str(fault))
        self.fault: Final = fault
        self.permanent: Final = permanent


Now: TypeAlias = Callable[[], float]


class Sink(Protocol):
    """A file that is open for writing bytes."""

    def write(self, piece: bytes, /) -> object: ...


def call(
    guard: Guard,
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    limits: Limits | None = None,
    now: Now = time.monotonic,
    cut: bool = False,
) -> Answer:
    """What the URL answers, whatever its status. Raises Forbidden and CallFailed.

    With `cut` what is larger than allowed is read so far and no further, else it is a failure.
    """
    limits = limits or Limits()
    target = _checked(guard, url)
    with _connected(target, limits) as connection:
        response = _ask(connection, target, method, headers or {}, body)
        pieces = list(_pieces(response, limits, now() + limits.total, now, cut=cut))
        return Answer(response.status, _headers(response), b"".join(pieces))


def download(
    guard: Guard,
    url: str,
    to: Sink,
    *,
    headers: Mapping[str, str] | None = None,
    limits: Limits | None = None,
    now: Now = time.monotonic,
) -> Answer:
    """Write what a GET answers to a file; the answer comes back without its body.

    Only a 200 is written. Raises Forbidden and CallFailed.
    """
    limits = limits or Limits()
    target = _checked(guard, url)
    with _connected(target, limits) as connection:
        response = _ask(connection, target, "GET", headers or {}, None)
        if response.status == http.client.OK:
            for piece in _pieces(response, limits, now() + limits.total, now):
                to.write(piece)
        return Answer(response.status, _headers(response))


def _checked(guard: Guard, url: str) -> Target:
    try:
        return guard.check(url)
    except OSError as error:
        raise CallFailed(Fault("name_unknown", url=url[:100], said=error)) from None


@contextmanager
def _connected(target: Target, limits: Limits) -> Iterator["_Connection"]:
    """A connection that is cut when its time is over, whatever it waits for: a server that sends a
    letter a second would never run into the time that one read may take."""
    connection = _Connection(target, limits)
    watch = threading.Timer(limits.total, connection.cut)
    watch.daemon = True
    watch.start()
    try:
        yield connection
    finally:
        watch.cancel()
        connection.close()


class _Connection(http.client.HTTPConnection):
    """A connection to the address that the guard looked at, whatever the name means by now."""

    def __init__(self, target: Target, limits: Limits) -> None:
        super().__init__(target.host, target.port, timeout=limits.connect)
        self._target = target
        self._line: socket.socket | None = None

    def cut(self) -> None:
        """Wake up whoever waits for the other side, from another thread."""
        if self._line is not None:
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)

    def connect(self) -> None:
        sock = socket.create_connection((self._target.address, self._target.port), self.timeout)
        if self._target.scheme == "https":
            try:
                sock = _tls().wrap_socket(sock, server_hostname=self._target.host)
            except BaseException:
                sock.close()
                raise
        self.sock = self._line = sock


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _ask(
    connection: _Connection,
    target: Target,
    method: str,
    headers: Mapping[str, str],
    body: bytes | None,
) -> http.client.HTTPResponse:
    sent = {"Host": target.authority, "User-Agent": "cartback", "Accept-Encoding": "identity"}
    try:
        connection.request(method, target.path, body, {**sent, **headers, "Connection": "close"})
        response = connection.getresponse()
    except ValueError as error:  # a header with a line break in it
        raise CallFailed(Fault("not_sendable", said=error), permanent=True) from None
    except ssl.SSLCertVerificationError as error:
        fault = Fault("certificate_invalid", host=target.host, said=error.verify_message)
        raise CallFailed(fault, permanent=True) from None
    except (OSError, http.client.HTTPException) as error:
        raise CallFailed(Fault("host_silent", host=target.host, said=_said(error))) from None
    if 300 <= response.status < 400 and response.status != http.client.NOT_MODIFIED:
        there = repr(str(response.headers.get("location", ""))[:200])
        status = response.status
        raise CallFailed(
            Fault("host_redirects", host=target.host, status=status, there=there), permanent=True
        )
    return response


def _pieces(
    response: http.client.HTTPResponse,
    limits: Limits,
    end: float,
    now: Now,
    *,
    cut: bool = False,
) -> Iterator[bytes]:
    size = 0
    while True:
        if now() >= end:
            raise CallFailed(Fault("answer_slow", seconds=f"{limits.total:g}"))
        try:
            piece = response.read1(_CHUNK)
        except (OSError, http.client.HTTPException) as error:
            raise CallFailed(Fault("answer_broken", said=_said(error))) from None
        if not piece:
            if response.length:
                raise CallFailed(Fault("answer_cut", count=f"{response.length:,}"))
            return
        size += len(piece)
        if size > limits.size and cut:
            return
        if size > limits.size:
            fault = Fault("answer_too_large", most=f"{limits.size:,}")
            raise CallFailed(fault, permanent=True)
        yield piece


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__


def _headers(response: http.client.HTTPResponse) -> Mapping[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}
