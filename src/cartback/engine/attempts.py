"""Tries to sign in are rationed: a leaking bucket for each address and each sender, kept in the
store, so that neither a restart nor a second process gives anybody more tries.
"""

from hashlib import sha256
from typing import Final, NamedTuple

from cartback.domain.instant import DAY, MINUTE, Instant, Milliseconds
from cartback.engine.ports import Reading, Transaction

_DROP: Final = 1_000_000


class Ration(NamedTuple):
    """So many tries at once; one more each `every`."""

    most: int
    every: Milliseconds


BY_EMAIL: Final = Ration(5, 3 * MINUTE)
BY_SENDER: Final = Ration(20, MINUTE)


def wait(reading: Reading, key: str, ration: Ration, now: Instant) -> Milliseconds:
    """How long to wait before the next try; 0 where one may try now."""
    level = _level(reading, key, ration, now)
    over = level - (ration.most - 1) * _DROP
    return 0 if over <= 0 else -(-over * ration.every // _DROP)


def take_try(tx: Transaction, key: str, ration: Ration, now: Instant) -> None:
    """One try more."""
    tx.set_attempts(key, _level(tx, key, ration, now) + _DROP, now)
    tx.drop_old_attempts(now - DAY)


def give_back(tx: Transaction, key: str, ration: Ration, now: Instant) -> None:
    """The try that was taken did not fail."""
    tx.set_attempts(key, max(_level(tx, key, ration, now) - _DROP, 0), now)


def forget_tries(tx: Transaction, key: str, now: Instant) -> None:
    """Who came in is no longer rationed."""
    tx.set_attempts(key, 0, now)


def _level(reading: Reading, key: str, ration: Ration, now: Instant) -> int:
    level, at = reading.attempts(key)
    leaked = max(now - at, 0) * _DROP // ration.every
    return max(level - leaked, 0)


def key_of(kind: str, value: str) -> str:
    """What stands for an address or a sender: neither is kept."""
    return f"{kind}:{sha256(value.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}"
