"""The first schema."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0001"
down_revision: Final = None

NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORDS: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
IN_KEY_ORDER: Final = {"sqlite_with_rowid": False}

SEQUENCES: Final = (
    "event_seqs",
    "move_numbers",
    "profile_ids",
    "shop_ids",
    "key_ids",
    "merge_ids",
    "conflict_ids",
    "user_ids",
    "audit_numbers",
)


def upgrade() -> None:
    _abandoned()
    _access()
    _answers()
    _conflicts()
    _counters()
    _enlisted()
    _events()
    _growth()
    _identifiers()
    _memberships()
    _merges()
    _moves()
    _notes()
    _profiles()
    _quarantine()
    _rules()
    _seen()
    _segment_versions()
    _segments()
    _shops()
    _tallies()
    _keys()
    if op.get_bind().dialect.name == "postgresql":
        for name in SEQUENCES:
            op.execute(sa.schema.CreateSequence(sa.Sequence(name, data_type=sa.BigInteger())))


def _abandoned() -> None:
    op.create_table(
        "abandoned",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("at", NUMBER, autoincrement=False, nullable=False),
        sa.Column("profile", NUMBER, autoincrement=False, nullable=False),
        sa.Column("cart", WORDS, autoincrement=False, nullable=False),
        sa.Column("value", NUMBER, nullable=False),
        sa.Column("currency", WORDS, nullable=False),
        sa.PrimaryKeyConstraint("shop", "at", "profile", "cart", name=op.f("pk_abandoned")),
        **IN_KEY_ORDER,
    )


def _access() -> None:
    op.create_table(
        "attempts",
        sa.Column("key", WORDS, autoincrement=False, nullable=False),
        sa.Column("level", NUMBER, nullable=False),
        sa.Column("at", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_attempts")),
        **IN_KEY_ORDER,
    )
    op.create_index(op.f("ix_attempts_at"), "attempts", ["at"])
    op.create_table(
        "audit",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("number", NUMBER, autoincrement=False, nullable=False),
        sa.Column("at", NUMBER, nullable=False),
        sa.Column("user", NUMBER, nullable=False),
        sa.Column("who", WORDS, nullable=False),
        sa.Column("action", WORDS, nullable=False),
        sa.Column("subject", WORDS, nullable=False),
        sa.Column("detail", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("shop", "number", name=op.f("pk_audit")),
        **IN_KEY_ORDER,
    )
    op.create_table(
        "links",
        sa.Column("digest", sa.LargeBinary, autoincrement=False, nullable=False),
        sa.Column("purpose", WORDS, nullable=False),
        sa.Column("email", WORDS, nullable=False),
        sa.Column("shop", NUMBER, nullable=True),
        sa.Column("role", WORDS, nullable=False),
        sa.Column("created", NUMBER, nullable=False),
        sa.Column("expires", NUMBER, nullable=False),
        sa.Column("used", NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_links")),
        **IN_KEY_ORDER,
    )
    op.create_table(
        "seats",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("user", NUMBER, autoincrement=False, nullable=False),
        sa.Column("role", WORDS, nullable=False),
        sa.PrimaryKeyConstraint("shop", "user", name=op.f("pk_seats")),
        **IN_KEY_ORDER,
    )
    op.create_index(op.f("ix_seats_user"), "seats", ["user"])
    op.create_table(
        "sessions",
        sa.Column("digest", sa.LargeBinary, autoincrement=False, nullable=False),
        sa.Column("user", NUMBER, nullable=False),
        sa.Column("created", NUMBER, nullable=False),
        sa.Column("seen", NUMBER, nullable=False),
        sa.Column("expires", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sessions")),
        **IN_KEY_ORDER,
    )
    op.create_index(op.f("ix_sessions_user"), "sessions", ["user"])
    op.create_table(
        "users",
        sa.Column("id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("email", WORDS, nullable=False),
        sa.Column("name", WORDS, nullable=False),
        sa.Column("password", WORDS, nullable=False),
        sa.Column("created", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )


def _answers() -> None:
    op.create_table(
        "answers",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("key", sa.LargeBinary, autoincrement=False, nullable=False),
        sa.Column("request", sa.LargeBinary, nullable=False),
        sa.Column("at", NUMBER, nullable=False),
        sa.Column("status", NUMBER, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("shop", "key", name=op.f("pk_answers")),
    )
    op.create_index(op.f("ix_answers_shop_at"), "answers", ["shop", "at"])


def _conflicts() -> None:
    op.create_table(
        "conflicts",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("at", NUMBER, nullable=False),
        sa.Column("event_id", WORDS, nullable=False),
        sa.Column("profiles", sa.LargeBinary, nullable=False),
        sa.Column("identifiers", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("shop", "id", name=op.f("pk_conflicts")),
        **IN_KEY_ORDER,
    )


def _counters() -> None:
    op.create_table(
        "counters",
        sa.Column("name", WORDS, autoincrement=False, nullable=False),
        sa.Column("last", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counters")),
        **IN_KEY_ORDER,
    )


def _enlisted() -> None:
    op.create_table(
        "enlisted",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("list", WORDS, autoincrement=False, nullable=False),
        sa.Column("profile", NUMBER, autoincrement=False, nullable=False),
        sa.Column("since", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("shop", "list", "profile", name=op.f("pk_enlisted")),
        **IN_KEY_ORDER,
    )


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("seq", NUMBER, autoincrement=False, nullable=False),
        sa.Column("shop", NUMBER, nullable=False),
        sa.Column("profile", NUMBER, nullable=False),
        sa.Column("previous", NUMBER, nullable=False),
        sa.Column("metric", WORDS, nullable=False),
        sa.Column("time", NUMBER, nullable=False),
        sa.Column("received", NUMBER, nullable=False),
        sa.Column("id", WORDS, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_events")),
    )
    op.create_index(op.f("ix_events_shop_seq"), "events", ["shop", "seq"])


def _growth() -> None:
    op.create_table(
        "growth",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("segment", WORDS, autoincrement=False, nullable=False),
        sa.Column("slot", NUMBER, autoincrement=False, nullable=False),
        sa.Column("came", NUMBER, nullable=False),
        sa.Column("went", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("shop", "segment", "slot", name=op.f("pk_growth")),
        **IN_KEY_ORDER,
    )


def _identifiers() -> None:
    op.create_table(
        "identifiers",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("kind", WORDS, autoincrement=False, nullable=False),
        sa.Column("value", WORDS, autoincrement=False, nullable=False),
        sa.Column("profile", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("shop", "kind", "value", name=op.f("pk_identifiers")),
        **IN_KEY_ORDER,
    )
    op.create_index(op.f("ix_identifiers_shop_profile"), "identifiers", ["shop", "profile"])


def _memberships() -> None:
    op.create_table(
        "memberships",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("segment", WORDS, autoincrement=False, nullable=False),
        sa.Column("profile", NUMBER, autoincrement=False, nullable=False),
        sa.Column("since", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("shop", "segment", "profile", name=op.f("pk_memberships")),
        **IN_KEY_ORDER,
    )


def _merges() -> None:
    op.create_table(
        "merges",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("winner", NUMBER, nullable=False),
        sa.Column("loser", NUMBER, nullable=False),
        sa.Column("at", NUMBER, nullable=False),
        sa.Column("event_id", WORDS, nullable=False),
        sa.Column("evidence", sa.LargeBinary, nullable=False),
        sa.Column("moved", sa.LargeBinary, nullable=False),
        sa.Column("tails", sa.LargeBinary, nullable=False),
        sa.Column("undone_at", NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("shop", "id", name=op.f("pk_merges")),
        **IN_KEY_ORDER,
    )
    op.create_index(op.f("ix_merges_shop_loser"), "merges", ["shop", "loser"])
    op.create_index(op.f("ix_merges_shop_winner"), "merges", ["shop", "winner"])


def _moves() -> None:
    op.create_table(
        "moves",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("number", NUMBER, autoincrement=False, nullable=False),
        sa.Column("segment", WORDS, nullable=False),
        sa.Column("profile", NUMBER, nullable=False),
        sa.Column("at", NUMBER, nullable=False),
        sa.Column("joined", sa.Boolean, nullable=False),
        sa.Column("quiet", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("shop", "number", name=op.f("pk_moves")),
        **IN_KEY_ORDER,
    )
    op.create_index(op.f("ix_moves_shop_segment_number"), "moves", ["shop", "segment", "number"])


def _notes() -> None:
    op.create_table(
        "notes",
        sa.Column("key", WORDS, autoincrement=False, nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_notes")),
        **IN_KEY_ORDER,
    )


def _profiles() -> None:
    op.create_table(
        "profiles",
        sa.Column("id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("shop", NUMBER, nullable=False),
        sa.Column("wake_at", NUMBER, nullable=False),
        sa.Column("alarm", NUMBER, nullable=False),
        sa.Column("rules_version", NUMBER, nullable=False),
        sa.Column("tails", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profiles")),
        postgresql_with={"fillfactor": 70},
    )
    armed = sa.text("alarm < 253402214400000")
    op.create_index(
        op.f("ix_profiles_alarm"), "profiles", ["alarm"], sqlite_where=armed, postgresql_where=armed
    )


def _quarantine() -> None:
    op.create_table(
        "quarantine",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("seq", NUMBER, autoincrement=False, nullable=False),
        sa.Column("profile", NUMBER, nullable=False),
        sa.Column("at", NUMBER, nullable=False),
        sa.Column("error", WORDS, nullable=False),
        sa.PrimaryKeyConstraint("shop", "seq", name=op.f("pk_quarantine")),
        **IN_KEY_ORDER,
    )


def _rules() -> None:
    op.create_table(
        "rules",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("version", NUMBER, autoincrement=False, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("shop", "version", name=op.f("pk_rules")),
    )


def _seen() -> None:
    op.create_table(
        "seen",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("key", sa.LargeBinary, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("shop", "key", name=op.f("pk_seen")),
        **IN_KEY_ORDER,
    )


def _segment_versions() -> None:
    op.create_table(
        "segment_versions",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("key", WORDS, autoincrement=False, nullable=False),
        sa.Column("version", NUMBER, autoincrement=False, nullable=False),
        sa.Column("name", WORDS, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("at", NUMBER, nullable=False),
        sa.Column("by", WORDS, nullable=False),
        sa.PrimaryKeyConstraint("shop", "key", "version", name=op.f("pk_segment_versions")),
    )


def _segments() -> None:
    op.create_table(
        "segments",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("key", WORDS, autoincrement=False, nullable=False),
        sa.Column("name", WORDS, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("status", WORDS, nullable=False),
        sa.Column("created", NUMBER, nullable=False),
        sa.Column("updated", NUMBER, nullable=False),
        sa.Column("done", NUMBER, nullable=False),
        sa.Column("total", NUMBER, nullable=False),
        sa.Column("error", WORDS, nullable=False),
        sa.PrimaryKeyConstraint("shop", "key", name=op.f("pk_segments")),
    )


def _shops() -> None:
    op.create_table(
        "shops",
        sa.Column("id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("name", WORDS, nullable=False),
        sa.Column("created", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shops")),
    )


def _tallies() -> None:
    op.create_table(
        "tallies",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("topic", WORDS, autoincrement=False, nullable=False),
        sa.Column("name", WORDS, autoincrement=False, nullable=False),
        sa.Column("slot", NUMBER, autoincrement=False, nullable=False),
        sa.Column("count", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("shop", "topic", "name", "slot", name=op.f("pk_tallies")),
        **IN_KEY_ORDER,
    )


def _keys() -> None:
    op.create_table(
        "keys",
        sa.Column("id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("shop", NUMBER, nullable=False),
        sa.Column("kind", WORDS, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("hint", WORDS, nullable=False),
        sa.Column("label", WORDS, nullable=False),
        sa.Column("created", NUMBER, nullable=False),
        sa.Column("revoked", NUMBER, nullable=True),
        sa.Column("scopes", WORDS, nullable=False),
        sa.ForeignKeyConstraint(["shop"], ["shops.id"], name=op.f("fk_keys_shop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keys")),
        sa.UniqueConstraint("digest", name=op.f("uq_keys_digest")),
    )
