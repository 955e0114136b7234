"""The profiles of one shop that one transaction moves: loaded, advanced, and written back together.

Whoever moves profiles (ingestion, the wake loop, back-fill, a merge by hand) does it here, so that
state, memberships, timers and the log always change in one step.
"""

import logging
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeGuard

import msgspec

from cartback.domain.advance import Advanced, advance, merge, new_profile
from cartback.domain.cart import Cart
from cartback.domain.effect import Decided, Derived, Effect, Moved, Queued
from cartback.domain.event import Event, Identifier, Metric, ProfileId, ShopId
from cartback.domain.instant import Instant
from cartback.domain.offer import asked_of
from cartback.domain.product_news import cared_for
from cartback.domain.profile import Profile, RunId
from cartback.domain.ruleset import Ruleset
from cartback.engine.adoption import Adopted, adopted, postponed, sentence
from cartback.engine.crediting import credit_people, keep_told
from cartback.engine.elsewhere import Orders
from cartback.engine.flow_ports import DecisionRow, MessageRow, RunRow
from cartback.engine.flowing import count_decisions, decision, message, placed
from cartback.engine.list_ports import Enlisted
from cartback.engine.listing import enlisted
from cartback.engine.log_ports import LoggedEvent, Quarantined
from cartback.engine.merge_ports import Merge
from cartback.engine.offering import given
from cartback.engine.owners import Owners
from cartback.engine.ports import Contention, Transaction
from cartback.engine.profile_ports import ProfileRow
from cartback.engine.segment_ports import Move
from cartback.engine.standing import NO_CARTS, Standings, count_events
from cartback.engine.work import Work

_log = logging.getLogger("cartback.batch")


class RuleFailed(Exception):
    """A rule has a bug; the message says which error it was."""


class _Entry(msgspec.Struct, frozen=True, gc=False):
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
    owners: Owners = field(init=False)
    _entries: list[_Entry] = field(default_factory=list)
    _moves: list[Move] = field(default_factory=list)
    _listed: list[Enlisted] = field(default_factory=list)
    _placed: list[RunRow] = field(default_factory=list)
    _decisions: list[DecisionRow] = field(default_factory=list)
    _queued: list[MessageRow] = field(default_factory=list)
    _cares: set[tuple[str, ProfileId]] = field(default_factory=set)
    _to_credit: set[ProfileId] = field(default_factory=set)
    _standings: Standings = field(default_factory=Standings)

    def __post_init__(self) -> None:
        self.owners = Owners(self.tx, self.shop)

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
        for row in behind:
            same = msgspec.structs.replace(row, rules_version=self.rules.version)
            self.works[row.id] = Work(same, row.tails)
            self.works[row.id].bumped = True
        for one in adopted(self.tx, self.shop, self.rules, behind, self.now):
            self.take_adopted(one)

    def take_adopted(self, one: Adopted) -> None:
        """Work on a locked row with what the present rules make of it."""
        work = self.works[one.row.id] = Work(one.before, one.row.tails)
        work.error, work.cares = one.error, one.cares
        self._note(work, one.moved)

    # --- moving ------------------------------------------------------------------------------

    def begin(self, profile: ProfileId) -> None:
        """A new profile."""
        self.works[profile] = Work(new_profile(profile, self.rules), ())
        self.works[profile].changed = True

    def apply(self, home: ProfileId, event: Event) -> None:
        """Advance the profile by the event; one that makes a rule fail waits in quarantine."""
        work = self.works[home]
        work.changed = True
        if work.error:
            self._entries.append(_Entry(event, home, work.error))
            return
        try:
            moved = advance(work.profile, (event,), event.received, self.rules, self.shop)
        except Exception as error:  # noqa: BLE001  whatever a rule does, it blocks nobody
            self._entries.append(_Entry(event, home, sentence(error)))
        else:
            self._entries.append(_Entry(event, home))
            self._note(work, moved)

    def pack(self, profile: ProfileId) -> None:
        """No more events of this profile are expected; where something else may still come of it,
        it stays open."""
        work = self.works[profile]
        if not work.is_open or work.error or work.runs:
            return
        state = work.profile
        if not state.runs and state.lists == work.lists:
            self._note_changes(profile, work)
            work.pack()

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
        if not moved.effects:
            return
        profile = moved.profile.id
        for effect in moved.effects:
            match effect:
                case Moved(segment, at, joined, quiet):
                    self._moves.append(Move(segment, profile, at, joined, quiet))
                case Derived(event):
                    self._entries.append(_Entry(event, profile))
                case Decided():
                    self._decisions.append(decision(profile, effect))
                case Queued():
                    self._queued.append(message(profile, effect))

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
        moved = self.owners.all_of(loser)
        self._leave_all(theirs, together.profile.clock)
        self._note(mine, together)
        self._write_log()
        record = Merge(0, winner, loser, at, event_id, tuple(evidence), moved, theirs.tails)
        mine.tails = (*(mine.tails or (0,)), *(tail for tail in theirs.tails if tail))
        self.owners.hand_over(moved, loser, winner)
        self._flush_moves()
        self._listed += enlisted(loser, theirs.lists, {})
        self._flush_messages()
        self.tx.readdress(self.shop, loser, winner)
        self.tx.remove(self.shop, loser)
        self._standings.change(loser, theirs.carts, NO_CARTS)
        del self.works[loser]
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

    def _leave_all(self, work: Work, at: Instant) -> None:
        """A profile that ends leaves its segments, so that joins and leaves add up."""
        for key, standing in work.profile.standings.items():
            if standing.since is not None:
                self._moves.append(Move(key, work.profile.id, at, joined=False, quiet=True))

    # --- writing -----------------------------------------------------------------------------

    def flush(self) -> None:
        """Write everything that changed, behind the answers that runs wait for."""
        self._close_ordered()
        self._give_codes()
        self.owners.write()
        self._write_log()
        self._flush_moves()
        for one, work in self.works.items():
            if work.changed and work.is_open:
                self._note_changes(one, work)
        self._flush_lists()
        self._flush_flows()
        self.tx.save(self.shop, [work.row() for work in self.works.values() if work.changed])
        bumped = [one for one, work in self.works.items() if work.bumped and not work.changed]
        if bumped:
            self.tx.bump(self.shop, bumped, self.rules.version)
        if self._cares:
            self.tx.care(self.shop, self._cares)
            self._cares = set()
        for work in self.works.values():
            work.changed = work.bumped = False
        self._standings.write(self.tx, self.shop)
        if self._to_credit:
            credit_people(self.tx, self.shop, self._to_credit)
            self._to_credit = set()

    def _note_changes(self, one: ProfileId, work: Work) -> None:
        """What is to be written beside the state, where others were written before."""
        profile = work.profile
        if self.rules.goods_since:
            self._note_cares(one, work, profile)
        if profile.carts is not work.carts:
            self._standings.change(one, work.carts, profile.carts)
            work.carts = profile.carts
        if profile.lists != work.lists:
            self._listed += enlisted(one, work.lists, profile.lists)
            work.lists = profile.lists
        if profile.runs or work.runs:
            self._placed += placed(one, work.runs, profile.runs)
            work.runs = profile.runs

    def _close_ordered(self) -> None:
        """Close the carts about which a run begins, and that somebody else has ordered."""
        flows = self.rules.flows.about_carts
        if not flows:
            return
        begun = [
            (one, run.cart)
            for one, work in self.works.items()
            if work.changed and work.is_open and not work.error
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
                if work.changed and work.is_open and not work.error and work.profile.runs
                for one in asked_of(work.profile, self.rules.flows)
                if (profile, one.run.id, one.run.step) not in asked
            ]
            if not waiting:
                return
            for _, profile, one in sorted(waiting, key=lambda each: each[:2]):
                asked.add((profile, one.run.id, one.run.step))
                state = self.works[profile].profile
                self.apply(profile, given(self.tx, self.shop, state, one, self.now))

    def _note_cares(self, one: ProfileId, work: Work, profile: Profile) -> None:
        """For which products it cares from now on; for which no more is found out later."""
        carts, viewed = profile.carts, profile.viewed
        same = carts is work.carts and viewed == work.viewed
        if work.cares or not same:
            before = set() if work.cares else cared_for(work.carts, work.viewed)
            self._cares |= {(product, one) for product in cared_for(carts, viewed) - before}
            work.cares, work.viewed = False, viewed

    def _flush_moves(self) -> None:
        if self._moves:
            self.tx.move(self.shop, self._moves)
            self._moves = []

    def _flush_lists(self) -> None:
        if self._listed:
            self.tx.enlist(self.shop, self._listed)
            self._listed = []

    def _flush_flows(self) -> None:
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
