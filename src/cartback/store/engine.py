"""Which database a URL means."""

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from cartback.store.session import Database
from cartback.store.sqlite import SqliteDatabase


class BadUrl(ValueError):
    """A database URL that names no store; the message says what to write."""


def open_database(url: str) -> Database:
    """The database behind a SQLAlchemy URL or a path to a SQLite file. Raises BadUrl."""
    try:
        parsed = make_url(url if "://" in url else f"sqlite:///{url}")
    except (ArgumentError, ValueError):  # it may hold a password: do not repeat it
        raise BadUrl(
            "the database's URL cannot be read; write sqlite:///cartback.db"
            " or postgresql://user:password@host/database"
        ) from None
    match parsed.get_backend_name():
        case "sqlite":
            if parsed.database in (None, "", ":memory:"):
                raise BadUrl("SQLite needs a file, for example sqlite:///cartback.db")
            return SqliteDatabase(parsed)
        case "postgresql" | "postgres":
            try:
                from cartback.store.postgres import PostgresDatabase
            except ImportError:
                raise BadUrl("PostgreSQL needs psycopg: pip install 'cartback[postgres]'") from None
            return PostgresDatabase(parsed.set(drivername="postgresql+psycopg"))
        case other:
            raise BadUrl(f"{other} is not supported; use sqlite:///cartback.db or postgresql://…")
