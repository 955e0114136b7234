"""Copies of mails as they left: what somebody was sent is shown as it was, not as it would be.

A copy is what was rendered, without the address of its pixel and links that lead through us: so
looking at it counts as nobody's look, and whoever reads it can neither unsubscribe its person nor
take their cart. It is packed against its template, which is kept once and holds nobody's data: of
a mail of 17 kB about 650 bytes are left (without the template it would be 3,000).

Copies are kept for `KEPT_FOR` and go with their person.
"""

import re
import zlib
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final, NamedTuple

import msgspec

from cartback.domain.event import ShopId
from cartback.domain.instant import DAY, Instant, Milliseconds, text_of
from cartback.domain.message import Outgoing
from cartback.engine.copy_ports import CopyRow
from cartback.engine.ports import Reading, Store

KEPT_FOR: Final[Milliseconds] = 180 * DAY
MOST_KEPT: Final = 500_000
"""Bytes of one copy before it is packed; a longer mail is cut. Mail programs clip at 102,000."""
AT_ONCE: Final = 500
PATTERN_SIZE: Final = 32_000
"""DEFLATE looks back 32 kB (RFC 1951)."""
_LEVEL: Final = 6
_OURS: Final = re.compile(r"(https?://[^\s\"'<>]{1,300}/e/[a-z]/)[A-Za-z0-9_.~-]{8,}")
"""A link of ours, and what makes it work (docs/email.md, Links)."""


class Copy(msgspec.Struct, frozen=True, array_like=True):
    """What a mail said. `html` is empty for a plain text."""

    subject: str
    sender_name: str
    html: str
    text: str


class Packed(NamedTuple):
    """A copy to be kept, and what it was packed against."""

    body: bytes
    digest: str = ""
    pattern: bytes = b""

    def row(self, message: str, at: Instant) -> CopyRow:
        return CopyRow(message, at, self.digest, self.body)


def packed(outgoing: Outgoing) -> Packed:
    """The copy of a mail that is about to leave."""
    shown = outgoing.shown
    html = outgoing.html if shown is None else shown.html
    copy = Copy(outgoing.subject, outgoing.sender.name, _disarmed(html), _disarmed(outgoing.text))
    pattern = _pattern("" if shown is None else shown.pattern)
    return Packed(_pack(copy, pattern.zdict), pattern.digest, pattern.kept)


def _disarmed(text: str) -> str:
    return _OURS.sub(r"\1…", text[:MOST_KEPT])


def _pack(copy: Copy, zdict: bytes) -> bytes:
    deflate = zlib.compressobj(_LEVEL, zdict=zdict) if zdict else zlib.compressobj(_LEVEL)
    return deflate.compress(msgspec.msgpack.encode(copy)) + deflate.flush()


class _Pattern(NamedTuple):
    zdict: bytes = b""
    kept: bytes = b""
    digest: str = ""


@lru_cache(maxsize=256)
def _pattern(source: str) -> _Pattern:
    zdict = source.encode()[-PATTERN_SIZE:]
    if not zdict:
        return _Pattern()
    return _Pattern(zdict, zlib.compress(zdict, 9), blake2b(zdict, digest_size=12).hexdigest())


def copy_of(reading: Reading, shop: ShopId, message: str) -> tuple[Copy, Instant] | None:
    """What a message said when it last left, and when; None where that is not kept."""
    row = reading.copy_of(shop, message)
    if row is None:
        return None
    kept = reading.pattern(shop, row.pattern) if row.pattern else None
    inflate = zlib.decompressobj(zdict=zlib.decompress(kept)) if kept else zlib.decompressobj()
    body = inflate.decompress(row.body) + inflate.flush()
    return msgspec.msgpack.decode(body, type=Copy), row.at


def described(reading: Reading, shop: ShopId, message: str) -> Mapping[str, Any] | None:
    """The same as data, for who asks what is kept of them."""
    found = copy_of(reading, shop, message)
    if found is None:
        return None
    return msgspec.structs.asdict(found[0]) | {"at": text_of(found[1])}


def drop_old_copies(store: Store, now: Instant) -> int:
    """Forget what mails said that left long ago, a few at a time; how many."""
    with store.transaction() as tx:
        return tx.drop_copies(now - KEPT_FOR, AT_ONCE)
