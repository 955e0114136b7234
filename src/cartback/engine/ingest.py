"""Taking events: those not seen before go to their profiles, in one transaction for all.

After it returns the events are durable, and everything that follows from them is true: read your
own writes.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

import msgspec

from cartback.domain.drop import DropReason
from cartback.domain.event import Event, ShopId
from cartback.engine.batch import Batch
from cartback.engine.intake import Receipt
from cartback.engine.ports import Contention, Store, Transaction
from cartback.engine.reception import receive
from cartback.engine.redeeming import redeemed_by
from cartback.engine.returning import Sender
from cartback.engine.rulebook import Rulebook

MOST_TRIES: Final = 20
Outcome = TypeVar("Outcome")


class Delivery(msgspec.Struct):
    """What one sender handed in for one shop: events, and what was dropped before, by reason."""

    shop: ShopId
    events: Sequence[Event]
    drops: Mapping[DropReason, int] = {}
    sender: Sender = None


def ingest(store: Store, rulebook: Rulebook, deliveries: Sequence[Delivery]) -> list[Receipt]:
    """Take the deliveries in their order, all in one transaction; a receipt for each.

    Raises Contention when other processes kept getting in the way.
    """
    return tried(store, lambda tx: take(tx, rulebook, deliveries))


def tried(store: Store, act: Callable[[Transaction], Outcome]) -> Outcome:
    """One transaction, again where somebody came in between. Raises Contention."""
    for attempt in range(MOST_TRIES):
        try:
            with store.transaction() as tx:
                return act(tx)
        except Contention:
            if attempt == MOST_TRIES - 1:
                raise
    raise AssertionError("unreachable")


def take(tx: Transaction, rulebook: Rulebook, deliveries: Sequence[Delivery]) -> list[Receipt]:
    """The same as part of a larger change."""
    receipts: dict[int, Receipt] = {}
    for shop in sorted({delivery.shop for delivery in deliveries}):  # nobody waits in a circle
        mine = [(place, one) for place, one in enumerate(deliveries) if one.shop == shop]
        fresh = tx.unseen(shop, [event.id for _, one in mine for event in one.events])
        wanted: list[Event] = []
        drops: dict[str, int] = {}
        for place, delivery in mine:
            news = _news(delivery.events, fresh)
            wanted += news
            duplicates = len(delivery.events) - len(news)
            receipts[place] = Receipt(len(news), duplicates)
            for reason, count in delivery.drops.items():
                drops[reason] = drops.get(reason, 0) + count
            if duplicates:
                drops[DropReason.DUPLICATE] = drops.get(DropReason.DUPLICATE, 0) + duplicates
        if wanted:
            before = min(event.received for event in wanted) - 1
            batch = Batch(tx, shop, rulebook.of(tx, shop), before)
            receive(batch, wanted)
            batch.flush()
            for event in wanted:
                redeemed_by(tx, shop, event)
        if drops:
            tx.count_drops(shop, drops)
    return [receipts[place] for place in range(len(deliveries))]


def _news(events: Sequence[Event], fresh: set[str]) -> list[Event]:
    """Those whose id is new, each id once: it leaves the set when its first event is taken."""
    news = []
    for event in events:
        if event.id in fresh:
            fresh.discard(event.id)
            news.append(event)
    return news
