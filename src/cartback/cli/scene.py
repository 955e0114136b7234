"""The demo's shop as its view sees it: read from the store, a little at each look."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from cartback.cli.post_news import NotSent, with_post
from cartback.demo.scene import Because, Counters, Kind, Look, News
from cartback.domain.cart import CartLimits
from cartback.domain.event import Metric, ProfileId, ShopId
from cartback.domain.instant import DAY, MINUTE, Instant
from cartback.domain.profile import Profile, decode_profile
from cartback.engine.calling import name_by_id, name_of
from cartback.engine.home import lately
from cartback.engine.log_ports import LoggedEvent
from cartback.engine.ports import Clock, Reading, Store
from cartback.engine.segment_ports import Move
from cartback.engine.shops import settings_of

PAGE: Final = 5_000
PAST_EVERY: Final = 15 * MINUTE


class Left(NamedTuple):
    """An open cart: what it is worth, from when it is abandoned, and when it is forgotten."""

    value: int
    due: Instant
    expires: Instant


class LiveScene:
    """Looks at the store of a shop whose time runs. For one thread."""

    def __init__(
        self,
        store: Store,
        shop: ShopId,
        segment: str,
        clock: Clock,
        handed: Callable[[], Sequence[News]] = tuple,
    ) -> None:
        """`handed` tells what was handed over since it was asked last."""
        self._store = store
        self._shop = shop
        self._segment = segment
        self._clock = clock
        self._handed = handed
        self._carts: dict[ProfileId, tuple[Left, ...]] = {}
        with store.reading() as reading:
            self._limits: CartLimits = settings_of(reading, shop).limits()
            self._seq = reading.last_seq(shop)
            self._move, self._past = self._history(reading)
            self._not_sent = NotSent(reading, shop)
            for profile in _everybody(reading, shop):
                self._count(profile)

    def look(self) -> Look:
        """How it is now, and what happened since the look before."""
        now = self._clock()
        with self._store.reading() as reading:
            news = [*self._from_log(reading), *self._from_moves(reading)]
            news += [*self._handed(), *self._not_sent.news(reading)]
            counters = with_post(self._counters(reading, now), reading, self._shop)
        past, self._past = self._past, ()
        news.sort(key=lambda one: one.at)
        return Look(now, counters, news, past=past)

    # --- the past ----------------------------------------------------------------------------

    def _history(self, reading: Reading) -> tuple[int, Sequence[tuple[Instant, int]]]:
        """The number of the last move, and the segment's sizes over the last day."""
        last, changes = 0, []
        for number, move in self._moves(reading, 0):
            last = number
            changes.append((move.at, 1 if move.joined else -1))
        changes.sort()
        sizes, size = [], 0
        start = self._clock() - DAY
        for (at, change), (following, _) in pairwise([*changes, (self._clock(), 0)]):
            size += change
            if following >= start and following // PAST_EVERY > at // PAST_EVERY:
                sizes.append((max(at, start), size))
        return last, tuple(sizes)

    def _moves(self, reading: Reading, after: int) -> Iterator[tuple[int, Move]]:
        while True:
            page = reading.moves(self._shop, segment=self._segment, after=after, limit=PAGE)
            yield from page
            if len(page) < PAGE:
                return
            after = page[-1][0]

    # --- news --------------------------------------------------------------------------------

    def _from_log(self, reading: Reading) -> Iterator[News]:
        touched: dict[ProfileId, LoggedEvent] = {}
        while page := reading.log_after(self._shop, self._seq, PAGE):
            self._seq = page[-1].seq
            for logged in page:
                touched[logged.profile] = logged
                yield from self._carted(reading, logged)
        for profile, logged in touched.items():
            self._look_again(reading, profile)
            if len(logged.event.identifiers) > 1:  # two may have become one
                for merge in reading.merges(self._shop, profile):
                    self._carts.pop(merge.loser, None)

    def _carted(self, reading: Reading, logged: LoggedEvent) -> Iterator[News]:
        event = logged.event
        match event.metric:
            case Metric.CART_ABANDONED:
                kind, amount = Kind.ABANDONED, "value"
            case Metric.CART_RECOVERED:
                kind, amount = Kind.RECOVERED, "order_value"
            case _:
                return
        value = event.properties.get(amount)
        who = name_by_id(reading, self._shop, logged.profile)
        yield News(event.time, kind, who, value if isinstance(value, int) else None)

    def _from_moves(self, reading: Reading) -> Iterator[News]:
        for number, move in self._moves(reading, self._move):
            self._move = number
            if move.quiet:
                continue
            profile = self._profile(reading, move.profile)
            who = "" if profile is None else name_of(profile)
            if move.joined:
                yield self._entered(profile, who, move)
            else:
                because = self._because(reading, move)
                yield News(move.at, Kind.LEFT, who, because=because)

    def _entered(self, profile: Profile | None, who: str, move: Move) -> News:
        standing = None if profile is None else profile.standings.get(self._segment)
        inside = standing is not None and standing.since == move.at
        until = standing.until if standing is not None and inside else None
        carts = self._left(profile) if profile is not None else ()
        value = sum(cart.value for cart in carts)
        return News(move.at, Kind.ENTERED, who, value, until=until)

    def _because(self, reading: Reading, move: Move) -> Because:
        """An order at that instant, or else time alone."""
        row = reading.profile(self._shop, move.profile)
        tails = [tail for tail in row.tails if tail] if row is not None else []
        for logged in reading.history(self._shop, tails, 20) if tails else ():
            event = logged.event
            if event.metric == Metric.PLACED_ORDER and event.received == move.at:
                return Because.ORDER
        return Because.TIME

    # --- carts -------------------------------------------------------------------------------

    def _profile(self, reading: Reading, profile: ProfileId) -> Profile | None:
        row = reading.profile(self._shop, profile)
        return None if row is None else decode_profile(row.state)

    def _look_again(self, reading: Reading, profile: ProfileId) -> None:
        found = self._profile(reading, profile)
        if found is None:
            self._carts.pop(profile, None)
        else:
            self._count(found)

    def _count(self, profile: Profile) -> None:
        carts = self._left(profile)
        if carts:
            self._carts[profile.id] = carts
        else:
            self._carts.pop(profile.id, None)

    def _left(self, profile: Profile) -> tuple[Left, ...]:
        return tuple(
            Left(cart.value(), self._limits.due(cart), self._limits.expires(cart))
            for cart in profile.carts.values()
            if cart.is_open
        )

    def _counters(self, reading: Reading, now: Instant) -> Counters:
        counts = reading.counts(self._shop)
        carts = [cart for some in self._carts.values() for cart in some if cart.expires > now]
        abandoned = [cart.value for cart in carts if cart.due <= now]
        return Counters(
            events=counts["events"],
            profiles=counts["profiles"],
            open=len(carts) - len(abandoned),
            abandoned=len(abandoned),
            recovered=lately(reading, self._shop, now, DAY, "").recovered.count,
            at_stake=sum(abandoned),
            members=reading.count_members(self._shop, self._segment),
        )


def _everybody(reading: Reading, shop: ShopId) -> Iterator[Profile]:
    after = 0
    while rows := reading.profiles_after(shop, after, PAGE):
        for row in rows:
            yield decode_profile(row.state)
        after = rows[-1].id
