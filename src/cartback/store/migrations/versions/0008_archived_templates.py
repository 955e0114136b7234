"""Templates that were put away."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0008"
down_revision: Final = "0007"

NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORDS: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "archived_templates",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("key", WORDS, nullable=False),
        sa.Column("at", NUMBER, nullable=False),
        sa.Column("by", WORDS, nullable=False),
        sa.PrimaryKeyConstraint("shop", "key", name=op.f("pk_archived_templates")),
        sqlite_with_rowid=False,
    )
