"""Histories: chains are followed and merged as a plain walk over all events would."""

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartback.domain.event import ShopId
from cartback.engine.log_ports import LoggedEvent, Seq
from cartback.store import DatabaseStore
from tests.contracts.made import an_event, log_chain

owners = st.lists(st.integers(1, 4), min_size=1, max_size=25)
"""Of each event in the log, whose chain it goes to."""


def walk(logged: dict[Seq, LoggedEvent], tails: list[Seq], after: Seq = 0) -> list[Seq]:
    """The definition: step by step back from each tail, then latest first."""
    found = []
    for tail in tails:
        while tail > after:
            found.append(tail)
            tail = logged[tail].previous
    return sorted(found, reverse=True)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(owners=owners, of=st.data())
def test_chains_are_followed_as_a_walk_over_the_log_would(
    store: DatabaseStore, shop: ShopId, owners: list[int], of: st.DataObject
) -> None:
    logged: dict[Seq, LoggedEvent] = {}
    tails: dict[int, Seq] = {}
    with store.transaction() as tx:
        for seq, owner in zip(tx.new_seqs(len(owners)), owners, strict=True):
            metric = "Searched" if seq % 3 else "Viewed Product"
            event = msgspec.structs.replace(an_event(shop, seq), metric=metric)
            logged[seq] = LoggedEvent(seq, owner, tails.get(owner, 0), event)
            tails[owner] = seq
        tx.append(list(logged.values()))
    asked = of.draw(st.lists(st.sampled_from(sorted(tails.values())), unique=True))
    limit = of.draw(st.none() | st.integers(1, 30))
    after = of.draw(st.sampled_from([0, *logged]))
    with store.reading() as reading:
        history = reading.history(shop, asked, limit)
        assert [event.seq for event in history] == walk(logged, asked)[:limit]
        assert all(event == logged[event.seq] for event in history)
        grouped = {9: asked, 8: asked[:1], 7: []}
        assert {
            profile: [event.seq for event in events]
            for profile, events in reading.histories(shop, grouped, after).items()
        } == {profile: walk(logged, ends, after) for profile, ends in grouped.items()}
        since = logged[after].event.received if after else 0
        assert {
            profile: [event.seq for event in events]
            for profile, events in reading.happened(shop, grouped, "Searched", since).items()
        } == {
            profile: [one for one in walk(logged, ends, max(after - 1, 0)) if one % 3]
            for profile, ends in grouped.items()
        }
        assert reading.happened(shop + 1, {9: asked}, "Searched", since) == {9: []}


def test_a_history_is_as_long_as_it_is(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        long, short = log_chain(tx, shop, 1, 2_000), log_chain(tx, shop, 2, 3)
    with store.reading() as reading:
        assert len(reading.history(shop, [long[-1], short[-1]])) == 2_003
        assert [e.seq for e in reading.history(shop, [long[-1], short[-1]], 4)] == [
            *short[::-1],
            long[-1],
        ]


def test_many_histories_at_once(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        tails = {profile: [log_chain(tx, shop, profile, 3)[-1]] for profile in range(1, 501)}
    with store.reading() as reading:
        found = reading.histories(shop, tails)
        assert found.keys() == tails.keys()
        assert all(len(events) == 3 for events in found.values())
        assert reading.histories(shop, {}) == {}
