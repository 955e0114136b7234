"""The console and the API at a million profiles: how soon a page is there, and what it weighs."""

import gzip
import http.client
import random
import re
import secrets
import sqlite3
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from bench.big import Big, big_shop
from bench.figure import Figure, percentile
from bench.lived import LATELY, live_in
from bench.posted import FLOWS, post
from bench.shop import Server, config, up
from cartback.domain.instant import DAY
from cartback.engine.access_ports import Seat, SessionRow, UserRow
from cartback.engine.growth_ports import SLOT
from cartback.wiring import installation, real_clock

REQUESTS = 200
TRIES = 5
PATIENCE_SECONDS = 60
AT_REST = 0.05
"""Seconds of CPU time within a second."""
REACH_BYTES = 150_000
EVENTS = 100_000
REGULARS = 20_000
MESSAGES = 100_000
ARTICLES = "recent-cart-abandoners"


class Asked(NamedTuple):
    """A page or a call, its address for somebody, and how soon it has to be there."""

    name: str
    path: Callable[[int], str]
    reach_ms: float = 50


class Took(NamedTuple):
    """Milliseconds of each request, and the server's CPU time of one."""

    milliseconds: list[float]
    cpu_ms: float


HEALTH = Asked("a call that asks nothing", lambda _: "/api/v1/health")


def _console(shop: str = "/shops/1") -> Sequence[Asked]:
    return (
        Asked("Home", lambda _: shop),
        Asked("Home, 90 days", lambda _: f"{shop}?days=90"),
        Asked("carts", lambda _: f"{shop}/carts"),
        Asked("the segments", lambda _: f"{shop}/segments"),
        Asked("a segment", lambda _: f"{shop}/segments/{ARTICLES}"),
        Asked("a segment, 30 days", lambda _: f"{shop}/segments/segment-0?days=30"),
        Asked("members", lambda one: f"{shop}/segments/{ARTICLES}?after={one}"),
        Asked("why", lambda one: f"{shop}/segments/{ARTICLES}/why?person=visitor-{one - 1:07}"),
        Asked("the builder, counted", lambda _: f"{shop}/segments/{ARTICLES}/change", 1_000),
        Asked("people", lambda _: f"{shop}/people"),
        Asked("a person", lambda one: f"{shop}/people/{one}"),
        Asked("an automation", lambda one: f"{shop}/flows/cart-{one % FLOWS}"),
        Asked("an automation, 90 days", lambda one: f"{shop}/flows/cart-{one % FLOWS}?days=90"),
        Asked("messages", lambda _: f"{shop}/messages"),
        Asked("messages that bounced", lambda _: f"{shop}/messages?status=bounced"),
        Asked("a message", lambda one: f"{shop}/messages/message-{one % MESSAGES:08}"),
        Asked("coupons", lambda _: f"{shop}/coupons"),
        Asked("settings", lambda _: f"{shop}/settings"),
    )


def _calls(at: str = "/api/v1") -> Sequence[Asked]:
    return (
        Asked("a profile by its id", lambda n: f"{at}/profiles?identifier=visitor-{n - 1:07}"),
        Asked("a profile", lambda n: f"{at}/profiles/{n}"),
        Asked("its memberships", lambda n: f"{at}/profiles/{n}/memberships"),
        Asked("its timeline", lambda n: f"{at}/profiles/{n}/timeline"),
        Asked("why", lambda n: f"{at}/profiles/{n}/explanations/{ARTICLES}"),
        Asked("members", lambda _: f"{at}/segments/{ARTICLES}/members?limit=100"),
        Asked("a segment and its count", lambda _: f"{at}/segments/{ARTICLES}"),
        Asked("growth, 30 days", lambda _: f"{at}/segments/segment-0/growth"),
        Asked("figures of a flow", lambda one: f"{at}/flows/cart-{one % FLOWS}/figures"),
        Asked("messages", lambda _: f"{at}/messages"),
        Asked("recoveries", lambda _: f"{at}/recoveries"),
    )


def figures(profiles: int, events: int) -> Iterator[Figure]:
    """Every page and call: the slow end of many requests about different people."""
    with big_shop(profiles, events, LATELY) as shop:
        live_in(shop, EVENTS, REGULARS)
        post(shop, MESSAGES)
        yield from measured(shop)


def measured(shop: Big) -> Iterator[Figure]:
    """On a shop that is there."""
    yield _growth(shop)
    cookie = {"Cookie": f"cartback_session={_session(shop)}", "Sec-Fetch-Site": "same-origin"}
    with up(shop.folder) as server:
        _comes_to_rest(server)
        basic = {"Authorization": "Basic " + b64encode(f"{server.key}:".encode()).decode()}
        _timed(server, HEALTH, basic, shop.profiles)
        floor = _timed(server, HEALTH, basic, shop.profiles)
        for kind, asked, headers in (("page", _console(), cookie), ("call", _calls(), basic)):
            for one in asked:
                took = _timed(server, one, headers, shop.profiles)
                yield from _told(f"{kind}: {one.name}", one, took, floor)
        for one in _console():
            yield Figure(
                f"first load: {one.name}",
                _weight(server, one.path(2), cookie),
                "bytes",
                reach=REACH_BYTES,
                at_most=True,
            )


def _told(name: str, asked: Asked, took: Took, floor: Took) -> Iterator[Figure]:
    """How long the slow ones took, and what one costs the server, whatever else runs."""
    yield Figure(
        f"{name}, p95",
        percentile(took.milliseconds, 0.95),
        "ms",
        reach=asked.reach_ms,
        at_most=True,
        baseline=percentile(floor.milliseconds, 0.95),
        baseline_name=HEALTH.name,
        note=f"p50 {percentile(took.milliseconds, 0.5):.1f} ms",
    )
    yield Figure(
        f"{name}, the server's own time",
        took.cpu_ms,
        "ms CPU",
        baseline=floor.cpu_ms,
        baseline_name=HEALTH.name,
    )


def _growth(shop: Big) -> Figure:
    """Who came and went in a month, beside counting all the moves."""
    start = (real_clock() - 30 * DAY) // SLOT * SLOT
    file = sqlite3.connect(shop.folder / "cartback.db")

    def by_hand() -> list[tuple[int, int, int]]:
        return file.execute(_BY_HAND, (SLOT, SLOT, start)).fetchall()

    with installation(config(shop.folder)) as base, base.store.reading() as reading:
        mine = _cpu_ms(lambda: reading.turnover(1, "segment-0", start))
        assert [tuple(one) for one in reading.turnover(1, "segment-0", start)] == by_hand()
    hand = _cpu_ms(by_hand)
    file.close()
    return Figure(
        "who came and went in a month",
        mine,
        "ms CPU",
        at_most=True,
        baseline=hand,
        baseline_name="all moves counted by hand",
        most_ratio=0.1,
    )


_BY_HAND = """
    SELECT at / ? * ? AS slot, sum(joined), sum(NOT joined) FROM moves
    WHERE shop = 1 AND segment = 'segment-0' AND at >= ? GROUP BY slot ORDER BY slot
"""


def _cpu_ms(act: Callable[[], object]) -> float:
    """The CPU time of the best of some tries."""
    found = []
    for _ in range(TRIES):
        began = time.process_time()
        act()
        found.append((time.process_time() - began) * 1e3)
    return min(found)


def _comes_to_rest(server: Server) -> None:
    """Wait until what a start brings with it is done, such as writing the tape."""
    used = server.cpu()
    for _ in range(PATIENCE_SECONDS):
        time.sleep(1)
        before, used = used, server.cpu()
        if used - before < AT_REST:
            return


def _session(shop: Big) -> str:
    """Somebody who is signed in."""
    token, now = secrets.token_urlsafe(32), real_clock()
    with installation(config(shop.folder)) as base, base.store.transaction() as tx:
        user = tx.add_user(UserRow(0, f"{token}@example.com", "Bench", "", now))
        assert user is not None
        tx.set_seat(Seat(1, user.id, "owner"))
        digest = sha256(token.encode()).digest()
        tx.add_session(SessionRow(digest, user.id, now, now, now + DAY))
    return token


def _timed(server: Server, asked: Asked, headers: Mapping[str, str], profiles: int) -> Took:
    """Many requests, one after the other, each about somebody else."""
    chance = random.Random(1)
    found = []
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    used = server.cpu()
    for number in range(REQUESTS):
        path = asked.path(1 + chance.randrange(REGULARS if number % 2 else profiles))
        began = time.perf_counter()
        status, body, _ = _get(connection, path, headers)
        found.append((time.perf_counter() - began) * 1e3)
        if status != 200:
            raise RuntimeError(f"{path}: {status} {body[:300]!r}")
    connection.close()
    return Took(found, (server.cpu() - used) / REQUESTS * 1e3)


def _weight(server: Server, path: str, headers: Mapping[str, str]) -> float:
    """Bytes on the wire of a page and of every file that it names, as a browser loads them."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    headers = {**headers, "Accept-Encoding": "gzip"}
    _, body, packed = _get(connection, path, headers)
    text = (gzip.decompress(body) if packed else body).decode()
    weight = len(body)
    for file in sorted(set(re.findall(r'"(/static/[^"]+)"', text))):
        weight += len(_get(connection, file, headers)[1])
    connection.close()
    return weight


def _get(
    connection: http.client.HTTPConnection, path: str, headers: Mapping[str, str]
) -> tuple[int, bytes, bool]:
    connection.request("GET", path, headers=dict(headers))
    answer = connection.getresponse()
    return answer.status, answer.read(), answer.headers.get("content-encoding") == "gzip"
