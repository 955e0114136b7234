"""Templates by name; every change is a new version. One that is not needed is put away."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec

from cartback.domain.event import Json, ShopId
from cartback.domain.flow import parse_flow
from cartback.domain.instant import Instant
from cartback.domain.key import is_key
from cartback.domain.layout import all_steps
from cartback.domain.step import Email
from cartback.domain.template import BadTemplate, Needs, Template, needs_of, parse_template
from cartback.engine.flow_ports import ArchivedTemplate, FlowRow, TemplateRow
from cartback.engine.ports import Reading, Store, Transaction
from cartback.engine.rules_change import retried


class NoSuchTemplate(ValueError):
    """There is no template with that key."""


class StaleTemplate(ValueError):
    """Somebody else changed the template meanwhile."""


class TemplateInUse(ValueError):
    """Flows send it, so it cannot be put away; `flows` are they."""

    def __init__(self, flows: Sequence[FlowRow]) -> None:
        names = ", ".join(repr(one.key) for one in flows)
        super().__init__(f"flows send this template: {names}; change them first")
        self.flows = flows


def save_template(
    store: Store,
    shop: ShopId,
    key: str,
    name: str,
    document: Json,
    now: Instant,
    *,
    expected: int | None = None,
    by: str = "",
) -> TemplateRow:
    """Add a template, or give it a new version; 0 is `expected` of one that is not there yet.

    One that was put away is back then. Raises BadTemplate, and StaleTemplate where `expected` is
    not its version.
    """
    parse_template(document)
    if not is_key(key):
        raise BadTemplate(
            f"key: {key[:60]!r} is not a key; write small letters, digits and hyphens,"
            " such as cart-help"
        )

    def save(tx: Transaction) -> TemplateRow:
        before = tx.template(shop, key)
        version = 0 if before is None else before.version
        if expected is not None and version != expected:
            raise StaleTemplate(
                f"template {key!r} is at version {version} by now, not {expected};"
                " look at the change and try again"
            )
        row = TemplateRow(key, version + 1, name, msgspec.json.encode(document), now, by)
        tx.add_template(shop, row)
        tx.restore_template(shop, key)
        return row

    return retried(store, shop, save)


def template_of(
    reading: Reading, shop: ShopId, key: str, version: int | None = None
) -> tuple[TemplateRow, Template]:
    """A template's row and what it says, of the present version where none is named.

    Raises NoSuchTemplate.
    """
    row = reading.template(shop, key, version)
    if row is None:
        raise NoSuchTemplate(f"there is no template {key!r}")
    return row, parse_template(document_of(row))


NOTHING_NEEDED: Final = Needs(frozenset(), frozenset(), frozenset(), 0)


def needs_at(reading: Reading, shop: ShopId, key: str) -> Needs:
    """What a template needs, in its present version; nothing where there is none."""
    row = reading.template(shop, key)
    return NOTHING_NEEDED if row is None else _needs(row.document)


@lru_cache(maxsize=1_000)
def _needs(document: bytes) -> Needs:
    try:
        return needs_of(parse_template(msgspec.json.decode(document)))
    except BadTemplate:  # it was saved by another version, and whoever makes the mail says so
        return NOTHING_NEEDED


def document_of(row: TemplateRow) -> Any:  # noqa: ANN401  plain data
    """The document as it was saved."""
    return msgspec.json.decode(row.document)


# --- put away ------------------------------------------------------------------------------------


def templates_at_hand(reading: Reading, shop: ShopId) -> Sequence[TemplateRow]:
    """The present version of each template that is not put away, by key."""
    away = {one.key for one in reading.archived_templates(shop)}
    return [row for row in reading.templates(shop) if row.key not in away]


def is_away(reading: Reading, shop: ShopId, key: str) -> bool:
    """Whether the template was put away."""
    return any(one.key == key for one in reading.archived_templates(shop))


def flows_with(reading: Reading, shop: ShopId) -> dict[str, list[FlowRow]]:
    """By template, the flows that send it, but for archived ones."""
    found: dict[str, list[FlowRow]] = {}
    for row in reading.flows(shop):
        if row.status == "archived":
            continue
        flow = parse_flow(msgspec.json.decode(row.document))
        keys = {one.template for one in all_steps(flow.steps) if isinstance(one, Email)}
        for key in sorted(keys):
            found.setdefault(key, []).append(row)
    return found


def archive_template(store: Store, shop: ShopId, key: str, now: Instant, by: str = "") -> None:
    """Put a template away; its versions are kept. Raises NoSuchTemplate and TemplateInUse."""

    def archive(tx: Transaction) -> None:
        template_of(tx, shop, key)
        flows = flows_with(tx, shop).get(key, [])
        if flows:
            raise TemplateInUse(flows)
        tx.archive_template(shop, ArchivedTemplate(key, now, by))

    retried(store, shop, archive)


def restore_template(store: Store, shop: ShopId, key: str) -> None:
    """Take it out again; who does it twice has it once. Raises NoSuchTemplate."""
    with store.transaction() as tx:
        template_of(tx, shop, key)
        tx.restore_template(shop, key)
