"""What a handler is given: who asks, in which language, what was sent, and about which shop."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Literal, NamedTuple, TypeAlias
from urllib.parse import parse_qsl

from starlette.requests import Request

from cartback.domain.event import Json, ShopId
from cartback.domain.flow import Flow
from cartback.domain.instant import Instant, Zone
from cartback.domain.message import Outcome, Outgoing
from cartback.domain.phrase import Language
from cartback.domain.rules import Settings
from cartback.engine.access import Visitor
from cartback.engine.access_ports import Role, UserRow
from cartback.engine.audit import Noted, note
from cartback.engine.deliverability import Finding
from cartback.engine.mails import Mails
from cartback.engine.ports import Clock, Store
from cartback.engine.products import Read, Unread
from cartback.engine.reckoning import Count
from cartback.engine.rulebook import Rulebook
from cartback.engine.shop_ports import ShopRow
from cartback.web.console.caught import Inbox
from cartback.web.console.feed import Feed
from cartback.web.console.words import Words

Theme: TypeAlias = Literal["auto", "light", "dark"]
THEMES: Final[tuple[Theme, ...]] = ("auto", "light", "dark")
MOST_FIELDS: Final = 20_000
NO_SHOP: Final = ShopRow(0, "", 0)
DEFAULTS: Final = Settings()


@dataclass(frozen=True, slots=True)
class Demo:
    """This is the demo: the word in the address that lets its owner in, and who that is; and the
    customer's id in the event that one is asked to send."""

    word: str = field(repr=False)
    owner: str
    sender: str


@dataclass(frozen=True, slots=True)
class Ground:
    """What the console stands on."""

    store: Store
    rulebook: Rulebook
    clock: Clock
    count: Count
    written: Callable[[], None]
    keys_changed: Callable[[], None]
    feed: Feed
    mails: Callable[[], Mails]
    proof: Callable[[Flow], None]
    """Refuses a flow with a step that could never be done. Raises BadFlow."""
    public_url: str = ""
    demo: Demo | None = None
    inbox: Inbox | None = None
    """Where mail is caught instead of sent, None where it is sent."""
    try_out: Callable[[Outgoing], Outcome] | None = None
    """Hands one mail over, now and beside the outbox; None where no mail can leave."""
    domain: Callable[[str], Sequence[Finding]] | None = None
    """What others see of a domain that mail is from; None where no mail leaves."""
    read_products: Callable[[bytes, str], Iterable[Read | Unread]] = lambda _, __: ()
    """The products in the text of a file; prices that name no currency are in that one. Raises
    ValueError with a sentence where it makes no sense as a whole."""
    tape_is_amended: Callable[[ShopId], bool] = lambda _: True
    """Makes on the tape what an erasing or an undoing changed; False where that is done later."""


class Form(NamedTuple):
    """The fields of a request, in their order."""

    fields: Sequence[tuple[str, str]] = ()

    def text(self, name: str, default: str = "") -> str:
        """The field's last value, without spaces around it."""
        found = default
        for key, value in self.fields:
            if key == name:
                found = value.strip()
        return found

    def all(self) -> Mapping[str, str]:
        return dict(self.fields)


class Refused(Exception):
    """The request is refused, with a sentence for the person who made it."""

    def __init__(self, status: int, sentence: str = "") -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of a visitor, who may be a stranger."""

    ground: Ground
    request: Request
    form: Form
    now: Instant
    say: Words
    theme: Theme
    visitor: Visitor | None = None

    @property
    def store(self) -> Store:
        return self.ground.store

    @property
    def language(self) -> Language:
        return self.say.language

    @property
    def query(self) -> Mapping[str, str]:
        return self.request.query_params

    @property
    def is_partial(self) -> bool:
        """Whether a script asks for a part of the page."""
        return self.request.headers.get("hx-request") == "true"

    @property
    def user(self) -> UserRow:
        if self.visitor is None:
            raise Refused(401)
        return self.visitor.user

    def part(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    def number(self, name: str) -> int:
        """A number in the path. Raises Refused."""
        found = whole(self.part(name))
        if found is None:
            raise Refused(404)
        return found


@dataclass(frozen=True, slots=True)
class AtShop(Asked):
    """A request about one shop, of somebody who has a seat there."""

    shop: ShopRow = NO_SHOP
    role: Role = "viewer"
    settings: Settings = DEFAULTS
    shops: Sequence[ShopRow] = ()

    @property
    def id(self) -> ShopId:
        return self.shop.id

    @property
    def zone(self) -> Zone:
        return Zone(self.settings.zone)

    @property
    def may_change(self) -> bool:
        return self.role != "viewer"

    @property
    def is_owner(self) -> bool:
        return self.role == "owner"

    def noting(self, action: str, subject: str, **detail: Json) -> Store:
        """The store, for one change by this person that is noted together with it."""
        line = partial(
            note, shop=self.id, by=self.user, action=action, subject=subject, now=self.now, **detail
        )
        return Noted(self.store, line)

    def path(self, *parts: object) -> str:
        """An address within the shop."""
        return "/".join(["/shops", str(self.id), *map(str, parts)])


def whole(text: str) -> int | None:
    """A number in an address; None for what is none, or too long to be one of ours."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def parse_form(body: bytes) -> Form:
    """An HTML form's fields. Raises Refused for what is none."""
    try:
        fields = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            max_num_fields=MOST_FIELDS,
            errors="strict",
        )
    except (UnicodeDecodeError, ValueError):
        raise Refused(400) from None
    if any("\x00" in value for pair in fields for value in pair):
        raise Refused(400)
    return Form(fields)
