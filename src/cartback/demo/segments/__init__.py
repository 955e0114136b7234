"""The segments that the demo shop comes with, as documents."""

from importlib.resources import files
from typing import Final

import yaml

from cartback.domain.event import Json

KEYS: Final = (
    "recent-cart-abandoners",
    "browse-abandoners",
    "big-carts",
    "leads-who-abandoned",
    "customers-who-abandoned",
)
"""The first one is what the demo watches."""


def segment_documents() -> list[dict[str, Json]]:
    """Each as {name, key, when}, in the order of KEYS."""
    folder = files("cartback.demo.segments")
    return [yaml.safe_load((folder / f"{key}.yaml").read_text("utf-8")) for key in KEYS]
