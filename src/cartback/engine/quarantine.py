"""Events that made a rule fail wait in the log; once the rule is mended they are applied."""

from typing import NamedTuple

import msgspec

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant
from cartback.engine.adoption import sentence
from cartback.engine.log_ports import Quarantined
from cartback.engine.ports import Reading, Store
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
        by_profile: dict[ProfileId, list[Quarantined]] = {}
        for one in reading.quarantined(shop, limit):
            owner = _present(reading, shop, one.profile)
            by_profile.setdefault(owner, []).append(one)
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
                failing += [msgspec.structs.replace(one, error=sentence(error)) for one in events]
                continue
            for one in events:
                tx.release(shop, one.seq)
            released += len(events)
    return Retried(released, tuple(failing))


def _present(reading: Reading, shop: ShopId, profile: ProfileId) -> ProfileId:
    """Who has the profile's events now: it may have been merged into another since."""
    for merge in reading.merges(shop, profile):
        if merge.loser == profile and merge.undone_at is None:
            return _present(reading, shop, merge.winner)
    return profile
