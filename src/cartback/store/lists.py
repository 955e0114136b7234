"""Who is in which list since when."""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import bindparam as param
from sqlalchemy import func, select

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant
from cartback.engine.list_ports import Enlisted
from cartback.store import schema
from cartback.store.part import Part
from cartback.store.sql import Delete, Insert, Statement

_e: Final = schema.enlisted.c

LISTS: Final = Statement(
    select(_e.list, func.count()).where(_e.shop == param("shop")).group_by(_e.list)
)
"""Counted each time: a tally would keep the name of a list when the last member is erased."""
LISTED: Final = Statement(
    select(_e.profile, _e.since)
    .where(_e.shop == param("shop"), _e.list == param("list"), _e.profile > param("after"))
    .order_by(_e.profile)
    .limit(param("limit"))
)
ENLIST: Final = Insert(schema.enlisted)
STRIKE: Final = Delete(schema.enlisted, "shop", "list", "profile")


class ListReads(Part):
    def lists(self, shop: ShopId) -> Mapping[str, int]:
        return dict(self._session.rows(LISTS, {"shop": shop}))

    def list_members(
        self, shop: ShopId, key: str, after: ProfileId = 0, limit: int = 100
    ) -> Sequence[tuple[ProfileId, Instant]]:
        values = {"shop": shop, "list": key, "after": after, "limit": limit}
        return [(profile, since) for profile, since in self._session.rows(LISTED, values)]


class ListWrites(ListReads):
    def enlist(self, shop: ShopId, standings: Sequence[Enlisted]) -> None:
        by_list: dict[str, list[Enlisted]] = {}
        for one in sorted(standings, key=lambda one: (one.list, one.profile)):
            by_list.setdefault(one.list, []).append(one)
        for key, some in by_list.items():
            self._session.many(STRIKE, [(shop, key, one.profile) for one in some])
            joined = [(shop, key, one.profile, one.since) for one in some if one.since is not None]
            if joined:
                self._session.many(ENLIST, joined)
