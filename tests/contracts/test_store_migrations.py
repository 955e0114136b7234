"""Migrations make exactly the schema that the code speaks to."""

from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, Table, create_engine, text

from cartback.store import open_store
from cartback.store.engine import open_database
from cartback.store.migrate import (
    HEAD,
    VERSION_TABLE,
    NewerSchema,
    alembic_config,
    ours,
    revision,
    upgrade,
)
from cartback.store.part import encode
from cartback.store.schema import metadata
from cartback.store.session import Database
from tests.contracts.conftest import KINDS, InThreads
from tests.postgres import PostgresServer

TABLES = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL",
    "postgresql": """
        SELECT table_name || '.' || column_name, (data_type, collation_name, is_nullable)::text
        FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT sequencename, data_type::text || start_value FROM pg_sequences
        UNION ALL SELECT relname, reloptions::text FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND reloptions IS NOT NULL
    """,
}


@pytest.fixture(params=KINDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without tables; the file is there, and so no copy (tests/conftest.py)."""
    if request.param == "sqlite":
        (tmp_path / "empty.db").touch()
        return f"sqlite:///{tmp_path / 'empty.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def database(empty_url: str) -> Any:  # noqa: ANN401  a generator fixture
    database = open_database(empty_url)
    yield database
    database.close()


def described(connection: Connection) -> dict[str, str]:
    rows = connection.execute(text(TABLES[connection.dialect.name]))
    return {name: " ".join(definition.split()) for name, definition in rows}


def test_migrations_leave_nothing_to_autogenerate(database: Database) -> None:
    upgrade(database)
    with database.engine.connect() as connection:
        options = {"include_object": ours, "compare_type": True, "version_table": VERSION_TABLE}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
        connection.rollback()
    with database.engine.begin() as connection:
        command.check(alembic_config(connection))


def test_migrations_make_what_the_metadata_say_to_the_letter(
    database: Database, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    upgrade(database)
    with database.engine.connect() as connection:
        migrated = described(connection)
    if database.file is not None:
        plain = create_engine(f"sqlite:///{tmp_path / 'plain.db'}")
        made = _made(plain)
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        with server.database() as url:
            made = _made(create_engine(url))
    for name in [name for name in migrated if VERSION_TABLE in name]:
        del migrated[name]
    assert migrated == made


def _made(engine: Engine) -> dict[str, str]:
    with engine.begin() as connection:
        metadata.create_all(connection)
        made = described(connection)
    engine.dispose()
    return made


def test_the_head_is_the_newest_migration(database: Database) -> None:
    with database.engine.begin() as connection:
        script = ScriptDirectory.from_config(alembic_config(connection))
        assert script.get_current_head() == HEAD


def test_conflicts_of_before_are_found_by_whom_they_name(
    database: Database, empty_url: str
) -> None:
    row = "(shop, id, at, event_id, profiles, identifiers) VALUES (1, :id, :id, 'e', :who, :none)"
    with database.engine.begin() as connection:
        command.upgrade(alembic_config(connection), "0010")
        for id_, who in enumerate(((5, 300), (300, 70_000), (44, 5)), 1):
            values = {"id": id_, "who": encode(who), "none": encode(())}
            connection.execute(text(f"INSERT INTO conflicts {row}"), values)
    store = open_store(empty_url)
    with store.reading() as reading:
        found = [[one.at for one in reading.conflicts_of(1, who)] for who in (5, 300, 70_000, 6)]
    store.close()
    assert found == [[3, 1], [2, 1], [2], []]


def test_a_second_start_finds_nothing_to_do(empty_url: str) -> None:
    open_store(empty_url).close()
    store = open_store(empty_url)
    with store.transaction() as tx:
        tx.add_shop("Jumpers", 1)
    store.close()
    store = open_store(empty_url)
    with store.reading() as reading:
        assert len(reading.shops()) == 1
    store.close()


def test_other_peoples_tables_stay(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num text)"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('theirs')"))
    upgrade(database)
    with database.engine.begin() as connection:
        command.check(alembic_config(connection))
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    assert found == "theirs"


def test_a_newer_schema_is_refused(database: Database, empty_url: str) -> None:
    upgrade(database)
    with database.engine.begin() as connection:
        versions = Table(VERSION_TABLE, MetaData(), autoload_with=connection)
        connection.execute(versions.update().values(version_num="9999"))
    with pytest.raises(NewerSchema, match="upgrade Cartback"):
        open_store(empty_url)


def test_without_migrations_nothing_is_made(empty_url: str, database: Database) -> None:
    store = open_store(empty_url, migrate=False)
    findings = {name: well for name, well, _ in store.check()}
    store.close()
    assert not all(findings.values())
    if database.file is None or database.file.exists():
        with database.reader.connect() as connection:
            assert revision(connection) is None


def test_two_processes_that_start_together_migrate_once(
    empty_url: str, in_threads: InThreads
) -> None:
    in_threads(4, lambda _: open_store(empty_url).close())
    store = open_store(empty_url)
    assert all(well for _, well, _ in store.check())
    store.close()
