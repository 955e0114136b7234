"""The bytes of a request, with a limit that no sender can pass, compressed or not."""

import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, NamedTuple, TypeAlias

Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]

GZIP: Final = b"\x1f\x8b"
"""How gzip begins (RFC 1952, 2.3.1)."""
_GZIP_ONLY: Final = zlib.MAX_WBITS | 16
_DRAINED: Final = 16
"""How many times the limit is read and thrown away, so that the sender can read our answer."""


class TooLarge(NamedTuple):
    """More bytes than the limit."""

    limit: int


class BadGzip(NamedTuple):
    """Begins like gzip, and is broken or cut off."""

    detail: str


class Gone(NamedTuple):
    """The sender hung up before the end."""


async def read_body(receive: Receive, limit: int) -> bytes | TooLarge | Gone:
    """The whole body, as sent."""
    event = await receive()
    if event["type"] == "http.request" and not event.get("more_body", False):
        body: bytes = event.get("body", b"")
        return body if len(body) <= limit else TooLarge(limit)
    return await _read_on(event, receive, limit)


async def _read_on(
    event: MutableMapping[str, Any], receive: Receive, limit: int
) -> bytes | TooLarge | Gone:
    chunks: list[bytes] = []
    size = 0
    while event["type"] == "http.request":
        chunk = event.get("body", b"")
        size += len(chunk)
        if size <= limit:
            chunks.append(chunk)
        if not event.get("more_body", False):
            return b"".join(chunks) if size <= limit else TooLarge(limit)
        if size > limit * _DRAINED:
            return TooLarge(limit)
        event = await receive()
    return Gone()


def unpack(body: bytes, limit: int) -> bytes | TooLarge | BadGzip:
    """The body decompressed if it begins like gzip, whatever its headers say.

    A bomb costs no more than `limit` bytes of output.
    """
    if not body.startswith(GZIP):
        return body
    plain = bytearray()
    try:
        while body.startswith(GZIP):  # a file may have several members (RFC 1952, 2.2)
            member = zlib.decompressobj(_GZIP_ONLY)
            plain += member.decompress(body, limit + 1 - len(plain))
            if len(plain) > limit:
                return TooLarge(limit)
            if not member.eof:
                return BadGzip("it ends in the middle")
            body = member.unused_data
    except zlib.error as error:
        return BadGzip(str(error))
    return bytes(plain)
