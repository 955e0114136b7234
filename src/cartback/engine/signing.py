"""Links that carry who they are for: signed, so that nobody makes one up or changes one.

A token is what it says and the first 12 bytes of an HMAC-SHA256 (96 bits) over that and over what
it is for, in the letters of URLs. The key belongs to the installation (link_secret.py); whoever has
the database has it: it guards a cart, not an account.
"""

import base64
import binascii
import hmac
from typing import Final, Protocol

from cartback.engine.link_secret import link_secret
from cartback.engine.ports import Store

_SIZE: Final = 32
_SEAL: Final = 12
LONGEST: Final = 2_000
"""Letters of a token: what mail programs and servers take in an address."""


class Signer(Protocol):
    """Signs what a link says, and reads it again."""

    def sign(self, purpose: str, said: bytes) -> str:
        """A token of letters that a URL takes."""

    def read(self, purpose: str, token: str) -> bytes | None:
        """What was signed for that purpose; None for anything else."""


class KeyedSigner:
    """Signs with one key."""

    def __init__(self, key: bytes) -> None:
        """Raises ValueError for a key that is too short."""
        if len(key) < _SIZE:
            raise ValueError(f"a key has at least {_SIZE} bytes")
        self._key = key

    def sign(self, purpose: str, said: bytes) -> str:
        return base64.urlsafe_b64encode(self._seal(purpose, said) + said).decode().rstrip("=")

    def read(self, purpose: str, token: str) -> bytes | None:
        if len(token) > LONGEST or not token.isascii():
            return None
        try:
            whole = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        seal, said = whole[:_SEAL], whole[_SEAL:]
        return said if hmac.compare_digest(seal, self._seal(purpose, said)) else None

    def _seal(self, purpose: str, said: bytes) -> bytes:
        message = purpose.encode() + b"\0" + said
        return hmac.digest(self._key, message, "sha256")[:_SEAL]


def stored_signer(store: Store) -> KeyedSigner:
    """The signer of this installation."""
    return KeyedSigner(link_secret(store))
