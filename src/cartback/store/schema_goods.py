"""The tables of what a shop sells and gives: products, reviews, coupons and codes; and of those who
must not be written to. They belong to the schema (schema.py) like all others."""

from typing import Final

from sqlalchemy import Column, Index, LargeBinary, Table

from cartback.store.schema import IN_KEY_ORDER, Number, Words, key, metadata, value

# --- coupons ----------------------------------------------------------------------------------

coupons: Final = Table(
    "coupons",
    metadata,
    key("shop"),
    key("key", Words),
    value("name", Words),
    value("document", LargeBinary),
    value("version"),
    value("status", Words),
    value("created"),
    value("updated"),
)

codes: Final = Table(
    "codes",
    metadata,
    key("shop"),
    key("key", Words),
    value("code", Words),
    value("coupon", Words),
    value("profile"),
    value("cart", Words),
    Column("issued", Number),
    value("expires"),
    value("worth"),
    Column("announced", Number),
    Column("redeemed", Number),
    Index(None, "shop", "coupon", "issued", "key"),
    Index(None, "shop", "profile"),
    **IN_KEY_ORDER,
)
"""One row for each code: given to a profile for a cart, or waiting in a pool (not issued)."""

redemptions: Final = Table(
    "redemptions",
    metadata,
    key("shop"),
    key("code", Words),
    key("order_id", Words),
    value("at"),
    Column("value", Number),
    value("takes_off"),
    **IN_KEY_ORDER,
)

# --- what is sold -----------------------------------------------------------------------------

products: Final = Table(
    "products",
    metadata,
    key("shop"),
    key("id", Words),
    value("name", Words),
    value("brand", Words),
    value("url", Words),
    value("images", LargeBinary),
    value("categories", LargeBinary),
    value("seen"),
    **IN_KEY_ORDER,
)
"""`seen` is when it was last saved: a feed that does not name it any more has dropped it."""

variants: Final = Table(
    "variants",
    metadata,
    key("shop"),
    key("product", Words),
    key("place"),
    value("id", Words),
    value("sku", Words),
    value("name", Words),
    value("options", LargeBinary),
    Column("price", Number),
    Column("sale_price", Number),
    Column("currency", Words),
    Column("cost", Number),
    Column("stock", Number),
    value("image", Words),
    value("url", Words),
    Index(None, "shop", "sku"),
    **IN_KEY_ORDER,
)
"""The variants of a product, in their order."""

interests: Final = Table(
    "interests",
    metadata,
    key("shop"),
    key("product", Words),
    key("profile"),
    Index(None, "shop", "profile"),
    **IN_KEY_ORDER,
)
"""Who may care for a product: its state says whether they do."""

product_changes: Final = Table(
    "product_changes",
    metadata,
    key("shop"),
    key("at"),
    key("product", Words),
    key("kind", Words),
    value("document", LargeBinary),
    value("after"),
    **IN_KEY_ORDER,
)
"""What changed of a product and is being told: to everybody up to the profile `after`."""

reviews: Final = Table(
    "reviews",
    metadata,
    key("shop"),
    key("id", Words),
    value("product", Words),
    value("author", Words),
    value("rating"),
    value("at"),
    value("text", Words),
    value("portrait", Words),
    value("permission"),
    Index(None, "shop", "product", "at"),
    **IN_KEY_ORDER,
)

companions: Final = Table(
    "companions",
    metadata,
    key("shop"),
    key("about", Words),
    value("counts", LargeBinary),
    **IN_KEY_ORDER,
)
"""What is bought together (domain/companion.py): one row for a product, a category or the shop."""

# --- who must not be written to ---------------------------------------------------------------

suppressions: Final = Table(
    "suppressions",
    metadata,
    key("shop"),
    key("channel", Words),
    key("address", Words),
    value("reason", Words),
    value("at"),
    value("source", Words),
    **IN_KEY_ORDER,
)
