"""Templates by name; every change is a new version."""

from functools import lru_cache
from typing import Any, Final

import msgspec

from cartback.domain.event import Json, ShopId
from cartback.domain.instant import Instant
from cartback.domain.key import is_key
from cartback.domain.template import BadTemplate, Needs, Template, needs_of, parse_template
from cartback.engine.flow_ports import TemplateRow
from cartback.engine.ports import Reading, Store, Transaction
from cartback.engine.segments import retried


class NoSuchTemplate(ValueError):
    """There is no template with that key."""


class StaleTemplate(ValueError):
    """Somebody else changed the template meanwhile."""


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

    Raises BadTemplate, and StaleTemplate where `expected` is not its version.
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
