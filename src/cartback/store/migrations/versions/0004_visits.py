"""Visits of mails: clicks and opens, before and after they are judged."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0004"
down_revision: Final = "0003"

NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORDS: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "visits",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("message", WORDS, nullable=False),
        sa.Column("number", NUMBER, autoincrement=False, nullable=False),
        sa.Column("at", NUMBER, nullable=False),
        sa.Column("method", WORDS, nullable=False),
        sa.Column("agent", WORDS, nullable=False),
        sa.Column("place", NUMBER, nullable=False),
        sa.Column("target", WORDS, nullable=False),
        sa.Column("trap", NUMBER, nullable=False),
        sa.Column("due", NUMBER, nullable=False),
        sa.Column("said", WORDS, nullable=False),
        sa.PrimaryKeyConstraint("shop", "message", "number", name=op.f("pk_visits")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_visits_due"),
        "visits",
        ["due"],
        sqlite_where=sa.text("said = ''"),
        postgresql_where=sa.text("said = ''"),
    )
