"""New events are given to the profiles that they belong to: found, begun, or made one of several.

Who orders a cart that others are in a flow about closes it for them on the way.
"""

import logging
from collections.abc import Sequence
from typing import Final

from cartback.domain.event import Event, Identifier, IdentifierKind, Metric, ProfileId
from cartback.domain.identity import resolve
from cartback.engine.batch import Batch, RuleFailed
from cartback.engine.elsewhere import Placed, close_by, concerned, keep_orders
from cartback.engine.merge_ports import Conflict

LATEST_CONFLICTS: Final = 100

_log = logging.getLogger("cartback.reception")


def receive(batch: Batch, events: Sequence[Event]) -> None:
    """Give events that were not seen before to their profiles, in order."""
    _Reception(batch).receive(events)


class _Reception:
    """The events of one transaction that come in for one shop."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._owners = batch.owners
        self._fresh_ids: list[ProfileId] = []
        self._reported: set[frozenset[ProfileId]] | None = None
        self._closable: Sequence[ProfileId] = ()

    def receive(self, events: Sequence[Event]) -> None:
        batch = self._batch
        self._owners.ask({one for event in events for one in event.identifiers})
        known = self._owners.known
        batch.load(known.values(), self._concerned(events))
        strangers = known.keys()
        newcomers = sum(1 for event in events if strangers.isdisjoint(event.identifiers))
        self._fresh_ids = list(batch.tx.new_profile_ids(newcomers))[::-1] if newcomers else []
        last = {event.identifiers[0].value: event for event in events}
        orders = []
        for event in events:
            home = self._home(event)
            batch.apply(home, event)
            if event.metric == Metric.PLACED_ORDER:
                orders.append(Placed(event, home))
                self._close_for_others(event, home)
            if last[event.identifiers[0].value] is event:
                batch.pack(home)
        if orders:
            keep_orders(batch.tx, batch.shop, orders, self._since)

    @property
    def _since(self) -> int:
        """Since when a cart is remembered."""
        return self._batch.now - self._batch.rules.limits.expiry

    def _concerned(self, events: Sequence[Event]) -> Sequence[ProfileId]:
        """Who is in a flow about a cart that somebody orders now."""
        batch = self._batch
        if not batch.rules.flows.about_carts:
            return ()
        orders = [event for event in events if event.metric == Metric.PLACED_ORDER]
        if not orders:
            return ()
        self._closable = concerned(batch.tx, batch.shop, orders, self._since)
        return self._closable

    def _close_for_others(self, order: Event, home: ProfileId) -> None:
        """Close the cart that is ordered for whoever else has it."""
        batch = self._batch
        for one in self._closable:
            if one != home and one in batch.works and not batch.works[one].error:
                event = close_by(order, batch.works[one].profile, batch.shop)
                if event is not None:
                    batch.apply(one, event)

    def _home(self, event: Event) -> ProfileId:
        """The profile that the event belongs to; new ties and merges are noted on the way."""
        identifiers, known = event.identifiers, self._owners.known
        home = known.get(identifiers[0])
        if len(identifiers) == 1:
            if home is None:
                home = self._begin()
                self._owners.link(identifiers, home)
            return home
        if home is not None and all(known.get(one) == home for one in identifiers):
            return home
        found = resolve(identifiers, known, self._external_ids(identifiers))
        home = self._begin() if found.profile is None else found.profile
        self._owners.link(found.linked, home)
        alone = [loser for loser in found.merging if not self._merged(home, loser, event)]
        apart = (*found.conflicting, *alone)
        if apart:
            self._report(Conflict(event.received, event.id, (home, *apart), tuple(identifiers)))
        return home

    def _merged(self, home: ProfileId, loser: ProfileId, event: Event) -> bool:
        """Make one profile of two; False where they stay apart."""
        if self._kept_apart(home, loser):
            return False
        try:
            self._batch.merge(home, loser, event.received, event.id, event.identifiers)
        except RuleFailed as failed:
            _log.warning("profiles %d and %d did not become one: %s", home, loser, failed)
            return False
        return True

    def _external_ids(self, identifiers: Sequence[Identifier]) -> dict[ProfileId, str]:
        """The external ids of those who own these, as they are known by now."""
        found = {}
        known = self._owners.known
        for owner in {known[one] for one in identifiers if one in known}:
            stamped = self._batch.works[owner].profile.names.get(IdentifierKind.EXTERNAL)
            name = self._owners.external_id(owner) if stamped is None else stamped.value
            if name is not None:
                found[owner] = name
        return found

    def _report(self, conflict: Conflict) -> None:
        """Keep a conflict, but not again for every event on a device that two people share."""
        tx, shop = self._batch.tx, self._batch.shop
        if self._reported is None:
            latest = tx.conflicts(shop, LATEST_CONFLICTS)
            self._reported = {frozenset(one.profiles) for one in latest}
        if frozenset(conflict.profiles) not in self._reported:
            self._reported.add(frozenset(conflict.profiles))
            tx.add_conflict(shop, conflict)

    def _kept_apart(self, one: ProfileId, other: ProfileId) -> bool:
        """Whether somebody undid a merge of these two: then they are not merged again."""
        return any(
            merge.undone_at is not None and {merge.winner, merge.loser} == {one, other}
            for merge in self._batch.tx.merges(self._batch.shop, one)
        )

    def _begin(self) -> ProfileId:
        """A new profile."""
        if not self._fresh_ids:
            self._fresh_ids = list(self._batch.tx.new_profile_ids(1))
        profile = self._fresh_ids.pop()
        self._batch.begin(profile)
        return profile
