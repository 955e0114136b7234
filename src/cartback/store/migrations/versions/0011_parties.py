"""Whom conflicts name, to find those of a person."""

from typing import Final

import msgspec
import sqlalchemy as sa
from alembic import op

revision: Final = "0011"
down_revision: Final = "0010"

NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT_ONCE: Final = 1_000


def upgrade() -> None:
    parties = op.create_table(
        "parties",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("profile", NUMBER, autoincrement=False, nullable=False),
        sa.Column("conflict", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("shop", "profile", "conflict", name=op.f("pk_parties")),
        sqlite_with_rowid=False,
    )
    conflicts = op.get_bind().execute(sa.text("SELECT shop, id, profiles FROM conflicts"))
    for some in conflicts.partitions(AT_ONCE):
        op.bulk_insert(
            parties,
            [
                {"shop": shop, "profile": profile, "conflict": id_}
                for shop, id_, profiles in some
                for profile in sorted(set(msgspec.msgpack.decode(profiles)))
            ],
        )
