"""Segments by name: create, change, archive, count; each change is a new version of the rules."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple, TypeVar
from zlib import crc32

import msgspec

from cartback.domain.condition import (
    BadCondition,
    Condition,
    condition_document,
    parse_condition,
)
from cartback.domain.document import refused
from cartback.domain.event import Json, ShopId
from cartback.domain.fault import BadDocument
from cartback.domain.instant import Instant
from cartback.domain.key import is_key, key_from
from cartback.domain.rules import Settings, encode_rules, referred
from cartback.domain.ruleset import make_rules
from cartback.engine.backfill import ask_for
from cartback.engine.countries import check_countries
from cartback.engine.ingest import tried
from cartback.engine.ports import (
    Reading,
    RulesRow,
    SegmentRow,
    SegmentVersion,
    Store,
    Transaction,
)
from cartback.engine.rulebook import present_rules

Outcome = TypeVar("Outcome")
_BROKEN: Final = re.compile("[\x00\ud800-\udfff]")
LONGEST_KEY: Final = 80


class SegmentDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A segment as a file holds it: `name`, `when` (a condition), and a `key` for URLs.

    `base` is written by an export: the definition from which the file was made (see documents).
    """

    name: str
    when: Json
    key: str = ""
    base: str = ""


class BadSegment(BadDocument):
    """A document that is no segment; the message says where and what to write instead."""


def parse_segment(document: Json) -> tuple[str, str, Condition]:
    """Key, name and condition of a segment document. Raises BadSegment."""
    try:
        found = msgspec.convert(document, SegmentDocument)
        condition = parse_condition(found.when)
        check_countries(found.when)
    except msgspec.ValidationError as error:
        raise BadSegment(*refused(error, document, root=SegmentDocument)) from None
    except BadCondition as error:
        raise BadSegment(f"when: {error}", error.fault) from None
    except UnicodeEncodeError:
        raise BadSegment("it is half of a character (a lone surrogate)") from None
    if _BROKEN.search(found.name):
        raise BadSegment("name: it holds a NUL or half of a character (a lone surrogate)")
    if not 1 <= len(found.name.strip()) <= 200:
        raise BadSegment("name: a segment's name has 1 to 200 characters")
    key = found.key or key_from(found.name) or f"segment-{crc32(found.name.encode()):08x}"
    if not is_key(key, LONGEST_KEY):
        raise BadSegment(
            f"key: {key[:80]!r} is not a key; write small letters, digits and hyphens,"
            " such as recent-cart-abandoners"
        )
    return key, found.name.strip(), condition


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


def change_settings(
    store: Store,
    shop: ShopId,
    settings: Settings | Callable[[Settings], Settings],
    now: Instant,
) -> Settings:
    """New settings of a shop, or what a function makes of the present ones; they are returned.

    Every segment and every cart is judged again with them.
    """

    def change(tx: Transaction) -> Settings:
        rules = present_rules(tx, shop)
        new = settings if isinstance(settings, Settings) else settings(rules.settings)
        if rules.settings != new:
            segments = ((one.key, one.name, one.when) for one in rules.segments)
            ask_for(tx, shop, _put_rules(tx, shop, new, segments, now))
        return new

    return retried(store, shop, change)


class Redefinition(NamedTuple):
    """A shop's settings, and its segments that are new or change, or that go (None)."""

    settings: Settings
    segments: Mapping[str, tuple[str, Condition] | None]


def redefine(
    store: Store,
    shop: ShopId,
    decide: Callable[[Transaction], Redefinition],
    now: Instant,
    *,
    by: str = "",
) -> None:
    """Change many definitions in one step: what is decided in it is done in it, or nothing is.

    Raises what `decide` raises, and BadSegment where the definitions do not go together.
    """

    retried(store, shop, lambda tx: redefined(tx, shop, decide(tx), now, by=by))


def redefined(
    tx: Transaction, shop: ShopId, decided: Redefinition, now: Instant, *, by: str = ""
) -> None:
    """The same as a part of a larger change. Raises BadSegment."""
    settings, changes = decided
    rules = present_rules(tx, shop)
    if settings == rules.settings and not changes:
        return
    wanted = {one.key: (one.name, one.when) for one in rules.segments} | dict(changes)
    kept = [(key, *one) for key, one in wanted.items() if one is not None]
    try:
        version = _put_rules(tx, shop, settings, kept, now)
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


def retried(store: Store, shop: ShopId, act: Callable[[Transaction], Outcome]) -> Outcome:
    """Change a shop's definitions alone with it, again where somebody came in between. Raises
    Contention where they kept doing so."""

    def alone(tx: Transaction) -> Outcome:
        tx.hold(shop)
        return act(tx)

    return tried(store, alone)


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
        _put_rules(tx, shop, rules.settings, ((key, *one) for key, one in segments.items()), now)
    except BadCondition as error:
        raise BadSegment(f"when: {error}", error.fault) from None


def _put_rules(
    tx: Transaction,
    shop: ShopId,
    settings: Settings,
    segments: Iterable[tuple[str, str, Condition]],
    now: Instant,
) -> int:
    """The next version of the rules, by its number; what they change is to be built again."""
    before = tx.rules_version(shop)
    previous = present_rules(tx, shop) if before else None
    rules = make_rules(previous, settings, segments)
    tx.add_rules(shop, RulesRow(rules.version, encode_rules(rules)))
    changed = {one.key for one in rules.segments if one.since == rules.version}
    for row in tx.segments(shop):
        if row.status == "live" and row.key in changed:
            again = msgspec.structs.replace(row, status="building", done=0, updated=now)
            tx.save_segment(shop, again)
    return rules.version


def _document(condition: Condition) -> bytes:
    return msgspec.json.encode(condition_document(condition))
