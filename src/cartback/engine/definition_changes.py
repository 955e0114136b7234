"""Templates, coupons and flows of a folder: what it would change of them, and changing it."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from cartback.domain.event import Json, ShopId
from cartback.domain.instant import Instant
from cartback.engine.change import Change, Origin, staleness
from cartback.engine.definitions import DEFINITION_KINDS, FLOWS, Definition, DefinitionKind, Hand
from cartback.engine.flows import put_flows
from cartback.engine.folder import BadFolder, DefinitionFile, Folder, definition_base
from cartback.engine.ports import Reading, Transaction


def definition_changes(
    reading: Reading,
    shop: ShopId,
    kind: DefinitionKind,
    folder: Folder,
    origins: Mapping[str, Origin],
    *,
    prune: bool,
) -> Iterator[Change]:
    """What would become of the definitions of a kind. One without a file stays, unless the folder
    is to be all there is and holds some of the kind."""
    wanted = {key: one for (word, key), one in folder.definitions.items() if word == kind.word}
    present = kind.present(reading, shop)
    for key in sorted(wanted.keys() | present.keys()):
        file, was = wanted.get(key), present.get(key)
        origin = origins.get(f"{kind.word}/{key}")
        if file is None and was is not None:
            yield _unfiled(kind, was, origin, prune=prune and bool(wanted))
        elif file is not None:
            yield _filed(kind, file, was, origin)


def _filed(
    kind: DefinitionKind, file: DefinitionFile, was: Definition | None, origin: Origin | None
) -> Change:
    made, word = file.made, kind.word
    change = Change(made.key, made.name, "unchanged", file.file, what=word)
    if was == made:
        return change
    after = _plain(made)
    if was is None:
        stale = "it was archived since the file was written" if file.base and origin else ""
        return replace(change, kind="created", after=after, stale=stale)
    stale = staleness(definition_base(word, was), file.base, origin)
    return replace(change, kind="changed", before=_plain(was), after=after, stale=stale)


def _unfiled(
    kind: DefinitionKind, was: Definition, origin: Origin | None, *, prune: bool
) -> Change:
    change = Change(was.key, was.name, "not in the folder", what=kind.word)
    if not prune:
        return change
    stale = "" if origin is None else staleness(definition_base(kind.word, was), "", origin)
    return replace(change, kind="archived", before=_plain(was), stale=stale)


def _plain(one: Definition) -> dict[str, Json]:
    return {"name": one.name, **one.document}


def put_definitions(
    tx: Transaction, shop: ShopId, folder: Folder, planned: Iterable[Change], now: Instant, by: str
) -> None:
    """Save what flows name, then flows; put away in the other order. Raises BadFolder."""
    changes = [one for one in planned if one.changes]
    hand = Hand(tx, shop, now, by)
    problems = []
    for kind in DEFINITION_KINDS:
        for one in changes:
            file = folder.definitions.get((kind.word, one.key))
            if one.what == kind.word and file is not None:
                try:
                    kind.save(hand, file.made)
                except ValueError as error:
                    problems.append(f"{file.file}: {error}")
    for kind in reversed(DEFINITION_KINDS):
        for one in changes:
            if one.what == kind.word and one.kind == "archived":
                try:
                    kind.archive(hand, one.key)
                except ValueError as error:
                    problems.append(f"{kind.word} {one.key!r}: {error}")
    if problems:
        raise BadFolder(problems)
    if any(one.what == FLOWS.word for one in changes):
        put_flows(tx, shop)
