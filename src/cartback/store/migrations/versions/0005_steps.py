"""Messages are claimed by channel; who cares for which product, and what changed of products."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0005"
down_revision: Final = "0004"

NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORDS: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    _channels()
    op.create_table(
        "interests",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("product", WORDS, nullable=False),
        sa.Column("profile", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("shop", "product", "profile", name=op.f("pk_interests")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_interests_shop_profile"), "interests", ["shop", "profile"])
    op.create_table(
        "product_changes",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("at", NUMBER, autoincrement=False, nullable=False),
        sa.Column("product", WORDS, nullable=False),
        sa.Column("kind", WORDS, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("after", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("shop", "at", "product", "kind", name=op.f("pk_product_changes")),
        sqlite_with_rowid=False,
    )


def _channels() -> None:
    """One that is slow, or not there, holds up no other."""
    op.drop_index("ix_messages_due", table_name="messages")
    waiting = sa.text("status = 'queued'")
    op.create_index(
        op.f("ix_messages_channel_due"),
        "messages",
        ["channel", "due"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
