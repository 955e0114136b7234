"""Profiles that became one, and those that did not because they are two customers."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam as param
from sqlalchemy import select

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant
from cartback.engine.merge_ports import Conflict, Merge
from cartback.store import schema, tallies
from cartback.store.part import Part, encode, identifiers_of, numbers_of
from cartback.store.session import first
from cartback.store.sql import Among, Delete, Insert, Row, Statement, one

_m: Final = schema.merges.c
_c: Final = schema.conflicts.c
_p: Final = schema.parties.c

_MERGE: Final = tuple(_m[name] for name in Merge.__struct_fields__)

MERGES: Final = Statement(select(*_MERGE).where(_m.shop == param("shop")).order_by(_m.id))
MERGE: Final = Statement(select(*_MERGE).where(_m.shop == param("shop"), _m.id == param("merge")))
_SIDES: Final = (_m.winner, _m.loser)
MERGES_OF: Final = [
    Statement(
        select(*_MERGE).where(_m.shop == param("shop"), side == param("profile")),
        by=f"ix_merges_shop_{side.name}",
    )
    for side in _SIDES
]
"""Those that it won and those that it lost, each by its index: an OR would read all of the shop."""
ADD_MERGE: Final = one(schema.merges)
UNDO: Final = Statement(
    schema.merges.update()
    .values(undone_at=param("undone"))
    .where(_m.shop == param("of"), _m.id == param("merge"))
)
FORGET_MERGES: Final = [
    Statement(schema.merges.delete().where(_m.shop == param("shop"), side == param("profile")))
    for side in _SIDES
]
FORGET_CONFLICTS: Final = Statement(
    schema.conflicts.delete().where(_c.shop == param("shop"), Among(_c.id, "ids"))
)
CONFLICTS: Final = Statement(
    select(_c.at, _c.event_id, _c.profiles, _c.identifiers)
    .where(_c.shop == param("shop"))
    .order_by(_c.id.desc())
    .limit(param("limit"))
)
CONFLICTS_OF: Final = Statement(
    select(_c.id, _c.at, _c.event_id, _c.profiles, _c.identifiers)
    .join_from(schema.parties, schema.conflicts, (_c.shop == _p.shop) & (_c.id == _p.conflict))
    .where(_p.shop == param("shop"), _p.profile == param("profile"))
    .order_by(_p.conflict.desc())
)
ADD_CONFLICT: Final = one(schema.conflicts)
ADD_PARTIES: Final = Insert(schema.parties, "shop", "profile", "conflict")
FORGET_PARTIES: Final = Delete(schema.parties, "shop", "profile", "conflict")


class MergeReads(Part):
    def merges(self, shop: ShopId, profile: ProfileId | None = None) -> Sequence[Merge]:
        if profile is None:
            rows = self._session.rows(MERGES, {"shop": shop})
        else:
            values = {"shop": shop, "profile": profile}
            rows = sorted(row for side in MERGES_OF for row in self._session.rows(side, values))
        return [_merge(row) for row in rows]

    def merge(self, shop: ShopId, merge: int) -> Merge | None:
        row = first(self._session, MERGE, {"shop": shop, "merge": merge})
        return None if row is None else _merge(row)

    def conflicts(self, shop: ShopId, limit: int = 100) -> Sequence[Conflict]:
        """Latest first."""
        return list(map(_conflict, self._session.rows(CONFLICTS, {"shop": shop, "limit": limit})))

    def conflicts_of(self, shop: ShopId, profile: ProfileId) -> Sequence[Conflict]:
        return [one for _, one in self._numbered_conflicts(shop, profile)]

    def _numbered_conflicts(self, shop: ShopId, profile: ProfileId) -> list[tuple[int, Conflict]]:
        rows = self._session.rows(CONFLICTS_OF, {"shop": shop, "profile": profile})
        return [(id_, _conflict(tuple(row))) for id_, *row in rows]


class MergeWrites(MergeReads):
    def forget_merges(self, shop: ShopId, profile: ProfileId) -> None:
        for side in FORGET_MERGES:
            self._session.run(side, {"shop": shop, "profile": profile})
        found = self._numbered_conflicts(shop, profile)
        parties = [row for id_, one in found for row in _parties(shop, id_, one)]
        self._session.many(FORGET_PARTIES, parties)
        ids = [id_ for id_, _ in found]
        forgotten = self._session.run(FORGET_CONFLICTS, {"shop": shop, "ids": ids})
        self._tallies.add(shop, *tallies.CONFLICTS, -forgotten)

    def add_merge(self, shop: ShopId, merge: Merge) -> int:
        [id_] = self._session.numbers("merge_ids", 1)
        self._session.run(
            ADD_MERGE,
            {
                "id": id_,
                "shop": shop,
                "winner": merge.winner,
                "loser": merge.loser,
                "at": merge.at,
                "event_id": merge.event_id,
                "evidence": encode(merge.evidence),
                "moved": encode(merge.moved),
                "tails": encode(merge.tails),
                "undone_at": merge.undone_at,
            },
        )
        return id_

    def undo_merge(self, shop: ShopId, merge: int, at: Instant) -> None:
        self._session.run(UNDO, {"of": shop, "merge": merge, "undone": at})

    def add_conflict(self, shop: ShopId, conflict: Conflict) -> None:
        [id_] = self._session.numbers("conflict_ids", 1)
        self._session.run(
            ADD_CONFLICT,
            {
                "id": id_,
                "shop": shop,
                "at": conflict.at,
                "event_id": conflict.event_id,
                "profiles": encode(conflict.profiles),
                "identifiers": encode(conflict.identifiers),
            },
        )
        self._session.many(ADD_PARTIES, _parties(shop, id_, conflict))
        self._tallies.add(shop, *tallies.CONFLICTS, 1)


def _parties(shop: ShopId, id_: int, conflict: Conflict) -> list[Row]:
    return [(shop, profile, id_) for profile in sorted(set(conflict.profiles))]


def _conflict(row: Row) -> Conflict:
    at, event_id, profiles, identifiers = row
    return Conflict(at, event_id, numbers_of(profiles), identifiers_of(identifiers))


def _merge(row: Row) -> Merge:
    id_, winner, loser, at, event_id, evidence, moved, tails, undone_at = row
    return Merge(
        id=id_,
        winner=winner,
        loser=loser,
        at=at,
        event_id=event_id,
        evidence=identifiers_of(evidence),
        moved=identifiers_of(moved),
        tails=numbers_of(tails),
        undone_at=undone_at,
    )
