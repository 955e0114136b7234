"""Every table, in one readable place: those of flows are in schema_flows.py, those of what a shop
sells and gives in schema_goods.py. Numbers are 64 bits; instants are whole milliseconds.

Every table carries its shop, but for `notes` and `counters`, which belong to the whole store, and
for `users`, `sessions`, `links` and `attempts`: a person may work for several shops.
On SQLite the tables whose key is not one number are kept in the order of that key (WITHOUT ROWID).
There are few indexes on purpose: what each costs was measured (docs/adr/0003-store.md).
"""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Sequence,
    Table,
    Text,
)

from cartback.domain.instant import FOREVER

Number: Final = BigInteger().with_variant(Integer(), "sqlite")
Words: Final = Text().with_variant(Text(collation="C"), "postgresql")
"""In the order of their bytes everywhere; an upgrade of the system's locales spoils no index."""
IN_KEY_ORDER: Final[dict[str, Any]] = {"sqlite_with_rowid": False}

metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def _key(name: str, type_: Any = Number) -> Column[Any]:  # noqa: ANN401  a class or an instance
    return Column(name, type_, primary_key=True, autoincrement=False)


def _value(name: str, type_: Any = Number, **options: Any) -> Column[Any]:  # noqa: ANN401  likewise
    return Column(name, type_, nullable=False, **options)


COUNTERS: Final = (
    "event_seqs",
    "move_numbers",
    "profile_ids",
    "shop_ids",
    "key_ids",
    "merge_ids",
    "conflict_ids",
    "user_ids",
    "audit_numbers",
    "decision_numbers",
)
"""What is numbered. On PostgreSQL each is a sequence."""

for _name in COUNTERS:
    Sequence(_name, data_type=BigInteger(), metadata=metadata)

# --- the store itself -------------------------------------------------------------------------

notes: Final = Table(
    "notes",
    metadata,
    _key("key", Words),
    _value("value", LargeBinary),
    **IN_KEY_ORDER,
)
"""Small values that the engine keeps between runs."""

counters: Final = Table(
    "counters",
    metadata,
    _key("name", Words),
    _value("last"),
    **IN_KEY_ORDER,
)
"""The last number given out, by name. SQLite only; PostgreSQL has a sequence for each."""

tallies: Final = Table(
    "tallies",
    metadata,
    _key("shop"),
    _key("topic", Words),
    _key("name", Words),
    _key("slot"),
    _value("count"),
    **IN_KEY_ORDER,
)
"""How many there are, without counting: the sum over the slots. Connections write to different
slots, so that they need not wait for each other."""

# --- a shop and its definitions ---------------------------------------------------------------

shops: Final = Table(
    "shops",
    metadata,
    _key("id"),
    _value("name", Words),
    _value("created"),
)

keys: Final = Table(
    "keys",
    metadata,
    _key("id"),
    Column("shop", Number, ForeignKey("shops.id"), nullable=False),
    _value("kind", Words),
    _value("digest", LargeBinary, unique=True),
    _value("hint", Words),
    _value("label", Words),
    _value("created"),
    Column("revoked", Number),
    _value("scopes", Words),
)
"""The scopes are words with a space between, as OAuth writes them (RFC 6749, 3.3)."""

rules: Final = Table(
    "rules",
    metadata,
    _key("shop"),
    _key("version"),
    _value("document", LargeBinary),
)

segments: Final = Table(
    "segments",
    metadata,
    _key("shop"),
    _key("key", Words),
    _value("name", Words),
    _value("document", LargeBinary),
    _value("version"),
    _value("status", Words),
    _value("created"),
    _value("updated"),
    _value("done"),
    _value("total"),
    _value("error", Words),
)

# --- who may come in --------------------------------------------------------------------------

users: Final = Table(
    "users",
    metadata,
    _key("id"),
    _value("email", Words, unique=True),
    _value("name", Words),
    _value("password", Words),
    _value("created"),
)
"""People of the console. The password is an Argon2 hash."""

seats: Final = Table(
    "seats",
    metadata,
    _key("shop"),
    _key("user"),
    _value("role", Words),
    Index(None, "user"),
    **IN_KEY_ORDER,
)
"""Who works for which shop, and in what role."""

links: Final = Table(
    "links",
    metadata,
    _key("digest", LargeBinary),
    _value("purpose", Words),
    _value("email", Words),
    Column("shop", Number),
    _value("role", Words),
    _value("created"),
    _value("expires"),
    Column("used", Number),
    **IN_KEY_ORDER,
)
"""One-time links: to set up, to join, to choose a new password. Only a digest is kept."""

sessions: Final = Table(
    "sessions",
    metadata,
    _key("digest", LargeBinary),
    _value("user"),
    _value("created"),
    _value("seen"),
    _value("expires"),
    Index(None, "user"),
    **IN_KEY_ORDER,
)

attempts: Final = Table(
    "attempts",
    metadata,
    _key("key", Words),
    _value("level"),
    _value("at"),
    Index(None, "at"),
    **IN_KEY_ORDER,
)
"""How full the bucket of failed sign-ins is, in millionths, for an address or a sender, and when
that was."""

audit: Final = Table(
    "audit",
    metadata,
    _key("shop"),
    _key("number"),
    _value("at"),
    _value("user"),
    _value("who", Words),
    _value("action", Words),
    _value("subject", Words),
    _value("detail", LargeBinary),
    **IN_KEY_ORDER,
)
"""Who changed what, and when."""
segment_versions: Final = Table(
    "segment_versions",
    metadata,
    _key("shop"),
    _key("key", Words),
    _key("version"),
    _value("name", Words),
    _value("document", LargeBinary),
    _value("at"),
    _value("by", Words),
)
"""Every definition that a segment has had."""

answers: Final = Table(
    "answers",
    metadata,
    _key("shop"),
    _key("key", LargeBinary),
    _value("request", LargeBinary),
    _value("at"),
    _value("status"),
    _value("body", LargeBinary),
    Index(None, "shop", "at"),
)
"""What the API answered to requests that must not be done twice; kept for a day."""

# --- the log ----------------------------------------------------------------------------------

events: Final = Table(
    "events",
    metadata,
    _key("seq"),
    _value("shop"),
    _value("profile"),
    _value("previous"),
    _value("metric", Words),
    _value("time"),
    _value("received"),
    _value("id", Words),
    _value("body", LargeBinary),
    Index(None, "shop", "seq"),
)
"""The log. `previous` is the event before it in its chain, or 0; the body is msgpack (events.py).
No index by profile: a person's history is read by following the chain. The one by shop only grows
at its ends; without it a shop with few events would be looked for among all the others'."""

seen: Final = Table(
    "seen",
    metadata,
    _key("shop"),
    _key("key", LargeBinary),
    **IN_KEY_ORDER,
)
"""The ids of events that were recorded, as `key_of` writes them."""

quarantine: Final = Table(
    "quarantine",
    metadata,
    _key("shop"),
    _key("seq"),
    _value("profile"),
    _value("at"),
    _value("error", Words),
    **IN_KEY_ORDER,
)

# --- profiles ---------------------------------------------------------------------------------

NO_ALARM: Final = FOREVER

profiles: Final = Table(
    "profiles",
    metadata,
    _key("id"),
    _value("shop"),
    _value("wake_at"),
    _value("alarm"),
    _value("rules_version"),
    _value("tails", LargeBinary),
    _value("state", LargeBinary),
    postgresql_with={"fillfactor": 70},
)
"""PostgreSQL leaves room on each page: a new state then goes beside the old, and no index changes.

`alarm` is what is indexed of `wake_at`. It is never later, but may be earlier: putting a timer off,
as most events do, then leaves the index alone. `claim_due` puts it right."""

Index(
    "ix_profiles_alarm",
    profiles.c.alarm,
    sqlite_where=profiles.c.alarm < NO_ALARM,
    postgresql_where=profiles.c.alarm < NO_ALARM,
)

identifiers: Final = Table(
    "identifiers",
    metadata,
    _key("shop"),
    _key("kind", Words),
    _key("value", Words),
    _value("profile"),
    Index(None, "shop", "profile"),
    **IN_KEY_ORDER,
)

merges: Final = Table(
    "merges",
    metadata,
    _key("shop"),
    _key("id"),
    _value("winner"),
    _value("loser"),
    _value("at"),
    _value("event_id", Words),
    _value("evidence", LargeBinary),
    _value("moved", LargeBinary),
    _value("tails", LargeBinary),
    Column("undone_at", Number),
    Index(None, "shop", "winner"),
    Index(None, "shop", "loser"),
    **IN_KEY_ORDER,
)

conflicts: Final = Table(
    "conflicts",
    metadata,
    _key("shop"),
    _key("id"),
    _value("at"),
    _value("event_id", Words),
    _value("profiles", LargeBinary),
    _value("identifiers", LargeBinary),
    **IN_KEY_ORDER,
)

abandoned: Final = Table(
    "abandoned",
    metadata,
    _key("shop"),
    _key("at"),
    _key("profile"),
    _key("cart", Words),
    _value("value"),
    _value("currency", Words),
    **IN_KEY_ORDER,
)
"""The carts that are abandoned at present, by the instant from which they are."""

# --- segments' members ------------------------------------------------------------------------

memberships: Final = Table(
    "memberships",
    metadata,
    _key("shop"),
    _key("segment", Words),
    _key("profile"),
    _value("since"),
    **IN_KEY_ORDER,
)

moves: Final = Table(
    "moves",
    metadata,
    _key("shop"),
    _key("number"),
    _value("segment", Words),
    _value("profile"),
    _value("at"),
    _value("joined", Boolean),
    _value("quiet", Boolean),
    Index(None, "shop", "segment", "number"),
    **IN_KEY_ORDER,
)
"""Joins and leaves in the order in which they were written."""

growth: Final = Table(
    "growth",
    metadata,
    _key("shop"),
    _key("segment", Words),
    _key("slot"),
    _value("came"),
    _value("went"),
    **IN_KEY_ORDER,
)
"""The moves up to a number (growth.py), counted by quarters of an hour since 1970."""

enlisted: Final = Table(
    "enlisted",
    metadata,
    _key("shop"),
    _key("list", Words),
    _key("profile"),
    _value("since"),
    **IN_KEY_ORDER,
)
"""Who is in which list. What somebody said is in the profile's state; this is to find them by."""
