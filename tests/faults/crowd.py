"""What each of several processes does that work on one PostgreSQL store at the same time."""

from __future__ import annotations

import random
from collections.abc import Sequence
from multiprocessing.connection import Connection

from cartback.domain.event import Event, ShopId
from cartback.domain.instant import Instant
from cartback.engine.ingest import Delivery, ingest
from cartback.engine.ports import Contention
from cartback.engine.rulebook import Rulebook
from cartback.engine.wake import wake
from cartback.store import open_store


def ingests(parent: Connection, url: str, shop: ShopId, events: Sequence[Event], seed: int) -> None:
    """Take events in deliveries of any size; says how many it took and how many were known."""
    drawn = random.Random(seed)
    store = open_store(url)
    rulebook = Rulebook()
    parent.send("ready")
    parent.recv()
    accepted = duplicates = start = 0
    while start < len(events):
        some = events[start : start + drawn.randint(1, 20)]
        try:
            [receipt] = ingest(store, rulebook, [Delivery(shop, some)])
        except Contention:
            continue
        accepted += receipt.accepted
        duplicates += receipt.duplicates
        start += len(some)
    store.close()
    parent.send((accepted, duplicates))


def wakes(parent: Connection, url: str, now: Instant) -> None:
    """Wake who is due by then, a few at a time, until nobody is told to go on."""
    store = open_store(url)
    rulebook = Rulebook()
    parent.send("ready")
    parent.recv()
    woken = 0
    while not parent.poll(0):
        try:
            woken += wake(store, rulebook, now, 3)
        except Contention:
            continue
    store.close()
    parent.send(woken)
