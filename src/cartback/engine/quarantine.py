"""Events that made a rule fail wait in the log; once the rule is mended they are applied, and who
was left behind by a back-fill catches up."""

from functools import partial
from typing import NamedTuple

import msgspec

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant
from cartback.engine.adoption import sentence
from cartback.engine.backfill import ask_for
from cartback.engine.batch import Batch
from cartback.engine.ingest import tried
from cartback.engine.left_behind import LeftBehind, left_behind
from cartback.engine.log_ports import Quarantined
from cartback.engine.ports import Reading, Store, Transaction
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


def catch_up(
    store: Store, rulebook: Rulebook, shop: ShopId, now: Instant
) -> tuple[int, LeftBehind]:
    """Bring those to the present rules whom a back-fill left behind: how many are there now, and
    who is not. Where more than are named were left, another back-fill tries them all."""

    def bring(profile: ProfileId, tx: Transaction) -> None:
        batch = Batch(tx, shop, rulebook.of(tx, shop), now)
        batch.take(tx.lock(shop, [profile]).values())
        batch.flush()

    with store.reading() as reading:
        before = left_behind(reading, shop)
    for one in before.named:
        tried(store, partial(bring, one.profile))
    with store.transaction() as tx:
        after = left_behind(tx, shop)
        if after.number > len(after.named):
            ask_for(tx, shop, tx.rules_version(shop))
    return before.number - after.number, after


def _present(reading: Reading, shop: ShopId, profile: ProfileId) -> ProfileId:
    """Who has the profile's events now: it may have been merged into another since."""
    for merge in reading.merges(shop, profile):
        if merge.loser == profile and merge.undone_at is None:
            return _present(reading, shop, merge.winner)
    return profile
