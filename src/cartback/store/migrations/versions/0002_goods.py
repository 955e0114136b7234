"""What a shop sells and gives, and who must not be written to."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0002_goods"
down_revision: Final = "0001"

NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORDS: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
IN_KEY_ORDER: Final = {"sqlite_with_rowid": False}


def upgrade() -> None:
    _codes()
    _coupons()
    _products()
    _redemptions()
    _reviews()
    _suppressions()
    _variants()


def _codes() -> None:
    op.create_table(
        "codes",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("key", WORDS, autoincrement=False, nullable=False),
        sa.Column("code", WORDS, nullable=False),
        sa.Column("coupon", WORDS, nullable=False),
        sa.Column("profile", NUMBER, nullable=False),
        sa.Column("cart", WORDS, nullable=False),
        sa.Column("issued", NUMBER, nullable=True),
        sa.Column("expires", NUMBER, nullable=False),
        sa.Column("worth", NUMBER, nullable=False),
        sa.Column("announced", NUMBER, nullable=True),
        sa.Column("redeemed", NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("shop", "key", name=op.f("pk_codes")),
        **IN_KEY_ORDER,
    )
    columns = ["shop", "coupon", "issued", "key"]
    op.create_index(op.f("ix_codes_shop_coupon_issued_key"), "codes", columns)
    op.create_index(op.f("ix_codes_shop_profile"), "codes", ["shop", "profile"])


def _coupons() -> None:
    op.create_table(
        "coupons",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("key", WORDS, autoincrement=False, nullable=False),
        sa.Column("name", WORDS, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("status", WORDS, nullable=False),
        sa.Column("created", NUMBER, nullable=False),
        sa.Column("updated", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("shop", "key", name=op.f("pk_coupons")),
    )


def _products() -> None:
    op.create_table(
        "products",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("id", WORDS, autoincrement=False, nullable=False),
        sa.Column("name", WORDS, nullable=False),
        sa.Column("brand", WORDS, nullable=False),
        sa.Column("url", WORDS, nullable=False),
        sa.Column("images", sa.LargeBinary, nullable=False),
        sa.Column("categories", sa.LargeBinary, nullable=False),
        sa.Column("seen", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("shop", "id", name=op.f("pk_products")),
        **IN_KEY_ORDER,
    )


def _redemptions() -> None:
    op.create_table(
        "redemptions",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("code", WORDS, autoincrement=False, nullable=False),
        sa.Column("order_id", WORDS, autoincrement=False, nullable=False),
        sa.Column("at", NUMBER, nullable=False),
        sa.Column("value", NUMBER, nullable=True),
        sa.Column("takes_off", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("shop", "code", "order_id", name=op.f("pk_redemptions")),
        **IN_KEY_ORDER,
    )


def _reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("id", WORDS, autoincrement=False, nullable=False),
        sa.Column("product", WORDS, nullable=False),
        sa.Column("author", WORDS, nullable=False),
        sa.Column("rating", NUMBER, nullable=False),
        sa.Column("at", NUMBER, nullable=False),
        sa.Column("text", WORDS, nullable=False),
        sa.Column("portrait", WORDS, nullable=False),
        sa.Column("permission", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("shop", "id", name=op.f("pk_reviews")),
        **IN_KEY_ORDER,
    )
    op.create_index(op.f("ix_reviews_shop_product_at"), "reviews", ["shop", "product", "at"])


def _suppressions() -> None:
    op.create_table(
        "suppressions",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("channel", WORDS, autoincrement=False, nullable=False),
        sa.Column("address", WORDS, autoincrement=False, nullable=False),
        sa.Column("reason", WORDS, nullable=False),
        sa.Column("at", NUMBER, nullable=False),
        sa.Column("source", WORDS, nullable=False),
        sa.PrimaryKeyConstraint("shop", "channel", "address", name=op.f("pk_suppressions")),
        **IN_KEY_ORDER,
    )


def _variants() -> None:
    op.create_table(
        "variants",
        sa.Column("shop", NUMBER, autoincrement=False, nullable=False),
        sa.Column("product", WORDS, autoincrement=False, nullable=False),
        sa.Column("place", NUMBER, autoincrement=False, nullable=False),
        sa.Column("id", WORDS, nullable=False),
        sa.Column("sku", WORDS, nullable=False),
        sa.Column("name", WORDS, nullable=False),
        sa.Column("options", sa.LargeBinary, nullable=False),
        sa.Column("price", NUMBER, nullable=True),
        sa.Column("sale_price", NUMBER, nullable=True),
        sa.Column("currency", WORDS, nullable=True),
        sa.Column("cost", NUMBER, nullable=True),
        sa.Column("stock", NUMBER, nullable=True),
        sa.Column("image", WORDS, nullable=False),
        sa.Column("url", WORDS, nullable=False),
        sa.PrimaryKeyConstraint("shop", "product", "place", name=op.f("pk_variants")),
        **IN_KEY_ORDER,
    )
    op.create_index(op.f("ix_variants_shop_sku"), "variants", ["shop", "sku"])
