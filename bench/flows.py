"""What a flow costs: the same events without one and with one, and how soon messages go."""

import random
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.figure import Figure, percentile
from bench.shop import config, prepare, segments, start_series
from cartback.domain.event import Event, Identifier, Metric, ShopId
from cartback.domain.instant import HOUR, MINUTE, SECOND, Instant
from cartback.engine.deliver import claim
from cartback.engine.ingest import Delivery, ingest
from cartback.engine.wake import wake
from cartback.wiring import Installation, installation

PEOPLE: Final = 20_000
BATCH: Final = 800
STEP: Final = 10 * MINUTE
START: Final[Instant] = 1_790_000_000_000


def figures(events: int, runs: int) -> Iterator[Figure]:
    """An event's cost with a three-mail cart flow, and how fast waiting runs are served."""
    plain = _cost(events, with_flow=False)
    flowing = _cost(events, with_flow=True)
    yield Figure(
        "an event, with a three-mail cart flow (CPU time)",
        flowing * 1e6,
        "µs",
        at_most=True,
        baseline=plain * 1e6,
        baseline_name="without a flow",
        most_ratio=1.3,
    )
    yield from _due(runs)


def _cost(events: int, *, with_flow: bool) -> float:
    """Seconds of CPU time for an event, carts being left and woken meanwhile."""
    with TemporaryDirectory(prefix="cartback-bench-") as name, _shop(Path(name), with_flow) as base:
        for start in range(0, PEOPLE, BATCH):
            some = range(start, min(start + BATCH, PEOPLE))
            ingest(base.store, base.rulebook, [Delivery(1, [_subscribes(one) for one in some])])
        deliveries = list(_parts(events))
        began = time.process_time()
        for now, delivery in deliveries:
            while wake(base.store, base.rulebook, now):
                pass
            ingest(base.store, base.rulebook, [delivery])
        return (time.process_time() - began) / events


def _parts(events: int) -> Iterator[tuple[Instant, Delivery]]:
    """Seven of ten look, two put something into a cart, the others check out and order."""
    chance = random.Random(11)
    kinds = [Metric.VIEWED_PRODUCT] * 14 + [Metric.ADDED_TO_CART] * 4
    kinds += [Metric.CHECKOUT_STARTED, Metric.PLACED_ORDER]
    for number in range(events // BATCH):
        now = START + number * STEP
        some = [_does(chance.choice(kinds), chance.randrange(PEOPLE), now) for _ in range(BATCH)]
        yield now, Delivery(1, some)


def _does(metric: Metric, person: int, now: Instant) -> Event:
    return Event(
        shop=1,
        id=str(uuid.uuid4()),
        metric=metric,
        identifiers=(Identifier("email", f"person-{person}@example.com"),),
        time=now,
        received=now,
        properties={"product_id": "mug", "name": "Mug", "price": 1990, "currency": "EUR"},
    )


def _subscribes(person: int) -> Event:
    """Nobody is written to about a cart who did not allow it."""
    return Event(
        shop=1,
        id=f"yes-{person}",
        metric=Metric.SUBSCRIBED,
        identifiers=(Identifier("email", f"person-{person}@example.com"),),
        time=START - MINUTE,
        received=START - MINUTE,
        properties={"channel": "email"},
    )


def _due(runs: int) -> Iterator[Figure]:
    """So many runs wait; a thousand fall due: until they are claimed for handing over."""
    with TemporaryDirectory(prefix="cartback-bench-") as name, _shop(Path(name), True) as base:
        for start in range(0, runs, BATCH):
            some = range(start, min(start + BATCH, runs))
            both = [event for one in some for event in (_subscribes(one), _fills(1, one))]
            ingest(base.store, base.rulebook, [Delivery(1, both)])
        due = START + HOUR
        began = time.perf_counter()
        taken: list[float] = []
        while len(taken) < 1_000:
            wake(base.store, base.rulebook, due, 500)
            taken += [time.perf_counter() - began] * len(claim(base.store, base.rulebook, due, 500))
        yield Figure(
            f"a step that falls due is claimed, p99, {runs:,} runs waiting",
            percentile(taken, 0.99),
            "s",
            reach=1,
            at_most=True,
        )


def _fills(shop: ShopId, number: int) -> Event:
    """The first thousand fall due together, an hour after the start; the others later."""
    at = START if number < 1_000 else START + MINUTE + number % 60 * SECOND
    return Event(
        shop=shop,
        id=f"fills-{number}",
        metric=Metric.ADDED_TO_CART,
        identifiers=(Identifier("email", f"person-{number}@example.com"),),
        time=at,
        received=at,
        properties={"cart_id": f"cart-{number}", "product_id": "mug", "price": 900},
    )


@contextmanager
def _shop(folder: Path, with_flow: bool) -> Iterator[Installation]:
    """Twenty segments, and the flow at work where it is wanted."""
    prepare(folder, segments())
    with installation(config(folder)) as base:
        if with_flow:
            start_series(base.store, START)
        yield base
