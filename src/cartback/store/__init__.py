"""The store behind the engine's ports: SQLAlchemy Core on a SQLite file or on PostgreSQL."""

from cartback.store.database import DatabaseStore, open_store
from cartback.store.engine import BadUrl

__all__ = ["BadUrl", "DatabaseStore", "open_store"]
