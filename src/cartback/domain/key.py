"""Keys: what definitions, steps and coupons are called in documents and addresses."""

import re
from typing import Final

LONGEST_KEY: Final = 60
_KEY: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def is_key(text: str, longest: int = LONGEST_KEY) -> bool:
    """Whether it is small letters and digits, in words parted by single hyphens."""
    return len(text) <= longest and _KEY.fullmatch(text) is not None


def key_from(name: str) -> str:
    """A key made of a name's Latin letters and digits; empty where it has none.

    What has a name without any is given one that is always the same for the same name.
    """
    return "-".join(re.findall(r"[a-z0-9]+", name.lower()))[:80].strip("-")
