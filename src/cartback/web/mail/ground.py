"""What every handler of a link stands on, and whose mail it is about."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from starlette.requests import Request

from cartback.domain.drop import DropReason
from cartback.domain.event import Event, ShopId
from cartback.domain.instant import Instant, Zone
from cartback.domain.phrase import Language
from cartback.domain.profile import Profile
from cartback.domain.rules import Settings
from cartback.engine.deliver import Sending
from cartback.engine.flow_ports import MessageRow
from cartback.engine.intake import Receipt
from cartback.engine.mailing import Mailing, mailing_of
from cartback.engine.people import present
from cartback.engine.ports import Clock, Reading, Store
from cartback.engine.rulebook import Rulebook
from cartback.engine.selves import present_row
from cartback.engine.shops import settings_of
from cartback.engine.signing import Signer
from cartback.engine.tokens import Kind, Link, Tokens
from cartback.web.console.guard import sender_of
from cartback.web.console.words import Words, best_language

SHOP_BYTES: Final = 4


class Receive(Protocol):
    """The engine's door for events."""

    def __call__(
        self, shop: ShopId, events: Sequence[Event], drops: Mapping[DropReason, int]
    ) -> Awaitable[Receipt]:
        """Returns when the events are durable. Raises Overloaded."""


class Hook(Protocol):
    """What a provider tells us: its signature is checked, and what it says is kept."""

    def __call__(self, headers: Mapping[str, str], body: bytes, now: Instant) -> int:
        """Blocks. The status to answer with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The parts of a running Cartback that links lead to.

    `view` makes a mail's HTML again, without anything that is followed; None where it cannot.
    """

    store: Store
    rulebook: Rulebook
    clock: Clock
    receive: Receive
    tokens: Callable[[], Tokens]
    signer: Callable[[], Signer]
    view: Callable[[Sending], str | None]
    written: Callable[[], None] = lambda: None
    public_url: str = ""
    hooks: Mapping[str, Hook] = field(default_factory=dict)

    def read(self, token: str, kind: Kind) -> Link | None:
        """What a token of that kind says; None for any other."""
        link = self.tokens().read(token)
        return link if link is not None and link.kind is kind else None


class Letter(NamedTuple):
    """A message that a link stands in, with all that is asked of it. `profile` is None for who was
    erased, `mailing` where the shop has none any more."""

    shop: ShopId
    message: MessageRow
    profile: Profile | None
    mailing: Mailing | None
    settings: Settings

    def words(self) -> Words:
        """The language that the shop writes in, on its clock."""
        language = Language.ENGLISH if self.mailing is None else Language(self.mailing.language)
        return Words(language, Zone(self.settings.zone))


def place_of(link: Link) -> tuple[ShopId, str]:
    """Which message of which shop a link is about."""
    return int.from_bytes(link.id[:SHOP_BYTES], "big"), link.id[SHOP_BYTES:].hex()


def letter_of(ground: Ground, reading: Reading, shop: ShopId, key: str) -> Letter | None:
    """The message as of now; None where it is not known any more."""
    message = reading.message(shop, key)
    if message is None:
        return None
    row = present_row(reading, shop, message.profile)
    now = ground.clock()
    profile = None if row is None else present(reading, ground.rulebook, shop, row, now)
    return Letter(shop, message, profile, mailing_of(reading, shop), settings_of(reading, shop))


def words_of(request: Request) -> Words:
    """The visitor's language, where no shop's is known."""
    return Words(best_language(request.headers.get("accept-language", "")))


def address_of(ground: Ground, request: Request) -> str:
    """Where the visitor came from, as evidence."""
    return sender_of(request, ground.public_url)
