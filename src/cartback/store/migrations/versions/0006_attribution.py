"""Recovered carts and to which message they are credited; what people did with messages."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0006"
down_revision: Final = "0005"

NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORDS: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    for name in ("opened", "clicked", "unsubscribed"):
        op.add_column("messages", sa.Column(name, NUMBER, server_default="0", nullable=False))
    op.create_index(
        op.f("ix_messages_shop_flow_status_at_key"),
        "messages",
        ["shop", "flow", "status", "at", "key"],
    )
    _recoveries()
    _returns()


def _recoveries() -> None:
    numbers = ("value", "revenue", "version", "sent", "touched")
    words = ("cart", "order_event", "order_id", "currency", "message", "flow", "step", "basis")
    order = (
        "profile at cart order_event order_id value currency revenue message flow version step"
        " sent basis touched"
    )
    kinds = dict.fromkeys(("profile", "at", *numbers), NUMBER) | dict.fromkeys(words, WORDS)
    op.create_table(
        "recoveries",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("seq", NUMBER, autoincrement=False, nullable=False),
        *(sa.Column(name, kinds[name], nullable=False) for name in order.split()),
        sa.PrimaryKeyConstraint("shop", "seq", name=op.f("pk_recoveries")),
        sqlite_with_rowid=False,
    )
    for name in ("profile", "message", "order_id"):
        op.create_index(op.f(f"ix_recoveries_shop_{name}"), "recoveries", ["shop", name])


def _returns() -> None:
    op.create_table(
        "returns",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("seq", NUMBER, autoincrement=False, nullable=False),
        sa.Column("order_id", WORDS, nullable=False),
        sa.Column("profile", NUMBER, nullable=False),
        sa.Column("value", NUMBER, nullable=True),
        sa.Column("currency", WORDS, nullable=False),
        sa.PrimaryKeyConstraint("shop", "seq", name=op.f("pk_returns")),
        sqlite_with_rowid=False,
    )
    for name in ("profile", "order_id"):
        op.create_index(op.f(f"ix_returns_shop_{name}"), "returns", ["shop", name])
