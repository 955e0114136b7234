"""The project's own frame: what the checks cannot say with their configuration alone."""

from __future__ import annotations

import psycopg
from sqlalchemy import create_engine, text

from tests.postgres import PostgresServer


def test_a_test_gets_a_database_of_its_own(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE cart (id int)"))
        assert connection.execute(text("SELECT count(*) FROM cart")).scalar_one() == 0
    engine.dispose()


def test_a_template_is_prepared_once_and_copied_for_each_test(postgres: PostgresServer) -> None:
    prepared = []

    def prepare(url: str) -> None:
        prepared.append(url)
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            connection.execute("CREATE TABLE shop (name text)")

    for _ in range(2):
        name = postgres.template("shops", prepare)
        with (
            postgres.database(name) as url,
            psycopg.connect(url.replace("+psycopg", "")) as connection,
        ):
            connection.execute("INSERT INTO shop VALUES ('one')")
            shops = connection.execute("SELECT name FROM shop").fetchall()
        assert shops == [("one",)]
    assert len(prepared) == 1
