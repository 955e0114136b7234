"""What requests were answered, for who asks the same twice."""

from typing import Final

import msgspec
from sqlalchemy import bindparam as param
from sqlalchemy import select

from cartback.domain.event import ShopId
from cartback.domain.instant import Instant
from cartback.engine.answer_ports import AnswerRow
from cartback.store import schema
from cartback.store.part import Part
from cartback.store.session import first
from cartback.store.sql import Insert, Statement

_a: Final = schema.answers.c
_FIELDS: Final = AnswerRow.__struct_fields__

ANSWER: Final = Statement(
    select(*(_a[name] for name in _FIELDS)).where(_a.shop == param("shop"), _a.key == param("key"))
)
CLAIM: Final = Insert(schema.answers, "shop", *_FIELDS, unless_there=True)
GIVE_UP: Final = Statement(
    schema.answers.delete().where(
        _a.shop == param("shop"),
        _a.key == param("key"),
        _a.request == param("request"),
        _a.status == param("unanswered"),
        _a.at <= param("died"),
    )
)
"""Two who give it up at once wait for each other: the second finds the first one's own claim."""
SAVE: Final = Insert(schema.answers, "shop", *_FIELDS, replacing=_FIELDS[1:])
FORGET: Final = Statement(
    schema.answers.delete().where(_a.shop == param("shop"), _a.key == param("key"))
)
FORGET_OLD: Final = Statement(
    schema.answers.delete().where(_a.shop == param("shop"), _a.at < param("before"))
)


class AnswerReads(Part):
    def answer(self, shop: ShopId, key: bytes) -> AnswerRow | None:
        row = first(self._session, ANSWER, {"shop": shop, "key": key})
        return None if row is None else AnswerRow(*row)


class AnswerWrites(AnswerReads):
    def claim_answer(self, shop: ShopId, answer: AnswerRow, died: Instant) -> bool:
        values = {"shop": shop, "key": answer.key, "request": answer.request}
        self._session.run(GIVE_UP, {**values, "unanswered": 0, "died": died})
        return self._session.many(CLAIM, [(shop, *msgspec.structs.astuple(answer))]) == 1

    def save_answer(self, shop: ShopId, answer: AnswerRow) -> None:
        self._session.many(SAVE, [(shop, *msgspec.structs.astuple(answer))])

    def forget_answer(self, shop: ShopId, key: bytes) -> None:
        self._session.run(FORGET, {"shop": shop, "key": key})

    def forget_answers(self, shop: ShopId, before: Instant) -> None:
        self._session.run(FORGET_OLD, {"shop": shop, "before": before})
