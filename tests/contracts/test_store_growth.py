"""Who came and went, by slots of time: as the moves say, however far they are counted."""

from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartback.domain.event import ShopId
from cartback.engine.growth_ports import SLOT, Turnover
from cartback.engine.segment_ports import Move
from cartback.store import DatabaseStore
from tests.contracts.conftest import InThreads


def turnover(store: DatabaseStore, shop: ShopId, segment: str = "idle") -> list[Turnover]:
    with store.reading() as reading:
        return list(reading.turnover(shop, segment, 0))


def counted(store: DatabaseStore, shop: ShopId, limit: int = 100) -> int:
    with store.transaction() as tx:
        return tx.count_moves(shop, limit)


def test_moves_are_counted_by_quarters_of_an_hour(store: DatabaseStore, shop: ShopId) -> None:
    joins = [Move("idle", one, at, joined=True) for one, at in ((1, 5), (2, SLOT - 1), (3, SLOT))]
    with store.transaction() as tx:
        tx.move(shop, [*joins, Move("big", 1, 5, joined=True)])
        tx.move(shop, [Move("idle", 1, 3 * SLOT, joined=False)])
    expected = [(0, 2, 0), (SLOT, 1, 0), (3 * SLOT, 0, 1)]
    assert turnover(store, shop) == expected
    assert counted(store, shop, 2) == 2
    assert turnover(store, shop) == expected
    assert counted(store, shop) == 3
    assert turnover(store, shop) == expected
    assert counted(store, shop) == 0
    with store.reading() as reading:
        assert reading.turnover(shop, "idle", 1) == expected[1:]
        assert reading.turnover(shop, "none", 0) == []


def test_what_is_not_counted_yet_is_known(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        tx.move(shop, [Move("idle", one, 5, joined=True) for one in (1, 2, 3)])
    with store.reading() as reading:
        assert reading.uncounted_moves(shop, 100) == 3
        assert reading.uncounted_moves(shop, 2) == 2
    counted(store, shop, 2)
    with store.reading() as reading:
        assert reading.uncounted_moves(shop, 100) == 1


def test_a_profile_is_forgotten_in_the_history_and_in_its_count(
    store: DatabaseStore, shop: ShopId
) -> None:
    with store.transaction() as tx:
        tx.move(shop, [Move("idle", one, 10, joined=True) for one in (1, 2)])
    counted(store, shop)
    with store.transaction() as tx:
        tx.move(shop, [Move("idle", 1, 20, joined=False), Move("idle", 2, SLOT, joined=False)])
        tx.forget_moves(shop, 1)
        assert [move.profile for _, move in tx.moves(shop)] == [2, 2]
    assert turnover(store, shop) == [(0, 1, 0), (SLOT, 0, 1)]
    counted(store, shop)
    assert turnover(store, shop) == [(0, 1, 0), (SLOT, 0, 1)]


def test_whoever_counts_at_once_counts_each_move_once(
    store: DatabaseStore, shop: ShopId, in_threads: InThreads
) -> None:
    with store.transaction() as tx:
        tx.move(shop, [Move("idle", one, 5, joined=True) for one in range(40)])
    assert sum(in_threads(4, lambda _: counted(store, shop, 30))) == 40
    assert turnover(store, shop) == [(0, 40, 0)]


a_move = st.builds(
    Move,
    st.sampled_from(["idle", "big"]),
    st.integers(1, 4),
    st.integers(0, 2 * SLOT),
    st.booleans(),
)
a_step = st.one_of(
    st.lists(a_move, max_size=4).map(lambda moves: lambda tx, shop: tx.move(shop, moves)),
    st.integers(1, 5).map(lambda limit: lambda tx, shop: tx.count_moves(shop, limit)),
    st.integers(1, 4).map(lambda one: lambda tx, shop: tx.forget_moves(shop, one)),
)


@given(steps=st.lists(a_step, max_size=12))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_turnover_is_what_the_moves_say(store: DatabaseStore, steps: list[object]) -> None:
    with store.transaction() as tx:
        shop = tx.add_shop("Jumpers", 1)
    for step in steps:
        with store.transaction() as tx:
            step(tx, shop)  # type: ignore[operator]
    with store.reading() as reading:
        moves = [move for _, move in reading.moves(shop, segment="idle", limit=1_000)]
        came = Counter(one.at // SLOT * SLOT for one in moves if one.joined)
        went = Counter(one.at // SLOT * SLOT for one in moves if not one.joined)
        expected = [(at, came[at], went[at]) for at in sorted(came.keys() | went.keys())]
        assert reading.turnover(shop, "idle", 0) == expected
