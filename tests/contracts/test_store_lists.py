"""Who is in which list, by rows; the counts agree."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartback.domain.event import ShopId
from cartback.engine.list_ports import Enlisted
from cartback.store import DatabaseStore


def test_who_joined_is_in_the_list_since_then(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        tx.enlist(shop, [Enlisted("news", 2, 11), Enlisted("news", 1, 10), Enlisted("vip", 2, 12)])
        assert tx.lists(shop) == {"news": 2, "vip": 1}
    with store.transaction() as tx:
        tx.enlist(shop, [Enlisted("news", 1, None), Enlisted("vip", 9, None)])
        tx.enlist(shop, [])
    with store.reading() as reading:
        assert reading.list_members(shop, "news") == [(2, 11)]
        assert reading.list_members(shop, "vip") == [(2, 12)]
        assert reading.lists(shop) == {"news": 1, "vip": 1}


def test_who_joins_again_is_in_it_since_the_new_time(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        tx.enlist(shop, [Enlisted("news", 1, 10)])
    with store.transaction() as tx:
        tx.enlist(shop, [Enlisted("news", 1, 20)])
        assert tx.list_members(shop, "news") == [(1, 20)]
        assert tx.lists(shop) == {"news": 1}


def test_a_list_that_all_have_left_is_none(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        tx.enlist(shop, [Enlisted("news", 1, 10)])
        tx.enlist(shop, [Enlisted("news", 1, None)])
        assert tx.lists(shop) == {}
        assert tx.list_members(shop, "news") == []


def test_members_are_paged_in_the_order_of_their_ids(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        tx.enlist(shop, [Enlisted("news", profile, profile) for profile in (5, 3, 9, 7)])
    with store.reading() as reading:
        assert reading.list_members(shop, "news", limit=2) == [(3, 3), (5, 5)]
        assert reading.list_members(shop, "news", after=5) == [(7, 7), (9, 9)]


standings = st.dictionaries(
    st.tuples(st.sampled_from(["news", "vip"]), st.integers(1, 3)),
    st.none() | st.integers(0, 99),
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(standings, max_size=5))
def test_the_last_word_counts(
    store: DatabaseStore, batches: list[dict[tuple[str, int], int | None]]
) -> None:
    with store.transaction() as tx:
        shop = tx.add_shop("Jumpers", 1)
    known: dict[tuple[str, int], int] = {}
    for batch in batches:
        with store.transaction() as tx:
            tx.enlist(shop, [Enlisted(key, who, since) for (key, who), since in batch.items()])
        for place, since in batch.items():
            if since is None:
                known.pop(place, None)
            else:
                known[place] = since
    with store.reading() as reading:
        for key in ("news", "vip"):
            expected = sorted((who, since) for (of, who), since in known.items() if of == key)
            assert reading.list_members(shop, key) == expected
            assert reading.lists(shop).get(key, 0) == len(expected)
