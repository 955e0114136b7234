"""Which carts orders say that they came from, and who is in a flow about a cart."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0009"
down_revision: Final = "0008"

NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORDS: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "ordered_carts",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("name", WORDS, nullable=False),
        sa.Column("at", NUMBER, nullable=False),
        sa.Column("profile", NUMBER, nullable=False),
        sa.Column("order_id", WORDS, nullable=False),
        sa.PrimaryKeyConstraint("shop", "name", name=op.f("pk_ordered_carts")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_ordered_carts_shop_at"), "ordered_carts", ["shop", "at"])
    op.create_index(op.f("ix_ordered_carts_shop_profile"), "ordered_carts", ["shop", "profile"])
    for table, which in (
        ("runs", "cart != ''"),
        ("messages", "cart != '' AND status IN ('queued', 'claimed')"),
    ):
        op.create_index(
            f"ix_{table}_cart",
            table,
            ["shop", "cart"],
            sqlite_where=sa.text(which),
            postgresql_where=sa.text(which),
        )
