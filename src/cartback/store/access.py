"""Who may come in: people, seats, one-time links, sessions, failed attempts, and the audit log."""

from collections.abc import Collection, Sequence
from typing import Final

import msgspec
from sqlalchemy import bindparam as param
from sqlalchemy import select

from cartback.domain.event import ShopId
from cartback.domain.instant import Instant
from cartback.engine.access_ports import (
    AuditRow,
    LinkRow,
    Purpose,
    Seat,
    SessionRow,
    UserId,
    UserRow,
)
from cartback.store import schema_access as schema
from cartback.store.part import Part, encode
from cartback.store.session import first
from cartback.store.sql import Among, Insert, Statement, one

_u: Final = schema.users.c
_s: Final = schema.seats.c
_l: Final = schema.links.c
_o: Final = schema.sessions.c
_t: Final = schema.attempts.c
_a: Final = schema.audit.c

ANY_USER: Final = Statement(select(_u.id).limit(param("limit")))
USER: Final = Statement(select(*_u).where(_u.id == param("id")))
USER_BY_EMAIL: Final = Statement(select(*_u).where(_u.email == param("email")))
ADD_USER: Final = Statement(
    sqlite="INSERT INTO users (id, email, name, password, created)"
    " VALUES (:id, :email, :name, :password, :created) ON CONFLICT (email) DO NOTHING",
    postgres="INSERT INTO users (id, email, name, password, created)"
    " VALUES (%(id)s, %(email)s, %(name)s, %(password)s, %(created)s)"
    " ON CONFLICT (email) DO NOTHING",
)
SET_PASSWORD: Final = Statement(
    schema.users.update().values(password=param("hash")).where(_u.id == param("user"))
)

SEATS_OF: Final = Statement(select(*_s).where(_s.user == param("user")).order_by(_s.shop))
SEATS: Final = Statement(select(*_s).where(_s.shop == param("shop")).order_by(_s.user))
SET_SEAT: Final = Insert(schema.seats, replacing=["role"])
REMOVE_SEAT: Final = Statement(
    schema.seats.delete().where(_s.shop == param("shop"), _s.user == param("user"))
)

LINK: Final = Statement(select(*_l).where(_l.digest == param("digest")))
ADD_LINK: Final = one(schema.links)
USE_LINK: Final = Statement(
    schema.links.update()
    .values(used=param("at"))
    .where(_l.digest == param("of"), _l.used.is_(None))
)
DROP_LINKS: Final = Statement(
    schema.links.delete().where(_l.purpose == param("purpose"), _l.used.is_(None))
)

SESSION: Final = Statement(select(*_o).where(_o.digest == param("digest")))
ADD_SESSION: Final = one(schema.sessions)
SEE_SESSION: Final = Statement(
    schema.sessions.update()
    .values(seen=param("now"), expires=param("until"))
    .where(_o.digest == param("of"))
)
DROP_SESSION: Final = Statement(schema.sessions.delete().where(_o.digest == param("digest")))
DROP_SESSIONS: Final = Statement(schema.sessions.delete().where(_o.user == param("user")))
DROP_OLD_SESSIONS: Final = Statement(schema.sessions.delete().where(_o.expires < param("before")))

ATTEMPTS: Final = Statement(select(_t.level, _t.at).where(_t.key == param("key")))
BEGIN_ATTEMPTS: Final = Insert(schema.attempts, "key", "level", "at", unless_there=True)
HOLD_ATTEMPTS: Final = Statement(
    select(_t.key).where(Among(_t.key, "keys")).order_by(_t.key).with_for_update()
)
SET_ATTEMPTS: Final = Insert(schema.attempts, "key", "level", "at", replacing=["level", "at"])
DROP_OLD_ATTEMPTS: Final = Statement(schema.attempts.delete().where(_t.at < param("before")))

_ENTRY: Final = (_a.number, _a.at, _a.user, _a.who, _a.action, _a.subject, _a.detail)
AUDIT: Final = Statement(
    select(*_ENTRY)
    .where(_a.shop == param("shop"), _a.number < param("before"))
    .order_by(_a.number.desc())
    .limit(param("limit"))
)
HAS_DONE: Final = Statement(
    select(_a.number)
    .where(_a.shop == param("shop"), _a.user == param("user"), _a.action == param("action"))
    .limit(param("limit"))
)
ADD_AUDIT: Final = one(schema.audit)


class AccessReads(Part):
    def has_users(self) -> bool:
        return first(self._session, ANY_USER, {"limit": 1}) is not None

    def user(self, user: UserId) -> UserRow | None:
        row = first(self._session, USER, {"id": user})
        return None if row is None else UserRow(*row)

    def user_by_email(self, email: str) -> UserRow | None:
        row = first(self._session, USER_BY_EMAIL, {"email": email})
        return None if row is None else UserRow(*row)

    def seats_of(self, user: UserId) -> Sequence[Seat]:
        return [Seat(*row) for row in self._session.rows(SEATS_OF, {"user": user})]

    def seats(self, shop: ShopId) -> Sequence[Seat]:
        return [Seat(*row) for row in self._session.rows(SEATS, {"shop": shop})]

    def one_time_link(self, digest: bytes) -> LinkRow | None:
        row = first(self._session, LINK, {"digest": digest})
        return None if row is None else LinkRow(*row)

    def session(self, digest: bytes) -> SessionRow | None:
        row = first(self._session, SESSION, {"digest": digest})
        return None if row is None else SessionRow(*row)

    def attempts(self, key: str) -> tuple[int, Instant]:
        row = first(self._session, ATTEMPTS, {"key": key})
        return (0, 0) if row is None else (row[0], row[1])

    def audit(self, shop: ShopId, before: int, limit: int) -> Sequence[AuditRow]:
        rows = self._session.rows(AUDIT, {"shop": shop, "before": before, "limit": limit})
        return [
            AuditRow(number, at, user, who, action, subject, msgspec.msgpack.decode(detail))
            for number, at, user, who, action, subject, detail in rows
        ]

    def has_done(self, shop: ShopId, user: UserId, action: str) -> bool:
        values = {"shop": shop, "user": user, "action": action, "limit": 1}
        return first(self._session, HAS_DONE, values) is not None


class AccessWrites(AccessReads):
    def add_user(self, user: UserRow) -> UserRow | None:
        [id_] = self._session.numbers("user_ids", 1)
        stored = msgspec.structs.replace(user, id=id_)
        added = self._session.run(ADD_USER, msgspec.structs.asdict(stored))
        return stored if added else None

    def set_password(self, user: UserId, password: str) -> None:
        self._session.run(SET_PASSWORD, {"user": user, "hash": password})

    def set_seat(self, seat: Seat) -> None:
        self._session.many(SET_SEAT, [(seat.shop, seat.user, seat.role)])

    def remove_seat(self, shop: ShopId, user: UserId) -> None:
        self._session.run(REMOVE_SEAT, {"shop": shop, "user": user})

    def add_link(self, link: LinkRow) -> None:
        self._session.run(ADD_LINK, msgspec.structs.asdict(link))

    def use_link(self, digest: bytes, at: Instant) -> bool:
        return self._session.run(USE_LINK, {"of": digest, "at": at}) == 1

    def drop_links(self, purpose: Purpose) -> None:
        self._session.run(DROP_LINKS, {"purpose": purpose})

    def add_session(self, session: SessionRow) -> None:
        self._session.run(ADD_SESSION, msgspec.structs.asdict(session))

    def see_session(self, digest: bytes, seen: Instant, expires: Instant) -> None:
        self._session.run(SEE_SESSION, {"of": digest, "now": seen, "until": expires})

    def drop_session(self, digest: bytes) -> None:
        self._session.run(DROP_SESSION, {"digest": digest})

    def drop_sessions(self, user: UserId) -> None:
        self._session.run(DROP_SESSIONS, {"user": user})

    def drop_old_sessions(self, before: Instant) -> None:
        self._session.run(DROP_OLD_SESSIONS, {"before": before})

    def hold_attempts(self, keys: Collection[str], now: Instant) -> None:
        ordered = sorted(set(keys))
        self._session.many(BEGIN_ATTEMPTS, [(key, 0, now) for key in ordered])
        self._session.rows(HOLD_ATTEMPTS, {"keys": ordered})

    def set_attempts(self, key: str, level: int, at: Instant) -> None:
        self._session.many(SET_ATTEMPTS, [(key, level, at)])

    def drop_old_attempts(self, before: Instant) -> None:
        self._session.run(DROP_OLD_ATTEMPTS, {"before": before})

    def add_audit(self, shop: ShopId, entry: AuditRow) -> None:
        [number] = self._session.numbers("audit_numbers", 1)
        values = msgspec.structs.asdict(entry)
        detail = encode(entry.detail)
        self._session.run(ADD_AUDIT, {**values, "shop": shop, "number": number, "detail": detail})
