"""Keys: made once and shown once, kept as a digest, known until they are revoked.

A token has 256 random bits, so a plain SHA-256 of it can neither be guessed nor reversed.
"""

import contextlib
import logging
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from threading import Event as Signal
from threading import Lock, Thread
from typing import Final, Literal, TypeAlias

from cartback.domain.event import ShopId
from cartback.domain.instant import Instant
from cartback.engine.ports import Reading, Store, Transaction
from cartback.engine.scope import EVENTS_ONLY, EVERYTHING, Scope
from cartback.engine.shop_ports import KeyRow

KeyKind: TypeAlias = Literal["public", "secret"]

PREFIXES: Final[dict[KeyKind, str]] = {"public": "cb_pub_", "secret": "cb_sec_"}
HINT: Final = 4
WITH_THE_SHOP: Final = "made with the shop"
"""What the first keys of a shop are labelled."""
LONGEST_LABEL: Final = 200
_PREFIXES: Final = tuple(PREFIXES.values())
FRESH_SECONDS: Final = 1.0
READINGS_A_SECOND: Final = 20

_log = logging.getLogger("cartback.keys")


class BadKey(ValueError):
    """A key that cannot be made; the message says what to write instead."""


def make_key(
    tx: Transaction,
    shop: ShopId,
    kind: KeyKind,
    now: Instant,
    label: str = "",
    scopes: Sequence[Scope] = (),
) -> tuple[str, KeyRow]:
    """A new key: its token, of which a secret key's is not kept and not shown again, and its row.

    Without scopes a secret key may do everything, a public one may write events. Raises BadKey.
    """
    allowed = EVENTS_ONLY if kind == "public" else EVERYTHING
    beyond = [one for one in scopes if one not in allowed]
    if beyond:
        raise BadKey(f"a public key may only do {', '.join(allowed)}; make a secret one")
    if len(label) > LONGEST_LABEL or "\x00" in label:
        raise BadKey(f"a label has at most {LONGEST_LABEL} characters")
    token = PREFIXES[kind] + secrets.token_urlsafe(32)
    granted = tuple(sorted(scopes or allowed))
    row = KeyRow(0, shop, kind, digest_of(token), token[-HINT:], label, now, scopes=granted)
    if kind == "public":
        keep_public(tx, shop, token)
    return token, tx.add_key(row)


def keep_public(tx: Transaction, shop: ShopId, token: str) -> None:
    """Remember a public key itself: it stands in pages' sources, and examples are filled in."""
    tx.set_note(_note_of(shop), token.encode())


def public_key(reading: Reading, shop: ShopId) -> str:
    """The shop's newest public key while it works; empty where it is not known or was revoked."""
    kept = reading.note(_note_of(shop))
    token = "" if kept is None else kept.decode()
    digest = digest_of(token)
    works = any(row.digest == digest and row.revoked is None for row in reading.keys(shop))
    return token if works else ""


def _note_of(shop: ShopId) -> str:
    return f"public-key:{shop}"


def digest_of(token: str) -> bytes:
    """What is kept of a token."""
    return sha256(token.encode("utf-8", "surrogateescape")).digest()


def shown(key: KeyRow) -> str:
    """The key as a list shows it: enough to recognise it, and no more."""
    return f"{PREFIXES[key.kind]}…{key.hint}"


class KeyRing:
    """Keys by token, for every request: read anew each second, or when one is not known.

    A key that another process made is known at once, and one that it revoked is refused within a
    second. Senders with made-up tokens cause at most twenty readings a second; while they do, a
    new key too may take a second to be known.
    """

    def __init__(self, store: Store, seconds: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._seconds = seconds
        self._known: dict[bytes, KeyRow] = {}
        self._read_at = float("-inf")
        self._readings = float(READINGS_A_SECOND)
        self._counted_at = seconds()
        self._lock = Lock()
        self._watched = False

    def key(self, token: str) -> KeyRow | None:
        """The key, None where it is unknown or revoked."""
        digest = digest_of(token)
        if not self._watched and self._age() >= FRESH_SECONDS:
            self.refresh()
        found = self._known.get(digest)
        if found is None and token.startswith(_PREFIXES) and self._may_read():
            self.refresh()
            found = self._known.get(digest)
        return found

    def _may_read(self) -> bool:
        """Whether one more reading is allowed: twenty at once, and as many again each second."""
        now = self._seconds()
        gained = (now - self._counted_at) * READINGS_A_SECOND
        self._counted_at = now
        self._readings = min(self._readings + gained, READINGS_A_SECOND)
        if self._readings < 1:
            return False
        self._readings -= 1
        return True

    def refresh(self) -> None:
        """Read all keys now; whoever changes keys in this process calls it."""
        with self._lock:
            read_at = self._seconds()
            with self._store.reading() as reading:
                rows = reading.keys()
            self._known = {row.digest: row for row in rows if row.revoked is None}
            self._read_at = read_at

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Within the block a thread reads them, so that no request waits for it.

        While the store is away the known ones stay known: nothing can be written then anyway.
        """
        self.refresh()
        stopping = Signal()
        thread = Thread(target=self._watch, args=(stopping,), name="keys", daemon=True)
        self._watched = True
        thread.start()
        try:
            yield
        finally:
            self._watched = False
            stopping.set()
            thread.join()

    def _watch(self, stopping: Signal) -> None:
        while not stopping.wait(FRESH_SECONDS / 2):
            try:
                self.refresh()
            except Exception:  # noqa: BLE001  the thread must live on; the log says what failed
                _log.exception("the write keys could not be read; it is tried again")

    def _age(self) -> float:
        return self._seconds() - self._read_at
