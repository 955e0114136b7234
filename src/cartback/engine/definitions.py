"""Templates, coupons and flows as files keep them: how each is read, saved and put away.

Each kind is a few functions under one word, so that a folder treats them alike.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import msgspec

from cartback.domain.coupon import coupon_document, parse_coupon
from cartback.domain.event import Json, ShopId
from cartback.domain.flow import flow_document, parse_flow
from cartback.domain.instant import Instant
from cartback.domain.template import parse_template, template_document
from cartback.engine.coupon_ports import CouponRow
from cartback.engine.flow_ports import (
    ArchivedTemplate,
    FlowRow,
    FlowStatus,
    FlowVersionRow,
    TemplateRow,
)
from cartback.engine.flows import definition, flow_wanted, must_work
from cartback.engine.ports import Reading, Transaction
from cartback.engine.templates import TemplateInUse, document_of, flows_with, templates_at_hand


class Definition(msgspec.Struct, frozen=True):
    """What is defined: its key and name, and the document without them, defaults left out."""

    key: str
    name: str
    document: dict[str, Json]


class Hand(NamedTuple):
    """In which transaction of which shop something is written, when, and by whom."""

    tx: Transaction
    shop: ShopId
    now: Instant
    by: str


@dataclass(frozen=True, slots=True)
class DefinitionKind:
    """A kind of definition: the word for one of them, and the folder that holds their files.

    `read` raises ValueError for a document that is none; `save` for one that cannot work as it is.
    """

    word: str
    folder: str
    read: Callable[[dict[str, Json]], dict[str, Json]]
    present: Callable[[Reading, ShopId], Mapping[str, Definition]]
    save: Callable[[Hand, Definition], None]
    archive: Callable[[Hand, str], None]


# --- templates -----------------------------------------------------------------------------------


def _read_template(document: dict[str, Json]) -> dict[str, Json]:
    return template_document(parse_template(document))


def _templates(reading: Reading, shop: ShopId) -> Mapping[str, Definition]:
    rows = templates_at_hand(reading, shop)
    return {
        one.key: Definition(one.key, one.name, _read_template(document_of(one))) for one in rows
    }


def _save_template(at: Hand, one: Definition) -> None:
    before = at.tx.template(at.shop, one.key)
    version = 1 if before is None else before.version + 1
    document = msgspec.json.encode(one.document)
    at.tx.add_template(at.shop, TemplateRow(one.key, version, one.name, document, at.now, at.by))
    at.tx.restore_template(at.shop, one.key)


def _archive_template(at: Hand, key: str) -> None:
    flows = flows_with(at.tx, at.shop).get(key, [])
    if flows:
        raise TemplateInUse(flows)
    at.tx.archive_template(at.shop, ArchivedTemplate(key, at.now, at.by))


# --- coupons -------------------------------------------------------------------------------------


def _read_coupon(document: dict[str, Json]) -> dict[str, Json]:
    return coupon_document(parse_coupon(document))


def _coupons(reading: Reading, shop: ShopId) -> Mapping[str, Definition]:
    return {
        one.key: Definition(one.key, one.name, _read_coupon(msgspec.json.decode(one.document)))
        for one in reading.coupons(shop)
        if one.status == "live"
    }


def _save_coupon(at: Hand, one: Definition) -> None:
    before = at.tx.lock_coupon(at.shop, one.key)
    version, created = (1, at.now) if before is None else (before.version + 1, before.created)
    document = msgspec.json.encode(one.document)
    at.tx.save_coupon(
        at.shop, CouponRow(one.key, one.name, document, version, "live", created, at.now)
    )


def _archive_coupon(at: Hand, key: str) -> None:
    row = at.tx.lock_coupon(at.shop, key)
    if row is not None:
        at.tx.save_coupon(at.shop, msgspec.structs.replace(row, status="archived", updated=at.now))


# --- flows ---------------------------------------------------------------------------------------


def _read_flow(document: dict[str, Json]) -> dict[str, Json]:
    made = flow_document(flow_wanted({"name": "a flow", **document}))
    return {name: value for name, value in made.items() if name != "name"}


def _flows(reading: Reading, shop: ShopId) -> Mapping[str, Definition]:
    found = {}
    for row in reading.flows(shop):
        if row.status != "archived":
            made: dict[str, Any] = flow_document(definition(row))
            found[row.key] = Definition(row.key, made.pop("name"), made)
    return found


def _save_flow(at: Hand, one: Definition) -> None:
    """A new one is a draft; one that is at work goes on as its next version."""
    flow = parse_flow({"name": one.name, **one.document})
    document = msgspec.json.encode(flow_document(flow))
    before = at.tx.flow(at.shop, one.key)
    status: FlowStatus = "draft"
    version, created = (1, at.now) if before is None else (before.version + 1, before.created)
    if before is not None and before.status != "archived":
        status = before.status
    if status == "live":
        must_work(at.tx, at.shop, flow)
    row = FlowRow(one.key, one.name, document, version, status, created, at.now)
    at.tx.save_flow(at.shop, row)
    at.tx.add_flow_version(
        at.shop, FlowVersionRow(one.key, version, one.name, document, at.now, at.by)
    )


def _archive_flow(at: Hand, key: str) -> None:
    row = at.tx.flow(at.shop, key)
    if row is not None:
        at.tx.save_flow(at.shop, msgspec.structs.replace(row, status="archived", updated=at.now))


TEMPLATES: Final = DefinitionKind(
    "template", "templates/", _read_template, _templates, _save_template, _archive_template
)
COUPONS: Final = DefinitionKind(
    "coupon", "coupons/", _read_coupon, _coupons, _save_coupon, _archive_coupon
)
FLOWS: Final = DefinitionKind("flow", "flows/", _read_flow, _flows, _save_flow, _archive_flow)
DEFINITION_KINDS: Final = (TEMPLATES, COUPONS, FLOWS)
"""In the order in which they are saved: what others name comes first."""
