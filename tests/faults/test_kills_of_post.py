"""Killed while it hands mail over, at any moment: no message is sent twice, and none is lost
without being seen.

A message that a killed process was handing over is in doubt: it was taken once or not at all,
nobody can know which, and it is never sent again by itself. Every other message is taken exactly
once, those too that the process had only claimed.
"""

from __future__ import annotations

import os
from multiprocessing.connection import Connection
from typing import Any

import pytest

from cartback.channels.email.listener import Listener
from cartback.domain.event import Event, Metric
from cartback.domain.instant import HOUR, MINUTE
from cartback.engine.flows import create_flow, set_status
from cartback.engine.mailing import set_mailing
from cartback.engine.noting import LONGEST_HANDOVER
from cartback.engine.templates import save_template
from tests.conftest import Counted
from tests.faults import victim
from tests.faults.post import Sink, posts
from tests.faults.story import open_shop
from tests.faults.test_kills import PATIENCE_SECONDS, Killer, heard, opened
from tests.scenarios.engine_shop import EngineShop, event

AT_ONCE = 50
"""So many are claimed together."""
HANDS = 4
"""So many are handed over at a time, and so many may be in doubt after each kill."""
KILLS = os.environ.get("CARTBACK_KILLS")  # more of them, by hand: CARTBACK_KILLS=100
MESSAGES = max(1_000, 30 * int(KILLS or 0))
STEP = LONGEST_HANDOVER + MINUTE
FLOW = {
    "name": "Left",
    "trigger": {"kind": "cart_abandoned"},
    "steps": [{"kind": "email", "key": "help", "template": "help", "useful": "60 days"}],
}
TEMPLATE = {
    "subject": "Your cart",
    "blocks": [
        {"kind": "product", "source": "abandoned_cart"},
        {"kind": "footer", "text": "You left a cart."},
    ],
}


@pytest.fixture
def killer(store_url: str) -> Killer:
    return Killer(store_url)


@pytest.fixture
def kills(store_url: str) -> int:
    """So many; starting a process against PostgreSQL takes longer."""
    return int(KILLS) if KILLS else 5 if store_url.startswith("postgresql") else 30


def test_no_message_is_sent_twice_and_none_is_lost_unseen(
    killer: Killer, kills: int, counted: Counted
) -> None:
    shop, now, keys = outbox(killer.url)
    sink = Sink()
    listener = Listener(sink)
    listener.start()
    try:
        for kill in range(kills):
            at_most = (MESSAGES - HANDS * kills) // kills  # so that there is work for the last
            with killer.running(posts, now + kill * STEP, listener.port, AT_ONCE, HANDS):
                wanted = sink.taken.total() + killer.drawn.randint(1, max(at_most, 1))
                assert sink.has_taken(wanted, PATIENCE_SECONDS)
                killer.wait()
            killer.kills += 1
        with killer.running(posts, now + kills * STEP, listener.port, AT_ONCE, HANDS) as line:
            finishes(line)
    finally:
        listener.stop()
    status = statuses(killer.url, shop, keys)
    doubtful = {key for key, one in status.items() if one == "in_doubt"}
    taken = len(doubtful & set(sink.taken))
    counted(f"{killer.kills} kills: {len(doubtful)} in doubt, {taken} of them taken")
    assert set(status.values()) <= {"sent", "in_doubt"}
    assert set(sink.taken) <= set(keys), "nothing but what was in the outbox"
    assert max(sink.taken.values()) == 1, "none twice, not even of those in doubt"
    assert set(sink.taken) >= set(keys) - doubtful, "none is lost"
    assert len(doubtful) <= kills * HANDS


def finishes(line: Connection) -> None:
    assert heard(line) == victim.FINISHED


def outbox(url: str) -> tuple[int, int, list[str]]:
    """A shop with so many messages to as many people that are due; the shop, now, their keys."""
    with opened(url) as store:
        shop = open_shop(store, segments=False)
        set_mailing(store, shop.id, {"sender": "hello@shop.example", "name": "Mugs"})
        save_template(store, shop.id, "help", "Help", TEMPLATE, shop.now)
        create_flow(store, shop.id, "left", FLOW, shop.now)
        set_status(store, shop.id, "left", "live", shop.now)
        shop.catches_up()
        shop.send(*(one for person in range(MESSAGES) for one in leaves(shop, person)))
        shop.wakes(shop.now + 2 * HOUR)
        with store.reading() as reading:
            found = [
                one.key
                for row in reading.profiles_after(shop.id, 0, 2 * MESSAGES)
                for one in reading.messages_of(shop.id, row.id)
            ]
        assert len(found) == MESSAGES
        return shop.id, shop.now + 2 * HOUR, found


def leaves(shop: EngineShop, person: int) -> list[Event]:
    who = f"person-{person}@example.com"
    line = {"product_id": "mug", "name": "Blue mug", "price": 900, "quantity": 2}
    at = shop.now + person
    cart: dict[str, Any] = {"cart_id": f"cart-{person}", "currency": "EUR", "lines": [line]}
    return [
        event(who, Metric.SUBSCRIBED, at, shop=shop.id, id=f"yes-{person}", channel="email"),
        event(who, Metric.CART_UPDATED, at, shop=shop.id, id=f"cart-{person}", **cart),
    ]


def statuses(url: str, shop: int, keys: list[str]) -> dict[str, str]:
    """What became of each message."""
    with opened(url) as store, store.reading() as reading:
        rows = [reading.message(shop, key) for key in keys]
        return {row.key: row.status for row in rows if row is not None}
