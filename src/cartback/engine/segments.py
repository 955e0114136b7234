"""Segments by name: create, change, archive, restore; each change is a new version of the rules."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from cartback.domain.condition import (
    BadCondition,
    Condition,
    condition_document,
    parse_condition,
)
from cartback.domain.event import Json, ShopId
from cartback.domain.instant import Instant
from cartback.domain.rules import Settings, referred
from cartback.engine.backfill import ask_for
from cartback.engine.ports import Reading, Store, Transaction
from cartback.engine.rulebook import present_rules
from cartback.engine.rules_change import put_rules, retried
from cartback.engine.segment_document import BadSegment, parse_segment
from cartback.engine.segment_ports import SegmentRow, SegmentVersion


class SegmentExists(ValueError):
    """There is a live segment with that key already."""


class KeyOfArchived(SegmentExists):
    """An archived segment has that key: it is restored, or another key is taken."""

    def __init__(self, key: str) -> None:
        super().__init__(f"segment {key!r} is archived; restore it, or take another key")
        self.key = key


class NoSuchSegment(ValueError):
    """There is no segment with that key."""


class ArchivedSegment(NoSuchSegment):
    """It is archived, and cannot be changed so."""

    def __init__(self, key: str) -> None:
        super().__init__(f"segment {key!r} is archived; restore it first")


class NeedsArchived(BadSegment):
    """It refers to segments that are archived."""

    def __init__(self, key: str, others: Sequence[str]) -> None:
        listed = ", ".join(map(repr, others))
        super().__init__(f"segment {key!r} refers to {listed}, archived too; restore that first")
        self.others = others


class ReferredTo(BadSegment):
    """Other segments refer to it; their keys."""

    def __init__(self, others: Sequence[str]) -> None:
        listed = ", ".join(map(repr, others))
        one = f"segment {listed} refers to it; change that first"
        many = f"segments {listed} refer to it; change those first"
        super().__init__(one if len(others) == 1 else many)
        self.others = others


def create_segment(
    store: Store, shop: ShopId, document: Json, now: Instant, *, by: str = ""
) -> SegmentRow:
    """Add a segment; its members can be read when its back-fill is done. `by` says who did it.

    Raises BadSegment, and SegmentExists where its key is taken, be it by an archived one.
    """
    key, name, condition = parse_segment(document)

    def add(tx: Transaction) -> SegmentRow:
        before = tx.segment(shop, key)
        if before is not None and before.status == "archived":
            raise KeyOfArchived(key)
        if before is not None:
            raise SegmentExists(f"there is a segment {key!r} already; change it or take another")
        row = SegmentRow(key, name, _document(condition), 1, "building", now, now)
        return _begin(tx, shop, row, condition, by)

    return retried(store, shop, add)


def _begin(
    tx: Transaction, shop: ShopId, row: SegmentRow, condition: Condition, by: str
) -> SegmentRow:
    """Put a new version of a segment to work, and keep it."""
    _change(tx, shop, {row.key: (row.name, condition)}, row.updated)
    tx.save_segment(shop, row)
    version = SegmentVersion(row.key, row.version, row.name, row.document, row.updated, by)
    tx.add_segment_version(shop, version)
    return row


def change_segment(
    store: Store,
    shop: ShopId,
    document: Json,
    now: Instant,
    *,
    expected: int | None = None,
    by: str = "",
) -> SegmentRow:
    """Give a segment a new definition, which is its next version.

    Raises BadSegment, NoSuchSegment, ArchivedSegment, and StaleSegment where `expected` is not its
    version.
    """
    key, name, condition = parse_segment(document)

    def change(tx: Transaction) -> SegmentRow:
        there = tx.segment(shop, key)
        if there is not None and there.status == "archived":
            raise ArchivedSegment(key)
        before = live_segment(tx, shop, key)
        if expected is not None and before.version != expected:
            raise StaleSegment(
                f"segment {key!r} is at version {before.version} by now, not {expected};"
                " look at the change and try again"
            )
        row = msgspec.structs.replace(
            before,
            name=name,
            document=_document(condition),
            version=before.version + 1,
            status="building",
            updated=now,
            done=0,
            error="",
        )
        return _begin(tx, shop, row, condition, by)

    return retried(store, shop, change)


class StaleSegment(ValueError):
    """Somebody else changed the segment meanwhile."""


def archive_segment(store: Store, shop: ShopId, key: str, now: Instant) -> None:
    """Take a segment out of work; its history of joins and leaves stays.

    Raises NoSuchSegment, and ReferredTo where another segment refers to it.
    """

    def archive(tx: Transaction) -> None:
        row = live_segment(tx, shop, key)
        others = [one.key for one in present_rules(tx, shop).segments if key in referred(one.when)]
        if others:
            raise ReferredTo(sorted(others))
        _change(tx, shop, {key: None}, now)
        ask_for(tx, shop, tx.rules_version(shop))  # whoever was in it leaves
        _archive(tx, shop, row, now)

    retried(store, shop, archive)


def _archive(tx: Transaction, shop: ShopId, row: SegmentRow, now: Instant) -> None:
    put_away = msgspec.structs.replace(row, status="archived", updated=now, error="")
    tx.save_segment(shop, put_away)
    tx.drop_members(shop, row.key)


def restore_segment(
    store: Store, shop: ShopId, key: str, now: Instant, *, by: str = ""
) -> SegmentRow:
    """Put an archived segment to work again as it was last defined, which is its next version.

    Raises NoSuchSegment, SegmentExists where it is at work, and NeedsArchived where it refers to a
    segment that is not at work.
    """

    def restore(tx: Transaction) -> SegmentRow:
        before = tx.segment(shop, key)
        if before is None:
            raise NoSuchSegment(f"there is no segment {key!r}")
        if before.status != "archived":
            raise SegmentExists(f"segment {key!r} is not archived")
        condition = parse_condition(msgspec.json.decode(before.document))
        live = {one.key for one in present_rules(tx, shop).segments}
        if gone := sorted(referred(condition) - live):
            raise NeedsArchived(key, gone)
        row = msgspec.structs.replace(
            before, version=before.version + 1, status="building", updated=now, done=0
        )
        return _begin(tx, shop, row, condition, by)

    return retried(store, shop, restore)


class Redefinition(NamedTuple):
    """A shop's settings, and its segments that are new or change, or that go (None)."""

    settings: Settings
    segments: Mapping[str, tuple[str, Condition] | None]


def redefined(
    tx: Transaction, shop: ShopId, decided: Redefinition, now: Instant, *, by: str = ""
) -> None:
    """Change many definitions at once, as a part of a larger change.

    Raises BadSegment where they do not go together.
    """
    settings, changes = decided
    rules = present_rules(tx, shop)
    if settings == rules.settings and not changes:
        return
    wanted = {one.key: (one.name, one.when) for one in rules.segments} | dict(changes)
    kept = [(key, *one) for key, one in wanted.items() if one is not None]
    try:
        version = put_rules(tx, shop, settings, kept, now)
    except BadCondition as error:
        raise BadSegment(str(error), error.fault) from None
    for key, definition in changes.items():
        _redefine_one(tx, shop, key, definition, now, by)
    ask_for(tx, shop, version)


def _redefine_one(
    tx: Transaction,
    shop: ShopId,
    key: str,
    definition: tuple[str, Condition] | None,
    now: Instant,
    by: str,
) -> None:
    if definition is None:
        row = live_segment(tx, shop, key)
        _archive(tx, shop, row, now)
        return
    name, condition = definition
    before = tx.segment(shop, key)
    version = 1 if before is None else before.version + 1
    created = before.created if before is not None and before.status != "archived" else now
    fresh = SegmentRow(key, name, _document(condition), version, "building", created, now)
    tx.save_segment(shop, fresh)
    tx.add_segment_version(shop, SegmentVersion(key, version, name, fresh.document, now, by))


def live_segment(reading: Reading, shop: ShopId, key: str) -> SegmentRow:
    """The segment with that key, unless it is archived. Raises NoSuchSegment."""
    row = reading.segment(shop, key)
    if row is None or row.status == "archived":
        raise NoSuchSegment(f"there is no segment {key!r}")
    return row


def _change(
    tx: Transaction, shop: ShopId, changes: dict[str, tuple[str, Condition] | None], now: Instant
) -> None:
    """Put segments into the rules or take them out (None)."""
    rules = present_rules(tx, shop)
    segments = {one.key: (one.name, one.when) for one in rules.segments}
    for key, definition in changes.items():
        if definition is None:
            segments.pop(key, None)
        else:
            segments[key] = definition
    try:
        put_rules(tx, shop, rules.settings, ((key, *one) for key, one in segments.items()), now)
    except BadCondition as error:
        raise BadSegment(f"when: {error}", error.fault) from None


def _document(condition: Condition) -> bytes:
    return msgspec.json.encode(condition_document(condition))
