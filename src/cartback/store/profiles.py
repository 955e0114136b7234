"""Profiles: whose identifiers are whose, their states, and when to look at them again."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import bindparam as param
from sqlalchemy import func, literal_column, select

from cartback.domain.event import Identifier, ProfileId, ShopId
from cartback.domain.instant import FOREVER, Instant
from cartback.engine.ports import Contention
from cartback.engine.profile_ports import ProfileRow
from cartback.store import schema, tallies
from cartback.store.part import Part, encode, numbers_of
from cartback.store.session import Session, first
from cartback.store.sql import Among, Insert, Row, Statement, Update

_i: Final = schema.identifiers.c
_p: Final = schema.profiles.c

OWNERS: Final = Statement(
    select(_i.value, _i.profile).where(
        _i.shop == param("shop"), _i.kind == param("kind"), Among(_i.value, "values")
    ),
    postgres="""
        SELECT given.value, owner.profile
        FROM unnest(%(values)s::text[]) AS given(value) CROSS JOIN LATERAL (
            SELECT profile FROM identifiers
            WHERE shop = %(shop)s AND kind = %(kind)s AND value = given.value
            LIMIT 1
        ) owner
    """,
)
"""Who has these identifiers of a kind. PostgreSQL looks each up: told `value = ANY (…)` about a
table that it has not analysed yet, it reads all identifiers of the shop."""
NAMES: Final = Statement(
    select(_i.kind, _i.value)
    .where(_i.shop == param("shop"), _i.profile == param("profile"))
    .order_by(_i.kind, _i.value)
)
LINK: Final = Insert(schema.identifiers, unless_there=True)
RELINK: Final = Update(schema.identifiers, ["profile"], ["shop", "kind", "value"])
UNLINK: Final = Statement(
    schema.identifiers.delete().where(_i.shop == param("shop"), _i.profile == param("profile"))
)

_ROW: Final = (_p.id, _p.state, _p.wake_at, _p.rules_version, _p.tails)
_HELD: Final = (*_ROW, _p.alarm)

PROFILE: Final = Statement(select(*_ROW).where(_p.shop == param("shop"), _p.id == param("id")))
AFTER: Final = Statement(
    select(*_ROW)
    .where(_p.shop == param("shop"), _p.id > param("after"))
    .order_by(_p.id)
    .limit(param("limit"))
)
LOCK: Final = Statement(
    select(*_HELD)
    .where(_p.shop == param("shop"), Among(_p.id, "ids"))
    .order_by(_p.id)
    .with_for_update()
)
"""In the order of the key, whoever asks: so nobody waits for somebody who waits for him."""

LOCK_VERSIONS: Final = Statement(
    select(_p.id, _p.rules_version, _p.alarm, func.length(_p.state))
    .where(_p.shop == param("shop"), Among(_p.id, "ids"))
    .order_by(_p.id)
    .with_for_update()
)

ADD: Final = Insert(
    schema.profiles, "id", "shop", "wake_at", "alarm", "rules_version", "tails", "state"
)
SAVE: Final = Update(
    schema.profiles, ["state", "wake_at", "rules_version", "tails"], ["id", "shop"]
)
SAVE_AND_SET_ALARM: Final = Update(
    schema.profiles, ["state", "wake_at", "rules_version", "tails", "alarm"], ["id", "shop"]
)
SET_ALARM: Final = Update(schema.profiles, ["alarm"], ["id"])
BUMP: Final = Statement(
    schema.profiles.update()
    .where(_p.shop == param("shop"), Among(_p.id, "ids"), _p.rules_version < param("rules"))
    .values(rules_version=param("rules"))
)
REMOVE: Final = Statement(
    schema.profiles.delete().where(_p.shop == param("shop"), _p.id == param("id"))
)

_armed: Final = _p.alarm < literal_column(str(schema.NO_ALARM))  # else the index is not used
EARLIEST: Final = Statement(
    select(_p.alarm, _p.wake_at).where(_armed).order_by(_p.alarm).limit(param("limit"))
)
DUE: Final = Statement(
    select(_p.shop, *_HELD)
    .where(_armed, _p.alarm <= param("now"))
    .order_by(_p.alarm, _p.id)
    .limit(param("limit"))
    .with_for_update(skip_locked=True)
)

LOOK_AHEAD: Final = 100
"""How many alarms are looked at, at least, to find one that is not too early."""

_RUNG: Final[Instant] = 2**63 - 1
"""In place of the alarm of a row that was claimed: whatever is saved, it is set anew."""


class Held(msgspec.Struct, frozen=True, gc=False):
    """What the transaction must know of a row that it locked, to write it cheaply and count it."""

    alarm: Instant
    size: int


class ProfileReads(Part):
    def profiles_by(
        self, shop: ShopId, identifiers: Collection[Identifier]
    ) -> dict[Identifier, ProfileId]:
        values: dict[str, list[str]] = defaultdict(list)
        for kind, value in identifiers:
            values[kind].append(value)
        return {
            Identifier(kind, value): profile
            for kind, asked in values.items()
            for value, profile in self._session.rows(
                OWNERS, {"shop": shop, "kind": kind, "values": asked}
            )
        }

    def identifiers_of(self, shop: ShopId, profile: ProfileId) -> Sequence[Identifier]:
        rows = self._session.rows(NAMES, {"shop": shop, "profile": profile})
        return [Identifier(kind, value) for kind, value in rows]

    def profile(self, shop: ShopId, profile: ProfileId) -> ProfileRow | None:
        row = first(self._session, PROFILE, {"shop": shop, "id": profile})
        return None if row is None else _profile(row)

    def profiles_after(self, shop: ShopId, after: ProfileId, limit: int) -> Sequence[ProfileRow]:
        rows = self._session.rows(AFTER, {"shop": shop, "after": after, "limit": limit})
        return [_profile(row) for row in rows]

    def count_profiles(self, shop: ShopId) -> int:
        return self._tallies.count(shop, *tallies.PROFILES)

    def next_wake(self) -> Instant:
        """Too early only where a hundred have put theirs off; `claim_due` then puts that right."""
        earliest = alarm = FOREVER
        rows = self._session.rows(EARLIEST, {"limit": LOOK_AHEAD})
        for alarm, wake_at in rows:
            if alarm >= earliest:
                return earliest
            earliest = min(earliest, wake_at)
        return min(earliest, alarm) if len(rows) == LOOK_AHEAD else earliest


class ProfileWrites(ProfileReads):
    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._held: dict[ProfileId, Held] = {}

    def link(self, shop: ShopId, owners: Mapping[Identifier, ProfileId]) -> None:
        rows = sorted((shop, *identifier, profile) for identifier, profile in owners.items())
        if self._session.many(LINK, rows) != len(rows):
            raise Contention("an identifier was given to another profile at the same time")

    def relink(self, shop: ShopId, identifiers: Collection[Identifier], to: ProfileId) -> None:
        rows = sorted((to, shop, *identifier) for identifier in set(identifiers))
        self._session.many(RELINK, rows)

    def unlink(self, shop: ShopId, profile: ProfileId) -> None:
        self._session.run(UNLINK, {"shop": shop, "profile": profile})

    def new_profile_ids(self, count: int) -> Sequence[ProfileId]:
        return self._session.numbers("profile_ids", count)

    def lock(self, shop: ShopId, profiles: Collection[ProfileId]) -> dict[ProfileId, ProfileRow]:
        found = {}
        held = self._held
        for id_, state, wake_at, version, tails, alarm in self._session.rows(
            LOCK, {"shop": shop, "ids": list(profiles)}
        ):
            found[id_] = ProfileRow(id_, state, wake_at, version, numbers_of(tails))
            if id_ not in held:
                held[id_] = Held(alarm, len(state))
        return found

    def lock_versions(self, shop: ShopId, profiles: Collection[ProfileId]) -> dict[ProfileId, int]:
        found = {}
        for id_, version, alarm, size in self._session.rows(
            LOCK_VERSIONS, {"shop": shop, "ids": list(profiles)}
        ):
            found[id_] = version
            self._held.setdefault(id_, Held(alarm, size))
        return found

    def save(self, shop: ShopId, profiles: Iterable[ProfileRow]) -> None:
        rows = {row.id: row for row in profiles}
        self.lock(shop, [id_ for id_ in rows if id_ not in self._held])
        new, same_alarm, new_alarm = [], [], []
        grown = 0
        for row in rows.values():
            tails = encode(row.tails)
            held = self._held.get(row.id)
            size = len(row.state)
            if held is None:
                alarm = row.wake_at
                new.append((row.id, shop, alarm, alarm, row.rules_version, tails, row.state))
                grown += size
            elif held.alarm <= row.wake_at:
                alarm = held.alarm
                same_alarm.append((row.state, row.wake_at, row.rules_version, tails, row.id, shop))
                grown += size - held.size
            else:
                alarm = row.wake_at
                new_alarm.append((row.state, alarm, row.rules_version, tails, alarm, row.id, shop))
                grown += size - held.size
            self._held[row.id] = Held(alarm, size)
        for statement, changed in (
            (ADD, new),
            (SAVE, same_alarm),
            (SAVE_AND_SET_ALARM, new_alarm),
        ):
            if changed:
                self._session.many(statement, changed)
        self._tallies.add(shop, *tallies.PROFILES, len(new))
        self._tallies.add(shop, *tallies.STATE_BYTES, grown)

    def bump(self, shop: ShopId, profiles: Collection[ProfileId], rules_version: int) -> None:
        values = {"shop": shop, "ids": list(profiles), "rules": rules_version}
        self._session.run(BUMP, values)

    def claim_due(self, now: Instant, limit: int) -> Mapping[ShopId, Sequence[ProfileRow]]:
        claimed: dict[ShopId, list[ProfileRow]] = defaultdict(list)
        for shop, *row, _alarm in self._due(now, limit):
            profile = _profile(tuple(row))
            self._held[profile.id] = Held(_RUNG, len(profile.state))
            claimed[shop].append(profile)
        return dict(claimed)

    def _due(self, now: Instant, limit: int) -> Sequence[Row]:
        """The earliest rows that are due. Alarms that rang too early are put right on the way."""
        reach = max(limit, LOOK_AHEAD)
        while True:
            ringing = self._session.rows(DUE, {"now": now, "limit": reach})
            sure = ringing[-1][-1] if len(ringing) == reach else now  # who is not here is later
            due = sorted((row for row in ringing if row[3] <= sure), key=_wake_at)[:limit]
            claimed = {row[1] for row in due}
            self._put_right({row[1]: row[3] for row in ringing if row[1] not in claimed})
            if due or not ringing:
                return due

    def _put_right(self, wake_ats: Mapping[ProfileId, Instant]) -> None:
        """Let the alarms ring when the profiles wake."""
        self._session.many(SET_ALARM, [(at, id_) for id_, at in sorted(wake_ats.items())])
        for id_ in wake_ats.keys() & self._held.keys():
            self._held[id_] = Held(wake_ats[id_], self._held[id_].size)

    def _remove_profile(self, shop: ShopId, profile: ProfileId) -> None:
        if profile not in self._held:
            self.lock(shop, [profile])
        if self._session.run(REMOVE, {"shop": shop, "id": profile}):
            held = self._held.pop(profile)
            self._tallies.add(shop, *tallies.PROFILES, -1)
            self._tallies.add(shop, *tallies.STATE_BYTES, -held.size)


def _wake_at(row: Row) -> Instant:
    wake_at: Instant = row[3]
    return wake_at


def _profile(row: Row) -> ProfileRow:
    id_, state, wake_at, rules_version, tails = row
    return ProfileRow(id_, state, wake_at, rules_version, numbers_of(tails))
