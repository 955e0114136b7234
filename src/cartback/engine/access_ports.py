"""What access asks of the store: people, their seats, links, sessions, attempts, and the audit log.

Tokens are never kept, only their digests.
"""

from collections.abc import Collection, Sequence
from typing import Literal, Protocol, TypeAlias, get_args

import msgspec

from cartback.domain.event import Json, ShopId
from cartback.domain.instant import Instant

UserId: TypeAlias = int
Role: TypeAlias = Literal["owner", "marketer", "viewer"]
ROLES: tuple[Role, ...] = get_args(Role)
Purpose: TypeAlias = Literal["set-up", "join", "password"]


class UserRow(msgspec.Struct, frozen=True):
    """A person who may sign in. `password` is a hash."""

    id: UserId
    email: str
    name: str
    password: str
    created: Instant


class Seat(msgspec.Struct, frozen=True):
    """A person's role in a shop."""

    shop: ShopId
    user: UserId
    role: Role


class LinkRow(msgspec.Struct, frozen=True):
    """A link that works once: to set up, to join a shop in a role, or for a new password."""

    digest: bytes
    purpose: Purpose
    email: str
    shop: ShopId | None
    role: Role
    created: Instant
    expires: Instant
    used: Instant | None = None


class SessionRow(msgspec.Struct, frozen=True):
    """Somebody is signed in on one browser."""

    digest: bytes
    user: UserId
    created: Instant
    seen: Instant
    expires: Instant


class AuditRow(msgspec.Struct, frozen=True):
    """Somebody changed something."""

    number: int
    at: Instant
    user: UserId
    who: str
    action: str
    subject: str
    detail: dict[str, Json] = {}


class AccessReading(Protocol):
    """Who may come in, as one consistent look sees it."""

    def has_users(self) -> bool: ...
    def user(self, user: UserId) -> UserRow | None: ...
    def user_by_email(self, email: str) -> UserRow | None: ...
    def seats_of(self, user: UserId) -> Sequence[Seat]: ...
    def seats(self, shop: ShopId) -> Sequence[Seat]: ...
    def one_time_link(self, digest: bytes) -> LinkRow | None: ...
    def session(self, digest: bytes) -> SessionRow | None: ...
    def attempts(self, key: str) -> tuple[int, Instant]:
        """How full the bucket was, in millionths, and when; (0, 0) where nothing is known."""

    def audit(self, shop: ShopId, before: int, limit: int) -> Sequence[AuditRow]:
        """The newest first, those with a lower number than `before`."""

    def has_done(self, shop: ShopId, user: UserId, action: str) -> bool:
        """Whether the audit log of the shop says so of that person."""


class AccessWriting(AccessReading, Protocol):
    """Changes to who may come in."""

    def add_user(self, user: UserRow) -> UserRow | None:
        """Stores a user (its `id` is given by the store); None where the address is taken."""

    def set_password(self, user: UserId, password: str) -> None: ...
    def set_seat(self, seat: Seat) -> None: ...
    def remove_seat(self, shop: ShopId, user: UserId) -> None: ...
    def add_link(self, link: LinkRow) -> None: ...
    def use_link(self, digest: bytes, at: Instant) -> bool:
        """Whether the link was not used before: of two at once, one wins."""

    def drop_links(self, purpose: Purpose) -> None:
        """Forget the links of a purpose that were not used."""

    def add_session(self, session: SessionRow) -> None: ...
    def see_session(self, digest: bytes, seen: Instant, expires: Instant) -> None: ...
    def drop_session(self, digest: bytes) -> None: ...
    def drop_sessions(self, user: UserId) -> None: ...
    def drop_old_sessions(self, before: Instant) -> None:
        """Forget those that ended before."""

    def hold_attempts(self, keys: Collection[str], now: Instant) -> None:
        """Until the end nobody else counts tries under these keys."""

    def set_attempts(self, key: str, level: int, at: Instant) -> None: ...
    def drop_old_attempts(self, before: Instant) -> None: ...
    def add_audit(self, shop: ShopId, entry: AuditRow) -> None:
        """Adds an entry; its number is given by the store."""
