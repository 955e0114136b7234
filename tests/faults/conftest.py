"""Both stores, from where the scenarios have them."""

from tests.scenarios.conftest import empty_sqlite, settled_sqlite, store_url

__all__ = ["empty_sqlite", "settled_sqlite", "store_url"]
