"""One person: found by any identifier, shown, merged and parted by hand, exported."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec

from cartback.domain.advance import advance
from cartback.domain.event import Identifier, IdentifierKind, Location, ProfileId, ShopId
from cartback.domain.instant import FOREVER, Instant, text_of
from cartback.domain.profile import Profile, decode_profile
from cartback.engine import copies
from cartback.engine.adoption import state_of
from cartback.engine.batch import Batch, RuleFailed
from cartback.engine.crediting import credit_people
from cartback.engine.ingest import tried
from cartback.engine.log_ports import LoggedEvent, Seq
from cartback.engine.merge_ports import Merge
from cartback.engine.parting import part
from cartback.engine.parting_flows import part_flows
from cartback.engine.ports import Reading, Store, Transaction
from cartback.engine.profile_ports import ProfileRow
from cartback.engine.remake import remake
from cartback.engine.rulebook import Rulebook
from cartback.engine.selves import known_as


class NobodyFound(ValueError):
    """No profile has that identifier or id."""


class CannotMerge(ValueError):
    """The two cannot become one, or cannot be parted; the message says why."""


class SameProfile(CannotMerge):
    """The two are one already."""


class BothKnown(CannotMerge):
    """Both have an external id of their own: the shop says that they are two customers."""


class Person(NamedTuple):
    """All that is shown of somebody."""

    profile: Profile
    identifiers: Sequence[Identifier]
    tails: tuple[Seq, ...]
    merges: Sequence[Merge]
    latest: Sequence[LoggedEvent]


LATEST: Final = 50
ALL: Final = 1_000_000


def find(reading: Reading, shop: ShopId, name: str) -> ProfileId:
    """The profile that `name` says: `email:…`, `external_id:…`, `phone:…`, `anonymous_id:…`, a bare
    identifier of any kind, or a profile's number. Raises NobodyFound.
    """
    kind, colon, value = name.partition(":")
    kinds = {str(one) for one in IdentifierKind}
    if colon and kind in kinds:
        wanted = [Identifier(kind, _compared(kind, value))]
    else:
        wanted = [Identifier(str(one), _compared(one, name)) for one in IdentifierKind]
    owners = reading.profiles_by(shop, wanted)
    for one in wanted:
        if one in owners:
            return owners[one]
    if name.isascii() and name.isdigit() and len(name) < 19:
        row = reading.profile(shop, int(name))
        if row is not None:
            return row.id
    raise NobodyFound(f"there is nobody with the identifier {name[:100]!r}")


def _compared(kind: str, value: str) -> str:
    """In the form in which identifiers are compared."""
    value = value.strip()
    return value.lower() if kind == IdentifierKind.EMAIL else value


def show(
    reading: Reading, rulebook: Rulebook, shop: ShopId, profile: ProfileId, now: Instant
) -> Person:
    """What is known of somebody, as of now: what is due but was not written yet has happened.

    Raises NobodyFound.
    """
    row = _row(reading, shop, profile)
    state = present(reading, rulebook, shop, row, now)
    latest = reading.history(shop, _ends(row.tails), LATEST)
    return Person(
        state,
        reading.identifiers_of(shop, profile),
        row.tails,
        reading.merges(shop, profile),
        latest,
    )


def present(
    reading: Reading, rulebook: Rulebook, shop: ShopId, row: ProfileRow, now: Instant
) -> Profile:
    """A stored profile's state as of now, under the rules that it was last brought to."""
    state = state_of(row)
    rules = rulebook.of(reading, shop)
    if state.rules == rules.version and state.wake_at <= now:
        return advance(state, (), now, rules, shop).profile
    return state


def _row(reading: Reading, shop: ShopId, profile: ProfileId) -> ProfileRow:
    row = reading.profile(shop, profile)
    if row is None:
        raise NobodyFound(f"there is no profile {profile}")
    return row


def _ends(tails: Sequence[Seq]) -> list[Seq]:
    return [tail for tail in tails if tail]


def merge_by_hand(
    store: Store, rulebook: Rulebook, shop: ShopId, one: ProfileId, other: ProfileId, now: Instant
) -> int:
    """Make one profile of two; the number of the merge, by which it can be undone.

    The one with an external id survives, else the older. Raises NobodyFound and CannotMerge.
    """

    def act(tx: Transaction) -> int:
        for profile in (one, other):
            _row(tx, shop, profile)
        batch = Batch(tx, shop, rulebook.of(tx, shop), now)
        batch.load({one, other})
        winner, loser = who_stays(batch.works[one].profile, batch.works[other].profile)
        try:
            merge = batch.merge(winner.id, loser.id, now, "", ())
        except RuleFailed as failed:
            raise CannotMerge(f"a rule fails for the two together: {failed}") from failed
        batch.flush()
        return merge

    return tried(store, act)


def who_stays(one: Profile, other: Profile) -> tuple[Profile, Profile]:
    """Which of the two a merge by hand keeps, and which becomes part of it. Raises CannotMerge."""
    if one.id == other.id:
        raise SameProfile("these are the same profile already")
    strangers = [IdentifierKind.EXTERNAL not in profile.names for profile in (one, other)]
    if not any(strangers):
        raise BothKnown("both are known people with their own external ids")
    if strangers[0] == strangers[1]:
        return (one, other) if one.id < other.id else (other, one)
    return (other, one) if strangers[0] else (one, other)


def undo_merge(
    store: Store, rulebook: Rulebook, shop: ShopId, merge: int, now: Instant
) -> tuple[ProfileId, ProfileId]:
    """Part two profiles that had become one: each gets its own history and identifiers back.

    Events that came since go to whom their identifiers belong (see parting.py). The two are not
    merged again.
    Raises CannotMerge where there is no such merge, or a later one has to be undone first.
    """
    with store.transaction() as tx:
        tx.hold(shop)  # whoever looked up an identifier has finished
        record = tx.merge(shop, merge)
        if record is None or record.undone_at is not None:
            raise CannotMerge(f"there is no merge {merge} that could be undone")
        row = tx.lock(shop, [record.winner]).get(record.winner)
        if row is None or not set(_ends(record.tails)) <= set(row.tails):
            raise CannotMerge(f"profile {record.winner} was merged again since; undo that first")
        rules = rulebook.of(tx, shop)
        waiting = {one.seq for one in tx.quarantined(shop, ALL)}
        wakes = now if rules.flows.by_date else FOREVER
        past = part_flows(tx, shop, record, decode_profile(row.state), wakes)
        for profile, tails in part(tx, shop, record, row).items():
            remake(tx, shop, rules, profile, tails, now, without=waiting, past=past[profile])
        tx.undo_merge(shop, merge, now)
        credit_people(tx, shop, [record.winner, record.loser])
        return record.winner, record.loser


def export_person(
    store: Store, rulebook: Rulebook, shop: ShopId, profile: ProfileId, now: Instant
) -> dict[str, Any]:
    """Everything that is kept about one person, as JSON data (GDPR, article 15 and 20).

    Raises NobodyFound.
    """
    with store.reading() as reading:
        row = _row(reading, shop, profile)
        state = present(reading, rulebook, shop, row, now)
        history = reading.history(shop, _ends(row.tails))
        return {
            "profile": profile,
            "exported_at": text_of(now),
            "identifiers": [
                {"kind": kind, "value": value}
                for kind, value in reading.identifiers_of(shop, profile)
            ],
            "state": described(state),
            "memberships": {
                key: text_of(since) for key, since in reading.memberships(shop, profile).items()
            },
            "merges": [msgspec.to_builtins(one) for one in reading.merges(shop, profile)],
            "conflicts": [msgspec.to_builtins(one) for one in reading.conflicts_of(shop, profile)],
            "events": [_described(logged) for logged in reversed(history)],
            **_written_to(reading, shop, known_as(reading, shop, profile)),
        }


def _written_to(
    reading: Reading, shop: ShopId, profiles: Sequence[ProfileId]
) -> dict[str, list[Any]]:
    """What was sent to a person, what was fetched of it, why or why not, and what came back."""
    messages = [row for one in profiles for row in reading.messages_of(shop, one, ALL)]
    decisions = [row for one in profiles for _, row in reading.decisions(shop, one, limit=ALL)]
    return {
        "messages": [
            msgspec.to_builtins(row)
            | {"visits": msgspec.to_builtins(reading.visits_of(shop, row.key))}
            | {"copy": copies.described(reading, shop, row.key)}
            for row in messages
        ],
        "decisions": [msgspec.to_builtins(row) for row in decisions],
        "recoveries": [msgspec.to_builtins(row) for row in reading.recoveries_of(shop, profiles)],
    }


def described(state: Profile) -> dict[str, Any]:
    """A profile's state with names for everything and times as text."""
    return {
        "first_seen": _text(state.first_seen),
        "last_seen": _text(state.last_seen),
        "stage": "customer" if state.is_customer else "lead",
        "first_order": _text(state.first_order),
        "names": {kind: one.value for kind, one in state.names.items()},
        "traits": {
            name: {"value": one.value, "at": _text(one.at)} for name, one in state.traits.items()
        },
        "consents": {
            channel: {
                "subscribed": one.subscribed,
                "at": _text(one.at),
                "source": one.source,
                "confirmed": one.confirmed,
            }
            for channel, one in state.consents.items()
        },
        "told_of_consent": {channel: _text(at) for channel, at in state.told.items()},
        "lists": {
            key: {"joined": one.joined, "at": _text(one.at)} for key, one in state.lists.items()
        },
        "location": None if state.place is None else _place(state.place),
        "carts": [
            {
                "cart_id": cart.id,
                "open": cart.is_open,
                "lines": msgspec.to_builtins(cart.lines()),
                "value": cart.value(),
                "currency": cart.currency,
                "last_activity": _text(cart.activity),
            }
            for cart in state.carts.values()
        ],
    }


def _place(place: Location) -> dict[str, str]:
    return {"country": place.country, "region": place.region, "city": place.city}


def _text(at: Instant) -> str | None:
    return None if abs(at) >= FOREVER else text_of(at)


def _described(logged: LoggedEvent) -> dict[str, Any]:
    event = logged.event
    return {
        "seq": logged.seq,
        "id": event.id,
        "metric": event.metric,
        "time": text_of(event.time),
        "received": text_of(event.received),
        "identifiers": [{"kind": kind, "value": value} for kind, value in event.identifiers],
        "properties": event.properties,
        "traits": event.traits,
        "location": None if event.location is None else _place(event.location),
    }
