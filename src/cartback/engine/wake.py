"""Profiles whose time has come: each is advanced to now, each thing at its own instant."""

from typing import Final

from cartback.domain.instant import Instant
from cartback.engine.batch import Batch
from cartback.engine.ports import Store
from cartback.engine.rulebook import Rulebook

AT_ONCE: Final = 500


def wake(store: Store, rulebook: Rulebook, now: Instant, limit: int = AT_ONCE) -> int:
    """Advance the profiles that are due, at most `limit` of them; how many there were."""
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


def wake_all(store: Store, rulebook: Rulebook, now: Instant) -> int:
    """Advance everybody who is due by now."""
    total = 0
    while count := wake(store, rulebook, now):
        total += count
    return total
