"""The two stores answer alike, whatever is done to them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeAlias

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartback.domain.event import Identifier, ProfileId, ShopId
from cartback.domain.instant import FOREVER
from cartback.engine.log_ports import LoggedEvent, Quarantined
from cartback.engine.merge_ports import Conflict, Merge
from cartback.engine.ports import Transaction
from cartback.engine.profile_ports import ProfileRow
from cartback.engine.segment_ports import Move
from cartback.store import DatabaseStore, open_store
from cartback.store.arrays import array, register
from tests.contracts.conftest import migrated_postgres
from tests.contracts.made import an_event
from tests.contracts.test_store_strangers import READS
from tests.postgres import PostgresServer

Step: TypeAlias = Callable[[Transaction, ShopId], object]

profiles = st.integers(1, 5)
instants = st.integers(0, 30)
identifiers = st.builds(
    Identifier, st.sampled_from(["email", "anonymous_id"]), st.sampled_from(["a", "b", "ü'%"])
)
rows = st.builds(
    ProfileRow,
    id=profiles,
    state=st.binary(max_size=9),
    wake_at=instants | st.just(FOREVER),
    rules_version=st.integers(0, 3),
    tails=st.lists(st.integers(1, 2**60), max_size=3).map(tuple),
)
moves = st.builds(
    Move,
    segment=st.sampled_from(["idle", "big"]),
    profile=profiles,
    at=instants,
    joined=st.booleans(),
    quiet=st.booleans(),
)
merges = st.builds(
    Merge,
    id=st.just(0),
    winner=profiles,
    loser=profiles,
    at=instants,
    event_id=st.just("e"),
    evidence=st.lists(identifiers, max_size=2).map(tuple),
    moved=st.lists(identifiers, max_size=2).map(tuple),
    tails=st.lists(st.integers(1, 9), max_size=2).map(tuple),
)


def _log(chain: int, count: int) -> Step:
    def step(tx: Transaction, shop: ShopId) -> object:
        seqs = list(tx.new_seqs(count))
        previous = [0, *seqs][:count]
        tx.append(
            [
                LoggedEvent(seq, chain, before, an_event(shop, seq))
                for seq, before in zip(seqs, previous, strict=True)
            ]
        )
        return seqs

    return step


def _link(owners: dict[Identifier, ProfileId]) -> Step:
    """Only the new ones: Contention gives numbers back on SQLite, and on PostgreSQL it does not."""

    def step(tx: Transaction, shop: ShopId) -> object:
        taken = tx.profiles_by(shop, owners.keys())
        tx.link(shop, {name: who for name, who in owners.items() if name not in taken})
        return len(taken)

    return step


def _claim(now: int, limit: int, later: int) -> Step:
    def step(tx: Transaction, shop: ShopId) -> object:
        due = tx.claim_due(now, limit).get(shop, [])
        tx.save(shop, [ProfileRow(row.id, row.state, now + later) for row in due[::2]])
        return sorted((row.wake_at, row.id) for row in due), tx.next_wake()

    return step


steps: st.SearchStrategy[Step] = st.one_of(
    st.lists(st.text("ab-", max_size=3), max_size=6).map(
        lambda ids: lambda tx, shop: tx.unseen(shop, ids)
    ),
    st.builds(_log, profiles, st.integers(0, 3)),
    st.builds(_claim, instants, st.integers(1, 3), st.integers(1, 9)),
    st.lists(rows, max_size=4).map(lambda some: lambda tx, shop: tx.save(shop, some)),
    st.lists(profiles, max_size=4).map(lambda some: lambda tx, shop: tx.lock(shop, some)),
    st.lists(moves, max_size=5).map(lambda some: lambda tx, shop: tx.move(shop, some)),
    st.dictionaries(identifiers, profiles, max_size=3).map(_link),
    st.tuples(st.lists(identifiers, max_size=3), profiles).map(
        lambda pair: lambda tx, shop: tx.relink(shop, *pair)
    ),
    st.lists(st.integers(1, 9), max_size=3).map(lambda some: lambda tx, shop: tx.blank(shop, some)),
    profiles.map(lambda id_: lambda tx, shop: tx.remove(shop, id_)),
    profiles.map(lambda id_: lambda tx, shop: tx.unlink(shop, id_)),
    profiles.map(lambda id_: lambda tx, shop: tx.forget_moves(shop, id_)),
    st.integers(1, 4).map(lambda limit: lambda tx, shop: tx.count_moves(shop, limit)),
    merges.map(lambda merge: lambda tx, shop: tx.add_merge(shop, merge)),
    instants.map(lambda at: lambda tx, shop: tx.undo_merge(shop, 1, at)),
    st.builds(Conflict, instants, st.just("e"), st.just((1, 2)), st.just(())).map(
        lambda conflict: lambda tx, shop: tx.add_conflict(shop, conflict)
    ),
    st.just(lambda tx, shop: tx.drop_members(shop, "idle")),
    st.just(lambda tx, shop: tx.count_drops(shop, {"bot": 2})),
    st.just(lambda tx, shop: tx.release(shop, 1)),
)


def _outcomes(store: DatabaseStore, shop: ShopId, steps: list[Step]) -> list[object]:
    with store.transaction() as tx:
        return [step(tx, shop) for step in steps]


@pytest.fixture(scope="module")
def both(
    tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer
) -> Iterator[tuple[DatabaseStore, DatabaseStore]]:
    folder: Path = tmp_path_factory.mktemp("alike")
    with ExitStack() as stack:
        url = stack.enter_context(migrated_postgres(postgres))
        stores = open_store(str(folder / "store.db")), open_store(url)
        for store in stores:
            stack.callback(store.close)
        yield stores


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(transactions=st.lists(st.lists(steps, max_size=5), max_size=5))
def test_whatever_is_done_both_answer_alike(
    both: tuple[DatabaseStore, DatabaseStore], transactions: list[list[Step]]
) -> None:
    answers = []
    for store in both:
        with store.transaction() as tx:
            forget_the_last_example(tx)
            shop = tx.add_shop("Jumpers", 1)
            tx.quarantine(shop, Quarantined(1, 1, 1, "error"))
        told = [_outcomes(store, shop, steps) for steps in transactions]
        with store.reading() as reading:
            told.append([(name, read(reading, shop)) for name, read in READS.items()])
        answers.append(told)
    assert answers[0] == answers[1]


def forget_the_last_example(tx: Any) -> None:  # noqa: ANN401
    """Its profiles have the ids of those to come."""
    for shop in tx.shops()[-1:]:
        for row in tx.profiles_after(shop.id, 0, 99):
            tx.remove(shop.id, row.id)
        for event in tx.quarantined(shop.id):
            tx.release(shop.id, event.seq)
        tx.blank(shop.id, [event.seq for event in tx.log_after(shop.id, 0, 99)])


lists = st.one_of(
    st.lists(st.integers(-(2**63), 2**63 - 1)),
    st.lists(st.binary()),
    st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))),
    st.lists(st.booleans()),
    st.lists(st.none() | st.integers(-(2**63), 2**63 - 1)).filter(any),
    st.lists(st.none() | st.text("aé")).filter(any),  # of nulls alone nobody knows the type
)


@pytest.fixture(scope="module")
def connection(postgres: PostgresServer) -> Iterator[psycopg.Connection[Any]]:
    with postgres.connection() as connection:
        register(connection)
        yield connection


@given(values=lists)
def test_a_list_arrives_at_the_server_as_it_is(
    connection: psycopg.Connection[Any], values: list[Any]
) -> None:
    assert connection.execute("SELECT %s", [array(values)]).fetchone() == (values,)
