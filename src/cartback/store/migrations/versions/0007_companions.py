"""What is bought together, for recommendations."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0007"
down_revision: Final = "0004"

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
