"""The flows that the demo shop comes with, as documents, and how its mail presents itself."""

from importlib.resources import files
from typing import Any, Final

import yaml

KEYS: Final = ("abandoned-cart-leads", "abandoned-cart-customers")
FIRST: Final = frozenset({"help", "offer"})
"""The keys of the first mail's steps: big carts of leads get a code at once."""

MAILING: Final[dict[str, Any]] = {
    "sender": "hello@shop.example",
    "name": "Demo shop",
    "reply_to": "care@shop.example",
    "postal": "1 Teapot Lane, London",
    "phone": "+44 20 7946 0018",  # reserved for stories: Ofcom
    "url": "https://shop.example",
}


def flow_documents() -> dict[str, dict[str, Any]]:
    """Each by its key, in the order of KEYS."""
    folder = files("cartback.demo.flows")
    return {key: yaml.safe_load((folder / f"{key}.yaml").read_text("utf-8")) for key in KEYS}
