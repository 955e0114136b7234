"""Who a shop's mail is from: names, addresses and language, and what of it is followed."""

from typing import Annotated, Final, Literal

import msgspec

from cartback.domain.event import Json, ShopId
from cartback.domain.number import Node
from cartback.engine.ports import Reading, Store

Line = Annotated[str, msgspec.Meta(max_length=300)]
Address = Annotated[str, msgspec.Meta(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
WebAddress = Annotated[str, msgspec.Meta(max_length=2_000, pattern=r"^https?://[^\s]+$")]


class Mailing(Node, frozen=True):
    """What every mail of a shop says of the shop; `postal` is the address the law asks for
    (CAN-SPAM, 15 U.S.C. 7704(a)(5)(A)(iii); Korea, Network Act art. 50(4)).

    `opens` and `clicks` say whether the shop wants to know of them.
    """

    sender: Address
    name: Line = ""
    reply_to: Address | None = None
    postal: Line = ""
    phone: Line = ""
    url: WebAddress | None = None
    logo: WebAddress | None = None
    language: Literal["en", "ko"] = "en"
    opens: bool = True
    clicks: bool = True


class BadMailing(ValueError):
    """What was given is not how a shop's mail can be; the message says where."""


_decoder: Final = msgspec.json.Decoder(Mailing)


def mailing_of(reading: Reading, shop: ShopId) -> Mailing | None:
    """A shop's mailing, None where it was never set up: then no e-mail leaves."""
    note = reading.note(_key(shop))
    return None if note is None else _decoder.decode(note)


def set_mailing(store: Store, shop: ShopId, document: Json) -> Mailing:
    """Set a shop's mailing up from plain data. Raises BadMailing."""
    try:
        mailing = msgspec.convert(document, Mailing)
    except msgspec.ValidationError as error:
        raise BadMailing(str(error)) from None
    with store.transaction() as tx:
        tx.set_note(_key(shop), msgspec.json.encode(mailing))
    return mailing


def _key(shop: ShopId) -> str:
    return f"mailing:{shop}"
