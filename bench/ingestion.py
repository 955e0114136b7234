"""Events in: how many a second, how soon a single one, against a bare insert of the same events."""

import json
import sqlite3
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figure import Figure, percentile
from bench.load import send
from bench.shop import config, messages, prepare, segments, start_series, up
from cartback.wiring import installation, real_clock

PEOPLE = 20_000
BATCH = 100


def figures(events: int) -> Iterator[Figure]:
    """With twenty live segments and a flow, one process, SQLite, durable before the answer."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, segments())
        with installation(config(folder)) as base:
            start_series(base.store, real_clock())
        with up(folder, tape=False) as server:
            send(server, connections=8, batch=BATCH, events=events // 5, people=PEOPLE, seed=9)
            bare = bare_insert(events, BATCH)
            load = send(server, connections=8, batch=BATCH, events=events, people=PEOPLE)
            yield Figure(
                "ingest, batches of 100 over HTTP",
                load.events / load.seconds,
                "events/s",
                reach=15_000,
                baseline=bare,
                baseline_name="bare SQLite insert",
                least_ratio=0.4,
            )
            yield Figure(
                "bare SQLite insert, also found by person and by metric",
                bare_insert(events, BATCH, searched=True),
                "events/s",
            )
            single = send(
                server, connections=32, batch=1, events=events // 5, people=PEOPLE, seed=3
            )
            yield Figure(
                "single POST, durable",
                single.events / single.seconds,
                "requests/s",
                reach=4_000,
                baseline=bare_insert(2_000, 1),
                baseline_name="bare insert, a commit each",
            )
            yield Figure(
                "single POST, p99 with 32 connections",
                percentile(single.latencies, 0.99) * 1e3,
                "ms",
                reach=20,
                at_most=True,
            )


def bare_insert(events: int, batch: int, *, searched: bool = False) -> float:
    """The same events into one SQLite table with a unique id, a commit a batch; events a second.
    One that is `searched` has an index by person and one by metric, both in order of time."""
    rows = [
        (one["messageId"], one["anonymousId"], place, one["event"], json.dumps(one))
        for place, one in enumerate(messages(events, PEOPLE, 1))
    ]
    with TemporaryDirectory() as name:
        connection = sqlite3.connect(Path(name) / "bare.db", isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(
            "CREATE TABLE events (id TEXT PRIMARY KEY, who TEXT, at INTEGER, name TEXT, body TEXT)"
        )
        if searched:
            connection.execute("CREATE INDEX by_person ON events (who, at)")
            connection.execute("CREATE INDEX by_metric ON events (name, at)")
        stream = iter(rows)
        began = time.perf_counter()
        while some := list(islice(stream, batch)):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?, ?)", some)
            connection.execute("COMMIT")
        seconds = time.perf_counter() - began
        connection.close()
    return events / seconds
