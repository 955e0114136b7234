"""Joins and leaves counted by quarters of an hour: behind the moves, and exact at any moment.

The moves up to a mark are counted in a table of their own; those behind it are counted when they
are asked for. Who writes moves knows nothing of this (docs/adr/0009-figures.md).
"""

from collections.abc import Sequence
from typing import Final

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant
from cartback.engine.growth_ports import SLOT, Turnover
from cartback.store import schema
from cartback.store.mark import hold_mark, mark_of, set_mark
from cartback.store.part import Part
from cartback.store.sql import Insert, Statement

BEHIND: Final = Statement(
    sqlite="SELECT count(*), max(number) FROM (SELECT number FROM moves WHERE shop = :shop"
    " AND number > :mark AND number <= :horizon ORDER BY number LIMIT :limit) given",
    postgres="SELECT count(*), max(number) FROM (SELECT number FROM moves WHERE shop = %(shop)s"
    " AND number > %(mark)s AND number <= %(horizon)s ORDER BY number LIMIT %(limit)s) given",
)
"""How many moves are not counted yet, up to a limit, and the last one's number."""
COUNT: Final = Statement(
    sqlite="""
        INSERT INTO growth (shop, segment, slot, came, went)
        SELECT shop, segment, at / :slot, sum(joined), sum(NOT joined) FROM moves
        WHERE shop = :shop AND number > :mark AND number <= :last GROUP BY 1, 2, 3
        ON CONFLICT (shop, segment, slot)
            DO UPDATE SET came = came + excluded.came, went = went + excluded.went
    """,
    postgres="""
        INSERT INTO growth AS mine (shop, segment, slot, came, went)
        SELECT shop, segment, at / %(slot)s::bigint, count(*) FILTER (WHERE joined),
            count(*) FILTER (WHERE NOT joined) FROM moves
        WHERE shop = %(shop)s AND number > %(mark)s AND number <= %(last)s GROUP BY 1, 2, 3
        ON CONFLICT (shop, segment, slot)
            DO UPDATE SET came = mine.came + excluded.came, went = mine.went + excluded.went
    """,
)
TURNOVER: Final = Statement(
    sqlite="""
        SELECT slot, sum(came), sum(went) FROM (
            SELECT slot, came, went FROM growth
            WHERE shop = :shop AND segment = :segment AND slot >= :first
            UNION ALL
            SELECT at / :slot, joined, NOT joined
            FROM moves INDEXED BY ix_moves_shop_segment_number
            WHERE shop = :shop AND segment = :segment AND number > :mark AND at >= :start
        ) given GROUP BY slot ORDER BY slot
    """,
    postgres="""
        SELECT slot, sum(came)::bigint, sum(went)::bigint FROM (
            SELECT slot, came, went FROM growth
            WHERE shop = %(shop)s AND segment = %(segment)s AND slot >= %(first)s
            UNION ALL
            SELECT at / %(slot)s::bigint, joined::int, (NOT joined)::int FROM moves
            WHERE shop = %(shop)s AND segment = %(segment)s AND number > %(mark)s
                AND at >= %(start)s
        ) given GROUP BY slot ORDER BY slot
    """,
)
FORGET: Final = Statement(
    sqlite="DELETE FROM moves WHERE shop = :shop AND profile = :profile"
    " RETURNING number, segment, at / :slot, joined",
    postgres="DELETE FROM moves WHERE shop = %(shop)s AND profile = %(profile)s"
    " RETURNING number, segment, at / %(slot)s::bigint, joined",
)
ADD: Final = Insert(schema.growth, adding=("came", "went"))


class GrowthReads(Part):
    def turnover(self, shop: ShopId, segment: str, start: Instant) -> Sequence[Turnover]:
        first_slot = -(-start // SLOT)
        values = {
            "shop": shop,
            "segment": segment,
            "first": first_slot,
            "start": first_slot * SLOT,
            "mark": mark_of(self._session, _note(shop)),
            "slot": SLOT,
        }
        rows = self._session.rows(TURNOVER, values)
        return [Turnover(slot * SLOT, came, went) for slot, came, went in rows if came or went]

    def uncounted_moves(self, shop: ShopId, most: int) -> int:
        return self._behind(shop, mark_of(self._session, _note(shop)), most)[0]

    def _behind(self, shop: ShopId, mark: int, limit: int) -> tuple[int, int]:
        horizon = self._session.horizon("move_numbers")
        values = {"shop": shop, "mark": mark, "horizon": horizon, "limit": limit}
        [(count, last)] = self._session.rows(BEHIND, values)
        return count, last or mark


class GrowthWrites(GrowthReads):
    def count_moves(self, shop: ShopId, limit: int) -> int:
        mark = hold_mark(self._session, _note(shop))
        count, last = self._behind(shop, mark, limit)
        if count:
            self._session.run(COUNT, {"shop": shop, "mark": mark, "last": last, "slot": SLOT})
            set_mark(self._session, _note(shop), last)
        return count

    def forget_moves(self, shop: ShopId, profile: ProfileId) -> None:
        mark = hold_mark(self._session, _note(shop))
        counts: dict[tuple[str, int], list[int]] = {}
        forgotten = self._session.rows(FORGET, {"shop": shop, "profile": profile, "slot": SLOT})
        for number, segment, slot, joined in forgotten:
            if number <= mark:
                counts.setdefault((segment, slot), [0, 0])[0 if joined else 1] -= 1
        rows = [(shop, *key, came, went) for key, (came, went) in sorted(counts.items())]
        self._session.many(ADD, rows)


def _note(shop: ShopId) -> str:
    """The mark up to which the moves are counted. Who counts and who erases are alone with it: no
    move is counted twice, or once erased."""
    return f"growth:{shop}"
