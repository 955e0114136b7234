"""Double opt-in: a yes counts when it was confirmed from the address itself.

Who signs up is sent a link; following it shows a page, and only its button says yes (a scanner
follows links too). The yes is an event like all others, with the text that was shown as evidence.
"""

from typing import Final

import msgspec

from cartback.domain.event import Event, Identifier, IdentifierKind, Metric, ShopId
from cartback.domain.instant import DAY, SECOND, Instant
from cartback.domain.law.terms import EMAIL
from cartback.engine.signing import LONGEST, Signer

PURPOSE: Final = "opt-in"
LASTS: Final = 7 * DAY


class OptIn(msgspec.Struct, frozen=True, array_like=True):
    """What a link says: who wants what, where they said so, what they read, and when (seconds)."""

    shop: ShopId
    address: str
    channel: str
    at: int
    purpose: str = ""
    source: str = ""
    text: str = ""


class DeadOptIn(ValueError):
    """The link confirms nothing; the message says why, to the person."""


def opt_in_link(signer: Signer, wanted: OptIn) -> str:
    """A token by which the address confirms what was wanted. Raises ValueError for a text that no
    link can carry: some hundred letters can be shown."""
    token = signer.sign(PURPOSE, msgspec.msgpack.encode(wanted))
    if len(token) > LONGEST:
        raise ValueError("the text is too long to stand in a link; show a shorter one")
    return token


def read_opt_in(signer: Signer, shop: ShopId, token: str, now: Instant) -> OptIn:
    """What would be confirmed, to be shown; nothing changes. Raises DeadOptIn."""
    try:
        wanted = msgspec.msgpack.decode(signer.read(PURPOSE, token) or b"", type=OptIn)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise DeadOptIn("this link confirms nothing") from None
    if wanted.shop != shop:
        raise DeadOptIn("this link confirms nothing")
    if now >= wanted.at * SECOND + LASTS:
        raise DeadOptIn("this link has expired; sign up again")
    return wanted


def confirm(signer: Signer, shop: ShopId, token: str, now: Instant, ip: str = "") -> Event:
    """The event that says yes, to be taken like any other: the button pressed twice is one.

    Raises DeadOptIn.
    """
    wanted = read_opt_in(signer, shop, token, now)
    kind = IdentifierKind.EMAIL if wanted.channel == EMAIL else IdentifierKind.PHONE
    properties = {
        "channel": wanted.channel,
        "purpose": wanted.purpose,
        "source": wanted.source,
        "text": wanted.text,
        "ip": ip,
    }
    said = {name: value for name, value in properties.items() if value}
    return Event(
        shop=shop,
        id=f"opt-in-{token[:64]}",
        metric=Metric.SUBSCRIBED,
        identifiers=(Identifier(kind, wanted.address),),
        time=now,
        received=now,
        properties={**said, "confirmed": True},
    )
