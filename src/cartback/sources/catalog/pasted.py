"""Products that came as text instead of as a file."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from cartback.engine.products import Read, Unread
from cartback.sources.catalog.files import read_products


def pasted_products(text: bytes, currency: str) -> Iterator[Read | Unread]:
    """The products in a text, read as a file of it would be. Raises UnreadableCatalog."""
    with tempfile.NamedTemporaryFile(prefix="cartback-products-") as file:
        file.write(text)
        file.flush()
        yield from read_products(Path(file.name), currency)
