"""At a million profiles: counts while a segment is built, a new segment made live, memory."""

import statistics
import time
from collections.abc import Callable, Iterator
from threading import Event as Signal
from threading import Thread

import duckdb

from bench.big import Big, big_shop
from bench.figure import Figure, percentile
from bench.load import Load, send
from bench.shop import ARTICLE, Server, config, up
from cartback.bulk.manifest import read_manifest, shop_folder
from cartback.bulk.query import Bulk
from cartback.domain.condition import parse_condition
from cartback.domain.instant import WEEK, Zone
from cartback.engine.segments import create_segment
from cartback.wiring import installation, real_clock

TRIES = 5


def figures(profiles: int, events: int) -> Iterator[Figure]:
    """Everything that has to be measured on the big shop."""
    with big_shop(profiles, events) as shop:
        yield from _counting(shop)
        with up(shop.folder) as server:
            yield from _making_live(shop, server)


def _counting(shop: Big) -> Iterator[Figure]:
    """Count and five samples, beside the same question written by hand for DuckDB."""
    condition = parse_condition(ARTICLE["when"])
    zone = Zone("UTC")
    with Bulk(shop.folder / "tape", 1) as bulk:
        with installation(config(shop.folder)) as base, base.store.reading() as reading:
            bulk.refresh(reading)
        mine = _median(lambda: bulk.count(condition, shop.now, zone))
        members = len(bulk.members(condition, shop.now, zone))
    home = shop_folder(shop.folder / "tape", 1)
    files = [str(home / file.name) for file in read_manifest(home).files]
    connection = duckdb.connect(config={"threads": 2})
    since = shop.now - WEEK
    by_hand = (
        "SELECT count(*), max(profile, 5) FROM (SELECT profile"
        f" FROM read_parquet({files}) WHERE time > {since} AND metric IN"
        " ('Checkout Started', 'Placed Order') GROUP BY profile"
        " HAVING count(*) FILTER (metric = 'Checkout Started') >= 1"
        " AND count(*) FILTER (metric = 'Placed Order') = 0)"
    )
    hand = _median(lambda: connection.execute(by_hand).fetchall())
    found = connection.execute(by_hand).fetchall()[0][0]
    assert found == members, (found, members)
    yield Figure(
        f"count and five samples, {shop.profiles:,} profiles, {shop.events:,} events",
        mine,
        "s",
        reach=1,
        at_most=True,
        baseline=hand,
        baseline_name="the same by hand in DuckDB",
        most_ratio=3,
    )


def _median(act: Callable[[], object]) -> float:
    seconds = []
    for _ in range(TRIES):
        began = time.perf_counter()
        act()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def _making_live(shop: Big, server: Server) -> Iterator[Figure]:
    """A new segment while events go on coming in, and how soon those are true meanwhile."""
    calm = _single_posts(shop, server, seed=1)
    load: list[Load] = []
    ended = Signal()
    sender = Thread(target=_until, args=(ended, shop, server, load))
    sender.start()
    began = time.perf_counter()
    with installation(config(shop.folder)) as base:
        create_segment(base.store, 1, ARTICLE, real_clock())
        while not _is_live(base):
            time.sleep(0.05)
        seconds = time.perf_counter() - began
        with base.store.reading() as reading:
            state = reading.counts(1)["state_bytes"] / shop.profiles
    ended.set()
    sender.join()
    busy = [one for some in load for one in some.latencies]
    yield Figure(
        f"a new segment live, {shop.profiles:,} profiles, ingestion going on",
        seconds,
        "s",
        reach=30,
        at_most=True,
    )
    for share, reach in ((0.5, 5), (0.99, 50)):
        yield Figure(
            f"event to membership, p{share * 100:.0f}",
            percentile(calm.latencies, share) * 1e3,
            "ms",
            reach=reach,
            at_most=True,
        )
        yield Figure(
            f"event to membership while a segment is built, p{share * 100:.0f}",
            percentile(busy, share) * 1e3,
            "ms",
            reach=2 * reach,
            at_most=True,
            baseline=percentile(calm.latencies, share) * 1e3,
            baseline_name="calm",
        )
    yield Figure(
        f"memory with {shop.profiles:,} profiles",
        server.rss() / 2**20,
        "MB",
        reach=400,
        at_most=True,
    )
    yield Figure("state of a profile", state, "bytes", reach=1_000, at_most=True)


def _single_posts(shop: Big, server: Server, seed: int, events: int = 500) -> Load:
    """One connection: each post is answered before the next is sent."""
    return send(server, connections=1, batch=1, events=events, people=shop.profiles, seed=seed)


def _until(ended: Signal, shop: Big, server: Server, load: list[Load]) -> None:
    while not ended.is_set():
        load.append(_single_posts(shop, server, seed=100 + len(load), events=100))


def _is_live(base: object) -> bool:
    from cartback.wiring import Installation

    assert isinstance(base, Installation)
    with base.store.reading() as reading:
        row = reading.segment(1, "recent-cart-abandoners")
    return row is not None and row.status == "live"
