"""The profiles of one shop that one transaction moves: loaded, advanced, and written back together.

Whoever moves profiles (ingestion, the wake loop, back-fill, a merge by hand) does it here, so that
state, memberships, timers and the log always change in one step.
"""

import logging
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeGuard

from cartback.domain.advance import Advanced, advance, merge, new_profile
from cartback.domain.cart import Cart, CartId
from cartback.domain.effect import Decided, Derived, Effect, Moved, Queued
from cartback.domain.event import Event, Identifier, IdentifierKind, Metric, ProfileId, ShopId
from cartback.domain.identity import resolve
from cartback.domain.instant import Instant
from cartback.domain.offer import asked_of
from cartback.domain.product_news import cared_for
from cartback.domain.profile import Profile, RunId, encode_profile
from cartback.domain.ruleset import Ruleset
from cartback.engine.adoption import Adopted, adopted, postponed, sentence, state_of
from cartback.engine.crediting import credit_people, keep_told
from cartback.engine.elsewhere import Orders, Placed, close_by, concerned, keep_orders
from cartback.engine.flow_ports import DecisionRow, MessageRow, RunRow
from cartback.engine.flowing import NO_RUNS, count_decisions, decision, message, placed
from cartback.engine.listing import enlisted
from cartback.engine.offering import given
from cartback.engine.ports import (
    Conflict,
    Contention,
    Enlisted,
    LoggedEvent,
    Merge,
    Move,
    ProfileRow,
    Quarantined,
    Seq,
    Transaction,
)
from cartback.engine.standing import NO_CARTS, Standings, count_events

LATEST_CONFLICTS: Final = 100

_log = logging.getLogger("cartback.batch")


class RuleFailed(Exception):
    """A rule has a bug; the message says which error it was."""


class Work:
    """One profile while the transaction runs; its row is decoded when it is first looked at.

    `error` says why it is not at the present rules and cannot be moved; it is empty where it can.
    `carts`, `lists`, `runs` and `viewed` are those of the row that was last written, once it was
    decoded. `cares`: for which products it cares was never written.
    """

    __slots__ = (
        *("_state", "bumped", "cares", "carts", "changed"),
        *("error", "lists", "runs", "tails", "viewed"),
    )

    def __init__(self, state: ProfileRow | Profile, tails: tuple[Seq, ...]) -> None:
        self._state = state
        self.carts: Mapping[CartId, Cart] = NO_CARTS
        if not isinstance(state, ProfileRow):
            self.carts = state.carts
        self.tails = tails
        self.lists = {} if isinstance(state, ProfileRow) else state.lists
        self.runs = NO_RUNS if isinstance(state, ProfileRow) else state.runs
        self.viewed: Mapping[str, Instant] = {} if isinstance(state, ProfileRow) else state.viewed
        self.cares = False
        self.changed = False
        self.bumped = False
        self.error = ""

    @property
    def profile(self) -> Profile:
        if isinstance(self._state, ProfileRow):
            self._state = state_of(self._state)
            self.carts = self._state.carts
            self.lists = self._state.lists
            self.runs = self._state.runs
            self.viewed = self._state.viewed
        return self._state

    @profile.setter
    def profile(self, profile: Profile) -> None:
        self._state = profile


@dataclass(slots=True)
class _Entry:
    """An event waiting for its place in the log."""

    event: Event
    profile: ProfileId
    error: str = ""


@dataclass(slots=True)
class Batch:
    """What one transaction does to one shop's profiles."""

    tx: Transaction
    shop: ShopId
    rules: Ruleset
    now: Instant
    works: dict[ProfileId, Work] = field(default_factory=dict)
    owners: dict[Identifier, ProfileId] = field(default_factory=dict)
    _named: dict[ProfileId, str] = field(default_factory=dict)
    _links: dict[Identifier, ProfileId] = field(default_factory=dict)
    _entries: list[_Entry] = field(default_factory=list)
    _moves: list[Move] = field(default_factory=list)
    _listed: list[Enlisted] = field(default_factory=list)
    _placed: list[RunRow] = field(default_factory=list)
    _decisions: list[DecisionRow] = field(default_factory=list)
    _queued: list[MessageRow] = field(default_factory=list)
    _fresh_ids: list[ProfileId] = field(default_factory=list)
    _to_credit: set[ProfileId] = field(default_factory=set)
    _reported: set[frozenset[ProfileId]] | None = None
    _standings: Standings = field(default_factory=Standings)
    _orders: list[Placed] = field(default_factory=list)
    _closable: Sequence[ProfileId] = ()

    # --- loading -----------------------------------------------------------------------------

    def load(self, profiles: Iterable[ProfileId], perhaps: Iterable[ProfileId] = ()) -> None:
        """Lock the profiles' rows, `perhaps` those of others that may be gone. Raises Contention
        where one of the profiles is gone since it was looked up."""
        wanted = {one for one in profiles if one not in self.works}
        rows = self.tx.lock(self.shop, wanted.union(perhaps).difference(self.works))
        if not wanted <= rows.keys():
            raise Contention("a profile was merged or erased meanwhile")
        self.take(rows.values())

    def take(self, rows: Iterable[ProfileRow]) -> None:
        """Work on rows that are locked already, each brought to the present rules first.

        Raises Contention where a row is ahead of the rules that were read.
        """
        behind: list[ProfileRow] = []
        for row in rows:
            if row.rules_version > self.rules.version:
                raise Contention("the rules were changed meanwhile")
            if row.rules_version < self.rules.version:
                behind.append(row)
            else:
                self.works[row.id] = Work(row, row.tails)
        for one in adopted(self.tx, self.shop, self.rules, behind, self.now):
            self.take_adopted(one)

    def take_adopted(self, one: Adopted) -> None:
        """Work on a locked row with what the present rules make of it."""
        work = self.works[one.row.id] = Work(one.before, one.row.tails)
        work.error, work.cares = one.error, one.cares
        if one.is_new:
            self._note(work, one.moved)
        else:
            work.profile, work.bumped = one.moved.profile, True

    # --- moving ------------------------------------------------------------------------------

    def receive(self, events: Sequence[Event]) -> None:
        """Give events that were not seen before to the profiles that they belong to, in order."""
        identifiers = {one for event in events for one in event.identifiers}
        self.owners = self.tx.profiles_by(self.shop, identifiers)
        self.load(self.owners.values(), self._concerned(events))
        newcomers = sum(1 for event in events if not self._is_known(event))
        self._fresh_ids = list(self.tx.new_profile_ids(newcomers))[::-1] if newcomers else []
        for event in events:
            home = self._home(event)
            self.apply(home, event)
            if event.metric == Metric.PLACED_ORDER:
                self._order(event, home)

    def _concerned(self, events: Sequence[Event]) -> Sequence[ProfileId]:
        """Who is in a flow about a cart that somebody orders now."""
        orders = [event for event in events if event.metric == Metric.PLACED_ORDER]
        if not orders or not self.rules.flows.about_carts:
            return ()
        since = self.now - self.rules.limits.expiry
        self._closable = concerned(self.tx, self.shop, orders, since)
        return self._closable

    def _order(self, order: Event, home: ProfileId) -> None:
        """Keep from which cart it came, and close that cart for whoever else has it."""
        self._orders.append(Placed(order, home))
        for one in self._closable:
            if one != home and one in self.works and not self.works[one].error:
                event = close_by(order, self.works[one].profile, self.shop)
                if event is not None:
                    self.apply(one, event)

    def _is_known(self, event: Event) -> bool:
        return any(one in self.owners for one in event.identifiers)

    def _home(self, event: Event) -> ProfileId:
        """The profile that the event belongs to; new ties and merges are noted on the way."""
        identifiers = event.identifiers
        home = self.owners.get(identifiers[0])
        if home is not None and all(self.owners.get(one) == home for one in identifiers):
            return home
        found = resolve(identifiers, self.owners, self._externals(identifiers))
        home = self._begin() if found.profile is None else found.profile
        for one in found.linked:
            self.owners[one] = self._links[one] = home
            if one.kind == IdentifierKind.EXTERNAL:
                self._named.setdefault(home, one.value)
        apart = list(found.conflicting)
        for loser in found.merging:
            if self._kept_apart(home, loser):
                apart.append(loser)
                continue
            try:
                self.merge(home, loser, event.received, event.id, identifiers)
            except RuleFailed as failed:
                _log.warning("profiles %d and %d did not become one: %s", home, loser, failed)
                apart.append(loser)
        if apart:
            self._report(Conflict(event.received, event.id, (home, *apart), tuple(identifiers)))
        return home

    def _externals(self, identifiers: Sequence[Identifier]) -> dict[ProfileId, str]:
        """The external ids of those who own these, as they are known by now."""
        found = {}
        for owner in {self.owners[one] for one in identifiers if one in self.owners}:
            stamped = self.works[owner].profile.names.get(IdentifierKind.EXTERNAL)
            known_as = self._named.get(owner) if stamped is None else stamped.value
            if known_as is not None:
                found[owner] = known_as
        return found

    def _report(self, conflict: Conflict) -> None:
        """Keep a conflict, but not again for every event on a device that two people share."""
        if self._reported is None:
            latest = self.tx.conflicts(self.shop, LATEST_CONFLICTS)
            self._reported = {frozenset(one.profiles) for one in latest}
        if frozenset(conflict.profiles) not in self._reported:
            self._reported.add(frozenset(conflict.profiles))
            self.tx.add_conflict(self.shop, conflict)

    def _kept_apart(self, one: ProfileId, other: ProfileId) -> bool:
        """Whether somebody undid a merge of these two: then they are not merged again."""
        return any(
            merge.undone_at is not None and {merge.winner, merge.loser} == {one, other}
            for merge in self.tx.merges(self.shop, one)
        )

    def _begin(self) -> ProfileId:
        """A new profile."""
        if not self._fresh_ids:
            self._fresh_ids = list(self.tx.new_profile_ids(1))
        profile = self._fresh_ids.pop()
        self.works[profile] = Work(new_profile(profile, self.rules), ())
        self.works[profile].changed = True
        return profile

    def apply(self, home: ProfileId, event: Event) -> None:
        """Advance the profile by the event; one that makes a rule fail waits in quarantine."""
        work = self.works[home]
        entry = _Entry(event, home)
        self._entries.append(entry)
        work.changed = True
        entry.error = work.error
        if entry.error:
            return
        try:
            moved = advance(work.profile, (event,), event.received, self.rules, self.shop)
        except Exception as error:  # noqa: BLE001  whatever a rule does, it blocks nobody
            entry.error = sentence(error)
        else:
            self._note(work, moved)

    def tick(self, profile: ProfileId, now: Instant) -> None:
        """Everything that is due for the profile until now."""
        work = self.works[profile]
        if work.error:
            return
        try:
            moved = advance(work.profile, (), now, self.rules, self.shop)
        except Exception:  # noqa: BLE001  whatever a rule does, it blocks nobody
            _log.exception("profile %d could not be woken; it is tried again in an hour", profile)
            work.profile, work.changed = postponed(work.profile, now), True
        else:
            self._note(work, moved)

    def put_off(self, row: ProfileRow, now: Instant) -> None:
        """Leave a locked row as it is, and look at it again in an hour."""
        work = self.works[row.id] = Work(row, row.tails)
        work.profile, work.changed = postponed(work.profile, now), True

    def _note(self, work: Work, moved: Advanced) -> None:
        """Take over a new state and its effects."""
        work.profile, work.changed = moved.profile, True
        for effect in moved.effects:
            match effect:
                case Moved(segment, at, joined, quiet):
                    self._moves.append(Move(segment, work.profile.id, at, joined, quiet))
                case Derived(event):
                    self._entries.append(_Entry(event, work.profile.id))
                case Decided():
                    self._decisions.append(decision(work.profile.id, effect))
                case Queued():
                    self._queued.append(message(work.profile.id, effect))

    def merge(
        self,
        winner: ProfileId,
        loser: ProfileId,
        at: Instant,
        event_id: str,
        evidence: Sequence[Identifier],
    ) -> int:
        """Make one profile of two; the loser's row goes, its history and evidence stay.

        Raises RuleFailed; then they are two, and a later tie is to make them one.
        """
        self._write_log()
        for one in (winner, loser):
            self.tick(one, at - 1)
        mine, theirs = self.works[winner], self.works[loser]
        together = self._together(mine, theirs, at)
        moved = tuple(self._identifiers_of(loser))
        self._leave_all(theirs, together.profile.clock)
        self._note(mine, together)
        self._write_log()
        record = Merge(0, winner, loser, at, event_id, tuple(evidence), moved, theirs.tails)
        mine.tails = (*(mine.tails or (0,)), *(tail for tail in theirs.tails if tail))
        for name in moved:
            self.owners[name] = winner
            if name in self._links:
                self._links[name] = winner
        self.tx.relink(self.shop, [name for name in moved if name not in self._links], winner)
        self._flush_moves()
        self._listed += enlisted(loser, theirs.lists, {})
        self._flush_messages()
        self.tx.readdress(self.shop, loser, winner)
        self.tx.remove(self.shop, loser)
        self._standings.change(loser, theirs.carts, NO_CARTS)
        del self.works[loser]
        if loser in self._named:
            self._named.setdefault(winner, self._named.pop(loser))
        self._to_credit.discard(loser)
        self._to_credit.add(winner)
        return self.tx.add_merge(self.shop, record)

    def _together(self, mine: Work, theirs: Work, at: Instant) -> Advanced:
        """What the two are as one. What followed from that once, before a merge of theirs was
        undone, does not follow again."""
        together = self._as_one(mine, theirs, at)
        ids = [one.event.id for one in together.effects if _is_recovery(one)]
        told = set(ids) - self.tx.unseen(self.shop, ids) if ids else None
        return self._as_one(mine, theirs, at, told) if told else together

    def _as_one(self, mine: Work, theirs: Work, at: Instant, told: Container[str] = ()) -> Advanced:
        if mine.error or theirs.error:
            raise RuleFailed(mine.error or theirs.error)
        try:
            return merge(mine.profile, theirs.profile, at, self.rules, self.shop, told)
        except Exception as error:
            raise RuleFailed(sentence(error)) from error

    def _identifiers_of(self, profile: ProfileId) -> list[Identifier]:
        stored = self.tx.identifiers_of(self.shop, profile)
        linked = [one for one, owner in self._links.items() if owner == profile]
        return list(dict.fromkeys((*stored, *linked)))

    def _leave_all(self, work: Work, at: Instant) -> None:
        """A profile that ends leaves its segments, so that joins and leaves add up."""
        for key, standing in work.profile.standings.items():
            if standing.since is not None:
                self._moves.append(Move(key, work.profile.id, at, joined=False, quiet=True))

    # --- writing -----------------------------------------------------------------------------

    def flush(self) -> None:
        """Write everything that changed, behind the answers that runs wait for."""
        self._keep_orders()
        self._close_ordered()
        self._give_codes()
        if self._links:
            self.tx.link(self.shop, self._links)
            self._links = {}
        self._write_log()
        self._flush_moves()
        self._flush_lists()
        self._flush_flows()
        self.tx.save(
            self.shop,
            [_row(one, work) for one, work in self.works.items() if work.changed],
        )
        bumped = [one for one, work in self.works.items() if work.bumped and not work.changed]
        if bumped:
            self.tx.bump(self.shop, bumped, self.rules.version)
        if self.rules.goods_since:
            self._note_cares()
        for one, work in self.works.items():
            if work.changed and work.profile.carts is not work.carts:
                self._standings.change(one, work.carts, work.profile.carts)
                work.carts = work.profile.carts
            work.changed = work.bumped = False
        self._standings.write(self.tx, self.shop)
        if self._to_credit:
            credit_people(self.tx, self.shop, self._to_credit)
            self._to_credit = set()

    def _keep_orders(self) -> None:
        if self._orders:
            since = self.now - self.rules.limits.expiry
            keep_orders(self.tx, self.shop, self._orders, since)
            self._orders = []

    def _close_ordered(self) -> None:
        """Close the carts about which a run begins, and that somebody else has ordered."""
        flows = self.rules.flows.about_carts
        if not flows:
            return
        begun = [
            (one, run.cart)
            for one, work in self.works.items()
            if work.changed and not work.error and work.profile.runs is not work.runs
            for key, run in work.profile.runs.items()
            if key not in work.runs and run.id[:2] in flows
        ]
        carts = [self.works[one].profile.carts.get(key, Cart(key)) for one, key in begun]
        orders = Orders(self.tx, self.shop, carts)
        for (one, _), cart in zip(begun, carts, strict=True):
            event = orders.closing(self.works[one].profile, cart, self.now)
            if event is not None:
                self.apply(one, event)

    def _give_codes(self) -> None:
        """Give the codes that runs wait for, coupon by coupon, and take the runs on."""
        asked: set[tuple[ProfileId, RunId, str]] = set()
        while self.rules.flows.gives_codes:
            waiting = [
                (one.coupon, profile, one)
                for profile, work in self.works.items()
                if work.changed and not work.error and work.profile.runs
                for one in asked_of(work.profile, self.rules.flows)
                if (profile, one.run.id, one.run.step) not in asked
            ]
            if not waiting:
                return
            for _, profile, one in sorted(waiting, key=lambda each: each[:2]):
                asked.add((profile, one.run.id, one.run.step))
                state = self.works[profile].profile
                self.apply(profile, given(self.tx, self.shop, state, one, self.now))

    def _note_cares(self) -> None:
        """Write who cares for which product from now on; who no more does is found out later."""
        cares = set()
        for one, work in self.works.items():
            if not work.changed:
                continue
            carts, viewed = work.profile.carts, work.profile.viewed
            same = carts is work.carts and viewed == work.viewed
            if work.cares or not same:
                before = set() if work.cares else cared_for(work.carts, work.viewed)
                cares |= {(product, one) for product in cared_for(carts, viewed) - before}
                work.cares, work.viewed = False, viewed
        self.tx.care(self.shop, cares)

    def _flush_moves(self) -> None:
        if self._moves:
            self.tx.move(self.shop, self._moves)
            self._moves = []

    def _flush_lists(self) -> None:
        for one, work in self.works.items():
            if work.changed and work.profile.lists != work.lists:
                self._listed += enlisted(one, work.lists, work.profile.lists)
                work.lists = work.profile.lists
        if self._listed:
            self.tx.enlist(self.shop, self._listed)
            self._listed = []

    def _flush_flows(self) -> None:
        for one, work in self.works.items():
            if work.changed and work.profile.runs is not work.runs:
                self._placed += placed(one, work.runs, work.profile.runs)
                work.runs = work.profile.runs
        if self._placed:
            self.tx.place_runs(self.shop, self._placed)
            self._placed = []
        if self._decisions:
            self.tx.add_decisions(self.shop, self._decisions)
            count_decisions(self.tx, self.shop, self._decisions)
            self._decisions = []
        self._flush_messages()

    def _flush_messages(self) -> None:
        if self._queued:
            self.tx.queue(self.shop, self._queued)
            self._queued = []

    def _write_log(self) -> None:
        """Append the waiting events, each at the end of its profile's chain."""
        if not self._entries:
            return
        logged = []
        for seq, entry in zip(self.tx.new_seqs(len(self._entries)), self._entries, strict=True):
            work = self.works[entry.profile]
            previous = work.tails[0] if work.tails else 0
            logged.append(LoggedEvent(seq, entry.profile, previous, entry.event))
            work.tails = (seq, *work.tails[1:])
            if entry.error:
                waiting = Quarantined(seq, entry.profile, entry.event.received, entry.error)
                self.tx.quarantine(self.shop, waiting)
        self.tx.append(logged)
        recoveries = [one.event.id for one in logged if one.event.metric == Metric.CART_RECOVERED]
        if recoveries:
            self.tx.unseen(self.shop, recoveries)  # from now on they are not
        count_events(self.tx, self.shop, logged)
        self._to_credit |= keep_told(self.tx, self.shop, logged)
        self._entries = []


def _is_recovery(effect: Effect) -> TypeGuard[Derived]:
    return isinstance(effect, Derived) and effect.event.metric == Metric.CART_RECOVERED


def _row(profile: ProfileId, work: Work) -> ProfileRow:
    state = work.profile
    return ProfileRow(profile, encode_profile(state), state.wake_at, state.rules, work.tails)
