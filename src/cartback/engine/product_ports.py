"""What products and reviews ask of the store."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from cartback.domain.event import ShopId
from cartback.domain.instant import Instant
from cartback.domain.product import Product
from cartback.domain.review import Review


class ProductReading(Protocol):
    def products_by(self, shop: ShopId, ids: Collection[str]) -> Mapping[str, Product]:
        """Products by their ids, with their variants; unknown ones are left out."""

    def products_of_skus(self, shop: ShopId, skus: Collection[str]) -> Mapping[str, str]:
        """The ids of the products that have these SKUs, by SKU."""

    def products_after(self, shop: ShopId, after: str, limit: int) -> Sequence[Product]:
        """In the order of their ids, those behind `after`."""

    def count_products(self, shop: ShopId) -> int: ...
    def review(self, shop: ShopId, id: str) -> Review | None: ...  # noqa: A002  its word
    def reviews_of(self, shop: ShopId, product: str, limit: int) -> Sequence[Review]:
        """Of a product, the newest first."""

    def reviews_after(self, shop: ShopId, after: str, limit: int) -> Sequence[Review]:
        """In the order of their ids, those behind `after`."""


class ProductWriting(ProductReading, Protocol):
    def lock_products(self, shop: ShopId, ids: Collection[str]) -> Mapping[str, Product]:
        """The products as they are, locked in the order of their ids until the end."""

    def save_products(self, shop: ShopId, products: Sequence[Product], at: Instant) -> None:
        """Insert or replace, each with exactly its variants."""

    def remove_product(self, shop: ShopId, id: str) -> bool: ...  # noqa: A002  its word
    def remove_unseen(self, shop: ShopId, before: Instant) -> Sequence[str]:
        """Delete products that were last saved before that instant; their ids."""

    def save_reviews(self, shop: ShopId, reviews: Sequence[Review]) -> None: ...
    def remove_review(self, shop: ShopId, id: str) -> bool: ...  # noqa: A002  its word
