"""What every handler stands on, and whose request it is."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Protocol

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBasic, HTTPBasicCredentials
from fastapi.security import HTTPBearer as Bearer

from cartback.domain.drop import DropReason
from cartback.domain.event import Event, Json, ProfileId, ShopId
from cartback.domain.flow import Flow
from cartback.domain.instant import Instant, Zone
from cartback.domain.message import Outcome, Outgoing
from cartback.engine.audit import Noted, note
from cartback.engine.deliverability import Finding
from cartback.engine.intake import Dropped, Receipt
from cartback.engine.keys import shown
from cartback.engine.mails import Mails
from cartback.engine.ports import Clock, Reading, Store
from cartback.engine.preview import Counter
from cartback.engine.profile_ports import ProfileRow
from cartback.engine.rulebook import Rulebook
from cartback.engine.scope import Scope
from cartback.engine.shop_ports import KeyRow
from cartback.engine.shops import settings_of
from cartback.engine.signing import Signer
from cartback.web.api.problem import Problem, not_found
from cartback.web.api.shape import Named, named


class Receiver(Protocol):
    """The engine's door."""

    def key(self, token: str) -> KeyRow | None:
        """The key, None where it is unknown or revoked."""

    async def receive(
        self, shop: ShopId, events: Sequence[Event], drops: Mapping[DropReason, int]
    ) -> Receipt:
        """Returns when the events are durable. Raises Overloaded."""


class EventReader(Protocol):
    """Reads an event in Cartback's own shape."""

    def __call__(
        self, shop: ShopId, document: Mapping[str, Any], received: Instant
    ) -> Event | Dropped: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The parts of a running Cartback that the API asks."""

    store: Store
    rulebook: Rulebook
    clock: Clock
    receiver: Receiver
    read: EventReader
    count: Counter
    is_ready: Callable[[], str | None]
    signer: Callable[[], Signer]
    mails: Callable[[], Mails]
    """What makes a mail of a template."""
    proof: Callable[[Flow], None]
    """Refuses a flow with a step that could never be done. Raises BadFlow."""
    written: Callable[[], None] = lambda: None
    """Tells the worker that something was written."""
    keys_changed: Callable[[], None] = lambda: None
    try_out: Callable[[Outgoing], Outcome] | None = None
    """Hands one mail over at once; None where no mail server is set."""
    domain: Callable[[str], Sequence[Finding]] | None = None
    """What others see of a domain that mail is from; None where no mail leaves."""
    tape_is_amended: Callable[[ShopId], bool] = lambda _: True
    """Makes on the tape what an erasing or an undoing changed; False where that is done later."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose key it is; everything that is asked is asked of that shop."""

    ground: Ground
    key: KeyRow

    @property
    def shop(self) -> ShopId:
        return self.key.shop

    @property
    def store(self) -> Store:
        return self.ground.store

    @property
    def name(self) -> str:
        """Who it is, as a change keeps it."""
        return f"key:{self.key.id}"

    @property
    def who(self) -> str:
        """The same for people: what the key is for, and how it ends."""
        hint = shown(self.key)
        return f"{self.key.label} ({hint})" if self.key.label else hint

    def noting(self, action: str, subject: str, **detail: Json) -> Store:
        """The store, for one change by this key that is noted together with it."""
        now = self.now()
        return Noted(
            self.store,
            lambda tx: note(tx, self.shop, self.who, action, subject, now, **detail),
        )

    def profile(self, reading: Reading, profile: ProfileId) -> ProfileRow:
        """The shop's profile with that id. Raises Problem where there is none."""
        row = reading.profile(self.shop, profile)
        if row is None:
            raise not_found(f"there is no profile {profile}")
        return row

    def names(self, reading: Reading, profile: ProfileId) -> list[Named] | None:
        """A profile's identifiers, where this key may read profiles."""
        if Scope.PROFILES_READ not in self.key.scopes:
            return None
        return named(reading.identifiers_of(self.shop, profile))

    def now(self) -> Instant:
        return self.ground.clock()

    def zone(self) -> Zone:
        with self.store.reading() as reading:
            return Zone(settings_of(reading, self.shop).zone)


_bearer: Final = Bearer(auto_error=False, description="A key, as `Authorization: Bearer KEY`.")
_basic: Final = HTTPBasic(auto_error=False, description="A key as the user name; no password.")

_CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="cartback"'}


async def _caller(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    basic: Annotated[HTTPBasicCredentials | None, Depends(_basic)],
) -> Caller:
    ground: Ground = request.app.state.ground
    token = bearer.credentials if bearer else basic.username if basic else ""
    if not token:
        raise Problem(
            401,
            "no-key",
            "a key is missing: send it as Authorization: Bearer KEY, or as the user name of basic"
            " authentication (curl -u KEY:)",
            headers=_CHALLENGE,
        )
    key = ground.receiver.key(token)
    if key is None:
        raise Problem(401, "unknown-key", "this key is unknown or was revoked", headers=_CHALLENGE)
    return Caller(ground, key)


def may(scope: Scope) -> Callable[[Caller], Awaitable[Caller]]:
    """A dependency: the caller, whose key has that scope."""

    async def allowed(caller: Annotated[Caller, Depends(_caller)]) -> Caller:
        needs(caller, scope)
        return caller

    return allowed


def needs(caller: Caller, scope: Scope) -> None:
    """Raises Problem where the caller's key lacks the scope."""
    if scope not in caller.key.scopes:
        raise Problem(
            403,
            "scope",
            f"this key may not do that; it lacks the scope {scope} (make one that has it:"
            f" cartback keys create --kind secret --scope {scope})",
        )


AnyCaller = Annotated[Caller, Depends(_caller)]
CatalogReader = Annotated[Caller, Depends(may(Scope.CATALOG_READ))]
CatalogWriter = Annotated[Caller, Depends(may(Scope.CATALOG_WRITE))]
CouponsReader = Annotated[Caller, Depends(may(Scope.COUPONS_READ))]
CouponsWriter = Annotated[Caller, Depends(may(Scope.COUPONS_WRITE))]
EventsReader = Annotated[Caller, Depends(may(Scope.EVENTS_READ))]
EventsWriter = Annotated[Caller, Depends(may(Scope.EVENTS_WRITE))]
FlowsReader = Annotated[Caller, Depends(may(Scope.FLOWS_READ))]
FlowsWriter = Annotated[Caller, Depends(may(Scope.FLOWS_WRITE))]
KeysReader = Annotated[Caller, Depends(may(Scope.KEYS_READ))]
KeysWriter = Annotated[Caller, Depends(may(Scope.KEYS_WRITE))]
ListsReader = Annotated[Caller, Depends(may(Scope.LISTS_READ))]
ListsWriter = Annotated[Caller, Depends(may(Scope.LISTS_WRITE))]
MessagesReader = Annotated[Caller, Depends(may(Scope.MESSAGES_READ))]
MessagesWriter = Annotated[Caller, Depends(may(Scope.MESSAGES_WRITE))]
ProfilesReader = Annotated[Caller, Depends(may(Scope.PROFILES_READ))]
ProfilesWriter = Annotated[Caller, Depends(may(Scope.PROFILES_WRITE))]
SegmentsReader = Annotated[Caller, Depends(may(Scope.SEGMENTS_READ))]
SegmentsWriter = Annotated[Caller, Depends(may(Scope.SEGMENTS_WRITE))]
SettingsReader = Annotated[Caller, Depends(may(Scope.SETTINGS_READ))]
SettingsWriter = Annotated[Caller, Depends(may(Scope.SETTINGS_WRITE))]
