"""The figures that Prometheus reads: what this process did, and how the store stands now."""

from collections.abc import Iterable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from cartback.domain.instant import SECOND
from cartback.engine.intake import Receipt
from cartback.engine.left_behind import left_behind
from cartback.engine.ports import Clock, Reading, Store
from cartback.engine.shop_ports import ShopRow

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_EVENTS: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)


class Figures:
    """Counted in this process, and read from the store when asked."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._registry = CollectorRegistry()
        self._accepted = Counter(
            "cartback_events_accepted", "Events that entered the log.", registry=self._registry
        )
        self._duplicates = Counter(
            "cartback_events_duplicate", "Events seen before.", registry=self._registry
        )
        self._commits = Histogram(
            "cartback_commit_seconds",
            "How long it took to write what had gathered.",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._sizes = Histogram(
            "cartback_commit_events",
            "How many events shared a commit.",
            buckets=_EVENTS,
            registry=self._registry,
        )
        self._returned = Counter(
            "cartback_returned_mail",
            "Mail that came back by SMTP, by what became of it.",
            ["fate"],
            registry=self._registry,
        )
        self._registry.register(_Standing(store, clock))

    def received(self, receipt: Receipt) -> None:
        """A sender was answered."""
        self._accepted.inc(receipt.accepted)
        if receipt.duplicates:
            self._duplicates.inc(receipt.duplicates)

    def committed(self, events: int, seconds: float) -> None:
        """So many events were written together, in so much time."""
        self._sizes.observe(events)
        self._commits.observe(seconds)

    def came_back(self, fate: str) -> None:
        """A mail, or somebody who wanted to leave one, came to the return path."""
        self._returned.labels(fate).inc()

    def text(self) -> bytes:
        """Everything, in Prometheus' text format."""
        return generate_latest(self._registry)


class _Standing(Collector):
    """How the store stands: by shop, the same from whichever process one asks."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def collect(self) -> Iterable[Metric]:
        with self._store.reading() as reading:
            shops = reading.shops()
            yield from _rows(reading, shops)
            yield _drops(reading, shops)
            yield from _backfills(reading, shops)
            yield _behind(reading, shops)
            late = max(0, self._clock() - reading.next_wake()) / SECOND
        yield _gauge(
            "cartback_wake_late_seconds", "How long the earliest wake-up is overdue.", late
        )


_ROWS: Final = {
    "events": "Events in the log, derived ones too.",
    "profiles": "Profiles.",
    "quarantined": "Events that made a rule fail and wait.",
    "conflicts": "Events that tied two different customers.",
    "state_bytes": "Bytes of all profiles' states.",
}


def _rows(reading: Reading, shops: Iterable[ShopRow]) -> Iterator[Metric]:
    counts = {str(shop.id): reading.counts(shop.id) for shop in shops}
    for name, meaning in _ROWS.items():
        gauge = GaugeMetricFamily(f"cartback_{name}", meaning, labels=["shop"])
        for shop, found in counts.items():
            gauge.add_metric([shop], found.get(name, 0))
        yield gauge


def _drops(reading: Reading, shops: Iterable[ShopRow]) -> Metric:
    counter = CounterMetricFamily(
        "cartback_events_dropped", "Events not taken, by reason.", labels=["shop", "reason"]
    )
    for shop in shops:
        for reason, count in reading.drops(shop.id).items():
            counter.add_metric([str(shop.id), reason], count)
    return counter


def _backfills(reading: Reading, shops: Iterable[ShopRow]) -> Iterator[Metric]:
    done = GaugeMetricFamily(
        "cartback_backfill_done", "Share of profiles done.", labels=["shop", "segment"]
    )
    members = GaugeMetricFamily("cartback_segment_members", "Members.", labels=["shop", "segment"])
    for shop in shops:
        for row in reading.segments(shop.id):
            labels = [str(shop.id), row.key]
            if row.is_awaited:
                done.add_metric(labels, row.done / row.total if row.total else 0.0)
            elif row.status == "live":
                members.add_metric(labels, reading.count_members(shop.id, row.key))
    yield done
    yield members


def _behind(reading: Reading, shops: Iterable[ShopRow]) -> Metric:
    gauge = GaugeMetricFamily(
        "cartback_left_behind",
        "Profiles that a rule fails for, judged by the rules of before.",
        labels=["shop"],
    )
    for shop in shops:
        gauge.add_metric([str(shop.id)], left_behind(reading, shop.id).number)
    return gauge


def _gauge(name: str, meaning: str, value: float) -> Metric:
    gauge = GaugeMetricFamily(name, meaning)
    gauge.add_metric([], value)
    return gauge
