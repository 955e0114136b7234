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
from cartback.engine.adoption import Adopted, adopted, sentence
from cartback.engine.batch import Batch
from cartback.engine.left_behind import Behind, keep_behind
from cartback.engine.log_ports import Recall
from cartback.engine.ports import Clock, Contention, Reading, Store, Transaction
from cartback.engine.profile_ports import ProfileRow
from cartback.engine.rulebook import Rulebook
from cartback.engine.segment_ports import SegmentRow
from cartback.engine.shop_note import ShopNote

AT_ONCE: Final = 3_000


Recaller: TypeAlias = Callable[
    [ShopId, Sequence[LiveQuestion], Settings, Instant], AbstractContextManager[Recall | None]
]
"""Makes ready to recall a shop's questions as of an instant, for as long as the block lasts; None
where it cannot now."""


class Progress(NamedTuple):
    """How many profiles are at the present rules, of how many."""

    done: int
    total: int


class _Place(msgspec.Struct, frozen=True):
    """How far a back-fill has come: which rules, behind which profile, and how many were done."""

    version: int
    after: ProfileId = 0
    done: int = 0
    finished: bool = False


_PLACE: Final = ShopNote("backfill", _Place)


def ask_for(tx: Transaction, shop: ShopId, version: int) -> None:
    """Have everybody brought to that version of the rules, also where no segment waits for it."""
    _PLACE.keep(tx, shop, _Place(version))


def is_needed(store: Store, shop: ShopId) -> bool:
    """Whether somebody has to be brought to the present rules before all is as they say."""
    with store.reading() as reading:
        place = _place(reading, shop)
        return not place.finished or bool(_building(reading, shop))


def _building(reading: Reading, shop: ShopId) -> list[SegmentRow]:
    """The segments that wait for their members, also where finding them failed."""
    return [row for row in reading.segments(shop) if row.is_awaited]


def _place(reading: Reading, shop: ShopId) -> _Place:
    return _PLACE.of(reading, shop) or _Place(0, finished=True)


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
    building = {row.key for row in _building(reading, shop)}
    oldest = min((one.since for one in rules.segments if one.key in building), default=0)
    return [one for one in rules.questions.values() if one.since >= oldest]


class _Step(NamedTuple):
    """Some profiles, those of them that are behind, and what is new of these."""

    rows: Sequence[ProfileRow]
    behind: Sequence[ProfileRow]
    adopted: Sequence[Adopted]


def _step(
    store: Store,
    rulebook: Rulebook,
    shop: ShopId,
    clock: Clock,
    recall: Recall | None,
    version: int,
) -> Progress | None:
    """A few profiles more; None when there is nothing left to do, or the rules changed.

    They are worked out from a look at the store, so that live work waits for the writing only.
    """
    now = clock()
    with store.reading() as reading:
        rules = rulebook.of(reading, shop)
        if rules.version != version:
            return None
        place = _begun(reading, shop, version)
        rows = reading.profiles_after(shop, place.after, AT_ONCE)
        behind = [row for row in rows if row.rules_version < version]
        step = _Step(rows, behind, adopted(reading, shop, rules, behind, now, recall))
    with store.transaction() as tx:
        if tx.rules_version(shop) != version:
            return None
        building = _building(tx, shop)
        if _place(tx, shop).finished and not building:
            return None
        if _begun(tx, shop, version) != place:
            raise Contention("another process does the same back-fill")
        failed = _write(tx, shop, rules, step, now)
        keep_behind(tx, shop, version, failed, anew=not place.done)
        return _note_progress(tx, shop, place, step.rows, building)


def _begun(reading: Reading, shop: ShopId, version: int) -> _Place:
    """How far it has come for these rules; the beginning where it was for others."""
    place = _place(reading, shop)
    return _Place(version) if place.finished or place.version != version else place


def _write(
    tx: Transaction, shop: ShopId, rules: Ruleset, step: _Step, now: Instant
) -> Sequence[Behind]:
    """Write what is new of rows that are still as they were read; those for whom a rule fails.

    They stay at the rules of before, which says not that nobody touched them meanwhile: an event
    that went into quarantine is in their chain, and a row is written as it is by now.
    """
    new = {one.row.id: one for one in step.adopted}
    tx.bump(shop, [row.id for row in step.behind if row.id not in new], rules.version)
    versions = tx.lock_versions(shop, list(new))
    untouched = [new[one] for one, version in versions.items() if version < rules.version]
    batch = Batch(tx, shop, rules, now)
    present = tx.lock(shop, [one.row.id for one in untouched if one.error])
    touched = [row for id_, row in present.items() if row != new[id_].row]
    batch.take([*touched, *(one.row for one in untouched if one.derives)])
    for one in untouched:
        if one.row.id not in batch.works:
            batch.take_adopted(one)
    batch.flush()
    return [Behind(id_, now, one.error) for id_, one in batch.works.items() if one.error]


def _note_progress(
    tx: Transaction,
    shop: ShopId,
    place: _Place,
    rows: Sequence[ProfileRow],
    building: Sequence[SegmentRow],
) -> Progress:
    """Note how far it has come; at the end the segments are live."""
    done = place.done + len(rows)
    total = max(tx.count_profiles(shop), done)
    finished = len(rows) < AT_ONCE
    after = rows[-1].id if rows else place.after
    _PLACE.keep(tx, shop, _Place(place.version, after, done, finished))
    for row in building:
        status = "live" if finished else "building"
        present = msgspec.structs.replace(row, done=done, total=total, status=status, error="")
        tx.save_segment(shop, present)
    return Progress(done, total)


def note_failure(store: Store, shop: ShopId, error: Exception) -> None:
    """Have the segments that wait for their members say why they have none; the next step that
    succeeds takes it back."""
    with store.transaction() as tx:
        tx.hold(shop)
        for row in _building(tx, shop):
            failed = msgspec.structs.replace(row, status="failed", error=sentence(error))
            tx.save_segment(shop, failed)


def backfill_all(store: Store, rulebook: Rulebook, shop: ShopId, clock: Clock) -> Progress:
    """Bring everybody to the present rules before returning."""
    progress = Progress(0, 0)
    while is_needed(store, shop):
        steps = list(backfill(store, rulebook, shop, clock))
        progress = steps[-1] if steps else progress
    return progress
