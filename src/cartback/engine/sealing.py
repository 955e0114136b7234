"""Secrets at rest, such as a provider's password: sealed with keys that the database never holds.

The keys come from the configuration: the first one seals, all of them open, so that a new one can
be put before the old. Whoever loses them enters the secrets again. The seal is Fernet (AES-128-CBC
with HMAC-SHA256), bound to what it is for: one shop's secret cannot be put into another's place.
"""

import base64
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

SHORTEST: Final = 32
_SPLIT: Final = b"\0"


class Unsealable(ValueError):
    """No key that we have opens it, or it was sealed for something else."""


class Seal:
    """Seals and opens with the keys of this installation."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Raises ValueError where there is none, or one that can be guessed."""
        if not keys or any(len(key) < SHORTEST for key in keys):
            raise ValueError(f"a secret key has at least {SHORTEST} characters")
        self._fernet = MultiFernet([Fernet(_fernet_key(key)) for key in keys])

    def seal(self, secret: str, purpose: str) -> bytes:
        """`purpose` names the place that the secret belongs to: `shop 7: smtp password`."""
        return self._fernet.encrypt(purpose.encode() + _SPLIT + secret.encode())

    def open(self, sealed: bytes, purpose: str) -> str:
        """What was sealed for that purpose. Raises Unsealable."""
        try:
            found, split, secret = self._fernet.decrypt(sealed).partition(_SPLIT)
        except InvalidToken:
            raise Unsealable("no key of this installation opens it; enter it again") from None
        if not split or found != purpose.encode():
            raise Unsealable("it was sealed for something else")
        return secret.decode()

    def renew(self, sealed: bytes) -> bytes:
        """The same, sealed with the newest key. Raises Unsealable."""
        try:
            return self._fernet.rotate(sealed)
        except InvalidToken:
            raise Unsealable("no key of this installation opens it; enter it again") from None


def _fernet_key(key: str) -> bytes:
    return base64.urlsafe_b64encode(sha256(b"cartback seal\0" + key.encode()).digest())
