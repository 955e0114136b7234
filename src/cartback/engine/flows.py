"""Flows by name: create, change, start, pause, archive; each change is a new version of the rules.

A change of a flow's definition is its next version: who is on the way ends on the version on which
the run began, so every version that somebody is on stays in the rules.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar

import msgspec

from cartback.domain.condition import BadCondition
from cartback.domain.contact import ContactRules
from cartback.domain.event import Json, ShopId
from cartback.domain.fault import Fault
from cartback.domain.flow import MOST_FLOWS, BadFlow, Flow, flow_document, parse_flow
from cartback.domain.instant import Instant
from cartback.domain.key import is_key
from cartback.domain.layout import all_steps
from cartback.domain.rules import FlowVersion, Rules, encode_rules
from cartback.domain.ruleset import make_rules
from cartback.domain.step import Status, StepKey
from cartback.domain.step_status import with_status, with_statuses_of
from cartback.engine.backfill import ask_for
from cartback.engine.countries import check_countries
from cartback.engine.flow_needs import what_is_missing
from cartback.engine.flow_ports import FlowRow, FlowStatus, FlowVersionRow
from cartback.engine.ports import Reading, Store, Transaction
from cartback.engine.rulebook import present_rules
from cartback.engine.rules_change import retried
from cartback.engine.shop_ports import RulesRow

Outcome = TypeVar("Outcome")
_NEXT: Final[Mapping[FlowStatus, frozenset[FlowStatus]]] = {
    "draft": frozenset({"live", "archived"}),
    "live": frozenset({"paused", "archived"}),
    "paused": frozenset({"live", "archived"}),
    "archived": frozenset({"draft", "live"}),
}


class FlowExists(Fault):
    """There is a flow with that key already."""


class NoSuchFlow(ValueError):
    """There is no flow with that key."""


class StaleFlow(ValueError):
    """Somebody else changed the flow meanwhile."""


class NoSuchStep(ValueError):
    """The flow has no such message step."""


class CannotBecome(ValueError):
    """A flow of that status cannot become the other."""


def create_flow(
    store: Store, shop: ShopId, key: str, document: Json, now: Instant, *, by: str = ""
) -> FlowRow:
    """Add a flow as a draft. Raises BadFlow, and FlowExists where its key is taken."""
    flow = flow_wanted(document)
    if not is_key(key):
        fault = Fault("not_a_flow_key", key=key[:60])
        raise BadFlow(f"key: {fault}", fault)

    def add(tx: Transaction) -> FlowRow:
        before = tx.flow(shop, key)
        if before is None and _count(tx, shop) >= MOST_FLOWS:
            raise BadFlow(Fault("too_many_flows", most=MOST_FLOWS))
        if before is not None:
            raise FlowExists("flow_exists", key=key)
        row = FlowRow(key, flow.name.strip(), _encoded(flow), 1, "draft", now, now)
        return _save(tx, shop, row, by)

    return retried(store, shop, add)


def flow_wanted(document: Json) -> Flow:
    """A definition that is to be saved. Raises BadFlow."""
    flow = parse_flow(document)
    try:
        check_countries(document)
    except BadCondition as error:
        raise BadFlow(str(error), error.fault) from None
    return flow


def _count(reading: Reading, shop: ShopId) -> int:
    """Flows that are not archived."""
    return sum(one.status != "archived" for one in reading.flows(shop))


def change_flow(
    store: Store,
    shop: ShopId,
    key: str,
    document: Json,
    now: Instant,
    *,
    expected: int | None = None,
    by: str = "",
) -> FlowRow:
    """Give a flow a new definition, which is its next version.

    Raises BadFlow, NoSuchFlow, and StaleFlow where `expected` is not its version. A flow that is
    live stays able to work: else BadFlow too.
    """
    flow = flow_wanted(document)

    def change(tx: Transaction) -> FlowRow:
        before = flow_of(tx, shop, key)
        if expected is not None and before.version != expected:
            raise StaleFlow(
                f"flow {key!r} is at version {before.version} by now, not {expected};"
                " look at the change and try again"
            )
        row = msgspec.structs.replace(
            before,
            name=flow.name.strip(),
            document=_encoded(flow),
            version=before.version + 1,
            updated=now,
        )
        if row.status == "live":
            must_work(tx, shop, flow)
        saved = _save(tx, shop, row, by)
        put_flows(tx, shop)
        return saved

    return retried(store, shop, change)


def set_status(store: Store, shop: ShopId, key: str, status: FlowStatus, now: Instant) -> FlowRow:
    """Start a flow, pause it, go on, or archive it: then its runs end where they stand.

    Raises NoSuchFlow, CannotBecome, and BadFlow where it refers to what is not there: a segment,
    a list, a template, or the shop's own sender.
    """

    def change(tx: Transaction) -> FlowRow:
        before = flow_of(tx, shop, key)
        if before.status == status:
            return before
        if status not in _NEXT[before.status]:
            raise CannotBecome(f"flow {key!r} is {before.status}; it cannot become {status} now")
        if status == "live":
            must_work(tx, shop, definition(before))
        row = msgspec.structs.replace(before, status=status, updated=now)
        tx.save_flow(shop, row)
        put_flows(tx, shop)
        return row

    return retried(store, shop, change)


def set_step_status(
    store: Store,
    shop: ShopId,
    key: str,
    step: StepKey,
    status: Status,
    now: Instant,
    *,
    expected: int | None = None,
    by: str = "",
) -> FlowRow:
    """Make one message step a draft, live or paused, for whoever is on an older version too.

    It is the flow's next version; where the step is so already, nothing changes. Raises as
    `change_flow` does, and NoSuchStep where the flow has no such message step.
    """
    with store.reading() as reading:
        row = flow_of(reading, shop, key)
    flow = definition(row)
    if not any(one.key == step and hasattr(one, "status") for one in all_steps(flow.steps)):
        raise NoSuchStep(f"flow {key!r} has no message step {step!r}")
    changed = with_status(flow, step, status)
    if changed == flow:
        return row
    version = row.version if expected is None else expected
    return change_flow(store, shop, key, flow_document(changed), now, expected=version, by=by)


def change_contact_rules(
    store: Store, shop: ShopId, change: Callable[[ContactRules], ContactRules]
) -> ContactRules:
    """New contact rules of a shop, as a function makes them of the present ones."""

    def act(tx: Transaction) -> ContactRules:
        rules = present_rules(tx, shop)
        contact = change(rules.contact)
        if contact != rules.contact:
            _put(tx, shop, rules, rules.flows, contact)
        return contact

    return retried(store, shop, act)


def flow_of(reading: Reading, shop: ShopId, key: str) -> FlowRow:
    """The flow with that key. Raises NoSuchFlow."""
    row = reading.flow(shop, key)
    if row is None:
        raise NoSuchFlow(f"there is no flow {key!r}")
    return row


def definition(row: FlowRow | FlowVersionRow) -> Flow:
    """What a row's document says."""
    return parse_flow(msgspec.json.decode(row.document))


def document_of(row: FlowRow | FlowVersionRow) -> dict[str, Any]:
    """A row's document as plain data."""
    return flow_document(definition(row))


def put_flows(tx: Transaction, shop: ShopId) -> None:
    """Put the flows that are at work into the rules, with every version that somebody is on."""
    rules = present_rules(tx, shop)
    flows = tuple(_at_work(tx, shop, rules))
    if flows != rules.flows:
        _put(tx, shop, rules, flows, rules.contact)


def _at_work(tx: Transaction, shop: ShopId, before: Rules) -> Iterable[FlowVersion]:
    known = {one.key: one for one in before.flows if one.open}
    versions = tx.versions_at_work(shop)
    for row in tx.flows(shop):
        if row.status not in ("live", "paused"):
            continue
        paused = row.status == "paused"
        for version in sorted(versions.get(row.key, ())):
            older = tx.flow_version(shop, row.key, version)
            if older is not None and version != row.version:
                flow = with_statuses_of(definition(older), definition(row))
                yield FlowVersion(row.key, version, flow, open=False, paused=paused)
        flow = definition(row)
        was = known.get(row.key)
        same = was is not None and was.flow.trigger == flow.trigger
        since = was.since if was is not None and same else row.updated
        yield FlowVersion(row.key, row.version, flow, not paused, paused, since)


def _put(
    tx: Transaction,
    shop: ShopId,
    rules: Rules,
    flows: Iterable[FlowVersion],
    contact: ContactRules,
) -> None:
    """The next version of the rules; everybody is brought to it."""
    previous = rules if rules.version else None
    segments = [(one.key, one.name, one.when) for one in rules.segments]
    try:
        new = make_rules(previous, rules.settings, segments, tuple(flows), contact)
    except BadCondition as error:
        raise BadFlow(str(error), error.fault) from None
    tx.add_rules(shop, RulesRow(new.version, encode_rules(new)))
    ask_for(tx, shop, new.version)


def _save(tx: Transaction, shop: ShopId, row: FlowRow, by: str) -> FlowRow:
    tx.save_flow(shop, row)
    version = FlowVersionRow(row.key, row.version, row.name, row.document, row.updated, by)
    tx.add_flow_version(shop, version)
    return row


def must_work(tx: Transaction, shop: ShopId, flow: Flow) -> None:
    """Refuse a flow that could not do its steps. Raises BadFlow."""
    missing = what_is_missing(tx, shop, flow)
    if missing:
        raise BadFlow("; ".join(map(str, missing)), missing[0])


def _encoded(flow: Flow) -> bytes:
    return msgspec.json.encode(flow_document(flow))
