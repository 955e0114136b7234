"""Flows and templates as they were set down."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import bindparam as param
from sqlalchemy import func, select

from cartback.domain.event import ShopId
from cartback.engine.flow_ports import ArchivedTemplate, FlowRow, FlowVersionRow, TemplateRow
from cartback.engine.ports import Contention
from cartback.store import schema_flows as schema
from cartback.store.part import Part
from cartback.store.session import first
from cartback.store.sql import Delete, Insert, Statement, one

_f: Final = schema.flows.c
_v: Final = schema.flow_versions.c
_t: Final = schema.templates.c
_a: Final = schema.archived_templates.c

_FLOW: Final = tuple(_f[name] for name in FlowRow.__struct_fields__)
_VERSION: Final = tuple(_v[name] for name in FlowVersionRow.__struct_fields__)
_TEMPLATE: Final = tuple(_t[name] for name in TemplateRow.__struct_fields__)

FLOWS: Final = Statement(select(*_FLOW).where(_f.shop == param("shop")).order_by(_f.key))
FLOW: Final = Statement(select(*_FLOW).where(_f.shop == param("shop"), _f.key == param("key")))
SAVE_FLOW: Final = Insert(
    schema.flows, "shop", *FlowRow.__struct_fields__, replacing=FlowRow.__struct_fields__[1:]
)
FLOW_VERSIONS: Final = Statement(
    select(*_VERSION)
    .where(_v.shop == param("shop"), _v.key == param("key"), _v.version < param("before"))
    .order_by(_v.version.desc())
    .limit(param("limit"))
)
FLOW_VERSION: Final = Statement(
    select(*_VERSION).where(
        _v.shop == param("shop"), _v.key == param("key"), _v.version == param("version")
    )
)
ADD_FLOW_VERSION: Final = one(schema.flow_versions)
AT_WORK: Final = Statement(
    # `+shop`: by the index of what is queued, which is little, not through all that ever was.
    sqlite="SELECT DISTINCT flow, version FROM runs WHERE shop = :shop UNION"
    " SELECT flow, version FROM messages"
    " WHERE status = 'queued' AND channel > '' AND +shop = :shop UNION"
    " SELECT flow, version FROM messages"
    " WHERE status = 'claimed' AND claimed > 0 AND +shop = :shop UNION"
    " SELECT flow, version FROM messages"
    " WHERE status = 'handing' AND claimed > 0 AND +shop = :shop",
    postgres="SELECT DISTINCT flow, version FROM runs WHERE shop = %(shop)s UNION"
    " SELECT flow, version FROM messages WHERE shop = %(shop)s AND status = 'queued' UNION"
    " SELECT flow, version FROM messages WHERE shop = %(shop)s AND status = 'claimed' UNION"
    " SELECT flow, version FROM messages WHERE shop = %(shop)s AND status = 'handing'",
)

_newest: Final = (
    select(_t.key.label("its_key"), func.max(_t.version).label("newest"))
    .where(_t.shop == param("shop"))
    .group_by(_t.key)
    .subquery()
)
TEMPLATES: Final = Statement(
    select(*_TEMPLATE)
    .join_from(
        schema.templates,
        _newest,
        (_t.key == _newest.c.its_key) & (_t.version == _newest.c.newest),
    )
    .where(_t.shop == param("shop"))
    .order_by(_t.key)
)
TEMPLATE: Final = Statement(
    select(*_TEMPLATE)
    .where(_t.shop == param("shop"), _t.key == param("key"), _t.version <= param("version"))
    .order_by(_t.version.desc())
    .limit(param("limit"))
)
ADD_TEMPLATE: Final = Insert(
    schema.templates, "shop", *TemplateRow.__struct_fields__, unless_there=True
)
TEMPLATE_VERSIONS: Final = Statement(
    select(*_TEMPLATE)
    .where(_t.shop == param("shop"), _t.key == param("key"), _t.version < param("before"))
    .order_by(_t.version.desc())
    .limit(param("limit"))
)
ARCHIVED: Final = Statement(
    select(*(_a[name] for name in ArchivedTemplate.__struct_fields__))
    .where(_a.shop == param("shop"))
    .order_by(_a.key)
)
ARCHIVE: Final = Insert(schema.archived_templates, unless_there=True)
RESTORE: Final = Delete(schema.archived_templates, "shop", "key")

NEWEST: Final = 2**31


class FlowReads(Part):
    def flows(self, shop: ShopId) -> Sequence[FlowRow]:
        return [FlowRow(*row) for row in self._session.rows(FLOWS, {"shop": shop})]

    def flow(self, shop: ShopId, key: str) -> FlowRow | None:
        row = first(self._session, FLOW, {"shop": shop, "key": key})
        return None if row is None else FlowRow(*row)

    def flow_versions(
        self, shop: ShopId, key: str, before: int, limit: int
    ) -> Sequence[FlowVersionRow]:
        values = {"shop": shop, "key": key, "before": before, "limit": limit}
        return [FlowVersionRow(*row) for row in self._session.rows(FLOW_VERSIONS, values)]

    def flow_version(self, shop: ShopId, key: str, version: int) -> FlowVersionRow | None:
        row = first(self._session, FLOW_VERSION, {"shop": shop, "key": key, "version": version})
        return None if row is None else FlowVersionRow(*row)

    def versions_at_work(self, shop: ShopId) -> Mapping[str, Collection[int]]:
        found: dict[str, set[int]] = defaultdict(set)
        for flow, version in self._session.rows(AT_WORK, {"shop": shop}):
            found[flow].add(version)
        return dict(found)

    def templates(self, shop: ShopId) -> Sequence[TemplateRow]:
        return [TemplateRow(*row) for row in self._session.rows(TEMPLATES, {"shop": shop})]

    def template(self, shop: ShopId, key: str, version: int | None = None) -> TemplateRow | None:
        values = {"shop": shop, "key": key, "version": version or NEWEST, "limit": 1}
        row = first(self._session, TEMPLATE, values)
        if row is None:
            return None
        found = TemplateRow(*row)
        return found if version in (None, found.version) else None

    def template_versions(
        self, shop: ShopId, key: str, before: int, limit: int
    ) -> Sequence[TemplateRow]:
        values = {"shop": shop, "key": key, "before": before, "limit": limit}
        return [TemplateRow(*row) for row in self._session.rows(TEMPLATE_VERSIONS, values)]

    def archived_templates(self, shop: ShopId) -> Sequence[ArchivedTemplate]:
        return [ArchivedTemplate(*row) for row in self._session.rows(ARCHIVED, {"shop": shop})]


class FlowWrites(FlowReads):
    def save_flow(self, shop: ShopId, flow: FlowRow) -> None:
        self._session.many(SAVE_FLOW, [(shop, *msgspec.structs.astuple(flow))])

    def add_flow_version(self, shop: ShopId, version: FlowVersionRow) -> None:
        self._session.run(ADD_FLOW_VERSION, {"shop": shop, **msgspec.structs.asdict(version)})

    def add_template(self, shop: ShopId, template: TemplateRow) -> None:
        if not self._session.many(ADD_TEMPLATE, [(shop, *msgspec.structs.astuple(template))]):
            raise Contention("somebody saved the template at the same time")

    def archive_template(self, shop: ShopId, archived: ArchivedTemplate) -> bool:
        row = (shop, archived.key, archived.at, archived.by)
        return self._session.many(ARCHIVE, [row]) == 1

    def restore_template(self, shop: ShopId, key: str) -> bool:
        return self._session.many(RESTORE, [(shop, key)]) == 1
