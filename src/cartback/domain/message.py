"""A message on its way: what a channel is given, and what it may answer.

A message has a key. Whoever hands it over notes the outcome under that key, so that nothing is sent
twice; `InDoubt` is the one answer after which nobody knows, and it is never tried again by itself.
"""

from typing import Literal, Protocol, TypeAlias

import msgspec

from cartback.domain.instant import Instant

Blame: TypeAlias = Literal["recipient", "shop", "provider"]
"""What a refusal is about: the address, what the shop sent or set up, or the one who delivers."""


class Mailbox(msgspec.Struct, frozen=True):
    """An address, and the name that is shown beside it."""

    address: str
    name: str = ""


class Shown(msgspec.Struct, frozen=True):
    """The HTML of a mail before its links and pixel led through us, for a copy of it; `pattern` is
    what it was rendered from, which holds nobody's data."""

    html: str
    pattern: str = ""


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """One e-mail to one person, rendered; without `html` it is plain text.

    `key`: printable ASCII without spaces, at most 64 characters; the same for every try.
    `unsubscribe`: an https address that a POST unsubscribes with (RFC 8058); empty for mail that
    somebody asked for, such as a receipt. `stream`: what reputation and complaints are counted by,
    such as a flow's key. `headers`: further ones, which may not replace our own. `shown`: what is
    to be kept of it where that is not `html` itself.
    """

    key: str
    sender: Mailbox
    recipient: Mailbox
    subject: str
    html: str
    text: str
    at: Instant
    unsubscribe: str = ""
    unsubscribe_mailto: str = ""
    reply_to: Mailbox | None = None
    shop: str = ""
    stream: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    shown: Shown | None = None


class Accepted(msgspec.Struct, frozen=True, tag="accepted"):
    """The provider has taken it; `receipt` is by what name the provider knows it."""

    receipt: str


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """Nothing was sent. `permanent`: trying again is of no use.

    `code`: the provider's three digits, 0 where there was no answer. `sentence`: for the shop.
    A permanent refusal about the recipient means that the address is dead.
    """

    permanent: bool
    code: int
    sentence: str
    about: Blame = "provider"


class InDoubt(msgspec.Struct, frozen=True, tag="in_doubt"):
    """It was handed over entirely, but the answer never came: perhaps sent, perhaps not."""

    sentence: str


Outcome: TypeAlias = Accepted | Refused | InDoubt


class Channel(Protocol):
    """What delivery needs of a channel. It never raises for what a provider or a network does."""

    async def send(self, outgoing: Outgoing) -> Outcome:
        """Hand one message over, once. Cancelling may leave it in doubt."""
        ...
