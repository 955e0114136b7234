"""A strict receiver in memory: it keeps what the engine would, and refuses what it never gets."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import count

from cartback.domain.drop import DropReason
from cartback.domain.event import Event, ShopId, check_properties
from cartback.domain.instant import EPOCH, Instant, instant_of
from cartback.engine.intake import Overloaded, Receipt
from cartback.engine.returning import Sender
from cartback.engine.scope import EVENTS_ONLY, Scope
from cartback.engine.shop_ports import KeyRow
from cartback.sources.segment import Reader
from cartback.web.onsite.collect import Collect

SECRET = "sk-one"
PUBLIC = "pk-one"
OTHERS = "sk-two"
REVOKED = "sk-old"
READER = "sk-reader"
STRANGER = "sk-nobody"
ONE, TWO = 1, 2


class MemoryReceiver:
    """Two shops: the first has a secret and a public key and a revoked one."""

    def __init__(self) -> None:
        self.log: dict[ShopId, dict[str, Event]] = {ONE: {}, TWO: {}}
        self.drops: dict[ShopId, Counter[DropReason]] = {ONE: Counter(), TWO: Counter()}
        self.is_overloaded = False
        self.asked: list[str] = []
        self._keys = {
            SECRET: _key(1, ONE, "secret"),
            PUBLIC: _key(2, ONE, "public"),
            OTHERS: _key(3, TWO, "secret"),
            READER: _key(4, ONE, "secret", (Scope.PROFILES_READ,)),
        }

    def key(self, token: str) -> KeyRow | None:
        assert isinstance(token, str)
        assert token
        self.asked.append(token)
        return self._keys.get(token)

    async def receive(
        self,
        shop: ShopId,
        events: Sequence[Event],
        drops: Mapping[DropReason, int],
        sender: Sender = None,
    ) -> Receipt:
        assert events or drops
        assert all(number > 0 for number in drops.values())
        if self.is_overloaded:
            raise Overloaded(7)
        before = len(self.log[shop])
        for event in events:
            _check(event, shop)
            self.log[shop].setdefault(event.id, event)
        self.drops[shop].update({DropReason(reason): n for reason, n in drops.items()})
        accepted = len(self.log[shop]) - before
        return Receipt(accepted, len(events) - accepted)

    def events(self, shop: ShopId = ONE) -> list[Event]:
        return list(self.log[shop].values())


def _check(event: Event, shop: ShopId) -> None:
    """What the engine may rely on."""
    assert event.shop == shop
    assert 0 < len(event.id) <= 255
    assert 0 < len(event.metric) <= 255
    assert event.identifiers
    assert len(set(event.identifiers)) == len(event.identifiers)
    assert all(0 < len(one.value) <= 255 for one in event.identifiers)
    assert event.time <= event.received
    check_properties(event.metric, event.properties)


def _key(number: int, shop: ShopId, kind: str, scopes: tuple[Scope, ...] = EVENTS_ONLY) -> KeyRow:
    assert kind in {"public", "secret"}
    return KeyRow(
        id=number,
        shop=shop,
        kind="public" if kind == "public" else "secret",
        digest=b"",
        hint="",
        label="",
        created=instant_of(EPOCH),
        scopes=scopes,
    )


class Ticking:
    """A clock that goes on by a second whenever it is asked."""

    def __init__(self, start: Instant) -> None:
        self._ticks = count(start, 1_000)

    def __call__(self) -> Instant:
        return next(self._ticks)


def collect_into(receiver: MemoryReceiver, start: Instant) -> Collect:
    return Collect(receiver=receiver, read=Reader(), clock=Ticking(start))
