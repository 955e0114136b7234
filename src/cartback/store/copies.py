"""Copies of mails as they left, and the patterns that they were packed against."""

from typing import Final

from sqlalchemy import bindparam as param
from sqlalchemy import select

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant
from cartback.engine.copy_ports import CopyRow
from cartback.store import schema_flows as schema
from cartback.store.part import Part
from cartback.store.session import first
from cartback.store.sql import Delete, Insert, Statement

_c: Final = schema.copies.c
_p: Final = schema.patterns.c
_m: Final = schema.messages.c

COPY: Final = Statement(
    select(_c.message, _c.at, _c.pattern, _c.body).where(
        _c.shop == param("shop"), _c.message == param("message")
    )
)
PATTERN: Final = Statement(
    select(_p.body).where(_p.shop == param("shop"), _p.digest == param("digest"))
)
KEEP: Final = Insert(
    schema.copies,
    *("shop", "message", "at", "pattern", "body"),
    replacing=("at", "pattern", "body"),
)
KEEP_PATTERN: Final = Insert(schema.patterns, "shop", "digest", "body", unless_there=True)
OLD: Final = Statement(
    select(_c.shop, _c.message).where(_c.at < param("before")).order_by(_c.at).limit(param("limit"))
)
DROP: Final = Delete(schema.copies, "shop", "message")
COPIES_GONE: Final = Statement(
    schema.copies.delete().where(
        _c.shop == param("shop"),
        _c.message.in_(
            select(_m.key).where(_m.shop == param("shop"), _m.profile == param("profile"))
        ),
    )
)


class CopyReads(Part):
    def copy_of(self, shop: ShopId, message: str) -> CopyRow | None:
        row = first(self._session, COPY, {"shop": shop, "message": message})
        return None if row is None else CopyRow(*row)

    def pattern(self, shop: ShopId, digest: str) -> bytes | None:
        row = first(self._session, PATTERN, {"shop": shop, "digest": digest})
        return None if row is None else row[0]


class CopyWrites(CopyReads):
    def keep_copy(self, shop: ShopId, copy: CopyRow, pattern: bytes) -> None:
        self._session.many(KEEP, [(shop, copy.message, copy.at, copy.pattern, copy.body)])
        if copy.pattern:
            self._session.many(KEEP_PATTERN, [(shop, copy.pattern, pattern)])

    def drop_copies(self, before: Instant, limit: int) -> int:
        old = self._session.rows(OLD, {"before": before, "limit": limit})
        return self._session.many(DROP, sorted(old)) if old else 0

    def _forget_copies(self, shop: ShopId, profile: ProfileId) -> None:
        self._session.run(COPIES_GONE, {"shop": shop, "profile": profile})
