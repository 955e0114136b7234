"""Mails in frames, where they are only looked at, and the pictures that may be in them."""

from typing import Final

from starlette.responses import HTMLResponse, Response

from cartback.web.console.asked import AtShop

_POLICY: Final = (
    "default-src 'none'; img-src https: data:; style-src 'unsafe-inline'; font-src https:;"
    " sandbox{allowed}; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""What a mail program would show, and nothing that acts."""
_PICTURES: Final = ("shop/pictures/", "shop/portraits/")
"""Not all of this server: the pixel of a mail would count as the person's look."""


def framed_mail(at: AtShop, html: str, *, is_painted: bool = False) -> Response:
    """A mail's own HTML, for a frame; `is_painted`: the page around may write into it."""
    policy = _POLICY.format(allowed=" allow-same-origin" if is_painted else "")
    return HTMLResponse(html, headers={"content-security-policy": with_pictures(at, policy)})


def with_pictures(at: AtShop, policy: str) -> str:
    """A policy for a frame; in the demo also with the pictures of its own shop beside it."""
    if at.ground.demo is None:
        return policy
    base = str(at.request.base_url)
    sources = " ".join(f"{base}{one}" for one in _PICTURES)
    return policy.replace("img-src ", f"img-src {sources} ", 1)
