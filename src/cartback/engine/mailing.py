"""Who a shop's mail is from: names, addresses and language, and what of it is followed."""

from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

import msgspec

from cartback.domain.event import Json, ShopId
from cartback.domain.fault import BadDocument, Fault
from cartback.domain.number import Node
from cartback.engine.ports import Reading, Store
from cartback.engine.shop_note import ShopNote

Line = Annotated[str, msgspec.Meta(max_length=300)]
Address = Annotated[str, msgspec.Meta(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
WebAddress = Annotated[str, msgspec.Meta(max_length=2_000, pattern=r"^https?://[^\s]+$")]

Origin = Annotated[
    str, msgspec.Meta(max_length=300, pattern=r"^https?://[a-z0-9.-]+(:[0-9]{1,5})?$")
]
MOST_ORIGINS: Final = 20


class Mailing(Node, frozen=True):
    """What every mail of a shop says of the shop; `postal` is the address the law asks for
    (CAN-SPAM, 15 U.S.C. 7704(a)(5)(A)(iii); Korea, Network Act art. 50(4)).

    `code_url` is the shop's address that puts a code into the cart, with `{code}` where the code
    is to stand: `https://shop.example/discount/{code}`. `origins` are those of the shop's pages
    that may ask from a browser what a link to a cart holds; that of `url` may anyway. `opens` and
    `clicks` say whether the shop wants to know of them.
    """

    sender: Address
    name: Line = ""
    reply_to: Address | None = None
    postal: Line = ""
    phone: Line = ""
    url: WebAddress | None = None
    logo: WebAddress | None = None
    code_url: WebAddress | None = None
    origins: Annotated[tuple[Origin, ...], msgspec.Meta(max_length=MOST_ORIGINS)] = ()
    language: Literal["en", "ko"] = "en"
    opens: bool = True
    clicks: bool = True

    @property
    def domain(self) -> str:
        """The domain that mail says it is from."""
        return self.sender.rpartition("@")[2].lower()

    def __post_init__(self) -> None:
        if self.code_url is not None and "{code}" not in self.code_url:
            raise Fault("code_url_without_code")


def may_ask(mailing: Mailing | None, origin: str) -> bool:
    """Whether a page of that origin is one of the shop's own."""
    if mailing is None or not origin:
        return False
    return origin in mailing.origins or origin == origin_of(mailing.url or "")


def is_at_shop(mailing: Mailing | None, url: str) -> bool:
    """Whether an address is at the shop's own host, or below it; `www.` makes no difference, and
    from https nothing leads to http."""
    if mailing is None or mailing.url is None:
        return False
    try:
        parts, home = urlsplit(url), urlsplit(mailing.url)
        host, own = (parts.hostname or "").lower(), (home.hostname or "").lower()
        same_port = parts.port == home.port
    except ValueError:
        return False
    own = own.removeprefix("www.")
    below = bool(own) and (host == own or host.endswith("." + own))
    return below and same_port and (home.scheme, parts.scheme) != ("https", "http")


def origin_of(url: str) -> str:
    """`https://shop.example` of an address at that host; empty where it is none."""
    try:
        parts = urlsplit(url)
        port = "" if parts.port in (None, _PORTS.get(parts.scheme)) else f":{parts.port}"
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.hostname}{port}" if parts.hostname else ""


class BadMailing(BadDocument):
    """What was given is not how a shop's mail can be; the message says where."""


_PORTS: Final = {"http": 80, "https": 443}
_MAILING: Final = ShopNote("mailing", Mailing)


def mailing_of(reading: Reading, shop: ShopId) -> Mailing | None:
    """A shop's mailing, None where it was never set up: then no e-mail leaves."""
    return _MAILING.of(reading, shop)


def set_mailing(store: Store, shop: ShopId, document: Json) -> Mailing:
    """Set a shop's mailing up from plain data. Raises BadMailing."""
    mailing = _MAILING.read(document, BadMailing)
    with store.transaction() as tx:
        return _MAILING.keep(tx, shop, mailing)
