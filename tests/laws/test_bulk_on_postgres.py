"""The bulk law on PostgreSQL: the same trees, compiled for another engine, mean the same there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import sql
from psycopg.types.json import Jsonb

from cartback.bulk.compile import compile_members
from cartback.bulk.relation import Dialect
from cartback.bulk.row import COLUMNS, row_of
from cartback.domain.condition import Condition
from cartback.domain.instant import Zone
from tests.invent import conditions, zones
from tests.laws.test_bulk_equals_judge import World, worlds
from tests.oracle import holds
from tests.postgres import PostgresServer

TYPES = {"VARCHAR": "text", "BIGINT": "bigint", "BOOLEAN": "boolean"}
"""The tape's types in PostgreSQL; its maps are jsonb."""


@pytest.fixture(scope="module")
def database(postgres: PostgresServer) -> Iterator[psycopg.Connection[Any]]:
    with (
        postgres.database() as url,
        psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection,
    ):
        types = ", ".join(f"{name} {TYPES.get(kind, 'jsonb')}" for name, kind in COLUMNS.items())
        for table in (
            f"events ({types})",
            "merged (loser bigint, winner bigint)",
            "picked (pick bigint, value text)",
        ):
            connection.execute(sql.SQL("CREATE TABLE " + table))
        connection.execute(
            "CREATE VIEW profiles AS SELECT coalesce(winner, profile) AS id, min(time) AS first"
            " FROM events LEFT JOIN merged ON loser = profile GROUP BY 1"
        )
        yield connection


def fill(connection: psycopg.Connection[Any], world: World) -> None:
    connection.execute("TRUNCATE events, merged")
    rows = [msgspec.to_builtins(row_of(logged)) for logged in world.log]
    cursor = connection.cursor()
    cursor.executemany(
        sql.SQL("INSERT INTO events VALUES ({})").format(
            sql.SQL(", ").join(sql.Placeholder() * len(COLUMNS))
        ),
        [[_held(row.get(name)) for name in COLUMNS] for row in rows],
    )
    into = {merge.loser: merge.winner for merge in world.merged if merge.undone_at is None}
    for loser, winner in into.items():
        while winner in into:
            winner = into[winner]
        cursor.execute("INSERT INTO merged VALUES (%s, %s)", [loser, winner])


def _held(value: object) -> object:
    return Jsonb(value) if isinstance(value, dict) else value


def members(
    connection: psycopg.Connection[Any], condition: Condition, now: int, zone: Zone
) -> list[int]:
    query = compile_members(condition, now, zone, dialect=Dialect.POSTGRES)
    connection.execute("TRUNCATE picked")
    for pick in query.picks:
        for (value,) in connection.execute(pick.candidates.encode()).fetchall():
            if pick.accepts(value):
                connection.execute("INSERT INTO picked VALUES (%s, %s)", [pick.number, value])
    return sorted(profile for (profile,) in connection.execute(query.sql.encode()).fetchall())


@settings(max_examples=settings().max_examples // 4)
@given(worlds(), st.lists(conditions(), min_size=1, max_size=3), zones)
def test_postgresql_finds_the_members_that_the_definition_gives(
    database: psycopg.Connection[Any], world: World, asked: Sequence[Condition], zone: Zone
) -> None:
    fill(database, world)
    people = sorted(world.people().items())
    for condition in asked:
        expected = [one for one, person in people if holds(condition, person, world.now, zone)]
        assert members(database, condition, world.now, zone) == expected
