"""Events that made a rule fail wait in the log; once the rule is mended they are applied."""

from typing import NamedTuple

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant
from cartback.engine.ports import Quarantined, Store
from cartback.engine.remake import remake
from cartback.engine.rulebook import Rulebook


class Retried(NamedTuple):
    """How many events are applied now, and which still make a rule fail."""

    released: int
    failing: tuple[Quarantined, ...]


def retry(
    store: Store, rulebook: Rulebook, shop: ShopId, now: Instant, limit: int = 1_000
) -> Retried:
    """Apply what waits in quarantine: whoever it belongs to is made again from the whole history.

    Nothing is started by it: what would have been due then is past.
    """
    with store.reading() as reading:
        waiting = reading.quarantined(shop, limit)
    by_profile: dict[ProfileId, list[Quarantined]] = {}
    for one in waiting:
        by_profile.setdefault(one.profile, []).append(one)
    released = 0
    failing: list[Quarantined] = []
    for profile, events in by_profile.items():
        with store.transaction() as tx:
            row = tx.lock(shop, [profile]).get(profile)
            if row is None:
                continue
            try:
                remake(tx, shop, rulebook.of(tx, shop), profile, row.tails, now)
            except Exception as error:  # noqa: BLE001  whatever a rule does, others are retried
                sentence = f"{type(error).__name__}: {error}"[:500]
                failing += [Quarantined(one.seq, one.profile, one.at, sentence) for one in events]
                continue
            for one in events:
                tx.release(shop, one.seq)
            released += len(events)
    return Retried(released, tuple(failing))
