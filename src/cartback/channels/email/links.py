"""The HTML of a mail with its links leading through us: each a token (engine/tokens.py)."""

import re
from html import escape, unescape
from typing import Final

import msgspec

from cartback.engine.tokens import Kind, Tokens, is_web_address

_HREF: Final = re.compile(r"(<a\b[^<>]*?\shref=)([\"'])(https?://[^\"']{1,4000})\2", re.IGNORECASE)
_BODY_END: Final = re.compile(r"</body\s*>", re.IGNORECASE)


class Tracking(msgspec.Struct, frozen=True, kw_only=True):
    """What of one mail is followed. Each is the shop's and the person's to switch off."""

    clicks: bool = True
    opens: bool = True
    trap: bool = True


def followed(
    html: str,
    *,
    tokens: Tokens,
    about: bytes,
    base: str,
    tracking: Tracking,
) -> str:
    """The HTML with its links leading through `base`, an open pixel, and a link no person sees.

    `base`: where our answers live, `https://t.shop.example`. Links that are ours already, such as
    the one to unsubscribe, stay as they are; so does what is no web address.
    """
    places = iter(range(65_536))

    def lead(found: re.Match[str]) -> str:
        target = unescape(found[3])
        if target.startswith((base + "/", base + "?")) or not is_web_address(target):
            return found[0]
        address = f"{base}/c/{tokens.click(about, next(places), target)}"
        return f"{found[1]}{found[2]}{address}{found[2]}"

    if tracking.clicks:
        html = _HREF.sub(lead, html)
    extra = ""
    if tracking.trap:
        extra += _trap(f"{base}/c/{tokens.make(Kind.TRAP, about)}")
    if tracking.opens:
        extra += _pixel(f"{base}/o/{tokens.make(Kind.OPEN, about)}.gif")
    if not extra:
        return html
    ends = list(_BODY_END.finditer(html))
    at = ends[-1].start() if ends else len(html)
    return html[:at] + extra + html[at:]


def links_in(html: str) -> int:
    """How many web addresses the links of a mail lead to."""
    return len({found[3] for found in _HREF.finditer(html)})


def _trap(address: str) -> str:
    return (
        '<div style="display:none;max-height:0;overflow:hidden" aria-hidden="true">'
        f'<a href="{escape(address)}" tabindex="-1" rel="nofollow"></a></div>'
    )


def _pixel(address: str) -> str:
    return (
        f'<img src="{escape(address)}" width="1" height="1" alt=""'
        ' style="display:block;width:1px;height:1px;border:0" />'
    )
