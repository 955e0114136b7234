"""A new or changed rule, over everybody, while live work goes on.

Profiles are brought to the present rules a few at a time, each from its own history, by the same
function that moves them live; whoever is touched by an event meanwhile is brought there at once.
It can be stopped at any moment and goes on where it was.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Final, NamedTuple, TypeAlias

import msgspec

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant
from cartback.domain.rules import Settings
from cartback.domain.ruleset import LiveQuestion, Ruleset
from cartback.engine.batch import Batch
from cartback.engine.ports import Clock, Reading, Recall, Store
from cartback.engine.rulebook import Rulebook

AT_ONCE: Final = 200


Recaller: TypeAlias = Callable[
    [ShopId, Sequence[LiveQuestion], Settings, Instant], AbstractContextManager[Recall]
]
"""Makes ready to recall a shop's questions as of an instant, for as long as the block lasts."""


class Progress(NamedTuple):
    """How many profiles are at the present rules, of how many."""

    done: int
    total: int


class _Place(msgspec.Struct, frozen=True):
    """How far a back-fill has come: which rules, behind which profile, and how many were done."""

    version: int
    after: ProfileId = 0
    done: int = 0


def is_needed(store: Store, shop: ShopId) -> bool:
    """Whether some segment of the shop waits for its members."""
    with store.reading() as reading:
        return any(row.status == "building" for row in reading.segments(shop))


def backfill(
    store: Store,
    rulebook: Rulebook,
    shop: ShopId,
    clock: Clock,
    recaller: Recaller | None = None,
) -> Iterator[Progress]:
    """Bring all profiles of a shop to its present rules, a step at a time; then segments are live.

    A `recaller` reads the past from the tape at once; without one each chain of the log is walked.
    Raises Contention when another process works on the same rows; call again.
    """
    with store.reading() as reading:
        rules = rulebook.of(reading, shop)
        new = _new_questions(reading, shop, rules)
    with contextlib.ExitStack() as stack:
        recall = None
        if recaller is not None and new:
            recall = stack.enter_context(recaller(shop, new, rules.settings, clock()))
        while True:
            place = _step(store, rulebook, shop, clock, recall, rules.version)
            if place is None:
                return
            yield place


def _new_questions(reading: Reading, shop: ShopId, rules: Ruleset) -> Sequence[LiveQuestion]:
    """What the segments ask that wait for their members, and nobody asked before."""
    building = {row.key for row in reading.segments(shop) if row.status == "building"}
    oldest = min((one.since for one in rules.segments if one.key in building), default=0)
    return [one for one in rules.questions.values() if one.since >= oldest]


def _step(
    store: Store,
    rulebook: Rulebook,
    shop: ShopId,
    clock: Clock,
    recall: Recall | None,
    version: int,
) -> Progress | None:
    """One transaction's worth; None when there is nothing left to do, or the rules changed."""
    with store.transaction() as tx:
        building = [row for row in tx.segments(shop) if row.status == "building"]
        if not building:
            return None
        rules = rulebook.of(tx, shop)
        if rules.version != version:
            return None
        note = f"backfill:{shop}"
        saved = tx.note(note)
        place = msgspec.json.decode(saved, type=_Place) if saved else _Place(rules.version)
        if place.version != rules.version:
            place = _Place(rules.version)
        rows = tx.profiles_after(shop, place.after, AT_ONCE)
        behind = [row.id for row in rows if row.rules_version < rules.version]
        if behind:
            batch = Batch(tx, shop, rules, clock(), recall)
            batch.take(tx.lock(shop, behind).values())
            batch.flush()
        total = max(tx.count_profiles(shop), place.done + len(rows))
        finished = len(rows) < AT_ONCE
        after = rows[-1].id if rows else place.after
        place = _Place(rules.version, after, place.done + len(rows))
        tx.set_note(note, msgspec.json.encode(place))
        for row in building:
            tx.save_segment(
                shop,
                msgspec.structs.replace(
                    row, done=place.done, total=total, status="live" if finished else "building"
                ),
            )
        return Progress(place.done, total)


def backfill_all(store: Store, rulebook: Rulebook, shop: ShopId, clock: Clock) -> Progress:
    """Bring everybody to the present rules before returning."""
    steps = list(backfill(store, rulebook, shop, clock))
    return steps[-1] if steps else Progress(0, 0)
