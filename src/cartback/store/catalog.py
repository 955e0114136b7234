"""What a shop has set down: itself, its keys, rules and segments. And the engine's notes."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import bindparam as param
from sqlalchemy import func, select

from cartback.domain.event import ShopId
from cartback.domain.instant import Instant
from cartback.engine.ports import Contention
from cartback.engine.scope import Scope
from cartback.engine.segment_ports import SegmentRow, SegmentVersion
from cartback.engine.shop_ports import KeyRow, RulesRow, ShopRow
from cartback.store import schema, tallies
from cartback.store.part import Part
from cartback.store.session import first
from cartback.store.sql import Insert, Row, Statement, one

_s: Final = schema.shops.c
_k: Final = schema.keys.c
_r: Final = schema.rules.c
_g: Final = schema.segments.c
_n: Final = schema.notes.c
_v: Final = schema.segment_versions.c

_KEY: Final = tuple(_k[name] for name in KeyRow.__struct_fields__)
_SEGMENT: Final = tuple(_g[name] for name in SegmentRow.__struct_fields__)

SHOPS: Final = Statement(select(_s.id, _s.name, _s.created).order_by(_s.id))
ADD_SHOP: Final = one(schema.shops)
RENAME_SHOP: Final = Statement(
    schema.shops.update().values(name=param("called")).where(_s.id == param("shop"))
)
KEYS: Final = Statement(select(*_KEY).order_by(_k.id))
KEYS_OF_SHOP: Final = Statement(select(*_KEY).where(_k.shop == param("shop")).order_by(_k.id))
ADD_KEY: Final = one(schema.keys)
REVOKE: Final = Statement(
    schema.keys.update()
    .values(revoked=param("at"))
    .where(_k.shop == param("of"), _k.id == param("key"), _k.revoked.is_(None))
)

RULES_VERSION: Final = Statement(select(func.max(_r.version)).where(_r.shop == param("shop")))
RULES: Final = Statement(
    select(_r.version, _r.document).where(_r.shop == param("shop"), _r.version == param("version"))
)
ADD_RULES: Final = Insert(schema.rules, "shop", "version", "document", unless_there=True)

SEGMENTS: Final = Statement(select(*_SEGMENT).where(_g.shop == param("shop")).order_by(_g.key))
SEGMENT: Final = Statement(
    select(*_SEGMENT).where(_g.shop == param("shop"), _g.key == param("key"))
)
SAVE_SEGMENT: Final = Insert(
    schema.segments,
    "shop",
    *SegmentRow.__struct_fields__,
    replacing=SegmentRow.__struct_fields__[1:],
)

_VERSION: Final = tuple(_v[name] for name in SegmentVersion.__struct_fields__)
SEGMENT_VERSIONS: Final = Statement(
    select(*_VERSION)
    .where(_v.shop == param("shop"), _v.key == param("key"), _v.version < param("before"))
    .order_by(_v.version.desc())
    .limit(param("limit"))
)
ADD_SEGMENT_VERSION: Final = one(schema.segment_versions)

NOTE: Final = Statement(select(_n.value).where(_n.key == param("key")))
SET_NOTE: Final = Insert(schema.notes, "key", "value", replacing=["value"])


class CatalogReads(Part):
    def shops(self) -> Sequence[ShopRow]:
        return [ShopRow(*row) for row in self._session.rows(SHOPS)]

    def keys(self, shop: ShopId | None = None) -> Sequence[KeyRow]:
        if shop is None:
            rows = self._session.rows(KEYS)
        else:
            rows = self._session.rows(KEYS_OF_SHOP, {"shop": shop})
        return [_key(row) for row in rows]

    def rules_version(self, shop: ShopId) -> int:
        row = first(self._session, RULES_VERSION, {"shop": shop})
        return (row and row[0]) or 0

    def rules(self, shop: ShopId, version: int) -> RulesRow | None:
        row = first(self._session, RULES, {"shop": shop, "version": version})
        return None if row is None else RulesRow(*row)

    def segments(self, shop: ShopId) -> Sequence[SegmentRow]:
        return [SegmentRow(*row) for row in self._session.rows(SEGMENTS, {"shop": shop})]

    def segment(self, shop: ShopId, key: str) -> SegmentRow | None:
        row = first(self._session, SEGMENT, {"shop": shop, "key": key})
        return None if row is None else SegmentRow(*row)

    def segment_versions(
        self, shop: ShopId, key: str, before: int, limit: int
    ) -> Sequence[SegmentVersion]:
        values = {"shop": shop, "key": key, "before": before, "limit": limit}
        return [SegmentVersion(*row) for row in self._session.rows(SEGMENT_VERSIONS, values)]

    def drops(self, shop: ShopId | None = None) -> Mapping[str, int]:
        return self._tallies.all(shop, tallies.DROPS)

    def counts(self, shop: ShopId) -> Mapping[str, int]:
        nothing = dict.fromkeys(
            ("events", "profiles", "quarantined", "conflicts", "state_bytes"), 0
        )
        return nothing | self._tallies.all(shop, "rows")

    def note(self, key: str) -> bytes | None:
        row = first(self._session, NOTE, {"key": key})
        return None if row is None else row[0]


class CatalogWrites(CatalogReads):
    def add_shop(self, name: str, at: Instant) -> ShopId:
        [id_] = self._session.numbers("shop_ids", 1)
        self._session.run(ADD_SHOP, {"id": id_, "name": name, "created": at})
        return id_

    def rename_shop(self, shop: ShopId, name: str) -> None:
        self._session.run(RENAME_SHOP, {"shop": shop, "called": name})

    def add_key(self, key: KeyRow) -> KeyRow:
        [id_] = self._session.numbers("key_ids", 1)
        stored = msgspec.structs.replace(key, id=id_)
        values = msgspec.structs.asdict(stored) | {"scopes": " ".join(key.scopes)}
        self._session.run(ADD_KEY, values)
        return stored

    def revoke_key(self, shop: ShopId, key: int, at: Instant) -> bool:
        return self._session.run(REVOKE, {"of": shop, "key": key, "at": at}) == 1

    def rules_version(self, shop: ShopId) -> int:
        """No newer rules come before this transaction's end: what it writes, they will find."""
        self._session.share(shop)
        return super().rules_version(shop)

    def hold(self, shop: ShopId) -> None:
        self._session.take(shop)

    def add_rules(self, shop: ShopId, rules: RulesRow) -> None:
        """Waits for the transactions that work with the rules so far."""
        self._session.take(shop)
        if not self._session.many(ADD_RULES, [(shop, rules.version, rules.document)]):
            raise Contention(f"shop {shop} has rules {rules.version} already")

    def save_segment(self, shop: ShopId, segment: SegmentRow) -> None:
        self._session.many(SAVE_SEGMENT, [(shop, *msgspec.structs.astuple(segment))])

    def add_segment_version(self, shop: ShopId, version: SegmentVersion) -> None:
        values = msgspec.structs.asdict(version) | {"shop": shop}
        self._session.run(ADD_SEGMENT_VERSION, values)

    def count_drops(self, shop: ShopId, drops: Mapping[str, int]) -> None:
        for reason, count in drops.items():
            self._tallies.add(shop, tallies.DROPS, reason, count)

    def set_note(self, key: str, value: bytes) -> None:
        self._session.many(SET_NOTE, [(key, value)])


def _key(row: Row) -> KeyRow:
    values: Row = (*row[:-1], tuple(map(Scope, row[-1].split())))
    return KeyRow(*values)
