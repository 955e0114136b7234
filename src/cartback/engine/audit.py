"""The audit log: who changed what, written in the transaction that changes it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

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


class Noted:
    """A store whose next change is noted in its own transaction: both are kept, or neither.

    It is given to one use case. Where that has several transactions, the line is in the first.
    """

    def __init__(self, store: Store, line: Callable[[Transaction], None]) -> None:
        self._store = store
        self._line = line
        self._is_written = False
        self.reading: Final = store.reading
        self.check: Final = store.check
        self.close: Final = store.close

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        with self._store.transaction() as tx:
            yield tx
            if not self._is_written:
                self._line(tx)
        self._is_written = True


def note_after(
    store: Store,
    shop: ShopId,
    by: UserRow,
    action: str,
    subject: str,
    now: Instant,
    **detail: Json,
) -> None:
    """The same, of what changed nothing, such as a download."""
    with store.transaction() as tx:
        note(tx, shop, by, action, subject, now, **detail)
