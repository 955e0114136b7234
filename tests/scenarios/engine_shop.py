"""A shop to tell stories about: events are sent to it, time passes, and somebody looks at it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple

import msgspec

from cartback.domain.event import DERIVED, Event, Identifier, Json, ProfileId, ShopId
from cartback.domain.instant import FOREVER, HOUR, Instant, parse_instant
from cartback.domain.profile import Profile, decode_profile
from cartback.engine.backfill import backfill_all
from cartback.engine.ingest import Delivery, ingest
from cartback.engine.intake import Receipt
from cartback.engine.log_ports import LoggedEvent
from cartback.engine.people import find, present
from cartback.engine.ports import Reading, Store
from cartback.engine.rulebook import Rulebook
from cartback.engine.segment_ports import Move, SegmentRow
from cartback.engine.segments import change_segment, create_segment
from cartback.engine.standing import CARTS, is_abandoned
from cartback.engine.wake import wake_all
from tests.scenarios.credited import check_credit

MONDAY = parse_instant("2026-03-02T09:00:00Z")
ALL = 10_000_000
_numbers = count(1)


# --- documents ------------------------------------------------------------------------------


def did(metric: str, within: str = "", **times: int) -> dict[str, Json]:
    """A condition document: `did("Placed Order", "1 week", exactly=0)`."""
    document: dict[str, Json] = {"kind": "did", "metric": metric, "times": times or {"at_least": 1}}
    if within:
        document["within"] = {"kind": "last", "duration": within}
    return document


def every(*of: Json) -> dict[str, Json]:
    return {"kind": "all", "of": list(of)}


def segment(key: str, when: Json) -> dict[str, Json]:
    return {"key": key, "name": key.title(), "when": when}


ABANDONERS = segment(
    "abandoners",
    every(did("Checkout Started", "1 week"), did("Placed Order", "1 week", exactly=0)),
)
"""The article's segment."""


# --- events ---------------------------------------------------------------------------------


def name(text: str) -> Identifier:
    """`ada@example.com`, `+8210…`, `#42` for an external id, anything else is a device."""
    if "@" in text:
        return Identifier("email", text)
    if text.startswith("+"):
        return Identifier("phone", text)
    if text.startswith("#"):
        return Identifier("external_id", text[1:])
    return Identifier("anonymous_id", text)


def event(
    who: str,
    metric: str,
    at: Instant,
    *,
    shop: ShopId = 0,
    id: str = "",  # noqa: A002  the field's name
    received: Instant | None = None,
    traits: dict[str, Json] | None = None,
    backfill: bool = False,
    **properties: Json,
) -> Event:
    """Something that somebody did; `who` is one name or several with spaces between."""
    return Event(
        shop=shop,
        id=id or f"event-{next(_numbers)}",
        metric=metric,
        identifiers=tuple(map(name, who.split())),
        time=at,
        received=at if received is None else received,
        properties=properties,
        traits=traits or {},
        backfill=backfill,
    )


# --- a shop ---------------------------------------------------------------------------------


@dataclass
class EngineShop:
    """One shop of a store, and the clock on its wall."""

    store: Store
    id: ShopId
    now: Instant = MONDAY
    rulebook: Rulebook = field(default_factory=Rulebook)

    def happens(self, who: str, metric: str, **more: Any) -> Event:  # noqa: ANN401  as `event`
        """One event that arrives now, and is answered."""
        one = event(who, metric, more.pop("at", self.now), shop=self.id, **more)
        if "received" not in more:
            one = msgspec.structs.replace(one, received=max(self.now, one.time))
        assert self.send(one) == Receipt(1)
        return one

    def send(self, *events: Event) -> Receipt:
        """A delivery, durable on return."""
        mine = [msgspec.structs.replace(one, shop=self.id) for one in events]
        [receipt] = ingest(self.store, self.rulebook, [Delivery(self.id, mine)])
        return receipt

    def passes(self, duration: int) -> None:
        """Let time pass, and wake who is due."""
        self.wakes(self.now + duration)

    def wakes(self, now: Instant) -> None:
        self.now = now
        wake_all(self.store, self.rulebook, now)

    def has(self, document: dict[str, Json]) -> SegmentRow:
        """A new segment, with its members."""
        row = create_segment(self.store, self.id, document, self.now)
        self.catches_up()
        return row

    def changes(self, document: dict[str, Json]) -> SegmentRow:
        """Another definition of a segment, and its members."""
        row = change_segment(self.store, self.id, document, self.now)
        self.catches_up()
        return row

    def catches_up(self) -> None:
        """The back-fill, until nothing is left to do."""
        backfill_all(self.store, self.rulebook, self.id, lambda: self.now)

    # --- looking ----------------------------------------------------------------------------

    def status(self, key: str) -> str:
        with self.store.reading() as reading:
            row = reading.segment(self.id, key)
        return "" if row is None else row.status

    def members(self, key: str) -> set[str]:
        """Each member by the first of its names, and the count is the same."""
        with self.store.reading() as reading:
            members = [one for one, _ in reading.members(self.id, key, limit=ALL)]
            assert reading.count_members(self.id, key) == len(members)
            return {_shown(reading, self.id, one) for one in members}

    def moves(self, key: str) -> list[tuple[str, Instant, bool]]:
        """Who entered or left, when, and whether it was an entering; loud and quiet ones."""
        with self.store.reading() as reading:
            moves = [move for _, move in reading.moves(self.id, segment=key, limit=ALL)]
            return [(_shown(reading, self.id, one.profile), one.at, one.joined) for one in moves]

    def person(self, who: str) -> Profile:
        """Somebody's state now."""
        with self.store.reading() as reading:
            row = reading.profile(self.id, find(reading, self.id, _found_as(who)))
            assert row is not None
            return present(reading, self.rulebook, self.id, row, self.now)

    def profile_of(self, who: str) -> ProfileId:
        with self.store.reading() as reading:
            return find(reading, self.id, _found_as(who))

    def log(self) -> Sequence[LoggedEvent]:
        with self.store.reading() as reading:
            return reading.log_after(self.id, 0, ALL)

    def metrics(self) -> list[str]:
        return [logged.event.metric for logged in self.log()]

    def counts(self) -> dict[str, int]:
        with self.store.reading() as reading:
            return dict(reading.counts(self.id))

    def drops(self) -> dict[str, int]:
        with self.store.reading() as reading:
            return dict(reading.drops(self.id))


def _found_as(who: str) -> str:
    kind, value = name(who)
    return f"{kind}:{value}"


def _shown(reading: Reading, shop: ShopId, profile: ProfileId) -> str:
    names = reading.identifiers_of(shop, profile)
    return names[0].value if names else f"profile {profile}"


# --- a whole shop, for comparing --------------------------------------------------------------


class Known(NamedTuple):
    """Everything that is known of one person, without the numbers that a store gives."""

    state: Profile
    memberships: dict[str, Instant]
    moves: list[tuple[str, Instant, bool, bool]]
    sent: list[str]
    derived: Counter[tuple[str, Instant, Instant]]


People = dict[tuple[Identifier, ...], Known]


def people(store: Store, shop: ShopId) -> People:
    """Everybody in the shop by all their names; two shops with equal ones know the same."""
    with store.reading() as reading:
        rows = reading.profiles_after(shop, 0, ALL)
        moves: dict[ProfileId, list[tuple[str, Instant, bool, bool]]] = {}
        for _, move in reading.moves(shop, limit=ALL):
            told = (move.segment, move.at, move.joined, move.quiet)
            moves.setdefault(move.profile, []).append(told)
        found: People = {}
        for row in rows:
            state = decode_profile(row.state)
            state.id = 0
            state.rules = row.rules_version
            history = reading.history(shop, [tail for tail in row.tails if tail])
            found[tuple(reading.identifiers_of(shop, row.id))] = Known(
                state,
                dict(reading.memberships(shop, row.id)),
                sorted(moves.get(row.id, []), key=lambda one: (one[0], one[1])),
                [one.event.id for one in reversed(history) if one.event.metric not in DERIVED],
                Counter(
                    (one.event.metric, one.event.time, one.event.received)
                    for one in history
                    if one.event.metric in DERIVED
                ),
            )
        assert len(found) == len(rows), "everybody has names of their own"
    return found


def folded(moves: Iterable[Move]) -> dict[tuple[str, ProfileId], Instant]:
    """Who is in which segment since when, after these moves; they enter and leave in turns."""
    inside: dict[tuple[str, ProfileId], Instant] = {}
    for move in moves:
        key = (move.segment, move.profile)
        assert (key in inside) != move.joined, f"{move} says what is so already"
        if move.joined:
            inside[key] = move.at
        else:
            assert inside.pop(key) <= move.at, f"{move} leaves before it came"
    return inside


def check_consistency(store: Store, shop: ShopId, now: Instant | None = None) -> None:
    """What is true of every shop at any time; with `now`, also that nobody has overslept."""
    with store.reading() as reading:
        log = reading.log_after(shop, 0, ALL)
        twice = {one: n for one, n in Counter(it.event.id for it in log).items() if n > 1}
        assert not twice, "each id is in the log once"
        rows = reading.profiles_after(shop, 0, ALL)
        in_chains = sorted(
            one.seq
            for row in rows
            for one in reading.history(shop, [tail for tail in row.tails if tail])
        )
        assert in_chains == [one.seq for one in log], "each event is in one chain"
        keys = [one.key for one in reading.segments(shop) if one.status != "archived"]
        members = {
            (key, profile): since
            for key in keys
            for profile, since in reading.members(shop, key, limit=ALL)
        }
        states = {row.id: decode_profile(row.state) for row in rows}
        standings = {
            (key, profile): standing.since
            for profile, state in states.items()
            for key, standing in state.standings.items()
            if standing.since is not None and key in keys
        }
        assert members == standings, "the members are those whose state says so"
        said = {
            (key, profile): one.at
            for profile, state in states.items()
            for key, one in state.lists.items()
            if one.joined
        }
        counted = reading.lists(shop)
        written = {
            (key, profile): since
            for key in counted
            for profile, since in reading.list_members(shop, key, limit=ALL)
        }
        assert written == said, "the lists hold those whose state says so"
        assert counted == Counter(key for key, _ in said)
        moves = [move for _, move in reading.moves(shop, limit=ALL) if move.segment in keys]
        assert folded(moves) == members, "the moves add up to the members"
        for key in keys:
            assert reading.count_members(shop, key) == sum(1 for one in members if one[0] == key)
            turnover = reading.turnover(shop, key, 0)
            came = sum(1 for one in moves if one.segment == key and one.joined)
            assert sum(one.came for one in turnover) == came, "each joining is counted once"
            assert sum(one.went for one in turnover) == came - reading.count_members(shop, key)
        counts = reading.counts(shop)
        assert (counts["events"], counts["profiles"]) == (len(log), len(rows))
        assert counts["state_bytes"] == sum(len(row.state) for row in rows)
        assert all(row.wake_at == states[row.id].wake_at for row in rows)
        _check_carts(reading, shop, states)
        check_credit(reading, shop, rows)
        if now is not None:
            assert all(row.wake_at > now for row in rows), "nobody has overslept"


def _check_carts(reading: Reading, shop: ShopId, states: Mapping[ProfileId, Profile]) -> None:
    """What is counted of the carts is what the states say, and the log."""
    counted: Counter[str] = Counter()
    abandoned = set()
    for profile, state in states.items():
        for cart in state.carts.values():
            if cart.is_open:
                name = "abandoned" if is_abandoned(cart) else "active"
                counted[f"{name} {cart.currency}"] += 1
                counted[f"{name}-value {cart.currency}"] += cart.value()
                if name == "abandoned":
                    abandoned.add((cart.abandoned_at, profile, cart.id, cart.value()))
    assert reading.tallied(shop, CARTS) == {name: n for name, n in counted.items() if n}
    listed = reading.abandoned(shop, (FOREVER, 0), ALL)
    assert {(one.at, one.profile, one.cart, one.value) for one in listed} == abandoned
    assert len(listed) == len(abandoned)


def hours(number: float) -> int:
    return int(number * HOUR)
