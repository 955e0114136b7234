"""Recovered carts as rows, and to which message each is credited (domain/attribution.py).

A person's recoveries are credited anew, from the rows, in the transaction that changes anything of
it: a cart came back, a visit was judged, an order was returned, two became one or were parted. So
what stands there is always what working it out anew would give.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

import msgspec

from cartback.domain.attribution import (
    Basis,
    Recovered,
    Return,
    Touch,
    Windows,
    credit,
    returned,
    revenues,
)
from cartback.domain.event import Json, Metric, ProfileId, ShopId
from cartback.engine import resting
from cartback.engine.credit_windows import progress_of, set_progress, windows_of
from cartback.engine.log_ports import LoggedEvent
from cartback.engine.ports import Store, Transaction
from cartback.engine.recovery_ports import RecoveryRow, Response, ReturnRow, TouchRow
from cartback.engine.selves import known_as, present_row
from cartback.engine.standing import HAPPENED, counted, slot_of
from cartback.engine.visit_ports import PIXEL

CREDITED: Final = "credited"
"""The topic of all that was ever credited: `count`, and `revenue EUR`."""
AT_ONCE: Final = 100

_RESPONSES: Final[Mapping[str, Response]] = {
    Metric.OPENED_EMAIL: "opened",
    Metric.CLICKED_EMAIL: "clicked",
    Metric.UNSUBSCRIBED: "unsubscribed",
}
_RETURNS: Final = frozenset({Metric.CANCELLED_ORDER, Metric.REFUNDED_ORDER})
_TOLD: Final = frozenset({Metric.CART_RECOVERED, *_RESPONSES, *_RETURNS})


def keep_told(tx: Transaction, shop: ShopId, logged: Iterable[LoggedEvent]) -> set[ProfileId]:
    """Keep what new events say of recoveries, of returns, and of what people did with messages;
    whose recoveries are to be credited anew."""
    found: set[ProfileId] = set()
    for one in logged:
        metric = one.event.metric
        if metric not in _TOLD:
            continue
        if metric == Metric.CART_RECOVERED:
            tx.save_recoveries(shop, [_recovery(one)])
            found.add(one.profile)
        elif metric in _RETURNS:
            found |= _return(tx, shop, one)
        elif isinstance(key := one.event.properties.get("message"), str):
            resting.responded(tx, shop, key, _RESPONSES[metric], one.event.time)
    return found


def _recovery(one: LoggedEvent) -> RecoveryRow:
    event, said = one.event, one.event.properties
    cart = _text(said.get("cart_id"))
    worth = next((said[a] for a in ("order_value", "value") if isinstance(said.get(a), int)), 0)
    return RecoveryRow(
        seq=one.seq,
        profile=one.profile,
        at=event.time,
        cart=cart,
        order_event=event.id.removeprefix(f"cart-recovered:{one.profile}:{cart}:"),
        order_id=_text(said.get("order_id")),
        value=counted(worth),
        currency=_text(said.get("currency")),
    )


def _return(tx: Transaction, shop: ShopId, one: LoggedEvent) -> set[ProfileId]:
    """Keep what was given back; whose recovery it was."""
    said = one.event.properties
    order_id, value = _text(said.get("order_id")), said.get("value")
    if not order_id:
        return set()
    currency, given = _text(said.get("currency")), None
    if one.event.metric == Metric.REFUNDED_ORDER and isinstance(value, int):
        given = counted(value)
    tx.add_return(shop, ReturnRow(one.seq, order_id, one.profile, given, currency))
    rows = [present_row(tx, shop, row.profile) for row in tx.recoveries_of_order(shop, order_id)]
    return {row.id for row in rows if row is not None}


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""


def credit_people(tx: Transaction, shop: ShopId, profiles: Collection[ProfileId]) -> None:
    """Credit all that came back of these people, by what is known now. Their rows are locked from
    here on, so that nobody else counts the same."""
    tx.lock_versions(shop, profiles)
    windows = windows_of(tx, shop).windows()
    for profile in sorted(profiles):
        ids = known_as(tx, shop, profile)
        rows = tx.recoveries_of(shop, ids)
        if rows:
            since = min(one.at for one in rows) - windows.longest
            last = max(one.at for one in rows)
            touched = tx.touches_of(shop, ids, since, last)
            _write(tx, shop, rows, _credited(tx, shop, rows, touched, windows))


def _credited(
    tx: Transaction,
    shop: ShopId,
    rows: Sequence[RecoveryRow],
    touched: Sequence[TouchRow],
    windows: Windows,
) -> Sequence[RecoveryRow]:
    """The same recoveries as they are to be."""
    messages = {one.message: one for one in touched}
    touches = [
        Touch(one.at, one.message, Basis.OPEN if one.place == PIXEL else Basis.CLICK)
        for one in touched
    ]
    worth = revenues(
        Recovered(one.seq, one.order_event, one.at, one.value, _given_back(tx, shop, one))
        for one in rows
    )
    found = []
    for row in rows:
        given = credit(row.at, touches, windows)
        here = _bare(row)
        if given is not None:
            message = messages[given.message]
            here = msgspec.structs.replace(
                here,
                message=message.message,
                flow=message.flow,
                version=message.version,
                step=message.step,
                sent=message.sent,
                basis=str(given.basis),
                touched=given.at,
            )
        found.append(msgspec.structs.replace(here, revenue=worth[row.seq]))
    return found


def _bare(row: RecoveryRow) -> RecoveryRow:
    """The same, credited to nobody."""
    return RecoveryRow(*(getattr(row, name) for name in RecoveryRow.__struct_fields__[:8]))


def _given_back(tx: Transaction, shop: ShopId, row: RecoveryRow) -> int:
    """What was given back of its order. What is in another currency counts as all of it."""
    if not row.order_id:
        return 0
    returns = [
        Return(one.value if one.currency in ("", row.currency) else None)
        for one in tx.returns_of(shop, row.order_id)
    ]
    return returned(row.value, returns)


def _write(
    tx: Transaction, shop: ShopId, before: Sequence[RecoveryRow], after: Sequence[RecoveryRow]
) -> None:
    """Write what differs, and count it."""
    pairs = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    if not pairs:
        return
    tx.save_recoveries(shop, [new for _, new in pairs])
    for old, new in pairs:
        _count(tx, shop, old, -1)
        _count(tx, shop, new, 1)


def _count(tx: Transaction, shop: ShopId, row: RecoveryRow, sign: int) -> None:
    """Home counts by when it came back, the flow's figures by when the message was sent."""
    if not row.message:
        return
    slot, worth = slot_of(row.at), sign * row.revenue
    home = {f"{slot} credited {row.currency}": sign, f"{slot} credited-value {row.currency}": worth}
    tx.tally(shop, HAPPENED, home)
    tx.tally(shop, CREDITED, {"count": sign, f"revenue {row.currency}": worth})
    names = resting.place(row.flow, row.version, row.step, row.sent)
    resting.count_at(tx, shop, names, {"recovered": sign, f"revenue {row.currency}": worth})


def credit_anew(store: Store, shop: ShopId, limit: int = AT_ONCE) -> int:
    """Credit some more of what came back before the windows were changed; how many were looked at.

    In short transactions beside live work, from where it was left, until all were.
    """
    with store.reading() as reading:
        if progress_of(reading, shop) is None:
            return 0
    with store.transaction() as tx:
        tx.rules_version(shop)  # whoever chooses other windows waits until this is done
        after = progress_of(tx, shop)
        if after is None:
            return 0
        rows = tx.recoveries_after(shop, after, limit)
        present = [present_row(tx, shop, one) for one in sorted({one.profile for one in rows})]
        credit_people(tx, shop, {one.id for one in present if one is not None})
        set_progress(tx, shop, rows[-1].seq if len(rows) == limit else None)
        return len(rows)
