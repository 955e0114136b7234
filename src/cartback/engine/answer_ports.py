"""What answering a request only once asks of the store."""

from typing import Protocol

import msgspec

from cartback.domain.event import ShopId
from cartback.domain.instant import Instant


class AnswerRow(msgspec.Struct, frozen=True):
    """What a request was answered, to be said again to who asks twice. `status` 0: not yet.

    `key` and `request` are digests: of the sender's key for the request, and of what was asked.
    """

    key: bytes
    request: bytes
    at: Instant
    status: int = 0
    body: bytes = b""


class AnswerReading(Protocol):
    def answer(self, shop: ShopId, key: bytes) -> AnswerRow | None: ...


class AnswerWriting(AnswerReading, Protocol):
    def claim_answer(self, shop: ShopId, answer: AnswerRow, died: Instant) -> bool:
        """Note that a request is being answered; False where it is or was before. That the same
        request is being answered since `died` or longer counts no more."""

    def save_answer(self, shop: ShopId, answer: AnswerRow) -> None: ...
    def forget_answer(self, shop: ShopId, key: bytes) -> None: ...
    def forget_answers(self, shop: ShopId, before: Instant) -> None:
        """Delete the answers of before that instant."""
