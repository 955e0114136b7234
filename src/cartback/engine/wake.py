"""Profiles whose time has come: each is advanced to now, each thing at its own instant."""

import logging
from typing import Final

from cartback.domain.instant import Instant
from cartback.engine.batch import Batch
from cartback.engine.ports import Contention, Store
from cartback.engine.rulebook import Rulebook

AT_ONCE: Final = 500

_log: Final = logging.getLogger("cartback.wake")


def wake(store: Store, rulebook: Rulebook, now: Instant, limit: int = AT_ONCE) -> int:
    """Advance the profiles that are due, at most `limit` of them; how many there were.

    One that cannot be advanced is put off for an hour, and the others do not wait for it.
    """
    try:
        return _wake(store, rulebook, now, limit)
    except Contention:
        raise
    except Exception:  # noqa: BLE001  it is looked for one by one
        _log.warning("%d at once could not be woken; they are woken one by one", limit)
    return sum(_wake_next(store, rulebook, now) for _ in range(limit))


def wake_all(store: Store, rulebook: Rulebook, now: Instant) -> int:
    """Advance everybody who is due by now."""
    total = 0
    while count := wake(store, rulebook, now):
        total += count
    return total


def _wake(store: Store, rulebook: Rulebook, now: Instant, limit: int) -> int:
    """All in one transaction."""
    count = 0
    with store.transaction() as tx:
        for shop, rows in tx.claim_due(now, limit).items():
            batch = Batch(tx, shop, rulebook.of(tx, shop), now)
            batch.take(rows)
            for row in rows:
                batch.tick(row.id, now)
            batch.flush()
            count += len(rows)
    return count


def _wake_next(store: Store, rulebook: Rulebook, now: Instant) -> int:
    """The one who has waited longest, and who is put off where that fails; 0 where nobody waits."""
    try:
        return _wake(store, rulebook, now, 1)
    except Contention:
        raise
    except Exception:  # noqa: BLE001  whatever a rule does, it blocks nobody
        _log.exception("somebody could not be woken; it is tried again in an hour")
    count = 0
    with store.transaction() as tx:
        for shop, rows in tx.claim_due(now, 1).items():
            batch = Batch(tx, shop, rulebook.of(tx, shop), now)
            for row in rows:
                batch.put_off(row, now)
            batch.flush()
            count += len(rows)
    return count
