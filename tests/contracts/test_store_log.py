"""The log: events come back as they went in, once, and in order."""

import msgspec
import pytest

from cartback.domain.event import Event, ShopId
from cartback.engine.log_ports import LoggedEvent, Quarantined
from cartback.store import DatabaseStore
from tests.contracts.made import an_event, log_chain


def test_an_event_comes_back_as_it_went_in(store: DatabaseStore, shop: ShopId) -> None:
    plain = Event(shop=shop, id="x", metric="m", identifiers=(), time=0, received=2**50)
    events = [
        plain,
        an_event(shop),
        msgspec.structs.replace(plain, backfill=True),
        msgspec.structs.replace(plain, ahead=True),
    ]
    with store.transaction() as tx:
        seqs = tx.new_seqs(4)
        logged = [
            LoggedEvent(seq, 7, before, event)
            for seq, before, event in zip(seqs, (0, *seqs[:3]), events, strict=True)
        ]
        tx.append(logged)
    with store.reading() as reading:
        assert reading.log_after(shop, 0, 10) == logged
        assert reading.history(shop, [seqs[3]]) == logged[::-1]


def test_an_id_is_new_once(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        assert tx.unseen(shop, ["a", "b", "a"]) == {"a", "b"}
        assert tx.unseen(shop, ["b", "c"]) == {"c"}
        assert tx.unseen(shop, []) == set()
    with store.transaction() as tx:
        assert tx.unseen(shop, ["c", "d"]) == {"d"}


def test_an_id_is_not_recorded_by_a_transaction_that_failed(
    store: DatabaseStore, shop: ShopId
) -> None:
    def fail() -> None:
        with store.transaction() as tx:
            tx.unseen(shop, ["a"])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with store.transaction() as tx:
        assert tx.unseen(shop, ["a"]) == {"a"}


def test_ids_that_look_alike_are_different(store: DatabaseStore, shop: ShopId) -> None:
    uuid = "01890a5d-ac96-774b-bcce-b302099a8057"
    alike = [uuid, uuid.upper(), uuid.replace("-", ""), uuid + "x", "", " ", "é", "e\u0301"]
    alike += ["x" * n for n in (39, 40, 41, 42, 500)] + ["x" * 40 + "y"]
    with store.transaction() as tx:
        assert tx.unseen(shop, alike) == set(alike)
        assert tx.unseen(shop, alike) == set()


def test_an_id_with_nul_is_refused_and_nothing_is_broken(
    store: DatabaseStore, shop: ShopId
) -> None:
    with store.transaction() as tx:
        with pytest.raises(ValueError, match="NUL"):
            tx.unseen(shop, ["a\0b"])
        assert tx.unseen(shop, ["a"]) == {"a"}


def test_a_chain_is_read_from_its_tail_back(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        one = log_chain(tx, shop, 1, 3)
        two = log_chain(tx, shop, 2, 2)
    with store.reading() as reading:
        assert [e.seq for e in reading.history(shop, [one[-1]])] == one[::-1]
        assert [e.seq for e in reading.history(shop, [one[1]])] == one[1::-1]
        assert [e.seq for e in reading.history(shop, [two[-1]], limit=1)] == [two[-1]]
        assert reading.history(shop, []) == reading.history(shop, [999]) == []


def test_the_log_is_read_in_order_a_page_at_a_time(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        assert tx.last_seq(shop) == 0
        seqs = log_chain(tx, shop, 1, 5)
        assert [event.seq for event in tx.log_after(shop, 0, 9)] == seqs
    with store.reading() as reading:
        assert [event.seq for event in reading.log_after(shop, 0, 2)] == seqs[:2]
        assert [event.seq for event in reading.log_after(shop, seqs[1], 9)] == seqs[2:]
        assert reading.log_after(shop, seqs[-1], 9) == []
        assert reading.last_seq(shop) == seqs[-1]
        assert reading.counts(shop)["events"] == 5


def test_events_are_given_to_another_profile(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        one, two = log_chain(tx, shop, 1, 2), log_chain(tx, shop, 2, 2)
        tx.rechain(shop, [(two[0], 1, one[1]), (two[1], 1, two[0]), (999, 1, 0)])
        tx.rechain(shop, [])
        assert [(e.seq, e.profile) for e in tx.history(shop, [two[1]])] == [
            (seq, 1) for seq in (*two[::-1], *one[::-1])
        ]


def test_a_blanked_event_is_gone_and_its_id_is_new_again(
    store: DatabaseStore, shop: ShopId
) -> None:
    with store.transaction() as tx:
        seqs = log_chain(tx, shop, 1, 3)
        ids = [f"event-{seq}" for seq in seqs]
        tx.unseen(shop, ids)
    with store.transaction() as tx:
        tx.blank(shop, seqs[:2])
    with store.transaction() as tx:
        assert [event.seq for event in tx.log_after(shop, 0, 9)] == seqs[2:]
        assert tx.unseen(shop, ids) == set(ids[:2])
        assert tx.counts(shop)["events"] == 1


def test_seqs_are_never_given_out_again(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        seqs = log_chain(tx, shop, 1, 2)
        tx.blank(shop, seqs)
        later = tx.new_seqs(2)
        assert list(tx.new_seqs(0)) == []
    assert seqs == [1, 2]
    assert min(later) > max(seqs)


def test_quarantine_holds_events_until_they_are_released(
    store: DatabaseStore, shop: ShopId
) -> None:
    waiting = [Quarantined(seq, 1, 50, "KeyError: 'price'") for seq in (4, 5, 6)]
    with store.transaction() as tx:
        for event in waiting:
            tx.quarantine(shop, event)
    with store.transaction() as tx:
        assert tx.quarantined(shop) == waiting
        assert tx.quarantined(shop, 1) == waiting[:1]
        tx.release(shop, 5)
        tx.release(shop, 99)
        assert tx.quarantined(shop) == [waiting[0], waiting[2]]
        assert tx.counts(shop)["quarantined"] == 2


def test_the_log_is_read_backwards(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        seqs = log_chain(tx, shop, 1, 5)
    with store.reading() as reading:
        back = [one.seq for one in reading.log_before(shop, seqs[-1] + 1, 3)]
        assert back == seqs[:1:-1]
        assert [one.seq for one in reading.log_before(shop, back[-1], 9)] == seqs[1::-1]
        assert reading.log_before(shop, seqs[0], 9) == []
        assert reading.log_before(shop, seqs[0] + 1, 9) == reading.log_after(shop, 0, 1)


def test_events_of_a_metric_are_found_page_by_page(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        seqs = log_chain(tx, shop, 1, 5)
        metric = tx.log_after(shop, 0, 1)[0].event.metric
        assert tx.log_of(shop, metric, 0, 3) == (tx.log_after(shop, 0, 3), seqs[2])
        assert tx.log_of(shop, metric, seqs[2], 3) == (tx.log_after(shop, seqs[2], 9), seqs[4])
        assert tx.log_of(shop, metric, seqs[4], 3) == ((), seqs[4])
        assert tx.log_of(shop, "something else", 0, 3) == ([], seqs[2])
