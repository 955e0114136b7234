"""Flows, templates, runs, decisions, and the outbox."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0003"
down_revision: Final = "0002_goods"

NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORDS: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
IN_KEY_ORDER: Final = {"sqlite_with_rowid": False}


def upgrade() -> None:
    _flows()
    _flow_versions()
    _templates()
    _runs()
    _decisions()
    _messages()
    if op.get_bind().dialect.name == "postgresql":
        sequence = sa.Sequence("decision_numbers", data_type=sa.BigInteger())
        op.execute(sa.schema.CreateSequence(sequence))


def _flows() -> None:
    op.create_table(
        "flows",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("key", WORDS, nullable=False),
        sa.Column("name", WORDS, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("status", WORDS, nullable=False),
        sa.Column("created", NUMBER, nullable=False),
        sa.Column("updated", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("shop", "key", name=op.f("pk_flows")),
    )


def _flow_versions() -> None:
    op.create_table(
        "flow_versions",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("key", WORDS, nullable=False),
        sa.Column("version", NUMBER, autoincrement=False, nullable=False),
        sa.Column("name", WORDS, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("at", NUMBER, nullable=False),
        sa.Column("by", WORDS, nullable=False),
        sa.PrimaryKeyConstraint("shop", "key", "version", name=op.f("pk_flow_versions")),
    )


def _templates() -> None:
    op.create_table(
        "templates",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("key", WORDS, nullable=False),
        sa.Column("version", NUMBER, autoincrement=False, nullable=False),
        sa.Column("name", WORDS, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("at", NUMBER, nullable=False),
        sa.Column("by", WORDS, nullable=False),
        sa.PrimaryKeyConstraint("shop", "key", "version", name=op.f("pk_templates")),
    )


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("flow", WORDS, nullable=False),
        sa.Column("profile", NUMBER, autoincrement=False, nullable=False),
        sa.Column("cart", WORDS, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("started", NUMBER, nullable=False),
        sa.Column("step", WORDS, nullable=False),
        sa.Column("due", NUMBER, nullable=False),
        sa.Column("held", WORDS, nullable=False),
        sa.PrimaryKeyConstraint("shop", "flow", "profile", "cart", name=op.f("pk_runs")),
        **IN_KEY_ORDER,
    )


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("number", NUMBER, autoincrement=False, nullable=False),
        sa.Column("profile", NUMBER, nullable=False),
        sa.Column("flow", WORDS, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("cart", WORDS, nullable=False),
        sa.Column("started", NUMBER, nullable=False),
        sa.Column("step", WORDS, nullable=False),
        sa.Column("at", NUMBER, nullable=False),
        sa.Column("what", WORDS, nullable=False),
        sa.Column("reason", WORDS, nullable=False),
        sa.Column("until", NUMBER, nullable=False),
        sa.Column("way", NUMBER, nullable=False),
        sa.Column("rule", WORDS, nullable=False),
        sa.PrimaryKeyConstraint("shop", "number", name=op.f("pk_decisions")),
        **IN_KEY_ORDER,
    )
    op.create_index(
        op.f("ix_decisions_shop_profile_number"), "decisions", ["shop", "profile", "number"]
    )


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("key", WORDS, nullable=False),
        sa.Column("profile", NUMBER, nullable=False),
        sa.Column("flow", WORDS, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("cart", WORDS, nullable=False),
        sa.Column("started", NUMBER, nullable=False),
        sa.Column("step", WORDS, nullable=False),
        sa.Column("channel", WORDS, nullable=False),
        sa.Column("at", NUMBER, nullable=False),
        sa.Column("useful_until", NUMBER, nullable=False),
        sa.Column("measured_from", NUMBER, nullable=False),
        sa.Column("status", WORDS, nullable=False),
        sa.Column("due", NUMBER, nullable=False),
        sa.Column("claimed", NUMBER, nullable=False),
        sa.Column("attempts", NUMBER, nullable=False),
        sa.Column("recipient", WORDS, nullable=False),
        sa.Column("receipt", WORDS, nullable=False),
        sa.Column("error", WORDS, nullable=False),
        sa.PrimaryKeyConstraint("shop", "key", name=op.f("pk_messages")),
        **IN_KEY_ORDER,
    )
    op.create_index(op.f("ix_messages_shop_profile_at"), "messages", ["shop", "profile", "at"])
    for column, status in (("due", "queued"), ("claimed", "claimed")):
        waiting = sa.text(f"status = '{status}'")
        op.create_index(
            op.f(f"ix_messages_{column}"),
            "messages",
            [column],
            sqlite_where=waiting,
            postgresql_where=waiting,
        )
