"""The outbox: messages that wait for their channel, and what became of the others."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import bindparam as param
from sqlalchemy import func, literal_column, or_, select

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import FOREVER, Instant
from cartback.domain.profile import RunId
from cartback.engine.flow_ports import MessageRow, MessageStatus
from cartback.store import schema_flows as schema
from cartback.store.part import Part
from cartback.store.session import first
from cartback.store.sql import Insert, Row, Statement, Update

_m: Final = schema.messages.c

_MESSAGE: Final = (
    _m.key,
    _m.profile,
    _m.flow,
    _m.version,
    _m.cart,
    _m.started,
    _m.step,
    _m.channel,
    _m.at,
    _m.useful_until,
    _m.measured_from,
    _m.status,
    _m.due,
    _m.claimed,
    _m.attempts,
    _m.recipient,
    _m.receipt,
    _m.error,
    _m.opened,
    _m.clicked,
    _m.unsubscribed,
)
_STATE: Final = ("status", "due", "claimed", "attempts", "recipient", "receipt", "error")
_COLUMNS: Final = ", ".join(one.name for one in _MESSAGE)
MESSAGE: Final = Statement(
    select(*_MESSAGE).where(_m.shop == param("shop"), _m.key == param("key"))
)
LOCK: Final = Statement(
    select(*_MESSAGE).where(_m.shop == param("shop"), _m.key == param("key")).with_for_update()
)
MESSAGES_OF: Final = Statement(
    select(*_MESSAGE)
    .where(
        _m.shop == param("shop"),
        _m.profile == param("profile"),
        or_(_m.at < param("at"), (_m.at == param("at")) & (_m.key < param("key"))),
    )
    .order_by(_m.at.desc(), _m.key.desc())
    .limit(param("limit"))
)
MESSAGES_IN: Final = Statement(
    select(*_MESSAGE)
    .where(
        _m.shop == param("shop"),
        _m.flow == param("flow"),
        _m.status == param("status"),
        _m.at >= param("start"),
        or_(_m.channel == param("channel"), param("channel") == literal_column("''")),
        or_(_m.at < param("at"), (_m.at == param("at")) & (_m.key < param("key"))),
    )
    .order_by(_m.at.desc(), _m.key.desc())
    .limit(param("limit")),
    by="ix_messages_shop_flow_status_at_key",
)
EARLIEST: Final = Statement(
    sqlite="SELECT min(due) FROM messages WHERE status = 'queued' AND channel = :channel",
    postgres="SELECT min(due) FROM messages WHERE status = 'queued' AND channel = %(channel)s",
)
DUE: Final = Statement(
    sqlite=f"SELECT shop, {_COLUMNS} FROM messages"  # noqa: S608  names
    " WHERE status = 'queued' AND channel = :channel AND due <= :now"
    " ORDER BY due, shop, key LIMIT :limit",
    postgres=f"SELECT shop, {_COLUMNS} FROM messages"  # noqa: S608  names
    " WHERE status = 'queued' AND channel = %(channel)s AND due <= %(now)s"
    " ORDER BY due, shop, key LIMIT %(limit)s FOR UPDATE SKIP LOCKED",
)
COUNT_SINCE: Final = Statement(
    select(func.count()).where(
        _m.shop == param("shop"),
        _m.flow == param("flow"),
        _m.status == param("status"),
        _m.at >= param("since"),
        _m.channel == param("channel"),
    )
)
STALE: Final = {
    status: Statement(
        sqlite=f"SELECT shop, {_COLUMNS} FROM messages"  # noqa: S608  names
        f" WHERE status = '{status}' AND claimed < :before ORDER BY claimed, shop, key"
        " LIMIT :limit",
        postgres=f"SELECT shop, {_COLUMNS} FROM messages"  # noqa: S608  names
        f" WHERE status = '{status}' AND claimed < %(before)s ORDER BY claimed, shop, key"
        " LIMIT %(limit)s FOR UPDATE SKIP LOCKED",
    )
    for status in ("claimed", "handing")
}
COUNT: Final = Statement(
    select(_m.status, func.count()).where(_m.shop == param("shop")).group_by(_m.status)
)
QUEUE: Final = Insert(schema.messages, "shop", *(c.name for c in _MESSAGE), unless_there=True)
SAVE: Final = Statement(
    schema.messages.update()
    .values({_m[name]: param(name) for name in _STATE})
    .where(
        _m.shop == param("of"),
        _m.key == param("message"),
        _m.status == param("was"),
        _m.attempts == param("times"),
    )
)
READDRESS: Final = Statement(
    # SQLite would go through all messages of the shop, as it knows not how many there are.
    sqlite="UPDATE messages INDEXED BY ix_messages_shop_profile_at SET profile = :to"
    " WHERE shop = :shop AND profile = :profile AND status = 'queued'",
    postgres="UPDATE messages SET profile = %(to)s"
    " WHERE shop = %(shop)s AND profile = %(profile)s AND status = 'queued'",
)
HAND_BACK: Final = Update(schema.messages, ["profile"], ["shop", "key"])
MESSAGES_GONE: Final = Statement(
    schema.messages.delete().where(_m.shop == param("shop"), _m.profile == param("profile"))
)


class MessageReads(Part):
    def message(self, shop: ShopId, key: str) -> MessageRow | None:
        row = first(self._session, MESSAGE, {"shop": shop, "key": key})
        return None if row is None else _message(row)

    def messages_of(
        self,
        shop: ShopId,
        profile: ProfileId,
        limit: int = 100,
        before: tuple[Instant, str] = (FOREVER, ""),
    ) -> Sequence[MessageRow]:
        at, key = before
        values = {"shop": shop, "profile": profile, "limit": limit, "at": at, "key": key}
        return [_message(row) for row in self._session.rows(MESSAGES_OF, values)]

    def messages_in(
        self,
        shop: ShopId,
        flow: str,
        status: MessageStatus,
        before: tuple[Instant, str],
        start: Instant,
        limit: int,
        channel: str = "",
    ) -> Sequence[MessageRow]:
        at, key = before
        values = {"shop": shop, "flow": flow, "status": status, "limit": limit}
        values |= {"at": at, "key": key, "start": start, "channel": channel}
        return [_message(row) for row in self._session.rows(MESSAGES_IN, values)]

    def next_message(self, channel: str) -> Instant:
        due: Instant | None = self._session.rows(EARLIEST, {"channel": channel})[0][0]
        return FOREVER if due is None else due

    def count_messages_since(
        self, shop: ShopId, flow: str, status: MessageStatus, since: Instant, channel: str
    ) -> int:
        values = {"shop": shop, "flow": flow, "status": status, "since": since, "channel": channel}
        return int(self._session.rows(COUNT_SINCE, values)[0][0])

    def count_messages(self, shop: ShopId) -> Mapping[str, int]:
        return dict(self._session.rows(COUNT, {"shop": shop}))


class MessageWrites(MessageReads):
    def queue(self, shop: ShopId, messages: Sequence[MessageRow]) -> None:
        ordered = sorted(messages, key=lambda one: one.key)
        self._session.many(QUEUE, [(shop, *_row(one)) for one in ordered])

    def claim_messages(
        self, now: Instant, limit: int, channel: str
    ) -> Mapping[ShopId, Sequence[MessageRow]]:
        values = {"now": now, "limit": limit, "channel": channel}
        return _by_shop(self._session.rows(DUE, values))

    def stale_claims(self, before: Instant, limit: int) -> Mapping[ShopId, Sequence[MessageRow]]:
        values = {"before": before, "limit": limit}
        return _by_shop([row for one in STALE.values() for row in self._session.rows(one, values)])

    def lock_message(self, shop: ShopId, key: str) -> MessageRow | None:
        row = first(self._session, LOCK, {"shop": shop, "key": key})
        return None if row is None else _message(row)

    def save_message(self, shop: ShopId, message: MessageRow, was: MessageRow) -> bool:
        values = {"of": shop, "message": was.key, "was": was.status, "times": was.attempts}
        values |= {name: getattr(message, name) for name in _STATE}
        return self._session.run(SAVE, values) == 1

    def readdress(self, shop: ShopId, profile: ProfileId, to: ProfileId) -> None:
        self._session.run(READDRESS, {"shop": shop, "profile": profile, "to": to})

    def hand_back(self, shop: ShopId, key: str, to: ProfileId) -> None:
        self._session.many(HAND_BACK, [(to, shop, key)])

    def _forget_messages(self, shop: ShopId, profile: ProfileId) -> None:
        self._session.run(MESSAGES_GONE, {"shop": shop, "profile": profile})


def _by_shop(rows: Sequence[Row]) -> Mapping[ShopId, Sequence[MessageRow]]:
    found: dict[ShopId, list[MessageRow]] = defaultdict(list)
    for shop, *row in rows:
        found[shop].append(_message(tuple(row)))
    return dict(found)


def _message(row: Row) -> MessageRow:
    key, profile, flow, version, cart, started, *rest = row
    return MessageRow(key, profile, RunId(flow, version, cart, started), *rest)


def _row(one: MessageRow) -> Row:
    rest = MessageRow.__struct_fields__[3:]
    return (one.key, one.profile, *one.run, *(getattr(one, name) for name in rest))
