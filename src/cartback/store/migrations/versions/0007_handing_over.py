"""What is bought together, for recommendations; and messages whose hand-over has begun."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0007"
down_revision: Final = "0006"

NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORDS: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "companions",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("about", WORDS, nullable=False),
        sa.Column("counts", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("shop", "about", name=op.f("pk_companions")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_messages_handing"),
        "messages",
        ["claimed"],
        sqlite_where=sa.text("status = 'handing'"),
        postgresql_where=sa.text("status = 'handing'"),
    )
    # Of what a process before this release had claimed nobody knows whether its hand-over began.
    op.execute("UPDATE messages SET status = 'handing' WHERE status = 'claimed'")
