"""Both stores keep who may come in, and the figures of Home, alike."""

from __future__ import annotations

from cartback.domain.instant import DAY, FOREVER
from cartback.engine.access import (
    change_role,
    join,
    join_link,
    password_link,
    set_up,
    set_up_link,
    sign_in,
    sign_out,
    visitor,
)
from cartback.engine.access_ports import AuditRow, Seat, SessionRow, UserRow
from cartback.engine.attempts import BY_EMAIL, take_try, wait
from cartback.engine.standing_ports import AbandonedCart
from cartback.store import DatabaseStore

NOW = 1_772_442_000_000
PASSWORD = "correct horse battery"


def test_somebody_comes_in_and_goes(store: DatabaseStore) -> None:
    with store.transaction() as tx:
        shop = tx.add_shop("Tea", NOW)
    token = set_up_link(store, NOW) or ""
    session = set_up(store, token, email="ada@example.com", name="Ada", password=PASSWORD, now=NOW)
    ada = visitor(store, session, NOW + DAY)
    assert ada is not None
    assert (ada.user.email, ada.role(shop), ada.role(99)) == ("ada@example.com", "owner", None)
    link = join_link(store, shop, "ben@example.com", "viewer", NOW)
    ben = visitor(store, join(store, link, name="Ben", password=PASSWORD, now=NOW), NOW)
    assert ben is not None
    assert change_role(store, shop, ben.user.id, "marketer", ada.user, NOW)
    with store.reading() as reading:
        assert [seat.role for seat in reading.seats(shop)] == ["owner", "marketer"]
        assert [one.action for one in reading.audit(shop, FOREVER, 2)] == ["changed role", "joined"]
        assert reading.audit(shop, 1, 9) == []
        who = reading.audit(shop, FOREVER, 2)[1].user
        assert reading.has_done(shop, who, "joined")
        assert not reading.has_done(shop, who, "left")
        assert not reading.has_done(shop, who + 1, "joined")
        assert not reading.has_done(shop + 1, who, "joined")
    again = sign_in(store, "Ada@example.com", PASSWORD, "here", NOW)
    assert again is not None
    sign_out(store, again)
    assert visitor(store, again, NOW) is None
    assert password_link(store, "ben@example.com", NOW) is not None
    assert sign_in(store, "ben@example.com", "wrong", "here", NOW) is None


def test_an_address_is_taken_once(store: DatabaseStore) -> None:
    row = UserRow(0, "ada@example.com", "Ada", "hash", NOW)
    with store.transaction() as tx:
        assert not tx.has_users()
        assert tx.add_user(row) is not None
        assert tx.add_user(row) is None
        assert tx.has_users()


def test_seats_sessions_and_the_log_are_kept_apart(store: DatabaseStore) -> None:
    with store.transaction() as tx:
        for shop, role in ((1, "owner"), (2, "viewer")):
            tx.set_seat(Seat(shop, 7, "viewer"))
            tx.set_seat(Seat(shop, 7, "owner" if role == "owner" else "viewer"))
            tx.add_audit(shop, AuditRow(0, NOW, 7, "ada", "did", "it", {"shop": shop}))
        tx.add_session(SessionRow(b"old", 7, NOW, NOW, NOW + 1))
        tx.add_session(SessionRow(b"new", 7, NOW, NOW, NOW + 9))
        tx.see_session(b"new", NOW + 1, NOW + 10)
        tx.drop_old_sessions(NOW + 5)
    with store.transaction() as tx:
        assert tx.session(b"old") is None
        assert tx.session(b"new") == SessionRow(b"new", 7, NOW, NOW + 1, NOW + 10)
        assert tx.seats_of(7) == [Seat(1, 7, "owner"), Seat(2, 7, "viewer")]
        assert [one.detail for one in tx.audit(2, FOREVER, 9)] == [{"shop": 2}]
        tx.remove_seat(1, 7)
        tx.drop_sessions(7)
    with store.reading() as reading:
        assert reading.seats(1) == []
        assert reading.session(b"new") is None


def test_tries_are_rationed_and_forgotten(store: DatabaseStore) -> None:
    with store.transaction() as tx:
        for _ in range(5):
            assert wait(tx, "ada", BY_EMAIL, NOW) == 0
            take_try(tx, "ada", BY_EMAIL, NOW)
        assert wait(tx, "ada", BY_EMAIL, NOW) == BY_EMAIL.every
        assert wait(tx, "ada", BY_EMAIL, NOW + BY_EMAIL.every) == 0
        assert wait(tx, "bob", BY_EMAIL, NOW) == 0
        tx.drop_old_attempts(NOW + 1)
        assert tx.attempts("ada") == (0, 0)


def test_the_carts_are_listed_newest_first_page_by_page(store: DatabaseStore) -> None:
    carts = [AbandonedCart(NOW + n // 2, n, "", 100 + n, "EUR") for n in range(6)]
    with store.transaction() as tx:
        tx.change_abandoned(1, [], carts)
        tx.change_abandoned(2, [], carts[:1])
    with store.transaction() as tx:
        tx.change_abandoned(1, carts[:1], [])
        changed = AbandonedCart(NOW + 2, 5, "", 7, "EUR")
        tx.change_abandoned(1, [carts[5]], [changed])
    with store.reading() as reading:
        first = reading.abandoned(1, (FOREVER, 0), 3)
        assert first == [changed, carts[4], carts[3]]
        rest = reading.abandoned(1, (first[-1].at, first[-1].profile), 3)
        assert rest == [carts[2], carts[1]]
        assert reading.abandoned(2, (FOREVER, 0), 3) == carts[:1]


def test_tallies_are_added_up_within_their_bounds(store: DatabaseStore) -> None:
    for changes in ({"a 1": 1, "a 2": 2, "a-b 1": 5}, {"a 2": 3, "b 1": 1, "a 1": -1}):
        with store.transaction() as tx:
            tx.tally(1, "topic", changes)
            tx.tally(2, "topic", {"a 1": 9})
    with store.reading() as reading:
        assert reading.tallied(1, "topic") == {"a 2": 5, "a-b 1": 5, "b 1": 1}
        assert reading.tallied(1, "topic", "a 1", "a 9") == {"a 2": 5}
        assert reading.tallied(1, "another") == {}
