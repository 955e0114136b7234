"""The demo's mail: real flows, real SMTP, on the demo's clock; nothing of the history is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import dropwhile, takewhile
from queue import Queue

import pytest

from cartback.channels.email.catcher import Caught
from cartback.cli.demo_goods import stock_up
from cartback.cli.demo_post import DemoPost, begin_flows
from cartback.cli.demo_returns import Returns
from cartback.cli.demo_shop import Chosen, DemoClock, DemoShop
from cartback.cli.post_news import Handed
from cartback.cli.scene import LiveScene
from cartback.config import read_config
from cartback.demo.segments import KEYS
from cartback.demo.simulation import simulate
from cartback.demo.story import ADA, JONAS, OMAR, VERA, Part, story, tell
from cartback.demo.words import ENGLISH
from cartback.domain.event import Identifier, Metric
from cartback.domain.instant import DAY, HOUR, MINUTE, Instant, parse_instant
from cartback.domain.message import Accepted, Outcome
from cartback.engine.deliver import Sending
from cartback.engine.flow_ports import DecisionRow
from cartback.engine.ingest import Delivery, ingest
from cartback.engine.wake import wake_all
from cartback.wiring import Installation, installation

SITE = "http://127.0.0.1:8000/shop"
OPENING = parse_instant("2026-03-10T18:00:00Z")
PATIENCE_SECONDS = 60


class Evening:
    """The demo's shop from its opening on; time goes when it is told to."""

    def __init__(self, base: Installation, clock: DemoClock, shop: int) -> None:
        self.base = base
        self.clock = clock
        self.shop = shop
        self.now = OPENING
        self.post = DemoPost(base, lambda: "http://127.0.0.1:8000")
        self.told: list[tuple[Sending, Outcome]] = []
        self.handed = Handed(clock)
        self.returns = Returns(base, shop, self.handed.came_back)
        self.scene = LiveScene(base.store, shop, KEYS[0], clock, self.handed.news)
        self.look = self.scene.look()
        self.came_back = 0
        self.recovered = 0, 0
        start = OPENING // DAY * DAY - 9 * DAY
        events = tell(simulate(shop=shop, seed=1, start=start), story(shop, OPENING))
        later = dropwhile(lambda one: one.time <= OPENING, events)
        self._waiting = list(takewhile(lambda one: one.time <= OPENING + 3 * HOUR, later))

    def goes_on_until(self, end: Instant) -> None:
        """What happens in the shop, minute by minute."""
        while self.now < end:
            self.now += MINUTE
            due = [one for one in self._waiting if one.time <= self.now]
            self._waiting = self._waiting[len(due) :]
            ingest(self.base.store, self.base.rulebook, [Delivery(self.shop, due)])
            wake_all(self.base.store, self.base.rulebook, self.now)
        self.clock.stand(self.now)

    def sees_who_returns(self) -> None:
        """An hour later whoever was going to has come back."""
        before = self.carts_recovered()
        self.now += HOUR
        self.clock.stand(self.now)
        self.returns.act()
        self.came_back = len(self.handed.news())
        self.recovered = before, self.carts_recovered()

    def carts_recovered(self) -> int:
        with self.base.store.reading() as reading:
            log = reading.log_after(self.shop, 0, 1_000_000)
        return sum(one.event.metric == Metric.CART_RECOVERED for one in log)

    def messages(self) -> dict[str, int]:
        with self.base.store.reading() as reading:
            return dict(reading.count_messages(self.shop))

    def posts(self) -> None:
        """Everything that is due is handed over."""
        waiting = self.messages().get("queued", 0)
        told: Queue[tuple[Sending, Outcome]] = Queue()
        with self.post.delivering(self.handed.tell, self.returns.hear, lambda *one: told.put(one)):
            self.told += [told.get(timeout=PATIENCE_SECONDS) for _ in range(waiting)]

    def mails_to(self, part: Part) -> list[Caught]:
        return [one for one in self.post.catcher.mails() if one.recipients == (part.person.email,)]

    def decisions(self, part: Part) -> list[DecisionRow]:
        with self.base.store.reading() as reading:
            name = Identifier("email", part.person.email)
            profile = reading.profiles_by(self.shop, [name])[name]
            return [one for _, one in reversed(reading.decisions(self.shop, profile))]


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evening]:
    """Three hours of it, and what the post made of them."""
    config = read_config({"CARTBACK_DATA": str(tmp_path_factory.mktemp("demo"))})
    clock = DemoClock()
    with installation(config, clock=clock) as base:
        shop = DemoShop(base, clock, Chosen(seed=1, days=9, opening=OPENING))
        for _ in shop.load():
            pass
        begin_flows(base, shop.id, OPENING, "en")
        stock_up(base, shop.id, SITE, "en")
        evening = Evening(base, clock, shop.id)
        evening.goes_on_until(OPENING + 14 * MINUTE)
        assert evening.messages() == {}, "the history begins nothing"
        evening.goes_on_until(OPENING + 3 * HOUR)
        evening.posts()
        evening.look = evening.scene.look()
        evening.sees_who_returns()
        yield evening


def test_every_mail_of_the_evening_arrives_and_there_is_no_flood(evening: Evening) -> None:
    mails = evening.post.catcher.mails()
    assert 2 <= len(mails) < 40
    assert all(isinstance(outcome, Accepted) for _, outcome in evening.told)
    assert evening.messages() == {"sent": len(mails)}


def test_adas_mail_is_whole(evening: Evening) -> None:
    [ada] = evening.mails_to(ADA)
    assert ada.subject == "Ada, we saved your cart"
    text = " ".join(ada.text().split())
    assert "Fell from £12.75 since you chose it" in text
    assert "3 left in stock" in text
    assert re.search(r"BACK(-[0-9A-Z]{5}){3}", text)
    assert "Valid until 13 Mar 2026, 21:00" in text
    assert f"{SITE}/pictures/22423.svg" in ada.html()
    assert "1 Teapot Lane" in ada.html()
    assert "http://127.0.0.1:8000/e/u/" in str(ada.parsed()["List-Unsubscribe"])


def test_who_orders_gets_none_and_why_is_known(evening: Evening) -> None:
    assert evening.mails_to(VERA) == []
    assert evening.mails_to(JONAS) == []
    assert evening.decisions(JONAS) == [], "his cart was never abandoned"
    entered, waits, ended = (one for one in evening.decisions(VERA) if one.what != "not_entered")
    assert (entered.what, waits.what) == ("entered", "waits")
    assert (ended.what, ended.reason) == ("ended", "ordered")
    assert waits.until - ended.at == 3 * MINUTE


def test_some_never_agreed_and_that_is_said(evening: Evening) -> None:
    with evening.base.store.reading() as reading:
        counts = reading.tallied(evening.shop, "decided")
    skipped = {name.rpartition(":")[2] for name in counts if "/help/skipped:" in name}
    assert {"no_address", "not_subscribed"} <= skipped


def test_the_view_tells_what_went_and_what_did_not_and_why(evening: Evening) -> None:
    said = [ENGLISH.tell(news, short=False) for news in evening.look.news]
    assert "mail to Ada Lantern: the cart and a code (21 things)" in said
    assert "no mail to Vera Saucer: ordered 3 minutes before" in said
    assert any(one.startswith("no mail to") and one.endswith("never agreed to any") for one in said)
    counters = evening.look.counters
    assert counters.mailed == len(evening.post.catcher.mails())
    assert counters.spared >= 1
    assert counters.unasked >= 1
    later = [news for news in evening.scene.look().news if news.who == "Ada Lantern"]
    assert later == [], "each once"


def test_some_come_back_through_the_mail_and_it_says_that_they_are_simulated(
    evening: Evening,
) -> None:
    came, ordered = [], 0
    with evening.base.store.reading() as reading:
        for logged in reading.log_after(evening.shop, 0, 1_000_000):
            if logged.event.properties.get("utm_medium") == "email":
                assert logged.event.properties["simulated"] is True
                came.append(logged.event.metric)
                ordered += logged.event.metric == Metric.PLACED_ORDER
    assert set(came) <= {Metric.VIEWED_PAGE, Metric.PLACED_ORDER}
    assert came
    assert evening.came_back == len(came) - ordered
    before, after = evening.recovered
    assert after - before == ordered > 0


def test_omar_orders_with_his_code_and_the_mail_is_credited(evening: Evening) -> None:
    """He ordered what could be had, at the prices of now: that is what was recovered."""
    with evening.base.store.reading() as reading:
        log = reading.log_after(evening.shop, 0, 1_000_000)
        name = Identifier("email", OMAR.person.email)
        omar = reading.profiles_by(evening.shop, [name])[name]
        [code] = reading.codes_of(evening.shop, [omar])
    [order] = [
        one.event.properties
        for one in log
        if one.profile == omar and one.event.metric == Metric.PLACED_ORDER
    ]
    assert order["coupon"] == code.code
    assert code.redeemed is not None
    pieces = {line["product_id"]: line["quantity"] for line in order["lines"]}
    assert pieces == {"22423": 4, "22699": 2, "85123A": 4}, "as far as there are so many"
    goods = sum(line["price"] * line["quantity"] for line in order["lines"])
    assert order["value"] == goods - goods * 10 // 100


def test_it_is_set_up_once_and_what_was_changed_stays(evening: Evening) -> None:
    base, shop = evening.base, evening.shop
    with base.store.reading() as reading:
        before = [row.version for row in reading.templates(shop)]
    begin_flows(base, shop, evening.now, "ko")
    with base.store.reading() as reading:
        assert [row.version for row in reading.templates(shop)] == before
        assert {row.status for row in reading.flows(shop)} == {"live"}
