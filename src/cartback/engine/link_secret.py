"""The secret that signs links which say who they are for: made once, kept in the store."""

import secrets
from typing import Final

from cartback.engine.ports import Store
from cartback.engine.shop_ports import WHOLE_STORE

BYTES: Final = 32
_NOTE: Final = "links:secret"


def link_secret(store: Store) -> bytes:
    """The secret; the first who asks makes it."""
    with store.reading() as reading:
        known = reading.note(_NOTE)
    if known is not None:
        return known
    with store.transaction() as tx:
        tx.hold(WHOLE_STORE)
        known = tx.note(_NOTE)
        if known is None:
            known = secrets.token_bytes(BYTES)
            tx.set_note(_NOTE, known)
        return known
