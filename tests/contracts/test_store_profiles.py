"""Profiles: identifiers, states, timers, merges."""

import msgspec
import pytest

from cartback.domain.event import Identifier, ShopId
from cartback.domain.instant import FOREVER
from cartback.engine.merge_ports import Conflict, Merge
from cartback.engine.ports import Contention
from cartback.engine.profile_ports import ProfileRow
from cartback.engine.segment_ports import Move
from cartback.store import DatabaseStore
from tests.contracts.made import a_profile, a_segment, email, save_new

ANN, BOB = email("ann@example.com"), Identifier("phone", "+821012345678")


# --- identifiers ------------------------------------------------------------------------------


def test_an_identifier_leads_to_its_profile(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        one, two = tx.new_profile_ids(2)
        tx.link(shop, {ANN: one, BOB: two})
        assert tx.profiles_by(shop, [ANN, BOB, email("nobody@example.com")]) == {ANN: one, BOB: two}
    with store.reading() as reading:
        assert reading.profiles_by(shop, {ANN}) == {ANN: one}
        assert reading.profiles_by(shop, []) == {}
        assert reading.identifiers_of(shop, two) == [BOB]


def test_the_same_value_of_another_kind_is_another_identifier(
    store: DatabaseStore, shop: ShopId
) -> None:
    with store.transaction() as tx:
        tx.link(shop, {Identifier("external_id", "7"): 1, Identifier("anonymous_id", "7"): 2})
        assert tx.profiles_by(shop, [Identifier("anonymous_id", "7")]) == {
            Identifier("anonymous_id", "7"): 2
        }


def test_a_taken_identifier_is_contention_and_undoes_the_whole_transaction(
    store: DatabaseStore, shop: ShopId
) -> None:
    with store.transaction() as tx:
        tx.link(shop, {ANN: 1})

    def too_late() -> None:
        with store.transaction() as tx:
            tx.link(shop, {BOB: 2})
            tx.link(shop, {ANN: 2})

    with pytest.raises(Contention):
        too_late()
    with store.reading() as reading:
        assert reading.profiles_by(shop, [ANN, BOB]) == {ANN: 1}


def test_identifiers_move_to_another_profile_or_are_forgotten(
    store: DatabaseStore, shop: ShopId
) -> None:
    with store.transaction() as tx:
        tx.link(shop, {ANN: 1, BOB: 1})
        tx.relink(shop, [ANN], 2)
        assert tx.profiles_by(shop, [ANN, BOB]) == {ANN: 2, BOB: 1}
        tx.unlink(shop, 2)
        assert tx.profiles_by(shop, [ANN, BOB]) == {BOB: 1}
        assert tx.identifiers_of(shop, 2) == []


def test_odd_values_are_kept_as_they_are(store: DatabaseStore, shop: ShopId) -> None:
    odd = [email(value) for value in ("", "'; --", '"', "%s", ":shop", "안나@예.kr", "\\", "\n")]
    with store.transaction() as tx:
        tx.link(shop, {identifier: place for place, identifier in enumerate(odd, 1)})
    with store.reading() as reading:
        assert reading.profiles_by(shop, odd) == {one: i for i, one in enumerate(odd, 1)}


# --- states -----------------------------------------------------------------------------------


def test_a_profile_is_read_as_it_was_saved(store: DatabaseStore, shop: ShopId) -> None:
    saved = ProfileRow(1, bytes(range(256)), 77, 5, (3, 2**40))
    with store.transaction() as tx:
        assert list(tx.new_profile_ids(1)) == [1]
        tx.save(shop, [saved])
        assert tx.lock(shop, [1, 99]) == {1: saved}
    with store.reading() as reading:
        assert reading.profile(shop, 1) == saved
        assert reading.profile(shop, 99) is None


def test_saving_again_replaces(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        id_ = save_new(tx, shop)
    for row in (
        a_profile(id_, b"later", 50),
        a_profile(id_, b"", 10),
        a_profile(id_, b"twice", 30, (4,)),
        a_profile(id_, b"never", FOREVER),
    ):
        with store.transaction() as tx:
            tx.save(shop, [a_profile(id_, b"passing", 5), row])
        with store.reading() as reading:
            assert reading.profile(shop, id_) == row
            assert reading.profiles_after(shop, 0, 9) == [row]
            assert reading.counts(shop)["state_bytes"] == len(row.state)


def test_rows_can_be_locked_for_their_versions_alone(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        one, other = save_new(tx, shop, wake_at=9), save_new(tx, shop)
        tx.bump(shop, [other], 8)
    with store.transaction() as tx:
        assert tx.lock_versions(shop, [other, one, 99]) == {one: 1, other: 8}
        tx.save(shop, [a_profile(one, b"longer than it was", 5)])
    with store.reading() as reading:
        assert reading.counts(shop)["state_bytes"] == len(b"longer than it was" + b"state")
        assert reading.next_wake() == 5


def test_a_rules_version_is_bumped_alone(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        id_ = save_new(tx, shop, 2, wake_at=9)
        tx.bump(shop, [id_], 8)
        tx.bump(shop, [id_], 7)
        before = a_profile(id_, wake_at=9)
        assert tx.profile(shop, id_) == msgspec.structs.replace(before, rules_version=8)
        assert tx.profile(shop, id_ + 1) == a_profile(id_ + 1, wake_at=9)


def test_profiles_are_paged_in_the_order_of_their_ids(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        ids = list(tx.new_profile_ids(5))
        tx.save(shop, [a_profile(id_) for id_ in reversed(ids)])
    with store.reading() as reading:
        assert [row.id for row in reading.profiles_after(shop, 0, 3)] == ids[:3]
        assert [row.id for row in reading.profiles_after(shop, ids[2], 3)] == ids[3:]
        assert reading.profiles_after(shop, ids[4], 3) == []
        assert reading.count_profiles(shop) == 5


def test_a_removed_profile_leaves_its_segments_too(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        one = save_new(tx, shop, 2)
        for key in ("big", "idle"):
            tx.save_segment(shop, a_segment(key))
        tx.move(shop, [Move("idle", one, 5, joined=True), Move("big", one, 5, joined=True)])
        tx.move(shop, [Move("idle", one + 1, 5, joined=True)])
    with store.transaction() as tx:
        tx.remove(shop, one)
        tx.remove(shop, 99)
    with store.reading() as reading:
        assert reading.profile(shop, one) is None
        assert reading.memberships(shop, one) == {}
        assert (reading.count_members(shop, "idle"), reading.count_members(shop, "big")) == (1, 0)
        assert reading.counts(shop)["profiles"] == 1
        assert reading.counts(shop)["state_bytes"] == len(b"state")


def test_new_ids_are_never_given_out_again(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        first = tx.new_profile_ids(3)
        one = save_new(tx, shop)
        tx.remove(shop, one)
        second = tx.new_profile_ids(2)
        assert list(tx.new_profile_ids(0)) == []
    assert len({*first, one, *second}) == 6


def test_many_profiles_at_once(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        ids = list(tx.new_profile_ids(3_000))
        tx.save(shop, [a_profile(id_) for id_ in ids])
        tx.link(shop, {email(f"{id_}@example.com"): id_ for id_ in ids})
    with store.transaction() as tx:
        assert list(tx.lock(shop, ids)) == ids
        assert len(tx.profiles_by(shop, [email(f"{id_}@example.com") for id_ in ids])) == 3_000


# --- timers -----------------------------------------------------------------------------------


def test_due_profiles_are_claimed_earliest_first(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        ids = list(tx.new_profile_ids(4))
        rows = [a_profile(id_, wake_at=at) for id_, at in zip(ids, (30, 10, 40, 20), strict=True)]
        tx.save(shop, rows)
    with store.transaction() as tx:
        assert tx.next_wake() == 10
        assert tx.claim_due(9, 5) == {}
        assert tx.claim_due(30, 2) == {shop: [rows[1], rows[3]]}
    with store.transaction() as tx:
        assert tx.claim_due(30, 5) == {shop: [rows[1], rows[3], rows[0]]}


def test_a_timer_that_was_put_off_does_not_ring(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        one = save_new(tx, shop, 2, wake_at=10)
    with store.transaction() as tx:
        tx.save(shop, [a_profile(one, wake_at=50), a_profile(one + 1, wake_at=FOREVER)])
        assert tx.next_wake() == 50
    with store.transaction() as tx:
        assert tx.claim_due(49, 5) == {}
        assert tx.next_wake() == 50
        assert [row.id for row in tx.claim_due(50, 5)[shop]] == [one]


def test_a_timer_that_was_brought_forward_rings(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        one = save_new(tx, shop, wake_at=50)
    with store.transaction() as tx:
        tx.save(shop, [a_profile(one, wake_at=90)])
        assert tx.claim_due(60, 5) == {}  # which puts the alarm right
        tx.save(shop, [a_profile(one, wake_at=70)])
    with store.transaction() as tx:
        assert tx.next_wake() == 70
        assert tx.claim_due(70, 5) == {shop: [a_profile(one, wake_at=70)]}


def test_a_claimed_profile_that_is_saved_waits_for_its_next_time(
    store: DatabaseStore, shop: ShopId
) -> None:
    with store.transaction() as tx:
        one = save_new(tx, shop, wake_at=10)
    with store.transaction() as tx:
        assert one in tx.lock(shop, [one])
        tx.claim_due(10, 1)
        tx.lock(shop, [one])
        tx.save(shop, [a_profile(one, wake_at=30)])
        assert tx.next_wake() == 30
    with store.transaction() as tx:
        tx.claim_due(30, 1)
        tx.save(shop, [a_profile(one, wake_at=FOREVER)])
    with store.reading() as reading:
        assert reading.next_wake() == FOREVER


def test_nobody_is_slept_past_behind_many_that_put_theirs_off(
    store: DatabaseStore, shop: ShopId
) -> None:
    with store.transaction() as tx:
        first = save_new(tx, shop, 1_000, wake_at=10)
        save_new(tx, shop, wake_at=20)
    with store.transaction() as tx:
        tx.save(shop, [a_profile(first + i, wake_at=500) for i in range(1_000)])
    with store.reading() as reading:
        assert reading.next_wake() <= 20


def test_among_many_that_put_theirs_off_the_due_ones_are_found(
    store: DatabaseStore, shop: ShopId
) -> None:
    with store.transaction() as tx:
        first = save_new(tx, shop, 1_000, wake_at=10)
        last = save_new(tx, shop, wake_at=20)
    with store.transaction() as tx:
        tx.save(shop, [a_profile(first + i, wake_at=1_000 - i) for i in range(1_000)])
        assert tx.next_wake() <= 1
    claimed: list[ProfileRow] = []
    with store.transaction() as tx:
        while due := tx.claim_due(21, 30):
            claimed += due[shop]
            tx.save(shop, [a_profile(row.id) for row in due[shop]])
        assert tx.next_wake() == 22
    assert [row.wake_at for row in claimed] == sorted([*range(1, 22), 20])
    assert last in {row.id for row in claimed}


def test_timers_of_all_shops_are_claimed_together(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        other = tx.add_shop("Socks", 1)
        mine, theirs = save_new(tx, shop, wake_at=10), save_new(tx, other, wake_at=5)
        assert tx.claim_due(10, 5) == {
            other: [a_profile(theirs, wake_at=5)],
            shop: [a_profile(mine, wake_at=10)],
        }


# --- merges -----------------------------------------------------------------------------------


def test_a_merge_is_found_by_both_profiles_and_can_be_undone(
    store: DatabaseStore, shop: ShopId
) -> None:
    merge = Merge(0, 1, 2, 50, "event-1", (ANN, BOB), (BOB,), (7, 9))
    with store.transaction() as tx:
        id_ = tx.add_merge(shop, merge)
    stored = msgspec.structs.replace(merge, id=id_)
    with store.reading() as reading:
        assert reading.merges(shop) == [stored]
        assert reading.merge(shop, id_) == stored
        assert reading.merge(shop, id_ + 1) is None
        assert reading.merge(shop + 1, id_) is None
        assert reading.merges(shop, 1) == reading.merges(shop, 2) == [stored]
        assert reading.merges(shop, 3) == []
    with store.transaction() as tx:
        tx.undo_merge(shop, id_, 60)
        assert tx.merges(shop) == [msgspec.structs.replace(stored, undone_at=60)]


def test_the_latest_conflicts_come_first(store: DatabaseStore, shop: ShopId) -> None:
    conflicts = [Conflict(at, f"event-{at}", (1, 2), (ANN, BOB)) for at in (1, 2, 3)]
    with store.transaction() as tx:
        for conflict in conflicts:
            tx.add_conflict(shop, conflict)
    with store.reading() as reading:
        assert reading.conflicts(shop, 2) == [conflicts[2], conflicts[1]]
        assert reading.counts(shop)["conflicts"] == 3


def test_conflicts_are_found_by_whom_they_name(store: DatabaseStore, shop: ShopId) -> None:
    named = [(1, 2), (3, 300), (2, 70_000), (5, 44)]
    conflicts = [Conflict(at, f"event-{at}", who, (ANN, BOB)) for at, who in enumerate(named)]
    with store.transaction() as tx:
        for conflict in conflicts:
            tx.add_conflict(shop, conflict)
    with store.reading() as reading:
        assert reading.conflicts_of(shop, 2) == [conflicts[2], conflicts[0]]
        assert reading.conflicts_of(shop, 1) == [conflicts[0]]
        assert reading.conflicts_of(shop, 44) == [conflicts[3]]
        assert reading.conflicts_of(shop, 300) == [conflicts[1]]
        assert reading.conflicts_of(shop, 70_000) == [conflicts[2]]
        assert reading.conflicts_of(shop, 6) == []
        assert reading.conflicts_of(shop + 1, 2) == []


def test_an_erased_profile_is_in_no_merge_and_no_conflict(
    store: DatabaseStore, shop: ShopId
) -> None:
    with store.transaction() as tx:
        for winner, loser in ((1, 2), (3, 1), (2, 3)):
            tx.add_merge(shop, Merge(0, winner, loser, 5, "e", (ANN,), (), ()))
            tx.add_conflict(shop, Conflict(5, "e", (winner, loser), (ANN,)))
        tx.forget_merges(shop, 1)
        assert [(merge.winner, merge.loser) for merge in tx.merges(shop)] == [(2, 3)]
        assert [conflict.profiles for conflict in tx.conflicts(shop)] == [(2, 3)]
        assert tx.counts(shop)["conflicts"] == 1
        assert tx.conflicts_of(shop, 1) == []
        assert tx.conflicts_of(shop, 2) == tx.conflicts_of(shop, 3) == tx.conflicts(shop)
