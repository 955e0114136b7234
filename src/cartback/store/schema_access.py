"""The tables of who may come in: people, seats, one-time links, sessions, failed attempts, and what
was changed by whom. They belong to the schema (schema.py) like all others."""

from typing import Final

from sqlalchemy import Column, Index, LargeBinary, Table

from cartback.store.schema import IN_KEY_ORDER, Number, Words, key, metadata, value

users: Final = Table(
    "users",
    metadata,
    key("id"),
    value("email", Words, unique=True),
    value("name", Words),
    value("password", Words),
    value("created"),
)
"""People of the console. The password is an Argon2 hash."""

seats: Final = Table(
    "seats",
    metadata,
    key("shop"),
    key("user"),
    value("role", Words),
    Index(None, "user"),
    **IN_KEY_ORDER,
)
"""Who works for which shop, and in what role."""

links: Final = Table(
    "links",
    metadata,
    key("digest", LargeBinary),
    value("purpose", Words),
    value("email", Words),
    Column("shop", Number),
    value("role", Words),
    value("created"),
    value("expires"),
    Column("used", Number),
    **IN_KEY_ORDER,
)
"""One-time links: to set up, to join, to choose a new password. Only a digest is kept."""

sessions: Final = Table(
    "sessions",
    metadata,
    key("digest", LargeBinary),
    value("user"),
    value("created"),
    value("seen"),
    value("expires"),
    Index(None, "user"),
    **IN_KEY_ORDER,
)

attempts: Final = Table(
    "attempts",
    metadata,
    key("key", Words),
    value("level"),
    value("at"),
    Index(None, "at"),
    **IN_KEY_ORDER,
)
"""How full the bucket of failed sign-ins is, in millionths, for an address or a sender, and when
that was."""

audit: Final = Table(
    "audit",
    metadata,
    key("shop"),
    key("number"),
    value("at"),
    value("user"),
    value("who", Words),
    value("action", Words),
    value("subject", Words),
    value("detail", LargeBinary),
    **IN_KEY_ORDER,
)
"""Who changed what, and when."""
