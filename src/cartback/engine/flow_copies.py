"""A flow copied into another draft, and an earlier version made the newest again."""

from cartback.domain.event import ShopId
from cartback.domain.instant import Instant
from cartback.engine.flow_ports import FlowRow
from cartback.engine.flows import (
    FlowExists,
    NoSuchFlow,
    change_flow,
    create_flow,
    document_of,
    flow_of,
)
from cartback.engine.ports import Store

MOST_NAMESAKES = 50


def copy_flow(
    store: Store, shop: ShopId, key: str, name: str, now: Instant, *, by: str = ""
) -> FlowRow:
    """The same flow as a draft of its own, under the next free key.

    Raises NoSuchFlow, and FlowExists where there are too many copies.
    """
    with store.reading() as reading:
        document = document_of(flow_of(reading, shop, key))
        taken = {one.key for one in reading.flows(shop)}
    base = key[:50].strip("-")
    keys = (f"{base}-{number}" for number in range(2, MOST_NAMESAKES))
    free = next((one for one in keys if one not in taken), None)
    if free is None:
        raise FlowExists("too_many_copies", most=MOST_NAMESAKES, key=key)
    return create_flow(store, shop, free, {**document, "name": name[:200]}, now, by=by)


def go_back_to(
    store: Store,
    shop: ShopId,
    key: str,
    version: int,
    now: Instant,
    *,
    expected: int,
    by: str = "",
) -> FlowRow:
    """An earlier version's definition becomes the next version. Raises as `change_flow` does."""
    with store.reading() as reading:
        row = reading.flow_version(shop, key, version)
    if row is None:
        raise NoSuchFlow(f"flow {key!r} has no version {version}")
    return change_flow(store, shop, key, document_of(row), now, expected=expected, by=by)
