"""Passwords: kept as Argon2id hashes, with OWASP's parameters for 19 MiB."""

from threading import BoundedSemaphore
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

SHORTEST: Final = 10
LONGEST: Final = 200

_hasher: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_turns: Final = BoundedSemaphore(2)
"""Each hash takes 19 MiB and a core: many at once must not take them all."""
_nobodys: Final = _hasher.hash("nobody has this password")


class WeakPassword(ValueError):
    """A password that is too short, too long or too plain; the message says what to choose."""


def hashed(password: str) -> str:
    """What is kept of a password. Raises WeakPassword."""
    if len(password) < SHORTEST:
        raise WeakPassword(f"choose at least {SHORTEST} characters")
    if len(password) > LONGEST:
        raise WeakPassword(f"choose at most {LONGEST} characters")
    if len(set(password)) < 4:
        raise WeakPassword("choose more than a few different characters")
    with _turns:
        return _hasher.hash(password)


def fits(password: str, kept: str | None) -> bool:
    """Whether it is the password. With None, nobody's, it takes as long and says no."""
    try:
        with _turns:
            _hasher.verify(_nobodys if kept is None else kept, password[: LONGEST + 1])
    except (Argon2Error, InvalidHashError, UnicodeEncodeError):
        return False
    return kept is not None
