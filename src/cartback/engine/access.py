"""Who may come in: set-up by a one-time link, signing in and out, seats, and links for colleagues.

A token has 256 random bits and is kept as its SHA-256 only. A session ends after two weeks without
a visit, or when its person chooses a new password.
"""

import secrets
from collections.abc import Sequence
from hashlib import sha256
from typing import Final, NamedTuple

from email_validator import EmailNotValidError, validate_email

from cartback.domain.event import ShopId
from cartback.domain.instant import DAY, MINUTE, Instant
from cartback.domain.letters import is_name
from cartback.engine.access_ports import (
    ROLES,
    LinkRow,
    Purpose,
    Role,
    Seat,
    SessionRow,
    UserId,
    UserRow,
)
from cartback.engine.attempts import (
    BY_EMAIL,
    BY_SENDER,
    forget_tries,
    give_back,
    key_of,
    take_try,
    wait,
)
from cartback.engine.audit import COMMAND_LINE, note
from cartback.engine.passwords import fits, hashed
from cartback.engine.ports import Reading, Store, Transaction

SESSION_LASTS: Final = 14 * DAY
LINK_LASTS: Final = 3 * DAY
SEEN_EVERY: Final = 10 * MINUTE
LONGEST_NAME: Final = 100


class BadEmail(ValueError):
    """A text that is no e-mail address."""


class BadName(ValueError):
    """A name that is empty or too long."""


class DeadLink(ValueError):
    """A link that is unknown, was used, or is too old."""


class AddressTaken(ValueError):
    """Somebody has that address already."""


class LastOwner(ValueError):
    """A shop keeps at least one owner."""


class TooMany(ValueError):
    """Too many failed tries; `seconds` until the next one."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many failed tries; wait {seconds} seconds")
        self.seconds = seconds


class Visitor(NamedTuple):
    """Who is signed in, and in what role for which shops."""

    user: UserRow
    seats: Sequence[Seat]
    session: bytes

    def role(self, shop: ShopId) -> Role | None:
        return next((one.role for one in self.seats if one.shop == shop), None)


# --- links ----------------------------------------------------------------------------------------


def set_up_link(store: Store, now: Instant) -> str | None:
    """The token of a new one-time link for the first owner; None where somebody is there already.

    Earlier ones that were not used work no longer.
    """
    with store.transaction() as tx:
        if tx.has_users():
            return None
        tx.drop_links("set-up")
        return _link(tx, "set-up", "", None, "owner", now)


def invite(store: Store, shop: ShopId, email: str, role: Role, by: UserRow, now: Instant) -> str:
    """The token of a link by which somebody joins a shop. Raises BadEmail."""
    address = checked_email(email)
    if role not in ROLES:
        raise ValueError(f"{role!r} is no role")
    with store.transaction() as tx:
        note(tx, shop, by, "invited", address, now, role=role)
        return _link(tx, "join", address, shop, role, now)


def join_link(store: Store, shop: ShopId, email: str, role: Role, now: Instant) -> str:
    """The same, by whoever is at the server. Raises BadEmail."""
    address = checked_email(email)
    with store.transaction() as tx:
        note(tx, shop, COMMAND_LINE, "invited", address, now, role=role)
        return _link(tx, "join", address, shop, role, now)


def give_seat(store: Store, shop: ShopId, email: str, role: Role, now: Instant) -> None:
    """Give somebody who has an account a seat, by whoever is at the server."""
    with store.transaction() as tx:
        user = tx.user_by_email(email)
        if user is not None:
            tx.set_seat(Seat(shop, user.id, role))
            note(tx, shop, COMMAND_LINE, "changed role", email, now, role=role)


def password_link(store: Store, email: str, now: Instant) -> str | None:
    """The token of a link for a new password; None where nobody has that address."""
    with store.transaction() as tx:
        user = tx.user_by_email(email.strip().lower())
        return None if user is None else _link(tx, "password", user.email, None, "viewer", now)


def _link(
    tx: Transaction, purpose: Purpose, email: str, shop: ShopId | None, role: Role, now: Instant
) -> str:
    token = secrets.token_urlsafe(32)
    tx.add_link(LinkRow(_digest(token), purpose, email, shop, role, now, now + LINK_LASTS))
    return token


def open_link(reading: Reading, token: str, now: Instant) -> LinkRow:
    """What a link is for. Raises DeadLink."""
    link = reading.one_time_link(_digest(token))
    if link is None or link.used is not None or link.expires <= now:
        raise DeadLink("this link was used or is too old; ask for a new one")
    if link.purpose == "set-up" and reading.has_users():
        raise DeadLink("this installation is set up already; sign in")
    return link


def set_up(store: Store, token: str, *, email: str, name: str, password: str, now: Instant) -> str:
    """Make the first person, owner of every shop; the token of their session.

    Raises DeadLink, BadEmail, BadName, WeakPassword.
    """
    row = _new_user(email, name, password, now)
    with store.transaction() as tx:
        _use(tx, open_link(tx, token, now), now)
        user = tx.add_user(row)
        if user is None:
            raise AddressTaken("somebody has that address already")
        for shop in tx.shops():
            tx.set_seat(Seat(shop.id, user.id, "owner"))
            note(tx, shop.id, user, "set up", user.email, now)
        return _begin(tx, user.id, now)


def join(store: Store, token: str, *, name: str, password: str, now: Instant) -> str:
    """Take the seat that a link offers; the token of a session.

    Whoever has an account shows its password; whoever has none chooses one.
    Raises DeadLink, BadName, WeakPassword, and PermissionError for a wrong password.
    """
    with store.reading() as reading:
        link = open_link(reading, token, now)
        known = reading.user_by_email(link.email)
    if known is not None and not fits(password, known.password):
        raise PermissionError("that is not the password of this address")
    row = _new_user(link.email, name, password, now) if known is None else known
    with store.transaction() as tx:
        _use(tx, open_link(tx, token, now), now)
        user = known or tx.add_user(row)
        if user is None or link.shop is None:
            raise DeadLink("this link was used or is too old; ask for a new one")
        tx.set_seat(Seat(link.shop, user.id, link.role))
        note(tx, link.shop, user, "joined", user.email, now, role=link.role)
        return _begin(tx, user.id, now)


def choose_password(store: Store, token: str, password: str, now: Instant) -> str:
    """Take a new password by a link; every session of before ends, and a new one begins.

    Raises DeadLink, WeakPassword.
    """
    kept = hashed(password)
    with store.transaction() as tx:
        link = open_link(tx, token, now)
        user = tx.user_by_email(link.email)
        if link.purpose != "password" or user is None:
            raise DeadLink("this link was used or is too old; ask for a new one")
        _use(tx, link, now)
        tx.set_password(user.id, kept)
        tx.drop_sessions(user.id)
        for seat in tx.seats_of(user.id):
            note(tx, seat.shop, user, "chose a new password", user.email, now)
        return _begin(tx, user.id, now)


def _use(tx: Transaction, link: LinkRow, now: Instant) -> None:
    if not tx.use_link(link.digest, now):
        raise DeadLink("this link was used a moment ago; sign in")


def _new_user(email: str, name: str, password: str, now: Instant) -> UserRow:
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME or not is_name(name):
        raise BadName(f"a name has 1 to {LONGEST_NAME} characters, and no control characters")
    return UserRow(0, checked_email(email), name, hashed(password), now)


def checked_email(text: str) -> str:
    """An address in the form in which it is compared. Raises BadEmail."""
    try:
        found = validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise BadEmail("write an e-mail address such as ada@example.com") from None
    return found.normalized.lower()


# --- sessions -------------------------------------------------------------------------------------


def sign_in(store: Store, email: str, password: str, sender: str, now: Instant) -> str | None:
    """The token of a new session; None where address and password do not fit. Raises TooMany."""
    address = email.strip().lower()[:320]
    keys = ((key_of("email", address), BY_EMAIL), (key_of("sender", sender), BY_SENDER))
    with store.transaction() as tx:
        tx.hold_attempts([key for key, _ in keys], now)
        pause = max(wait(tx, key, ration, now) for key, ration in keys)
        if not pause:  # counted before it is known how it ends: many at once get no more tries
            for key, ration in keys:
                take_try(tx, key, ration, now)
        user = tx.user_by_email(address)
    if pause:
        raise TooMany(-(-pause // 1000))
    right = fits(password, None if user is None else user.password)
    if user is None or not right:
        return None
    with store.transaction() as tx:
        tx.hold_attempts([key for key, _ in keys], now)
        forget_tries(tx, keys[0][0], now)
        give_back(tx, *keys[1], now)
        tx.drop_old_sessions(now)
        return _begin(tx, user.id, now)


def _begin(tx: Transaction, user: UserId, now: Instant, until: Instant | None = None) -> str:
    token = secrets.token_urlsafe(32)
    expires = now + SESSION_LASTS if until is None else until
    tx.add_session(SessionRow(_digest(token), user, now, now, expires))
    return token


def visitor(store: Store, token: str, now: Instant) -> Visitor | None:
    """Who is signed in with that token; the session lasts longer by the visit."""
    digest = _digest(token)
    with store.reading() as reading:
        session = reading.session(digest)
        if session is None or session.expires <= now:
            return None
        user = reading.user(session.user)
        if user is None:
            return None
        found = Visitor(user, reading.seats_of(user.id), digest)
    if now - session.seen >= SEEN_EVERY:
        with store.transaction() as tx:
            tx.see_session(digest, now, max(session.expires, now + SESSION_LASTS))
    return found


def session_for(store: Store, email: str, now: Instant, until: Instant) -> str | None:
    """The token of a session for somebody who is known otherwise; None for a strange address."""
    with store.transaction() as tx:
        user = tx.user_by_email(email)
        return None if user is None else _begin(tx, user.id, now, until)


def is_in(reading: Reading, session: bytes, shop: ShopId, now: Instant) -> bool:
    """Whether a session goes on, and its person has a seat in the shop."""
    found = reading.session(session)
    if found is None or found.expires <= now:
        return False
    return any(seat.shop == shop for seat in reading.seats_of(found.user))


def sign_out(store: Store, token: str) -> None:
    """End a session."""
    with store.transaction() as tx:
        tx.drop_session(_digest(token))


# --- seats ----------------------------------------------------------------------------------------


def change_role(
    store: Store, shop: ShopId, user: UserId, role: Role | None, by: UserRow, now: Instant
) -> bool:
    """Give a colleague another role, or no seat any more (None); False where they had none.

    Raises LastOwner.
    """
    with store.transaction() as tx:
        tx.hold(shop)  # two owners cannot each remove the other
        seats = {seat.user: seat for seat in tx.seats(shop)}
        if user not in seats:
            return False
        owners = [one.user for one in seats.values() if one.role == "owner"]
        if owners == [user] and role != "owner":
            raise LastOwner("a shop keeps at least one owner; make somebody else owner first")
        if role is None:
            tx.remove_seat(shop, user)
        else:
            tx.set_seat(Seat(shop, user, role))
        person = tx.user(user)
        subject = str(user) if person is None else person.email
        note(tx, shop, by, "removed" if role is None else "changed role", subject, now, role=role)
        return True


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogateescape")).digest()
