"""The audit log: who changed what, written in the transaction that changes it."""

from cartback.domain.event import Json, ShopId
from cartback.domain.instant import Instant
from cartback.engine.access_ports import AuditRow, UserRow
from cartback.engine.ports import Store, Transaction


def note(
    tx: Transaction,
    shop: ShopId,
    by: UserRow,
    action: str,
    subject: str,
    now: Instant,
    **detail: Json,
) -> None:
    """Somebody did something to something of a shop."""
    tx.add_audit(shop, AuditRow(0, now, by.id, by.email, action, subject, detail))


def note_after(
    store: Store,
    shop: ShopId,
    by: UserRow,
    action: str,
    subject: str,
    now: Instant,
    **detail: Json,
) -> None:
    """The same, of a change that had a transaction of its own."""
    with store.transaction() as tx:
        note(tx, shop, by, action, subject, now, **detail)
