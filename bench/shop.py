"""What is measured on: a shop's events, twenty segments, and a server of its own."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.request import urlopen

from cartback.config import Config
from cartback.domain.event import Json
from cartback.domain.instant import Instant
from cartback.engine.backfill import backfill_all
from cartback.engine.flows import create_flow, set_status
from cartback.engine.keys import make_key
from cartback.engine.mailing import set_mailing
from cartback.engine.ports import Store
from cartback.engine.segments import create_segment
from cartback.engine.templates import save_template
from cartback.wiring import installation, real_clock

ARTICLE: Final[Json] = {
    "name": "Recent cart abandoners",
    "when": {
        "kind": "all",
        "of": [
            {
                "kind": "did",
                "metric": "Checkout Started",
                "within": {"kind": "last", "duration": "1 week"},
            },
            {
                "kind": "did",
                "metric": "Placed Order",
                "times": {"exactly": 0},
                "within": {"kind": "last", "duration": "1 week"},
            },
        ],
    },
}
_NAMES: Final = ("Viewed Product", "Added to Cart", "Checkout Started", "Placed Order")


def segments() -> list[Json]:
    """Twenty: the article's, and nineteen that ask about what the events are."""
    documents = [ARTICLE]
    for number in range(19):
        did: Json = {
            "kind": "did",
            "metric": _NAMES[number % 4],
            "times": {"at_least": number % 3 + 1},
            "within": {"kind": "last", "duration": f"{number + 1} days"},
        }
        if number % 5 == 4:
            did["where"] = [
                {"kind": "property", "path": "category", "is": "equals", "value": "Shoes"}
            ]
        documents.append({"name": f"Segment {number}", "when": did})
    return documents


def messages(count: int, people: int, seed: int) -> Iterator[dict[str, Any]]:
    """Segment messages of a shop: seven of ten views, two of ten carts, checkouts, orders."""
    chance = random.Random(seed)
    kinds = ["Product Viewed"] * 14 + ["Product Added"] * 3 + ["Checkout Started"] * 2
    kinds.append("Order Completed")
    for _ in range(count):
        product = chance.randrange(2_000)
        yield {
            "type": "track",
            "messageId": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
            "anonymousId": f"visitor-{chance.randrange(people):07}",
            "event": chance.choice(kinds),
            "properties": {
                "product_id": f"sku-{product}",
                "name": f"Product number {product}",
                "category": chance.choice(("Shoes", "Bags", "Hats", "Coats")),
                "price": 19.9,
                "currency": "EUR",
                "url": f"https://shop.example/products/{product}",
            },
        }


@dataclass(frozen=True, slots=True)
class Server:
    """A running `cartback up`, and a write key for it."""

    port: int
    key: str
    process: int

    def rss(self) -> int:
        """Bytes of memory that the process holds now; 0 where the system does not say."""
        try:
            status = Path(f"/proc/{self.process}/status").read_text()
        except OSError:
            return 0
        line = next(one for one in status.splitlines() if one.startswith("VmRSS"))
        return int(line.split()[1]) * 1024

    def cpu(self) -> float:
        """Seconds of CPU time that the process has used; 0 where the system does not say."""
        try:
            fields = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def config(folder: Path, port: int = 0) -> Config:
    return Config(
        database=f"sqlite:///{folder / 'cartback.db'}", data=folder, host="127.0.0.1", port=port
    )


def prepare(folder: Path, documents: Sequence[Json]) -> None:
    """An empty shop with live segments."""
    from cartback.engine.shops import first_shop

    with installation(config(folder)) as base:
        first_shop(base.store, "Bench", real_clock())
        for document in documents:
            create_segment(base.store, 1, document, real_clock())
        backfill_all(base.store, base.rulebook, 1, real_clock)


MAIL: Final[Json] = {"subject": "Still thinking?", "blocks": [{"kind": "footer"}]}
SERIES: Final[Json] = {
    "name": "Abandoned cart",
    "trigger": {"kind": "cart_abandoned"},
    "steps": [
        {"kind": "email", "key": "help", "template": "help"},
        {"kind": "wait", "key": "a-day", "for": "1 day"},
        {"kind": "email", "key": "proof", "template": "proof"},
        {"kind": "wait", "key": "two-days", "for": "2 days"},
        {"kind": "email", "key": "offer", "template": "offer"},
    ],
}


def start_series(store: Store, now: Instant) -> None:
    """A flow at work: three mails about an abandoned cart."""
    set_mailing(store, 1, {"sender": "hello@shop.example"})
    for key in ("help", "proof", "offer"):
        save_template(store, 1, key, key, MAIL, now)
    create_flow(store, 1, "series", SERIES, now)
    set_status(store, 1, "series", "live", now)


def secret_key(folder: Path) -> str:
    """A new secret write key of the shop."""
    with installation(config(folder)) as base, base.store.transaction() as tx:
        token, _ = make_key(tx, 1, "secret", real_clock(), "bench")
        return token


def _environment(folder: Path, port: int) -> dict[str, str]:
    return {
        **os.environ,
        "CARTBACK_DATABASE": f"sqlite:///{folder / 'cartback.db'}",
        "CARTBACK_DATA": str(folder),
        "CARTBACK_PORT": str(port),
        "CARTBACK_LOG_LEVEL": "warning",
    }


@contextmanager
def up(folder: Path, *, tape: bool = True) -> Iterator[Server]:
    """Run `cartback up` on the folder until the end of the block."""
    key = secret_key(folder)
    port = free_port()
    environment = {**_environment(folder, port), "CARTBACK_TAPE": "on" if tape else "off"}
    process = subprocess.Popen(
        [sys.executable, "-m", "cartback", "up"], env=environment, stdout=subprocess.DEVNULL
    )
    try:
        wait_until_ready(port, process)
        yield Server(port, key, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_ready(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError(f"cartback up ended with {process.returncode}")
        try:
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("cartback up did not become ready")
