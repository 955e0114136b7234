"""Who is in which segment since when, and the history of joins and leaves."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import bindparam as param
from sqlalchemy import select

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant
from cartback.engine.segment_ports import Move
from cartback.store import schema, tallies
from cartback.store.part import Part
from cartback.store.sql import Delete, Insert, Row, Statement

_m: Final = schema.memberships.c
_h: Final = schema.moves.c

MEMBERS: Final = Statement(
    select(_m.profile, _m.since)
    .where(_m.shop == param("shop"), _m.segment == param("segment"), _m.profile > param("after"))
    .order_by(_m.profile)
    .limit(param("limit"))
)
MEMBERSHIPS: Final = Statement(
    sqlite="""
        SELECT m.segment, m.since FROM segments s CROSS JOIN memberships m
            ON m.shop = s.shop AND m.segment = s."key" AND m.profile = :profile
        WHERE s.shop = :shop ORDER BY s."key"
    """,
    postgres="""
        SELECT m.segment, m.since FROM segments s CROSS JOIN LATERAL (
            SELECT segment, since FROM memberships
            WHERE shop = s.shop AND segment = s.key AND profile = %(profile)s
            LIMIT 1
        ) m
        WHERE s.shop = %(shop)s ORDER BY m.segment
    """,
)
"""Segment by segment: an index by profile would cost every joining a page more to write, and is of
use only to who looks at one person."""
JOIN: Final = Insert(schema.memberships, unless_there=True)
LEAVE: Final = Delete(schema.memberships, "shop", "segment", "profile")
DROP_MEMBERS: Final = Statement(
    schema.memberships.delete().where(_m.shop == param("shop"), _m.segment == param("segment"))
)

_MOVE: Final = (_h.number, _h.segment, _h.profile, _h.at, _h.joined, _h.quiet)
_settled: Final = (
    _h.shop == param("shop"),
    _h.number > param("after"),
    _h.number <= param("horizon"),
)
MOVES: Final = Statement(select(*_MOVE).where(*_settled).order_by(_h.number).limit(param("limit")))
MOVES_OF_SEGMENT: Final = Statement(
    select(*_MOVE)
    .where(*_settled, _h.segment == param("segment"))
    .order_by(_h.number)
    .limit(param("limit")),
    by="ix_moves_shop_segment_number",
)
LATEST: Final = Statement(
    select(*_MOVE)
    .where(_h.shop == param("shop"), _h.number <= param("horizon"), _h.quiet <= param("quietest"))
    .order_by(_h.number.desc())
    .limit(param("limit"))
)
LATEST_OF_SEGMENT: Final = Statement(
    select(*_MOVE)
    .where(
        _h.shop == param("shop"),
        _h.segment == param("segment"),
        _h.number <= param("horizon"),
        _h.quiet <= param("quietest"),
    )
    .order_by(_h.number.desc())
    .limit(param("limit")),
    by="ix_moves_shop_segment_number",
)
RECORD: Final = Insert(schema.moves)


def _move(row: Row) -> tuple[int, Move]:
    number, segment, profile, at, joined, quiet = row
    return number, Move(segment, profile, at, bool(joined), bool(quiet))


class MemberReads(Part):
    def count_members(self, shop: ShopId, segment: str) -> int:
        return self._tallies.count(shop, tallies.MEMBERS, segment)

    def members(
        self, shop: ShopId, segment: str, after: ProfileId = 0, limit: int = 100
    ) -> Sequence[tuple[ProfileId, Instant]]:
        values = {"shop": shop, "segment": segment, "after": after, "limit": limit}
        return [(profile, since) for profile, since in self._session.rows(MEMBERS, values)]

    def memberships(self, shop: ShopId, profile: ProfileId) -> Mapping[str, Instant]:
        rows = self._session.rows(MEMBERSHIPS, {"shop": shop, "profile": profile})
        return dict(rows)

    def moves(
        self, shop: ShopId, *, segment: str | None = None, after: int = 0, limit: int = 100
    ) -> Sequence[tuple[int, Move]]:
        horizon = self._session.horizon("move_numbers")
        values = {"shop": shop, "after": after, "horizon": horizon, "limit": limit}
        if segment is None:
            rows = self._session.rows(MOVES, values)
        else:
            rows = self._session.rows(MOVES_OF_SEGMENT, {**values, "segment": segment})
        return [_move(row) for row in rows]

    def latest_moves(
        self,
        shop: ShopId,
        *,
        segment: str | None = None,
        limit: int = 100,
        with_quiet: bool = True,
    ) -> Sequence[tuple[int, Move]]:
        horizon = self._session.horizon("move_numbers")
        values = {"shop": shop, "horizon": horizon, "limit": limit, "quietest": with_quiet}
        if segment is None:
            rows = self._session.rows(LATEST, values)
        else:
            rows = self._session.rows(LATEST_OF_SEGMENT, {**values, "segment": segment})
        return [_move(row) for row in rows]


class MemberWrites(MemberReads):
    def move(self, shop: ShopId, moves: Sequence[Move]) -> None:
        if not moves:
            return
        numbers = self._session.numbers("move_numbers", len(moves))
        self._session.many(
            RECORD,
            [
                (shop, number, move.segment, move.profile, move.at, move.joined, move.quiet)
                for number, move in zip(numbers, moves, strict=True)
            ],
        )
        leaving: dict[str, set[ProfileId]] = defaultdict(set)
        joining: dict[str, dict[ProfileId, Instant]] = defaultdict(dict)
        for move in moves:
            if move.joined:
                joining[move.segment].setdefault(move.profile, move.at)
            else:
                leaving[move.segment].add(move.profile)
                joining[move.segment].pop(move.profile, None)
        self._leave(shop, leaving)
        self._join(shop, joining)

    def _join(self, shop: ShopId, joining: Mapping[str, Mapping[ProfileId, Instant]]) -> None:
        groups = {
            segment: [(shop, segment, profile, at) for profile, at in sorted(since.items())]
            for segment, since in sorted(joining.items())
        }
        for segment, count in self._session.counted(JOIN, "segment", groups).items():
            self._tallies.add(shop, tallies.MEMBERS, segment, count)

    def _leave(self, shop: ShopId, leaving: Mapping[str, Iterable[ProfileId]]) -> None:
        groups = {
            segment: [(shop, segment, profile) for profile in sorted(profiles)]
            for segment, profiles in sorted(leaving.items())
        }
        for segment, count in self._session.counted(LEAVE, "segment", groups).items():
            self._tallies.add(shop, tallies.MEMBERS, segment, -count)

    def _leave_all(self, shop: ShopId, profile: ProfileId) -> None:
        self._leave(shop, {key: [profile] for key in self.memberships(shop, profile)})

    def drop_members(self, shop: ShopId, segment: str) -> None:
        dropped = self._session.run(DROP_MEMBERS, {"shop": shop, "segment": segment})
        self._tallies.add(shop, tallies.MEMBERS, segment, -dropped)
