"""Every GET address of the console: the pages behind it that somebody looks at, or why there are
none. A new route that is not here fails test_pages.py."""

from __future__ import annotations

from typing import Final

SHOP: Final = "/shops/{shop}"

PAGES: Final[dict[str, tuple[str, ...]]] = {
    SHOP: ("", "?days=90"),
    f"{SHOP}/carts": ("",),
    f"{SHOP}/segments": ("", "?q=aban&sort=members", "?archived=old", "?show=archived"),
    f"{SHOP}/segments/new": ("", "?start=recent-cart-abandoners"),
    f"{SHOP}/segments/{{key}}": ("", "?days=1&saved=1", "?days=30"),
    f"{SHOP}/segments/{{key}}/why": ("", "?person=person-5", "?person=person-3", "?person=nobody"),
    f"{SHOP}/segments/{{key}}/change": ("",),
    f"{SHOP}/segments/{{key}}/archive": ("",),
    f"{SHOP}/flows": ("", "?show=archived"),
    f"{SHOP}/flows/new": ("", "?trigger=cart_abandoned"),
    f"{SHOP}/flows/{{flow}}": ("", "?saved=1&after=1&days=0&step=hello"),
    f"{SHOP}/flows/{{flow}}/why": ("", "?person=person-5", "?person=nobody"),
    f"{SHOP}/flows/{{flow}}/change": ("?step=_flow", "?step=hello", "?step=who"),
    f"{SHOP}/flows/{{flow}}/document": ("",),
    f"{SHOP}/flows/{{flow}}/versions/{{version}}": ("",),
    f"{SHOP}/flows/{{flow}}/archive": ("",),
    f"{SHOP}/messages": ("", "?status=in_doubt", "?to=shop", "?person=nobody"),
    f"{SHOP}/messages/{{message}}": ("", "?width=phone"),
    f"{SHOP}/messages/{{message}}/again": ("",),
    f"{SHOP}/products": ("", "?q=tea", "?q=nothing"),
    f"{SHOP}/products/one": ("?id=tea",),
    f"{SHOP}/products/file": ("",),
    f"{SHOP}/products/feed": ("",),
    f"{SHOP}/coupons": ("", "?show=archived"),
    f"{SHOP}/coupons/new": ("",),
    f"{SHOP}/coupons/{{coupon}}": ("", "?saved=1", "?q=nothing"),
    f"{SHOP}/coupons/{{coupon}}/change": ("",),
    f"{SHOP}/mails": ("", "?q=proof&language=en", "?q=nothing", "?show=archived"),
    f"{SHOP}/mails/new": ("", "?start=cart-proof"),
    f"{SHOP}/mails/{{mail}}/change": ("",),
    f"{SHOP}/mails/{{mail}}/versions": ("", "?version=1"),
    f"{SHOP}/mails/{{mail}}": ("", "?person=person-5&width=phone", "?person=nobody"),
    f"{SHOP}/people": ("", "?q=nobody"),
    f"{SHOP}/people/{{profile}}": ("", "?show=visits", "?show=segments", "?show=messages"),
    f"{SHOP}/people/{{profile}}/merge": ("", "?with=person-1", "?with=nobody"),
    f"{SHOP}/people/{{profile}}/erase": ("",),
    f"{SHOP}/people/{{profile}}/erased": ("",),
    f"{SHOP}/settings": ("",),
    f"{SHOP}/settings/mail": ("", "?saved=1"),
    f"{SHOP}/settings/deliverability": ("",),
    f"{SHOP}/settings/deliverability/domain": ("",),
    f"{SHOP}/settings/consent": ("", "?saved=1"),
    f"{SHOP}/settings/suppressions": ("", "?q=nobody@example.com", "?added=2"),
    f"{SHOP}/settings/suppressions/remove": ("?address=nobody@example.com",),
    f"{SHOP}/settings/keys": ("",),
    f"{SHOP}/settings/keys/{{key}}/revoke": ("",),
    f"{SHOP}/settings/team": ("",),
    f"{SHOP}/settings/team/{{user}}": ("",),
    f"{SHOP}/settings/changes": ("",),
}
"""Within a shop, as its owner sees it: an address, and what may stand behind it."""

OF_NO_SHOP: Final = ("/shops/new",)
"""For who is signed in, whatever the shop."""

MANUAL: Final[dict[str, tuple[str, ...]]] = {
    "/docs": ("/docs",),
    "/docs/reference": ("/docs/reference",),
    "/docs/{page:path}": ("/docs/segments", "/docs/ingestion", "/docs/adr/0001-one-function"),
}
"""The manual, for everybody: an address, and which pages of it are looked at."""

OPEN: Final[dict[str, tuple[str, ...]]] = {
    "/sign-in": ("", "?next=/shops/1"),
    "/signed-in": ("",),  # the cookie was not kept
}
"""For strangers. The pages behind one-time links are asked for by their tokens."""

NO_PAGES: Final[dict[str, str]] = {
    "/": "leads to a shop",
    "/static/{digest}/{name}": "files",
    "/links/{token}": "by their tokens (furnished.py)",
    "/docs/schemas/{kind}.schema.json": "a file",
    "/docs/examples/{file}": "a file",
    f"{SHOP}/mails/{{mail}}/framed": "a mail, in the frame of its page",
    f"{SHOP}/messages/{{message}}/framed": "a mail, in the frame of its page",
    f"{SHOP}/messages.csv": "a file",
    f"{SHOP}/coupons/{{coupon}}/codes.csv": "a file",
    f"{SHOP}/mails/canvas": "a mail, in the frame of the editor",
    f"{SHOP}/live": "a stream",
    f"{SHOP}/people.csv": "a file",
    f"{SHOP}/carts.csv": "a file",
    f"{SHOP}/segments.csv": "a file",
    f"{SHOP}/settings/changes.csv": "a file",
    f"{SHOP}/settings/suppressions.csv": "a file",
    f"{SHOP}/segments/{{key}}/members.csv": "a file",
    f"{SHOP}/people/{{profile}}/export": "a file",
}

KEYS: Final = ("abandoners", "arabic", "long", "still-building", "put-away")
"""The segments of the furnished shop; all but the first are looked at by their own page only."""

MESSAGES: Final = ("came-back", "in-doubt", "cancelled", "waits")
"""The messages of the furnished shop: one for each thing that a page of one tells."""

COUPONS: Final = ("come-back-soon", "from-the-pool", "put-away")
"""The coupons of the furnished shop: with codes of every state, with a pool, and archived."""

FLOW: Final = "winter"
"""The automation of the furnished shop that has every kind of step."""


def paths(shop: int) -> list[str]:
    """The addresses of all pages within a furnished shop, and of one that is not there."""
    found = [f"/shops/{shop}/nowhere", *OF_NO_SHOP]
    for route, variants in PAGES.items():
        path = route.replace("{shop}", str(shop)).replace("{profile}", "6").replace("{user}", "2")
        if route.startswith(f"{SHOP}/settings"):
            path = path.replace("{key}", "1")
        path = (
            path.replace("{flow}", FLOW)
            .replace("{version}", "1")
            .replace("{mail}", "cart-help-lead")
        )
        found += [path.replace("{message}", key) for key in MESSAGES if path.endswith("{message}")]
        path = path.replace("{message}", MESSAGES["/again" in path])  # the second is in doubt
        found += [path.replace("{coupon}", key) for key in COUPONS if path.endswith("{coupon}")]
        path = path.replace("{coupon}", COUPONS[0])
        found += [path.replace("{key}", KEYS[0]) + one for one in variants]
        if route.endswith("{key}"):
            found += [path.replace("{key}", key) for key in KEYS[1:]]
    return found
