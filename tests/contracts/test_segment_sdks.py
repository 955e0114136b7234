"""Segment's own SDKs, unchanged, send to a running server: every event arrives once and right."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import pytest
import uvicorn
from segment.analytics import Client

from cartback.config import Config
from cartback.domain.event import Event, Identifier, Location, ShopId
from cartback.domain.instant import instant_of
from cartback.engine.keys import make_key
from cartback.engine.ports import Store
from cartback.wiring import Live, installation, real_clock

SDK = Path(__file__).parent.parent / "sdk"
INSTALLED = Path(__file__).parent.parent.parent / ".cache" / "segment-sdk"
WHEN = datetime(2026, 1, 2, 3, 4, 5, 678_000, UTC)

ADA = Identifier("external_id", "ada")
ADA_EMAIL = Identifier("email", "ada@example.com")
DEVICE = Identifier("anonymous_id", "device-1")


@dataclass
class Shop:
    """A shop of a running server, and a secret key of it."""

    host: str
    key: str
    store: Store
    id: ShopId

    def events(self) -> list[Event]:
        with self.store.reading() as reading:
            return [logged.event for logged in reading.log_after(self.id, 0, 1_000)]

    def drops(self) -> dict[str, int]:
        with self.store.reading() as reading:
            return dict(reading.drops(self.id))


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    config = Config(database=f"sqlite:///{tmp_path / 'cartback.db'}", data=tmp_path, tape=False)
    with installation(config) as base:
        with base.store.transaction() as tx:
            shop = tx.add_shop("Test", real_clock())
            key, _ = make_key(tx, shop, "secret", real_clock())
        live = Live(base)
        with live.at_work(), serving(live) as host:
            yield Shop(host, key, base.store, shop)


@contextmanager
def serving(live: Live) -> Iterator[str]:
    """The application on a free port of this machine; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(live.app, log_config=None, lifespan="off"))
        thread = Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            deadline = monotonic() + 30
            while not server.started and monotonic() < deadline:
                sleep(0.01)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def check(events: list[Event]) -> None:
    """One of each call, as both SDKs send them."""
    by_metric = {event.metric: event for event in events}
    assert len(events) == len(by_metric) == len({event.id for event in events}) == 7
    assert all(event.time == instant_of(WHEN) for event in events)
    assert not any(event.ahead or event.backfill for event in events)
    order = by_metric["Placed Order"]
    assert order.identifiers == (ADA,)
    assert order.properties == {
        "order_id": "o-1",
        "value": 2750,
        "total": 2750,
        "currency": "USD",
        "lines": [{"sku": "a", "price": 1999}],
    }
    assert order.traits == {"plan": "Pro"}
    assert order.location == Location("KR", "", "Seoul")
    assert by_metric["Song Played"].identifiers == (DEVICE,)
    assert by_metric["Song Played"].properties == {"title": "한글 🎵"}
    assert by_metric["Identified"].identifiers == (ADA, ADA_EMAIL)
    assert by_metric["Identified"].traits == {"email": "Ada@Example.com"}
    page = by_metric["Viewed Page"].properties
    assert (page["url"], page["name"], page["category"]) == (
        "https://shop.example/",
        "Home",
        "Shop",
    )
    assert by_metric["Viewed Screen"].properties["name"] == "Cart"
    assert by_metric["Grouped"].properties == {"name": "Initech", "group_id": "g-1"}
    assert by_metric["Aliased"].identifiers == (ADA, DEVICE)


@pytest.mark.parametrize("gzip", [False, True])
def test_segments_python_sdk_works_unchanged(shop: Shop, gzip: bool) -> None:
    failures: list[Exception] = []
    client = Client(
        shop.key,
        host=shop.host,
        gzip=gzip,
        upload_size=3,
        on_error=lambda error, _: failures.append(error),
    )
    context = {"traits": {"plan": "Pro"}, "location": {"country": "KR", "city": "Seoul"}}
    order = {"order_id": "o-1", "total": 27.5, "currency": "USD"}
    order |= {"products": [{"sku": "a", "price": 19.99}]}
    client.track("ada", "Order Completed", order, context=context, timestamp=WHEN)
    client.track(
        event="Song Played",
        properties={"title": "한글 🎵"},
        anonymous_id="device-1",
        timestamp=WHEN,
    )
    client.identify("ada", {"email": "Ada@Example.com"}, timestamp=WHEN)
    client.page("ada", "Shop", "Home", {"url": "https://shop.example/"}, timestamp=WHEN)
    client.screen("ada", None, "Cart", timestamp=WHEN)
    client.group("ada", "g-1", {"name": "Initech"}, timestamp=WHEN)
    client.alias("device-1", "ada", timestamp=WHEN)
    client.flush()
    client.join()
    assert failures == []
    check(shop.events())
    assert shop.drops() == {}


def test_segments_python_sdk_tells_of_a_wrong_key(shop: Shop) -> None:
    failures: list[Exception] = []
    client = Client(
        "wrong", host=shop.host, on_error=lambda error, _: failures.append(error), max_retries=0
    )
    client.track("ada", "x")
    client.flush()
    client.join()
    assert "401" in str(failures[0])
    assert shop.events() == []


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_nan_from_python_costs_only_its_own_event(shop: Shop, number: float) -> None:
    client = Client(shop.key, host=shop.host, upload_size=3)
    for properties in ({"a": 1}, {"a": number}, {"a": 2}):
        client.track("ada", "x", properties)
    client.flush()
    client.join()
    assert [event.properties for event in shop.events()] == [{"a": 1}, {"a": 2}]
    assert shop.drops() == {"bad_number": 1}


def test_segments_node_sdk_works_unchanged(shop: Shop) -> None:
    installed = node_sdk()
    sent = subprocess.run(
        ["node", "send.mjs", shop.host, shop.key],
        cwd=installed,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert sent.returncode == 0, sent.stderr
    check(shop.events())
    assert shop.drops() == {}


def node_sdk() -> Path:
    """Where the SDK for Node is installed, at the versions that tests/sdk pins."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("Segment's SDK for Node needs node and npm (apt-get install nodejs npm)")
    lock = (SDK / "package-lock.json").read_bytes()
    done = INSTALLED / "installed"
    if not done.exists() or done.read_bytes() != lock:
        INSTALLED.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(SDK / name, INSTALLED)
        subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund"],
            cwd=INSTALLED,
            check=True,
            capture_output=True,
            timeout=240,
        )
        done.write_bytes(lock)
    shutil.copy(SDK / "send.mjs", INSTALLED)
    return INSTALLED
