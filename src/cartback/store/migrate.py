"""Bring a database to the newest schema, or say how far it is."""

from typing import Any, Final

from sqlalchemy import Connection, inspect, text

from cartback.store.schema import metadata
from cartback.store.session import Database

HEAD: Final = "0011"
"""The newest migration. Known here so that a start needs not load Alembic to find nothing to do."""

VERSION_TABLE: Final = "cartback_schema"


class NewerSchema(Exception):
    """The database was written by a newer Cartback."""


def upgrade(database: Database) -> None:
    """Run the migrations that are missing, in one transaction; processes take turns."""
    with database.reader.connect() as connection:
        if revision(connection) == HEAD:
            return
    with database.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": 0x43617274})
        if revision(connection) != HEAD:
            _run(connection)


def revision(connection: Connection) -> str | None:
    """The last migration that was run; None before the first."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608
    return found.scalar_one_or_none()


def _run(connection: Connection) -> None:
    from alembic import command
    from alembic.util import CommandError

    try:
        command.upgrade(alembic_config(connection), "head")
    except CommandError as error:
        raise NewerSchema(
            "this database was written by a newer version of Cartback: upgrade Cartback"
        ) from error


def alembic_config(connection: Connection) -> Any:  # noqa: ANN401  Alembic is loaded when needed
    """Alembic's configuration, without a file; it works in the connection's transaction."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "cartback.store:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def ours(_thing: object, name: str | None, kind: str, *_: object) -> bool:
    """Whether Alembic may compare it: a database may hold other people's tables as well."""
    if kind == "table":
        return name in metadata.tables
    return True
