"""Visits of mails, until and after they are judged."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam as param
from sqlalchemy import select

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import FOREVER, Instant
from cartback.engine.ports import Contention
from cartback.engine.visit_ports import VisitRow
from cartback.store import schema_flows as schema
from cartback.store.part import Part
from cartback.store.sql import Insert, Row, Statement, Update

_v: Final = schema.visits.c
_m: Final = schema.messages.c
_VISIT: Final = tuple(_v[name] for name in VisitRow.__struct_fields__)

VISITS_OF: Final = Statement(
    select(*_VISIT)
    .where(_v.shop == param("shop"), _v.message == param("message"))
    .order_by(_v.number)
)
EARLIEST: Final = Statement(
    sqlite="SELECT min(due) FROM visits WHERE said = ''",
    postgres="SELECT min(due) FROM visits WHERE said = ''",
)
DUE: Final = Statement(
    # SQLite would go through all visits in the order of their key, to find each message once.
    sqlite="SELECT DISTINCT shop, message FROM visits INDEXED BY ix_visits_due"
    " WHERE said = '' AND due <= :now LIMIT :limit",
    postgres="SELECT DISTINCT shop, message FROM visits"
    " WHERE said = '' AND due <= %(now)s LIMIT %(limit)s",
)
ADD: Final = Insert(schema.visits, "shop", *VisitRow.__struct_fields__, unless_there=True)
JUDGE: Final = Update(schema.visits, ["said"], ["shop", "message", "number"])
VISITS_GONE: Final = Statement(
    schema.visits.delete().where(
        _v.shop == param("shop"),
        _v.message.in_(
            select(_m.key).where(_m.shop == param("shop"), _m.profile == param("profile"))
        ),
    )
)


class VisitReads(Part):
    def visits_of(self, shop: ShopId, message: str) -> Sequence[VisitRow]:
        rows = self._session.rows(VISITS_OF, {"shop": shop, "message": message})
        return [_visit(row) for row in rows]

    def next_visit(self) -> Instant:
        due: Instant | None = self._session.rows(EARLIEST)[0][0]
        return FOREVER if due is None else due

    def visits_due(self, now: Instant, limit: int) -> Sequence[tuple[ShopId, str]]:
        rows = self._session.rows(DUE, {"now": now, "limit": limit})
        return sorted((shop, message) for shop, message in rows)


class VisitWrites(VisitReads):
    def add_visit(self, shop: ShopId, visit: VisitRow) -> None:
        values = (getattr(visit, name) for name in VisitRow.__struct_fields__)
        row = tuple(int(one) if isinstance(one, bool) else one for one in values)
        if not self._session.many(ADD, [(shop, *row)]):
            raise Contention("another visit of the message was kept at the same time")

    def judge_visits(self, shop: ShopId, visits: Sequence[VisitRow]) -> None:
        self._session.many(JUDGE, [(one.said, shop, one.message, one.number) for one in visits])

    def _forget_visits(self, shop: ShopId, profile: ProfileId) -> None:
        self._session.run(VISITS_GONE, {"shop": shop, "profile": profile})


def _visit(row: Row) -> VisitRow:
    message, number, at, method, agent, place, target, trap, due, said = row
    return VisitRow(message, number, at, method, agent, place, target, bool(trap), due, said)
