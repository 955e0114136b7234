"""The audit log: who changed what, written in the transaction that changes it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import msgspec

from cartback.domain.event import Json, ProfileId, ShopId
from cartback.domain.instant import Instant
from cartback.domain.rules import Settings
from cartback.engine.access_ports import AuditRow, UserRow
from cartback.engine.ports import Store, Transaction

COMMAND_LINE: Final = "command line"
"""Whoever is at the server."""


def note(
    tx: Transaction,
    shop: ShopId,
    by: UserRow | str,
    action: str,
    subject: str,
    now: Instant,
    **detail: Json,
) -> None:
    """Somebody did something to something of a shop; a text names what is no person, as a key."""
    user, who = (0, by) if isinstance(by, str) else (by.id, by.email)
    tx.add_audit(shop, AuditRow(0, now, user, who, action, subject, detail))


def note_merge(
    tx: Transaction, shop: ShopId, by: UserRow | str, profile: ProfileId, now: Instant
) -> None:
    """The latest merge of a profile was made by hand."""
    made = tx.merges(shop, profile)[-1]
    detail = {"merge": made.id, "with": made.loser}
    note(tx, shop, by, "merged", str(made.winner), now, **detail)


def settings_changes(before: Settings, after: Settings) -> dict[str, Json]:
    """What was changed: the old and the new value by the setting's name."""
    old, new = msgspec.structs.asdict(before), msgspec.structs.asdict(after)
    return {name: [old[name], new[name]] for name in new if old[name] != new[name]}


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
    by: UserRow | str,
    action: str,
    subject: str,
    now: Instant,
    **detail: Json,
) -> None:
    """The same, of what changed nothing, such as a download."""
    with store.transaction() as tx:
        note(tx, shop, by, action, subject, now, **detail)
