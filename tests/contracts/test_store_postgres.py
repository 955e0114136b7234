"""What only PostgreSQL can do: several transactions at once, in one order of our choosing."""

import threading
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest

from cartback.domain.event import ShopId
from cartback.engine.log_ports import LoggedEvent
from cartback.engine.ports import Contention
from cartback.engine.segment_ports import Move
from cartback.engine.shop_ports import RulesRow
from cartback.store import DatabaseStore
from cartback.store.database import DatabaseTransaction
from cartback.store.postgres import PostgresSession
from tests.contracts.conftest import KINDS, InThreads
from tests.contracts.made import a_profile, an_event, email, save_new

pytestmark = pytest.mark.parametrize("store_url", KINDS[1:], indirect=True)


def log(tx: DatabaseTransaction, shop: ShopId) -> int:
    [seq] = tx.new_seqs(1)
    tx.append([LoggedEvent(seq, seq, 0, an_event(shop, seq))])
    tx.move(shop, [Move("idle", seq, seq, joined=True)])
    return seq


def seen(store: DatabaseStore, shop: ShopId) -> tuple[list[int], list[int]]:
    """The seqs and the instants of the moves that a reader finds."""
    with store.reading() as reading:
        seqs = [event.seq for event in reading.log_after(shop, 0, 99)]
        return seqs, [move.at for _, move in reading.moves(shop)]


def test_a_row_is_seen_only_when_no_lower_one_can_come(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as slow:
        first = log(slow, shop)
        with store.transaction() as quick:
            second = log(quick, shop)
            assert [e.seq for e in quick.log_after(shop, 0, 9)] == []
        assert seen(store, shop) == ([], [])
        assert [e.seq for e in slow.log_after(shop, 0, 9)] == [first, second]
    assert seen(store, shop) == ([first, second], [first, second])


def test_a_transaction_that_fails_holds_nobody_up(store: DatabaseStore, shop: ShopId) -> None:
    def fail() -> int:
        with store.transaction() as slow:
            log(slow, shop)
            with store.transaction() as quick:
                second = log(quick, shop)
            assert seen(store, shop) == ([], [])
            slow.set_note("second", str(second).encode())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    seqs, moves = seen(store, shop)
    assert len(seqs) == len(moves) == 1


def test_a_reader_that_began_earlier_is_not_told_of_a_later_horizon(
    store: DatabaseStore, shop: ShopId
) -> None:
    with ExitStack() as slow:
        early = slow.enter_context(store.transaction())
        first = log(early, shop)
        with store.transaction() as quick:
            second = log(quick, shop)
        with store.reading() as reading:
            assert reading.rules_version(shop) == 0  # the snapshot is taken
            slow.close()
            assert reading.log_after(shop, 0, 9) == []
            assert reading.moves(shop) == []
    assert seen(store, shop)[0] == [first, second]


def test_numbers_that_were_taken_before_count_as_settled(
    store: DatabaseStore, shop: ShopId
) -> None:
    with store.transaction() as tx:
        first = log(tx, shop)
    with store.transaction() as slow:
        second = log(slow, shop)
        assert seen(store, shop) == ([first], [first])
    assert seen(store, shop)[0] == [first, second]


def test_two_claimers_get_different_profiles(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        first = save_new(tx, shop, 6, wake_at=5)
    with store.transaction() as one:
        mine = one.claim_due(5, 100)[shop]
        with store.transaction() as two:
            assert two.claim_due(5, 100) == {}
        assert len(mine) == 6
    with store.transaction() as one:
        one.lock(shop, [first, first + 1])
        with store.transaction() as two:
            assert [row.id for row in two.claim_due(5, 9)[shop]] == [first + n for n in range(2, 6)]


def test_a_deadlock_is_contention(
    store: DatabaseStore, shop: ShopId, in_threads: InThreads
) -> None:
    """Locking in two goes, against the order of the keys, is what deadlocks are made of."""
    both_hold_one = threading.Barrier(2)
    with store.transaction() as tx:
        one = save_new(tx, shop, 2)

    def cross(number: int) -> str:
        try:
            with store.transaction() as tx:
                tx.lock(shop, [one + number])
                both_hold_one.wait()
                tx.lock(shop, [one + 1 - number])
        except Contention:
            return "contention"
        return "done"

    assert sorted(in_threads(2, cross)) == ["contention", "done"]


def test_who_waits_for_a_profile_reads_what_the_other_wrote(
    store: DatabaseStore, shop: ShopId
) -> None:
    with store.transaction() as tx:
        one = save_new(tx, shop, 2)
    with store.transaction() as tx:
        tx.save(shop, [a_profile(one, b"new")])
        with store.transaction() as other:
            assert other.lock(shop, [one + 1]).keys() == {one + 1}
    with store.transaction() as tx:
        assert tx.lock(shop, [one])[one].state == b"new"


def test_a_connection_that_the_server_ended_is_replaced(
    store: DatabaseStore, store_url: str, shop: ShopId
) -> None:
    def lose_it() -> None:
        with store.transaction() as tx, psycopg.connect(plain, autocommit=True) as other:
            save_new(tx, shop)
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            save_new(tx, shop)

    plain = store_url.replace("+psycopg", "")
    with pytest.raises(psycopg.OperationalError):
        lose_it()
    with store.transaction() as tx:
        assert tx.count_profiles(shop) == 0


def test_an_interrupted_statement_does_not_spoil_the_connection(
    store: DatabaseStore, shop: ShopId
) -> None:
    def interrupt() -> None:
        with store.transaction() as tx:
            session = tx._session
            assert isinstance(session, PostgresSession)
            save_new(tx, shop)
            session._connection.pgconn.send_query(b"SELECT 1")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupt()
    with store.transaction() as tx:
        assert tx.count_profiles(shop) == 0


def test_new_rules_wait_for_those_who_work_with_the_old(store: DatabaseStore, shop: ShopId) -> None:
    def in_between() -> None:
        with store.transaction() as tx:
            session = tx._session
            assert isinstance(session, PostgresSession)
            session._cursor.execute("SET LOCAL lock_timeout = '10ms'")
            tx.add_rules(shop, RulesRow(1, b"new"))

    with store.transaction() as one, store.transaction() as two:
        assert one.rules_version(shop) == two.rules_version(shop) == 0
        with pytest.raises(Contention):
            in_between()
    in_between()
    with store.reading() as reading:
        assert reading.rules_version(shop) == 1


def test_a_text_with_nul_is_refused_before_it_is_sent(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        with pytest.raises(ValueError, match="NUL"):
            tx.link(shop, {email("a\0b"): 1})
        with pytest.raises(ValueError, match="NUL"):
            tx.profiles_by(shop, [email("a\0b")])
        assert tx.profiles_by(shop, [email("a")]) == {}


def test_moves_take_as_many_round_trips_for_one_segment_as_for_thirty(
    store: DatabaseStore, shop: ShopId, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0
    execute = psycopg.Cursor.execute

    def counted(cursor: psycopg.Cursor[Any], *args: Any, **more: Any) -> Any:  # noqa: ANN401
        nonlocal asked
        asked += 1
        return execute(cursor, *args, **more)

    def trips(segments: int) -> int:
        before = asked
        with store.transaction() as tx:
            keys = [f"segment-{number}" for number in range(segments)]
            tx.move(shop, [Move(key, 1, 1, joined=True) for key in keys])
            tx.move(shop, [Move(key, 2, 2, joined=True) for key in keys[1:]])
            tx.move(shop, [Move(key, 1, 3, joined=False) for key in keys])
        return asked - before

    monkeypatch.setattr(psycopg.Cursor, "execute", counted)
    few = trips(2)
    assert trips(30) == few
