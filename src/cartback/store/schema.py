"""Every table, in one readable place: those of flows are in schema_flows.py, those of what a shop
sells and gives in schema_goods.py, those of who may come in in schema_access.py. Numbers are 64
bits; instants are whole milliseconds.

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


def key(name: str, type_: Any = Number) -> Column[Any]:  # noqa: ANN401  a class or an instance
    return Column(name, type_, primary_key=True, autoincrement=False)


def value(name: str, type_: Any = Number, **options: Any) -> Column[Any]:  # noqa: ANN401  likewise
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
    key("key", Words),
    value("value", LargeBinary),
    **IN_KEY_ORDER,
)
"""Small values that the engine keeps between runs."""

counters: Final = Table(
    "counters",
    metadata,
    key("name", Words),
    value("last"),
    **IN_KEY_ORDER,
)
"""The last number given out, by name. SQLite only; PostgreSQL has a sequence for each."""

tallies: Final = Table(
    "tallies",
    metadata,
    key("shop"),
    key("topic", Words),
    key("name", Words),
    key("slot"),
    value("count"),
    **IN_KEY_ORDER,
)
"""How many there are, without counting: the sum over the slots. Connections write to different
slots, so that they need not wait for each other."""

# --- a shop and its definitions ---------------------------------------------------------------

shops: Final = Table(
    "shops",
    metadata,
    key("id"),
    value("name", Words),
    value("created"),
)

keys: Final = Table(
    "keys",
    metadata,
    key("id"),
    Column("shop", Number, ForeignKey("shops.id"), nullable=False),
    value("kind", Words),
    value("digest", LargeBinary, unique=True),
    value("hint", Words),
    value("label", Words),
    value("created"),
    Column("revoked", Number),
    value("scopes", Words),
)
"""The scopes are words with a space between, as OAuth writes them (RFC 6749, 3.3)."""

rules: Final = Table(
    "rules",
    metadata,
    key("shop"),
    key("version"),
    value("document", LargeBinary),
)

segments: Final = Table(
    "segments",
    metadata,
    key("shop"),
    key("key", Words),
    value("name", Words),
    value("document", LargeBinary),
    value("version"),
    value("status", Words),
    value("created"),
    value("updated"),
    value("done"),
    value("total"),
    value("error", Words),
)

segment_versions: Final = Table(
    "segment_versions",
    metadata,
    key("shop"),
    key("key", Words),
    key("version"),
    value("name", Words),
    value("document", LargeBinary),
    value("at"),
    value("by", Words),
)
"""Every definition that a segment has had."""

answers: Final = Table(
    "answers",
    metadata,
    key("shop"),
    key("key", LargeBinary),
    value("request", LargeBinary),
    value("at"),
    value("status"),
    value("body", LargeBinary),
    Index(None, "shop", "at"),
)
"""What the API answered to requests that must not be done twice; kept for a day."""

# --- the log ----------------------------------------------------------------------------------

events: Final = Table(
    "events",
    metadata,
    key("seq"),
    value("shop"),
    value("profile"),
    value("previous"),
    value("metric", Words),
    value("time"),
    value("received"),
    value("id", Words),
    value("body", LargeBinary),
    Index(None, "shop", "seq"),
)
"""The log. `previous` is the event before it in its chain, or 0; the body is msgpack (events.py).
No index by profile: a person's history is read by following the chain. The one by shop only grows
at its ends; without it a shop with few events would be looked for among all the others'."""

seen: Final = Table(
    "seen",
    metadata,
    key("shop"),
    key("key", LargeBinary),
    **IN_KEY_ORDER,
)
"""The ids of events that were recorded, as `key_of` writes them."""

quarantine: Final = Table(
    "quarantine",
    metadata,
    key("shop"),
    key("seq"),
    value("profile"),
    value("at"),
    value("error", Words),
    **IN_KEY_ORDER,
)

# --- profiles ---------------------------------------------------------------------------------

NO_ALARM: Final = FOREVER

profiles: Final = Table(
    "profiles",
    metadata,
    key("id"),
    value("shop"),
    value("wake_at"),
    value("alarm"),
    value("rules_version"),
    value("tails", LargeBinary),
    value("state", LargeBinary),
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
    key("shop"),
    key("kind", Words),
    key("value", Words),
    value("profile"),
    Index(None, "shop", "profile"),
    **IN_KEY_ORDER,
)

merges: Final = Table(
    "merges",
    metadata,
    key("shop"),
    key("id"),
    value("winner"),
    value("loser"),
    value("at"),
    value("event_id", Words),
    value("evidence", LargeBinary),
    value("moved", LargeBinary),
    value("tails", LargeBinary),
    Column("undone_at", Number),
    Index(None, "shop", "winner"),
    Index(None, "shop", "loser"),
    **IN_KEY_ORDER,
)

conflicts: Final = Table(
    "conflicts",
    metadata,
    key("shop"),
    key("id"),
    value("at"),
    value("event_id", Words),
    value("profiles", LargeBinary),
    value("identifiers", LargeBinary),
    **IN_KEY_ORDER,
)

parties: Final = Table(
    "parties",
    metadata,
    key("shop"),
    key("profile"),
    key("conflict"),
    **IN_KEY_ORDER,
)
"""Whom a conflict names, once more, to find those of a person."""

abandoned: Final = Table(
    "abandoned",
    metadata,
    key("shop"),
    key("at"),
    key("profile"),
    key("cart", Words),
    value("value"),
    value("currency", Words),
    **IN_KEY_ORDER,
)
"""The carts that are abandoned at present, by the instant from which they are."""

# --- segments' members ------------------------------------------------------------------------

memberships: Final = Table(
    "memberships",
    metadata,
    key("shop"),
    key("segment", Words),
    key("profile"),
    value("since"),
    **IN_KEY_ORDER,
)

moves: Final = Table(
    "moves",
    metadata,
    key("shop"),
    key("number"),
    value("segment", Words),
    value("profile"),
    value("at"),
    value("joined", Boolean),
    value("quiet", Boolean),
    Index(None, "shop", "segment", "number"),
    **IN_KEY_ORDER,
)
"""Joins and leaves in the order in which they were written."""

growth: Final = Table(
    "growth",
    metadata,
    key("shop"),
    key("segment", Words),
    key("slot"),
    value("came"),
    value("went"),
    **IN_KEY_ORDER,
)
"""The moves up to a number (growth.py), counted by quarters of an hour since 1970."""

enlisted: Final = Table(
    "enlisted",
    metadata,
    key("shop"),
    key("list", Words),
    key("profile"),
    value("since"),
    **IN_KEY_ORDER,
)
"""Who is in which list. What somebody said is in the profile's state; this is to find them by."""
