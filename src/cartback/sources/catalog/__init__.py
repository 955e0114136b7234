"""What a shop sells and what people say of it, from files: CSV, JSON and JSON lines."""

from cartback.sources.catalog.feed import asking
from cartback.sources.catalog.files import UnreadableCatalog, read_products, read_reviews

__all__ = ["UnreadableCatalog", "asking", "read_products", "read_reviews"]
