"""One profile's draft while signals move it: each thing at its own instant, in its order."""

from collections.abc import Container, Iterable
from typing import Final

import msgspec

from cartback.domain.cart import (
    CART_METRICS,
    Cart,
    apply_to_cart,
    close,
    forget_oldest,
)
from cartback.domain.consent import consent_key
from cartback.domain.derived import abandoned, recovered
from cartback.domain.effect import Derived, Effect, Moved
from cartback.domain.event import (
    DERIVED,
    NOT_SEEN,
    ConsentProperties,
    Event,
    Json,
    ListProperties,
    Metric,
    ShopId,
)
from cartback.domain.instant import FOREVER, MINUTE, Instant
from cartback.domain.lastword import later_consent, later_standing
from cartback.domain.law.terms import EMAIL, Purpose
from cartback.domain.leaf import Part
from cartback.domain.liveflow import LiveFlow
from cartback.domain.occasion import LATEST, next_occasion
from cartback.domain.order import Order, latest_orders, order_of, ordered_carts
from cartback.domain.profile import (
    MOST_CONSENTS,
    MOST_LISTS,
    MOST_TRAITS,
    Consent,
    ListStanding,
    Profile,
    Stamped,
    Standing,
    newer,
    note_look,
    stamp,
)
from cartback.domain.recall import record_event
from cartback.domain.ruleset import LiveQuestion, LiveSegment, Ruleset
from cartback.domain.run import Walk
from cartback.domain.start import Start, starts_of

_MOST_ROUNDS: Final = 1_000
_OF_CONSENT: Final = frozenset({Metric.SUBSCRIBED, Metric.UNSUBSCRIBED, Metric.RECEIVED_EMAIL})
_DESCRIBING: Final = _OF_CONSENT | {Metric.JOINED_LIST, Metric.LEFT_LIST, Metric.PLACED_ORDER}
"""What says of a person more than its identifiers, traits and place."""
_OF_CARTS: Final = frozenset({Metric.CART_ABANDONED, Metric.CART_ORDERED_ELSEWHERE})
"""What Cartback itself says of a cart that changes it."""
_SET_BACK: Final = MINUTE
"""Where the shop's clock was set back by more, an order that comes now is no older than the cart
that was filled before."""


class Turn:
    """One profile's draft while signals move it."""

    __slots__ = ("deriving", "effects", "profile", "resting", "rules", "shop", "starts", "told")

    def __init__(
        self, draft: Profile, rules: Ruleset, shop: ShopId, *, deriving: bool = True
    ) -> None:
        self.profile = draft
        self.rules = rules
        self.shop = shop
        self.deriving = deriving
        self.told: Container[str] = ()
        self.resting: frozenset[int] = frozenset()
        self.effects: list[Effect] = []
        self.starts: list[Start] = []

    def catch_up(self, through: Instant) -> None:
        """Everything that is due until then, each thing at its own instant."""
        while self.profile.wake_at <= through:
            at = self.profile.clock = max(self.profile.clock, self.profile.wake_at)
            touched = self.announce(at, quiet=False)
            self.settle(at, touched, quiet=False)
            self.look_at_dates(at)
            if self.starts or self.profile.runs:
                self.flow(at)
            if self.profile.wake_at <= at:
                raise RuntimeError(f"a verdict of profile {self.profile.id} does not move on")

    def apply(self, event: Event) -> None:
        """One event, and what follows from it at once."""
        profile = self.profile
        at = max(event.received, profile.clock)
        touched: set[int] = set()
        if profile.first_seen == FOREVER:
            touched.update(self.rules.of_newcomers)
        profile.clock = at
        if event.metric not in NOT_SEEN:
            profile.first_seen = min(profile.first_seen, event.time)
            profile.last_seen = max(profile.last_seen, event.time)
        if event.backfill:
            touched |= self.announce(event.time, quiet=True, imported=True)
            if profile.wake_at <= at:
                self.look_at_dates(at)
        known = len(profile.names)
        self._describe(event, touched)
        self._remember(event, touched)
        if event.metric == Metric.VIEWED_PRODUCT and self.rules.flows.keeps_views:
            note_look(profile.viewed, event)
        of_carts = event.metric in CART_METRICS or event.metric in _OF_CARTS
        if of_carts:
            self._change_carts(event, touched)
        if profile.carts:
            touched |= self.announce(at, quiet=event.backfill)
        if event.metric not in DERIVED:
            self._trigger(event)
        if touched or of_carts or profile.wake_at <= at:
            self.settle(at, touched, quiet=event.backfill)
        is_new_name = len(profile.names) > known
        if is_new_name or _moves_dates(event) or profile.wake_at <= at:
            self.look_at_dates(at, quiet=event.backfill)
        if self.starts or profile.runs:
            self.flow(at, event)

    def _touch(self, touched: set[int], part: str) -> None:
        touched.update(self.rules.by_part.get(part, ()))

    def _describe(self, event: Event, touched: set[int]) -> None:
        """What the event says of the person: names, traits, place, consent, lists, first order."""
        profile = self.profile
        for kind, value in event.identifiers:
            before, said = profile.names.get(kind), Stamped(value, event.time)
            if before is None:
                self._touch(touched, Part.CONSENTS)
            elif event.time <= before.at:
                said = newer(before, said)
            profile.names[kind] = said
        if event.traits and stamp(profile.traits, event.traits, event.time, MOST_TRAITS):
            self._touch(touched, Part.TRAITS)
        if event.location is not None:
            place = event.location
            found = Stamped([place.country, place.region, place.city], event.time)
            profile.location = newer(profile.location, found)
            self._touch(touched, Part.LOCATION)
        if event.metric in _DESCRIBING:
            self._take_word(event, touched)

    def _take_word(self, event: Event, touched: set[int]) -> None:
        """What the metric itself says of the person."""
        profile = self.profile
        match event.metric:
            case Metric.SUBSCRIBED | Metric.UNSUBSCRIBED:
                self._consent(event)
                self._touch(touched, Part.CONSENTS)
            case Metric.RECEIVED_EMAIL if event.properties.get("purpose") == Purpose.NOTICE:
                profile.told[EMAIL] = max(event.time, profile.told.get(EMAIL, event.time))
            case Metric.JOINED_LIST | Metric.LEFT_LIST:
                self._join(event)
                self._touch(touched, Part.LISTS)
            case Metric.PLACED_ORDER:
                if profile.first_order == FOREVER:
                    self._touch(touched, Part.STAGE)
                profile.first_order = min(profile.first_order, event.time)

    def _consent(self, event: Event) -> None:
        said = msgspec.convert(event.properties, ConsentProperties)
        subscribed = event.metric == Metric.SUBSCRIBED
        proved = event.time if subscribed and said.confirmed else None
        consent = Consent(subscribed, event.time, said.source, proved is not None, None, proved)
        consents, key = self.profile.consents, consent_key(said.channel, said.purpose)
        if key in consents or len(consents) < MOST_CONSENTS:
            consents[key] = later_consent(consents.get(key), consent)

    def _join(self, event: Event) -> None:
        key = msgspec.convert(event.properties, ListProperties).list
        lists = self.profile.lists
        if key in lists or len(lists) < MOST_LISTS:
            standing = ListStanding(event.metric == Metric.JOINED_LIST, event.time)
            lists[key] = later_standing(lists.get(key), standing)

    def _remember(self, event: Event, touched: set[int]) -> None:
        """Put the event into the memory of every question that asks about it."""
        profile = self.profile
        for question in self.rules.by_metric.get(event.metric, ()):
            if record_event(profile.memory, question, event, profile.clock):
                self._touch_moved(question, touched)

    def _touch_moved(self, question: LiveQuestion, touched: set[int]) -> None:
        """The segments that ask it, but for those where one more such event cannot move the profile
        before its verdict runs out."""
        standings, clock = self.profile.standings, self.profile.clock
        for place, key, keeps_in, keeps_out in question.segments:
            standing = standings.get(key)
            if standing is None:
                if not keeps_out:
                    touched.add(place)
            elif standing.until <= clock or not (keeps_out if standing.since is None else keeps_in):
                touched.add(place)

    def _change_carts(self, event: Event, touched: set[int]) -> None:
        profile = self.profile
        self._touch(touched, Part.CARTS)
        if event.metric == Metric.PLACED_ORDER:
            order = order_of(event)
            if event.time >= event.received and profile.clock - event.received > _SET_BACK:
                order = msgspec.structs.replace(order, at=max(order.at, profile.clock))
            profile.orders = latest_orders((*profile.orders, order))
            self.close(order, touched, quiet=event.backfill)
        elif event.metric == Metric.CART_ABANDONED:
            cart = profile.carts.get(str(event.properties.get("cart_id", "")))
            activity = event.properties.get("last_activity")
            if cart is not None and isinstance(activity, int):
                announced = max(cart.announced, activity)
                abandoned_at = max(cart.abandoned_at, event.time)
                profile.carts[cart.id] = msgspec.structs.replace(
                    cart, announced=announced, abandoned_at=abandoned_at
                )
        elif event.metric == Metric.CART_ORDERED_ELSEWHERE:
            key = str(event.properties.get("cart_id", ""))
            profile.carts[key] = close(profile.carts.get(key, Cart(key)), event.time)
            forget_oldest(profile.carts)
        else:
            key = apply_to_cart(profile.carts, event)
            for order in profile.orders:
                if order.at >= event.time:
                    self.close(order, touched, quiet=event.backfill)
            if event.backfill and key in profile.carts:
                cart = profile.carts[key]
                settles_at = max(cart.settles_at, profile.clock + self.rules.limits.idle(cart))
                profile.carts[key] = msgspec.structs.replace(cart, settles_at=settles_at)

    def close(self, order: Order, touched: set[int], *, quiet: bool) -> None:
        """Close the carts that the order came from; an abandoned one is thereby recovered."""
        carts = self.profile.carts
        for cart in ordered_carts(carts, order):
            if cart.was_abandoned(order.at):
                event = recovered(self.profile, cart, order, self.shop, backfill=quiet)
                self._derive(event, touched)
            carts[cart.id] = close(cart, order.at)
        forget_oldest(carts)

    def announce(self, at: Instant, *, quiet: bool, imported: bool = False) -> set[int]:
        """Say of each cart that became abandoned by then that it is; forget those long gone.

        What was imported waits until the import had time to bring what happened next, or until an
        `imported` event shows that nothing did.
        """
        touched: set[int] = set()
        limits = self.rules.limits
        for cart in list(self.profile.carts.values()):
            if limits.expires(cart) <= at:
                del self.profile.carts[cart.id]
                self._touch(touched, Part.CARTS)
            elif cart.announced < cart.activity and cart.activity > cart.closed_at:
                due = limits.due(cart)
                if due > at or (cart.settles_at > at and not imported):
                    continue
                if cart.is_open:
                    late = quiet or cart.settles_at > due
                    event = abandoned(self.profile, cart, due, self.shop, backfill=late)
                    self._derive(event, touched)
                    self.profile.carts[cart.id] = msgspec.structs.replace(
                        cart, announced=cart.activity, abandoned_at=due
                    )
                    self._touch(touched, Part.CARTS)
        return touched

    def _derive(self, event: Event, touched: set[int]) -> None:
        if self.deriving and event.id not in self.told:
            self.effects.append(Derived(event))
            self._remember(event, touched)
            self._trigger(event)

    def _trigger(self, event: Event) -> None:
        """Note the flows that the event begins, for when the segments are settled."""
        if self.deriving and not event.backfill and event.metric in self.rules.flows.by_metric:
            self.starts += starts_of(self.rules, event)

    def look_at_dates(self, at: Instant, *, quiet: bool = False) -> None:
        """Note the flows of which an occasion has come; one that is long past begins nothing, nor
        does what an import brings."""
        if not self.deriving or not self.rules.flows.by_date:
            return
        for live in self.rules.flows.by_date:
            due = self._occasion(live)
            if due > at:
                continue
            while (following := self._looked_at(live, due)) <= at:
                due = following
            if at - due <= LATEST and not quiet:
                self.starts.append(Start(live))
        self.profile.wake_at = self._next_wake(at)

    def _occasion(self, live: LiveFlow) -> Instant:
        return next_occasion(self.profile, live, self.rules)

    def _looked_at(self, live: LiveFlow, occasion: Instant) -> Instant:
        """One occasion is done with; the one behind it."""
        self.profile.dates[live.key] = occasion
        return self._occasion(live)

    def flow(self, at: Instant, event: Event | None = None) -> None:
        """Begin what was triggered, and take every run that is due as far as it goes."""
        if not self.deriving:
            return
        walk = Walk(self, at)
        walk.look_at_carts(event)
        if event is not None and not event.backfill:
            walk.hear(event)
        for _ in range(_MOST_ROUNDS):
            starts, self.starts = self.starts, []
            for start in sorted(starts, key=Start.rank):
                walk.begin(start)
            if not walk.proceed() and not self.starts:
                self.profile.wake_at = self._next_wake(at)
                return
        raise RuntimeError(f"the flows of profile {self.profile.id} set off each other for ever")

    def happens(
        self,
        metric: str,
        at: Instant,
        event_id: str,
        properties: dict[str, Json] | None = None,
        traits: dict[str, Json] | None = None,
    ) -> None:
        """Something follows from a step of a flow: into the log, and into the profile."""
        event = Event(
            shop=self.shop,
            id=event_id,
            metric=metric,
            identifiers=(),
            time=at,
            received=max(at, self.profile.clock),
            properties=properties or {},
            traits=traits or {},
        )
        touched: set[int] = set()
        self._describe(event, touched)
        self._derive(event, touched)
        self.settle(at, touched, quiet=False)
        if event.traits:
            self.look_at_dates(at)

    def settle(self, at: Instant, touched: Iterable[int], *, quiet: bool) -> None:
        """Judge the segments that may have changed, and find the next instant to look again."""
        profile, segments = self.profile, self.rules.segments
        waiting = set(touched)
        if profile.wake_at <= at:
            waiting.update(
                segment.place
                for segment in segments
                if (standing := profile.standings.get(segment.key)) is not None
                and standing.until <= at
            )
        waiting -= self.resting
        while waiting:
            place = min(waiting)
            waiting.discard(place)
            if self._judge(segments[place], at, quiet=quiet):
                waiting.update(set(segments[place].dependents) - self.resting)
        profile.wake_at = self._next_wake(at)

    def _judge(self, segment: LiveSegment, at: Instant, *, quiet: bool) -> bool:
        """Judge one segment and note where the profile stands; whether it entered or left."""
        standings = self.profile.standings
        before = standings.get(segment.key)
        since = None if before is None else before.since
        inside, until = segment.compiled.judge(self.profile, at, None)
        moved = inside != (since is not None)
        if moved:
            since = at if inside else None
            self.effects.append(Moved(segment.key, at, inside, quiet))
            if not quiet and self.deriving:
                for live in self.rules.flows.by_move.get((segment.key, inside), ()):
                    self.starts.append(Start(live))
        elif before is None and until == FOREVER:
            return False
        if inside or until < FOREVER:
            standings[segment.key] = Standing(since, until)
        else:
            standings.pop(segment.key, None)
        return moved

    def _next_wake(self, at: Instant) -> Instant:
        """The earliest instant from then on at which something may change by itself."""
        wake = FOREVER
        for standing in self.profile.standings.values():
            if standing.until < wake:
                wake = standing.until
        limits = self.rules.limits
        for cart in self.profile.carts.values():
            if cart.activity > cart.closed_at:
                due = max(limits.due(cart), cart.settles_at)
                if cart.announced >= cart.activity or due <= at:
                    due = limits.expires(cart)
                wake = min(wake, due)
        for run in self.profile.runs.values():
            wake = min(wake, run.due)
        if self.deriving:
            for live in self.rules.flows.by_date:
                wake = min(wake, self._occasion(live))
        return wake


def _moves_dates(event: Event) -> bool:
    """Whether an occasion may come at another time than before: where somebody is, what they
    allowed, and whether they were told of it."""
    return bool(event.traits) or event.location is not None or event.metric in _OF_CONSENT
