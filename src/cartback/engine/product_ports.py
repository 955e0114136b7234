"""What products and reviews ask of the store."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import msgspec

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant
from cartback.domain.product import Product
from cartback.domain.product_news import News
from cartback.domain.review import Review


class Telling(msgspec.Struct, frozen=True):
    """News of a product on their way: told to everybody up to the profile `after`."""

    shop: ShopId
    news: News
    after: ProfileId = 0


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

    def interested(
        self, shop: ShopId, product: str, after: ProfileId, limit: int
    ) -> Sequence[ProfileId]:
        """Who may care for a product, in the order of their ids, those behind `after`."""

    def news_waits(self) -> bool:
        """Whether news of any product are still to be told."""


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
    def care(self, shop: ShopId, cares: Collection[tuple[str, ProfileId]]) -> None:
        """These profiles may care for these products from now on."""

    def care_no_more(self, shop: ShopId, product: str, profiles: Collection[ProfileId]) -> None: ...
    def add_news(self, shop: ShopId, news: Sequence[News]) -> None:
        """To be told; one of the same time, product and kind takes the place of the one before."""

    def claim_news(self) -> Telling | None:
        """The oldest news, locked until the end, and skipping locked ones; None for none."""

    def told_until(self, telling: Telling, after: ProfileId) -> None: ...
    def end_telling(self, telling: Telling) -> None: ...
