"""The one function that moves a profile: state, signals and a moment in; state and effects out.

Live work, back-fill, rehearsal, the demo's time lapse and every runtime call it. Two rules make
them agree, whatever their batches: before an event is applied, all wake-ups due before it run, in
order; and a tick catches up everything that is due until now.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

import msgspec

from cartback.domain.cart import (
    CART_METRICS,
    Order,
    apply_to_cart,
    close,
    forget_oldest,
    latest_orders,
    order_of,
    ordered_carts,
)
from cartback.domain.cart import union as union_carts
from cartback.domain.derived import abandoned, recovered
from cartback.domain.event import (
    DERIVED,
    ConsentProperties,
    Event,
    ListProperties,
    Metric,
    ProfileId,
    ShopId,
)
from cartback.domain.instant import FOREVER, Instant
from cartback.domain.leaf import Part
from cartback.domain.memory import (
    NOTHING,
    QuestionKey,
    Remembered,
    trim,
)
from cartback.domain.memory import union as union_memories
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
    stamp,
)
from cartback.domain.recall import lacking, recall, record_event
from cartback.domain.ruleset import LiveQuestion, LiveSegment, Ruleset


class Moved(NamedTuple):
    """The profile entered or left a segment at that instant; `quiet` ones start nothing."""

    segment: str
    at: Instant
    joined: bool
    quiet: bool


class Derived(NamedTuple):
    """An event that follows from the others, to be added to the log."""

    event: Event


Effect: TypeAlias = Moved | Derived


class Advanced(NamedTuple):
    """The new state, what happened, and when the profile must be looked at again."""

    profile: Profile
    effects: tuple[Effect, ...]

    @property
    def wake_at(self) -> Instant:
        return self.profile.wake_at


def new_profile(profile: ProfileId, rules: Ruleset) -> Profile:
    """A profile of which nothing is known yet."""
    return Profile(profile, rules=rules.version)


def advance(
    profile: Profile, events: Sequence[Event], now: Instant, rules: Ruleset, shop: ShopId = 0
) -> Advanced:
    """Apply the events in their order of arrival, then everything that is due until `now`.

    The profile given is left as it is. It has to be at the version of the rules (see `adopt`).
    """
    turn = _Turn(profile.copy(), rules, shop)
    for event in events:
        turn.catch_up(max(event.received, turn.profile.clock) - 1)
        turn.apply(event)
    turn.catch_up(now)
    return Advanced(turn.profile, tuple(turn.effects))


def replay(
    profile: ProfileId, history: Iterable[Event], now: Instant, rules: Ruleset, shop: ShopId
) -> Profile:
    """The state that a profile has after its whole history, in the order of the log.

    Events that were derived then are taken from the history and not derived again.
    """
    return retell(profile, history, now, rules, shop).profile


def retell(
    profile: ProfileId, history: Iterable[Event], now: Instant, rules: Ruleset, shop: ShopId
) -> Advanced:
    """The same, and which segments it entered and left on the way."""
    turn = _Turn(new_profile(profile, rules), rules, shop, deriving=False)
    for event in history:
        turn.catch_up(max(event.received, turn.profile.clock) - 1)
        turn.apply(event)
    turn.catch_up(now)
    return Advanced(turn.profile, tuple(turn.effects))


def adopt(
    profile: Profile,
    history: Sequence[Event],
    now: Instant,
    rules: Ruleset,
    shop: ShopId = 0,
    recalled: Mapping[QuestionKey, Remembered] = MappingProxyType({}),
) -> Advanced:
    """Bring a profile to the present version of the rules; nothing is started by it.

    `history` holds at least all events of the metrics that `lacking` names, but for those that
    `recalled` holds already.
    """
    news = _news(profile.rules, rules)
    draft = profile.copy()
    now = max(draft.clock, now)
    if not draft.memory.keys() <= news.kept:
        draft.memory = {key: one for key, one in draft.memory.items() if key in news.kept}
    if news.missing and (history or recalled):
        known = {key: memory for key, memory in recalled.items() if key in news.missing}
        draft.memory.update(recall(history, news.missing.values(), now, known))
    before = profile.standings
    if not before.keys() <= news.unchanged:
        draft.standings = {key: one for key, one in before.items() if key in news.unchanged}
    draft.rules = rules.version
    turn = _Turn(draft, rules, shop)
    if draft.wake_at <= now:
        turn.resting = frozenset(news.changed.values())
        turn.catch_up(now)
        turn.resting = frozenset()
    for key, standing in before.items():
        if key in news.changed and key not in news.reborn:
            draft.standings[key] = Standing(standing.since, now)
        elif key not in news.unchanged and standing.since is not None:
            turn.effects.append(Moved(key, now, joined=False, quiet=True))
    touched = turn.announce(now, quiet=True)
    touched.update(news.changed.values())
    turn.settle(now, touched, quiet=True)
    if draft.memory != profile.memory or draft.standings != before:
        draft.clock = now
    return Advanced(draft, tuple(turn.effects))


class _News(NamedTuple):
    """What the present rules have that an older version had not."""

    version: int
    missing: dict[QuestionKey, LiveQuestion]
    kept: frozenset[QuestionKey]
    changed: dict[str, int]
    unchanged: frozenset[str]
    reborn: frozenset[str]


def _news(version: int, rules: Ruleset) -> _News:
    found: _News | None = rules.notes.get(version)
    if found is None:
        missing = {question.key: question for question in lacking(version, rules)}
        kept = frozenset(rules.questions.keys() - missing.keys())
        changed = {one.key: one.place for one in rules.segments if one.since > version}
        unchanged = frozenset(one.key for one in rules.segments if one.since <= version)
        reborn = frozenset(one.key for one in rules.segments if one.born > version)
        found = rules.notes[version] = _News(version, missing, kept, changed, unchanged, reborn)
    return found


def merge(winner: Profile, loser: Profile, now: Instant, rules: Ruleset, shop: ShopId) -> Advanced:
    """One profile with all that is known of both: as if their events had been in one.

    Both have been advanced to just before `now`. The winner stays a member since when it was, as
    its history says; what it becomes a member of through the other, it enters now.
    """
    draft, known = winner.copy(), loser
    draft.clock = max(draft.clock, known.clock, now)
    draft.first_seen = min(draft.first_seen, known.first_seen)
    draft.last_seen = max(draft.last_seen, known.last_seen)
    draft.first_order = min(draft.first_order, known.first_order)
    for name, stamped in known.names.items():
        stamp(draft.names, {name: stamped.value}, stamped.at, MOST_TRAITS)
    for name, stamped in known.traits.items():
        stamp(draft.traits, {name: stamped.value}, stamped.at, MOST_TRAITS)
    for channel, consent in known.consents.items():
        if channel in draft.consents or len(draft.consents) < MOST_CONSENTS:
            draft.consents[channel] = _later_consent(draft.consents.get(channel), consent)
    for key, standing in known.lists.items():
        if key in draft.lists or len(draft.lists) < MOST_LISTS:
            draft.lists[key] = _later_standing(draft.lists.get(key), standing)
    draft.location = newer(draft.location, known.location)
    for key, cart in known.carts.items():
        draft.carts[key] = union_carts(draft.carts[key], cart) if key in draft.carts else cart
    for question in rules.questions.values():
        if question.key in known.memory:
            draft.memory[question.key] = union_memories(
                draft.remembered(question.key),
                known.remembered(question.key),
                question.retention,
                draft.clock,
            )
    draft.orders = latest_orders((*draft.orders, *known.orders))
    forget_oldest(draft.carts)
    turn = _Turn(draft, rules, shop)
    for order in draft.orders:
        turn.close(order, set(), quiet=False)
    turn.announce(draft.clock, quiet=False)
    turn.settle(draft.clock, range(len(rules.segments)), quiet=False)
    return Advanced(draft, tuple(turn.effects))


def trimmed(profile: Profile, rules: Ruleset) -> Profile:
    """The state without what no answer from its clock on can need, for comparing two of them."""
    draft = profile.copy()
    kept = {
        key: trim(memory, rules.questions[key].retention, profile.clock)
        for key, memory in profile.memory.items()
        if key in rules.questions
    }
    draft.memory = {key: memory for key, memory in kept.items() if memory != NOTHING}
    return draft


class _Turn:
    """One profile's draft while signals move it."""

    __slots__ = ("deriving", "effects", "profile", "resting", "rules", "shop")

    def __init__(
        self, draft: Profile, rules: Ruleset, shop: ShopId, *, deriving: bool = True
    ) -> None:
        self.profile = draft
        self.rules = rules
        self.shop = shop
        self.deriving = deriving
        self.resting: frozenset[int] = frozenset()
        self.effects: list[Effect] = []

    def catch_up(self, through: Instant) -> None:
        """Everything that is due until then, each thing at its own instant."""
        while self.profile.wake_at <= through:
            at = self.profile.wake_at
            self.profile.clock = max(self.profile.clock, at)
            touched = self.announce(at, quiet=False)
            self.settle(at, touched, quiet=False)
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
        if event.metric not in DERIVED:
            profile.first_seen = min(profile.first_seen, event.time)
            profile.last_seen = max(profile.last_seen, event.time)
        if event.backfill:
            touched |= self.announce(event.time, quiet=True, imported=True)
        self._describe(event, touched)
        self._remember(event, touched)
        of_carts = event.metric in CART_METRICS or event.metric == Metric.CART_ABANDONED
        if of_carts:
            self._change_carts(event, touched)
        if profile.carts:
            touched |= self.announce(at, quiet=event.backfill)
        if touched or of_carts or profile.wake_at <= at:
            self.settle(at, touched, quiet=event.backfill)

    def _touch(self, touched: set[int], part: str) -> None:
        touched.update(self.rules.by_part.get(part, ()))

    def _describe(self, event: Event, touched: set[int]) -> None:
        """What the event says of the person: names, traits, place, consent, lists, first order."""
        profile = self.profile
        for kind, value in event.identifiers:
            before = profile.names.get(kind)
            after = newer(before, Stamped(value, event.time))
            if after is not None and after is not before:
                if before is None:
                    self._touch(touched, Part.CONSENTS)
                profile.names[kind] = after
        if event.traits and stamp(profile.traits, event.traits, event.time, MOST_TRAITS):
            self._touch(touched, Part.TRAITS)
        if event.location is not None:
            place = event.location
            found = Stamped([place.country, place.region, place.city], event.time)
            profile.location = newer(profile.location, found)
            self._touch(touched, Part.LOCATION)
        match event.metric:
            case Metric.SUBSCRIBED | Metric.UNSUBSCRIBED:
                self._consent(event)
                self._touch(touched, Part.CONSENTS)
            case Metric.JOINED_LIST | Metric.LEFT_LIST:
                self._join(event)
                self._touch(touched, Part.LISTS)
            case Metric.PLACED_ORDER:
                if profile.first_order == FOREVER:
                    self._touch(touched, Part.STAGE)
                profile.first_order = min(profile.first_order, event.time)

    def _consent(self, event: Event) -> None:
        said = msgspec.convert(event.properties, ConsentProperties)
        consent = Consent(event.metric == Metric.SUBSCRIBED, event.time, said.source)
        consents = self.profile.consents
        if said.channel in consents or len(consents) < MOST_CONSENTS:
            consents[said.channel] = _later_consent(consents.get(said.channel), consent)

    def _join(self, event: Event) -> None:
        key = msgspec.convert(event.properties, ListProperties).list
        lists = self.profile.lists
        if key in lists or len(lists) < MOST_LISTS:
            standing = ListStanding(event.metric == Metric.JOINED_LIST, event.time)
            lists[key] = _later_standing(lists.get(key), standing)

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
        if self.deriving:
            self.effects.append(Derived(event))
            self._remember(event, touched)

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
        return wake


def _later_consent(one: Consent | None, other: Consent) -> Consent:
    """The later word counts; of two at the same time, the refusal."""
    if one is None:
        return other
    if one.at == other.at and one.subscribed != other.subscribed:
        return other if one.subscribed else one
    return max(one, other, key=lambda consent: (consent.at, consent.source))


def _later_standing(one: ListStanding | None, other: ListStanding) -> ListStanding:
    if one is None:
        return other
    return max(one, other, key=lambda standing: (standing.at, not standing.joined))
