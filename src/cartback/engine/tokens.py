"""Addresses that we answer to: signed, so that nobody can make one, change one, or guess one.

A token is one byte of key id, one of kind, the message's id, for a click its place and its target,
and an HMAC-SHA256, in base64url. The target is inside what is signed: there is no open redirect.
Tokens without a target are shorter than 40 characters, so that List-Unsubscribe stays one line.
"""

import base64
import binascii
import hmac
import re
import zlib
from collections.abc import Mapping
from enum import IntEnum
from typing import Final

import msgspec

from cartback.engine.link_secret import link_secret
from cartback.engine.ports import Store

LONGEST_ID: Final = 16
SHORT_MAC: Final = 11
LONG_MAC: Final = 16
LONGEST_TARGET: Final = 2_000
LONGEST_TOKEN: Final = 4_000
_WEB: Final = re.compile(r"https?://[^\s/?#@\\]+([/?#][^\s\\]*)?", re.IGNORECASE)


class Kind(IntEnum):
    """What a token is for; one kind is never taken for another."""

    UNSUBSCRIBE = 1
    PREFERENCES = 2
    VIEW = 4
    OPEN = 5
    TRAP = 6
    CLICK = 8
    CONFIRM = 9


class Link(msgspec.Struct, frozen=True):
    """What a token says. `place`: which link of the mail it is, from 0. `target`: for a click."""

    kind: Kind
    id: bytes
    place: int = 0
    target: str = ""


class Tokens:
    """Makes and reads tokens with the secrets of this installation."""

    def __init__(self, secrets: Mapping[int, bytes], newest: int) -> None:
        """`secrets` by their number from 0 to 255; `newest` signs, all of them are read."""
        if newest not in secrets or any(not 0 <= one <= 255 for one in secrets):
            raise ValueError("a key's number is from 0 to 255, and the newest is one of them")
        if any(len(secret) < 32 for secret in secrets.values()):
            raise ValueError("a secret has at least 32 bytes")
        self._secrets = dict(secrets)
        self._newest = newest

    def make(self, kind: Kind, about: bytes) -> str:
        """A token of that kind for the message or person with that id of 1 to 16 bytes."""
        if kind is Kind.CLICK or not 1 <= len(about) <= LONGEST_ID:
            raise ValueError("an id has 1 to 16 bytes; a click is made with `click`")
        body = bytes((self._newest, kind)) + about
        return _text(body + self._mac(self._newest, body, SHORT_MAC))

    def click(self, about: bytes, place: int, target: str) -> str:
        """A token that leads to the target. Raises ValueError where that is no web address."""
        if not 1 <= len(about) <= LONGEST_ID or not 0 <= place <= 65_535:
            raise ValueError("an id has 1 to 16 bytes, a place is from 0 to 65535")
        if not is_web_address(target):
            raise ValueError(f"{target[:80]!r} is no web address")
        head = bytes((self._newest, Kind.CLICK, len(about))) + about + place.to_bytes(2, "big")
        body = head + _packed(target)
        return _text(body + self._mac(self._newest, body, LONG_MAC))

    def read(self, token: str) -> Link | None:
        """What it says; None where it was never made by us, or was changed."""
        raw = _raw(token)
        if raw is None or len(raw) < 2 or raw[0] not in self._secrets:
            return None
        size = LONG_MAC if raw[1] == Kind.CLICK else SHORT_MAC
        body, mac = raw[:-size], raw[-size:]
        if len(body) < 3 or not hmac.compare_digest(mac, self._mac(raw[0], body, size)):
            return None
        if body[1] != Kind.CLICK:
            return Link(Kind(body[1]), body[2:])
        end = 3 + body[2]
        place = int.from_bytes(body[end : end + 2], "big")
        return Link(Kind.CLICK, body[3:end], place, _unpacked(body[end + 2 :]))

    def _mac(self, number: int, body: bytes, size: int) -> bytes:
        return hmac.digest(self._secrets[number], b"cartback link\0" + body, "sha256")[:size]


def stored_tokens(store: Store) -> Tokens:
    """The tokens of this installation."""
    return Tokens({1: link_secret(store)}, 1)


def is_web_address(text: str) -> bool:
    """Whether it is http or https with a host, without user name, spaces and backslashes."""
    return len(text) <= LONGEST_TARGET and _WEB.fullmatch(text) is not None and text.isprintable()


def _packed(target: str) -> bytes:
    """One byte that says how, and the target; deflated where that is shorter."""
    raw = target.encode()
    squeezer = zlib.compressobj(9, wbits=-15)
    small = squeezer.compress(raw) + squeezer.flush()
    return b"z" + small if len(small) < len(raw) else b"t" + raw


def _unpacked(packed: bytes) -> str:
    if packed[:1] != b"z":
        return packed[1:].decode()
    return zlib.decompressobj(-15).decompress(packed[1:], 4 * LONGEST_TARGET).decode()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _raw(token: str) -> bytes | None:
    """The bytes of a token; None where another text would give the same ones."""
    if not token.isascii() or len(token) > LONGEST_TOKEN:
        return None
    try:
        raw = base64.b64decode(
            token.encode() + b"=" * (-len(token) % 4), altchars=b"-_", validate=True
        )
    except (binascii.Error, ValueError):
        return None
    return raw if _text(raw) == token else None
