"""Pictures in frames: in the demo they may come from its own shop, which is served beside this."""

from typing import Final

from cartback.web.console.asked import AtShop

_PICTURES: Final = ("shop/pictures/", "shop/portraits/")
"""Not all of this server: the pixel of a mail would count as the person's look."""


def with_pictures(at: AtShop, policy: str) -> str:
    """A policy for a frame, with what may be shown in the demo beside it."""
    if at.ground.demo is None:
        return policy
    base = str(at.request.base_url)
    sources = " ".join(f"{base}{one}" for one in _PICTURES)
    return policy.replace("img-src ", f"img-src {sources} ", 1)
