"""A request that is sent twice is done once: the first answer is kept, and said again.

Who sends it names it with a key of their own. What is kept is a digest of that key and of what
was asked, and the answer, for a day. A process that dies halfway leaves a claim behind; after a
minute the request may be tried again.
"""

from hashlib import sha256
from typing import Final, NamedTuple, TypeAlias

from cartback.domain.event import ShopId
from cartback.domain.instant import DAY, MINUTE, Instant
from cartback.engine.answer_ports import AnswerRow
from cartback.engine.ports import Store

KEPT: Final = DAY
LONGEST_TURN: Final = MINUTE


class Asked(NamedTuple):
    """A request, by digests: of the key that its sender gave it, and of what it asks."""

    key: bytes
    request: bytes


class Begun(NamedTuple):
    """It is ours to do."""


class Answered(NamedTuple):
    """It was done before."""

    status: int
    body: bytes


class Underway(NamedTuple):
    """Somebody is doing it right now."""


class Different(NamedTuple):
    """The key was used for another request."""


Turn: TypeAlias = Begun | Answered | Underway | Different


def asked(sender: str, key: str, request: bytes) -> Asked:
    """A request as it is kept; keys of different senders are different keys."""
    words = f"{sender}\0{key}".encode("utf-8", "surrogateescape")
    return Asked(sha256(words).digest(), sha256(request).digest())


def begin(store: Store, shop: ShopId, one: Asked, now: Instant) -> Turn:
    """Take the request up, unless it was before. `finish` or `give_up` has to follow Begun."""
    with store.transaction() as tx:
        tx.forget_answers(shop, now - KEPT)
        if tx.claim_answer(shop, AnswerRow(one.key, one.request, now), now - LONGEST_TURN):
            return Begun()
        known = tx.answer(shop, one.key)
        if known is None:
            return Underway()
        if known.request != one.request:
            return Different()
        return Answered(known.status, known.body) if known.status else Underway()


def finish(store: Store, shop: ShopId, one: Asked, now: Instant, status: int, body: bytes) -> None:
    """Keep the answer."""
    with store.transaction() as tx:
        tx.save_answer(shop, AnswerRow(one.key, one.request, now, status, body))


def give_up(store: Store, shop: ShopId, one: Asked) -> None:
    """Nothing was done: the key may be used again."""
    with store.transaction() as tx:
        tx.forget_answer(shop, one.key)
