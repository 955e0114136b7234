"""What mails said as they left."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0010"
down_revision: Final = "0009"

NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORDS: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "copies",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("message", WORDS, nullable=False),
        sa.Column("at", NUMBER, nullable=False),
        sa.Column("pattern", WORDS, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("shop", "message", name=op.f("pk_copies")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_copies_at"), "copies", ["at"])
    op.create_table(
        "patterns",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("digest", WORDS, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("shop", "digest", name=op.f("pk_patterns")),
        sqlite_with_rowid=False,
    )
