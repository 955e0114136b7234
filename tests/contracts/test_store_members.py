"""Memberships, their count, and the history of joins and leaves."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartback.domain.event import ShopId
from cartback.engine.segment_ports import Move
from cartback.store import DatabaseStore
from tests.contracts.made import a_segment


def joins(segment: str, profile: int, at: int) -> Move:
    return Move(segment, profile, at, joined=True)


def leaves(segment: str, profile: int, at: int) -> Move:
    return Move(segment, profile, at, joined=False)


def test_members_are_those_who_joined_and_did_not_leave(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        for key in ("big", "idle"):
            tx.save_segment(shop, a_segment(key))
        tx.move(shop, [joins("idle", 1, 10), joins("idle", 2, 11), joins("big", 2, 12)])
        tx.move(shop, [leaves("idle", 1, 13)])
    with store.reading() as reading:
        assert reading.members(shop, "idle") == [(2, 11)]
        assert reading.memberships(shop, 2) == {"idle": 11, "big": 12}
        assert reading.memberships(shop, 1) == {}
        assert reading.count_members(shop, "idle") == 1
        assert reading.count_members(shop, "nobody") == 0


def test_who_leaves_and_comes_back_is_a_member_since_then(
    store: DatabaseStore, shop: ShopId
) -> None:
    with store.transaction() as tx:
        tx.move(shop, [joins("idle", 1, 10)])
    with store.transaction() as tx:
        tx.move(shop, [leaves("idle", 1, 20), joins("idle", 1, 30)])
        assert tx.members(shop, "idle") == [(1, 30)]
        assert tx.count_members(shop, "idle") == 1


def test_joining_twice_changes_nothing_but_the_history(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        tx.move(shop, [joins("idle", 1, 10)])
        tx.move(shop, [joins("idle", 1, 20)])
        tx.move(shop, [leaves("idle", 2, 20)])
        assert tx.members(shop, "idle") == [(1, 10)]
        assert tx.count_members(shop, "idle") == 1
        assert len(tx.moves(shop)) == 3


def test_members_are_paged_in_the_order_of_their_ids(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        tx.move(shop, [joins("idle", profile, profile) for profile in (5, 3, 9, 7)])
    with store.reading() as reading:
        assert reading.members(shop, "idle", limit=2) == [(3, 3), (5, 5)]
        assert reading.members(shop, "idle", after=5) == [(7, 7), (9, 9)]


def test_moves_are_numbered_as_they_were_written(store: DatabaseStore, shop: ShopId) -> None:
    written = [joins("idle", 1, 10), leaves("big", 1, 9), Move("idle", 2, 8, True, quiet=True)]
    with store.transaction() as tx:
        tx.move(shop, written)
        tx.move(shop, [])
    with store.reading() as reading:
        moves = reading.moves(shop)
        assert [move for _, move in moves] == written
        numbers = [number for number, _ in moves]
        assert numbers == sorted(numbers)
        assert reading.moves(shop, after=numbers[0], limit=1) == [moves[1]]
        assert reading.moves(shop, segment="idle") == [moves[0], moves[2]]
        assert reading.moves(shop, segment="idle", after=numbers[0]) == [moves[2]]
        assert reading.latest_moves(shop) == moves[::-1]
        assert reading.latest_moves(shop, limit=1) == [moves[-1]]
        assert reading.latest_moves(shop, segment="idle") == [moves[2], moves[0]]
        assert reading.latest_moves(shop, segment="none") == []


def test_dropped_members_are_gone_and_others_stay(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        tx.move(shop, [joins("idle", 1, 10), joins("idle", 2, 10), joins("big", 1, 10)])
        tx.drop_members(shop, "idle")
        tx.drop_members(shop, "idle")
        assert tx.members(shop, "idle") == []
        assert (tx.count_members(shop, "idle"), tx.count_members(shop, "big")) == (0, 1)


a_move = st.builds(
    Move,
    segment=st.sampled_from(["idle", "big"]),
    profile=st.integers(1, 3),
    at=st.integers(0, 99),
    joined=st.booleans(),
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(a_move, max_size=6), max_size=5))
def test_batching_moves_changes_nothing(store: DatabaseStore, batches: list[list[Move]]) -> None:
    """The members after any batches are those of a plain replay, and the count agrees."""
    with store.transaction() as tx:
        shop = tx.add_shop("Jumpers", 1)
    for batch in batches:
        with store.transaction() as tx:
            tx.move(shop, batch)
    members: dict[str, dict[int, int]] = {"idle": {}, "big": {}}
    for move in (move for batch in batches for move in batch):
        if move.joined:
            members[move.segment].setdefault(move.profile, move.at)
        else:
            members[move.segment].pop(move.profile, None)
    with store.reading() as reading:
        for segment, since in members.items():
            assert reading.members(shop, segment) == sorted(since.items())
            assert reading.count_members(shop, segment) == len(since)
