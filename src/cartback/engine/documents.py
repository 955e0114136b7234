"""Definitions as documents: what a folder would change in a shop, and changing it, all or nothing.

For each definition that was applied the shop remembers its origin: the file, the commit where one
was given, and a digest of what was applied. So a change that somebody made in the console since is
noticed: the folder was written from another base, and is not applied over it unasked.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import msgspec

from cartback.domain.condition import (
    BadCondition,
    Condition,
    condition_document,
    parse_condition,
)
from cartback.domain.event import Json, ShopId
from cartback.domain.instant import Instant, text_of
from cartback.domain.rules import Rules, Settings, check_for_segment, resolve
from cartback.domain.ruleset import make_rules
from cartback.engine.audit import note
from cartback.engine.change import ORDER, SEGMENT, SHOP, SHOP_KEY, Change, Origin, staleness
from cartback.engine.definition_changes import definition_changes, put_definitions
from cartback.engine.definitions import DEFINITION_KINDS
from cartback.engine.folder import (
    BadFolder,
    Folder,
    SegmentFile,
    ShopFile,
    definition_base,
    definition_document,
    definition_file,
    file_of,
    segment_base,
    segment_document,
    shop_base,
    shop_document,
)
from cartback.engine.ports import Reading, Store, Transaction
from cartback.engine.rulebook import present_rules
from cartback.engine.rules_change import retried
from cartback.engine.segment_ports import SegmentRow
from cartback.engine.segments import Redefinition, redefined
from cartback.engine.shop_note import ShopNote


class Remembered(msgspec.Struct, frozen=True):
    """A shop's origins: of its segments by key, and of its settings; and its lists' names."""

    segments: dict[str, Origin] = {}
    shop: Origin | None = None
    lists: dict[str, str] = {}
    definitions: dict[str, Origin] = {}
    """Of templates, coupons and flows, as `flow/abandoned-cart`."""


_REMEMBERED: Final = ShopNote("documents", Remembered)


class Plan(NamedTuple):
    """What applying a folder would do. `rules` is what the shop's rules would be."""

    changes: tuple[Change, ...]
    present: Rules
    rules: Rules
    lists: Mapping[str, str]

    @property
    def is_empty(self) -> bool:
        return not any(one.changes for one in self.changes)

    @property
    def stale(self) -> list[Change]:
        return [one for one in self.changes if one.stale]


class StaleFolder(ValueError):
    """Somebody changed definitions since the folder was written; one line for each."""


# --- what is remembered --------------------------------------------------------------------------


def remembered(reading: Reading, shop: ShopId) -> Remembered:
    """Where the shop's definitions came from, and how it calls its lists."""
    return _REMEMBERED.of(reading, shop) or Remembered()


class Kept(NamedTuple):
    """The file that a definition is kept in, and whether it was changed elsewhere since."""

    origin: Origin
    changed: bool


def kept_in(known: Remembered, row: SegmentRow) -> Kept | None:
    """Where a segment's definition came from; None where it was not made from a file."""
    origin = known.segments.get(row.key)
    if origin is None or row.status == "archived":
        return None
    return Kept(origin, origin.base != segment_base(row.name, _when(row)))


def came_from(known: Remembered, row: SegmentRow) -> dict[str, Json] | None:
    """The same as JSON data."""
    kept = kept_in(known, row)
    if kept is None:
        return None
    return {
        "file": kept.origin.file,
        "commit": kept.origin.commit or None,
        "applied": text_of(kept.origin.at),
        "changed_since": kept.changed,
    }


def exported(reading: Reading, shop: ShopId) -> dict[str, dict[str, Json]]:
    """The files that define the shop as it is, by name."""
    rules = present_rules(reading, shop)
    files = {"shop.yaml": shop_document(rules.settings, remembered(reading, shop).lists)}
    for row in reading.segments(shop):
        if row.status != "archived":
            files[file_of(row.key)] = segment_document(row.key, row.name, _when(row))
    for kind in DEFINITION_KINDS:
        for key, one in kind.present(reading, shop).items():
            files[definition_file(kind, key)] = definition_document(kind, one)
    return files


def _when(row: SegmentRow) -> Condition:
    return parse_condition(msgspec.json.decode(row.document))


# --- planning ------------------------------------------------------------------------------------


def plan(reading: Reading, shop: ShopId, folder: Folder, *, prune: bool = False) -> Plan:
    """What the folder would change. Raises BadFolder where the definitions do not go together."""
    present = present_rules(reading, shop)
    known = remembered(reading, shop)
    rows = {row.key: row for row in reading.segments(shop)}
    changes = [_segment(rows.get(key), one, known) for key, one in folder.segments.items()]
    changes += [
        _missing(row, known.segments.get(row.key), prune=prune)
        for row in rows.values()
        if row.status != "archived" and row.key not in folder.segments
    ]
    settings, lists = present.settings, known.lists
    if folder.shop is not None:
        settings = msgspec.structs.replace(settings, **folder.shop.settings)
        lists = dict(folder.shop.lists) if prune else {**lists, **folder.shop.lists}
        before = (present.settings, known.lists)
        changes.append(_settings(folder.shop, before, (settings, lists), known.shop))
    for kind in DEFINITION_KINDS:
        changes += definition_changes(reading, shop, kind, folder, known.definitions, prune=prune)
    changes.sort(key=lambda one: (ORDER.index(one.what), one.key))
    return Plan(tuple(changes), present, _rules(present, settings, changes, folder), lists)


def _segment(row: SegmentRow | None, one: SegmentFile, known: Remembered) -> Change:
    after = _shown(one.name, one.when)
    if row is None or row.status == "archived":
        stale = ""
        if row is not None and one.base:
            stale = "it was archived since the file was written"
        return Change(one.key, one.name, "created", one.file, None, after, stale)
    when = _when(row)
    if (row.name, when) == (one.name, one.when):
        return Change(one.key, one.name, "unchanged", one.file)
    origin = known.segments.get(one.key)
    stale = staleness(segment_base(row.name, when), one.base, origin)
    before = _shown(row.name, when)
    return Change(one.key, one.name, "changed", one.file, before, after, stale)


def _missing(row: SegmentRow, origin: Origin | None, *, prune: bool) -> Change:
    if not prune:
        return Change(row.key, row.name, "not in the folder")
    when = _when(row)
    stale = "" if origin is None else staleness(segment_base(row.name, when), "", origin)
    return Change(row.key, row.name, "archived", before=_shown(row.name, when), stale=stale)


def _settings(
    file: ShopFile,
    before: tuple[Settings, Mapping[str, str]],
    after: tuple[Settings, Mapping[str, str]],
    origin: Origin | None,
) -> Change:
    name = "settings and lists"
    if before == after:
        return Change(SHOP_KEY, name, "unchanged", file.file, what=SHOP)
    stale = staleness(shop_base(*before), file.base, origin) if origin or file.base else ""
    documents = [
        {"settings": msgspec.to_builtins(settings), "lists": dict(sorted(lists.items()))}
        for settings, lists in (before, after)
    ]
    return Change(SHOP_KEY, name, "changed", file.file, documents[0], documents[1], stale, SHOP)


def _shown(name: str, when: Condition) -> dict[str, Json]:
    return {"name": name, "when": condition_document(when)}


def _rules(present: Rules, settings: Settings, changes: list[Change], folder: Folder) -> Rules:
    """The rules that would be. Raises BadFolder for what refers to nothing or to itself."""
    segments = {one.key: (one.name, one.when) for one in present.segments}
    for change in changes:
        if change.what != SEGMENT:
            continue
        if change.kind == "archived":
            segments.pop(change.key, None)
        elif change.key in folder.segments:
            one = folder.segments[change.key]
            segments[change.key] = (one.name, one.when)
    problems = list(_problems({key: when for key, (_, when) in segments.items()}, folder))
    if problems:
        raise BadFolder(problems)
    if not any(one.changes and one.what in (SHOP, SEGMENT) for one in changes):
        return present
    try:
        return make_rules(present, settings, ((key, *one) for key, one in segments.items()))
    except BadCondition as error:
        raise BadFolder([str(error)]) from None


def _problems(conditions: Mapping[str, Condition], folder: Folder) -> Iterator[str]:
    """What is wrong with conditions when all are there, each with its file."""
    for key, when in sorted(conditions.items()):
        try:
            check_for_segment(when)
            resolve(when, {**conditions, key: when})
        except BadCondition as error:
            file = folder.segments[key].file if key in folder.segments else f"segment {key!r}"
            yield f"{file}: when: {error}"


# --- applying ------------------------------------------------------------------------------------


def apply(
    store: Store,
    shop: ShopId,
    folder: Folder,
    now: Instant,
    *,
    prune: bool = False,
    overwrite: bool = False,
    commit: str = "",
    who: str = "",
) -> Plan:
    """Make the shop what the folder says, in one step; what was done comes back as the plan.

    `who` is noted as whoever did it, where anything changes.

    Raises BadFolder, and StaleFolder where somebody changed what the folder would change, unless
    it is to be overwritten (the definitions of before stay among the segment's versions).
    """
    done: list[Plan] = []

    def decide(tx: Transaction) -> Redefinition:
        found = plan(tx, shop, folder, prune=prune)
        if found.stale and not overwrite:
            raise StaleFolder("\n".join(_refused(one) for one in found.stale))
        done[:] = [found]
        _remember(tx, shop, folder, found, now, commit)
        if who and not found.is_empty:
            changed = [one.key for one in found.changes if one.changes]
            note(tx, shop, who, "applied", ", ".join(changed), now, commit=commit)
        segments: dict[str, tuple[str, Condition] | None] = {}
        for change in found.changes:
            if change.changes and change.what == SEGMENT:
                one = folder.segments.get(change.key)
                segments[change.key] = None if one is None else (one.name, one.when)
        return Redefinition(found.rules.settings, segments)

    by = f"documents {commit}".strip()

    def act(tx: Transaction) -> None:
        redefined(tx, shop, decide(tx), now, by=by)
        put_definitions(tx, shop, folder, done[0].changes, now, by)

    retried(store, shop, act)
    return done[0]


def _refused(change: Change) -> str:
    place = change.file or f"{change.what} {change.key!r}"
    return (
        f"{place}: {change.stale}; look at it with `cartback export` into another folder,"
        " or say --overwrite"
    )


def _remember(
    tx: Transaction, shop: ShopId, folder: Folder, found: Plan, now: Instant, commit: str
) -> None:
    """Note where everything in the folder came from; what was there already keeps its commit."""
    known = remembered(tx, shop)
    segments = dict(known.segments)
    definitions = dict(known.definitions)
    for change in found.changes:
        if change.kind == "archived" and change.what == SEGMENT:
            segments.pop(change.key, None)
        elif change.kind == "archived":
            definitions.pop(f"{change.what}/{change.key}", None)
    for (word, key), made in folder.definitions.items():
        origin = Origin(made.file, commit, now, definition_base(word, made.made))
        definitions[f"{word}/{key}"] = _kept(definitions.get(f"{word}/{key}"), origin)
    for key, one in folder.segments.items():
        fresh = Origin(one.file, commit, now, segment_base(one.name, one.when))
        segments[key] = _kept(segments.get(key), fresh)
    settled = known.shop
    if folder.shop is not None:
        base = shop_base(found.rules.settings, found.lists)
        settled = _kept(settled, Origin(folder.shop.file, commit, now, base))
    news = Remembered(segments, settled, dict(found.lists), definitions)
    if news != known:
        _REMEMBERED.keep(tx, shop, news)


def _kept(before: Origin | None, fresh: Origin) -> Origin:
    if before is not None and (before.file, before.base) == (fresh.file, fresh.base):
        return before
    return fresh
