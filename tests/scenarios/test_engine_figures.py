"""What a flow's figures say of a story, over any period, and who came how far."""

from __future__ import annotations

from typing import Any

from cartback.domain.event import Metric
from cartback.domain.instant import DAY, HOUR, MINUTE
from cartback.domain.message import Accepted, InDoubt
from cartback.domain.step import StepKey
from cartback.engine.bounces import Returned, take_back
from cartback.engine.deliver import claim
from cartback.engine.figures import (
    Counts,
    Passage,
    Period,
    by_step,
    by_template,
    figures,
    passages,
    together,
)
from cartback.engine.flows import change_flow, definition, flow_of
from cartback.engine.noting import note
from cartback.engine.visits import Came, judge_due, keep_visit
from tests.scenarios.engine_shop import MONDAY, EngineShop
from tests.scenarios.test_engine_flows import SERIES, leaves_cart, starts

TAKEN = Accepted("ok")
FIREFOX = "Mozilla/5.0 Firefox/140.0"
SOON: dict[str, Any] = {**SERIES, "steps": [{**SERIES["steps"][0], "template": "proof"}]}


def delivers(shop: EngineShop, outcome: Accepted | InDoubt = TAKEN) -> list[str]:
    """What is due is handed over; the keys."""
    sendings = claim(shop.store, shop.rulebook, shop.now)
    for one in sendings:
        note(shop.store, shop.rulebook, shop.id, one.message, outcome, shop.now)
    return [one.message.key for one in sendings]


def visits(shop: EngineShop, key: str, place: int) -> None:
    keep_visit(shop.store, shop.id, key, Came("GET", FIREFOX, place, "https://a"), shop.now)
    shop.now += 2 * MINUTE
    judge_due(shop.store, shop.rulebook, shop.now)


def counted(shop: EngineShop, period: Period | None = None) -> dict[StepKey, Counts]:
    with shop.store.reading() as reading:
        return dict(by_step(figures(reading, shop.id, "cart", "EUR", period)))


def test_a_story_is_counted_at_its_step(shop: EngineShop) -> None:
    starts(shop)
    leaves_cart(shop)
    leaves_cart(shop, "bob@example.com")
    leaves_cart(shop, "cyd@example.com")
    ada, bob, *_ = delivers(shop)
    shop.passes(HOUR)
    visits(shop, ada, -1)
    visits(shop, ada, 0)
    visits(shop, ada, 0)
    bounced = Returned(fate="hard", key=bob, sentence="550")
    assert take_back(shop.store, shop.rulebook, bounced, shop.now)
    assert take_back(shop.store, shop.rulebook, bounced, shop.now)
    found = counted(shop)["help"]
    assert (found.queued, found.sent, found.delivered, found.bounced) == (3, 3, 2, 1)
    assert (found.opened, found.clicked) == (1, 1)


def test_credit_is_counted_where_the_message_was_sent(shop: EngineShop) -> None:
    starts(shop)
    leaves_cart(shop)
    [ada] = delivers(shop)
    sent_on = shop.now
    shop.now += 3 * DAY
    visits(shop, ada, 0)
    shop.happens("#1 ada@example.com", Metric.PLACED_ORDER, value=1_000, currency="EUR")
    on_the_day = counted(shop, Period(sent_on - HOUR, sent_on + HOUR))["help"]
    assert (on_the_day.recovered, on_the_day.revenue["EUR"]) == (1, 1_000)
    later = counted(shop, Period(sent_on + DAY, shop.now + DAY))
    assert later.get("help", Counts()).recovered == 0


def test_every_period_adds_up_to_all(shop: EngineShop) -> None:
    starts(shop)
    for place, who in enumerate("abcdef"):
        leaves_cart(shop, f"{who}@example.com", cart=f"c{place}")
        delivers(shop)
        shop.passes(7 * HOUR)
    whole = together(counted(shop).values())
    assert whole.queued >= 6
    begin, end = MONDAY - MONDAY % DAY - DAY, shop.now - shop.now % DAY + DAY
    for cut in (9 * HOUR, 24 * HOUR, 33 * HOUR + 30 * MINUTE, 47 * HOUR):
        parts = [Period(begin, MONDAY + cut), Period(MONDAY + cut, end)]
        both = together(one for part in parts for one in counted(shop, part).values())
        assert both == whole


def test_what_was_in_doubt_and_arrived_is_delivered(shop: EngineShop) -> None:
    starts(shop)
    leaves_cart(shop)
    [ada] = delivers(shop, InDoubt("lost"))
    assert (counted(shop)["help"].in_doubt, counted(shop)["help"].sent) == (1, 0)
    take_back(shop.store, shop.rulebook, Returned(fate="delivered", key=ada), shop.now)
    assert (counted(shop)["help"].in_doubt, counted(shop)["help"].delivered) == (0, 1)


def test_a_template_has_what_its_versions_sent(shop: EngineShop) -> None:
    starts(shop)
    leaves_cart(shop)
    delivers(shop)
    change_flow(shop.store, shop.id, "cart", SOON, shop.now)
    shop.catches_up()
    leaves_cart(shop, "bob@example.com")
    delivers(shop)
    with shop.store.reading() as reading:
        found = by_template(reading, shop.id, "cart", figures(reading, shop.id, "cart", "EUR"))
    assert {key: one.sent for key, one in found.items()} == {"help": 1, "proof": 1}


def test_who_came_how_far(shop: EngineShop) -> None:
    starts(shop)
    leaves_cart(shop)
    leaves_cart(shop, "bob@example.com")
    delivers(shop)
    shop.happens("bob@example.com", Metric.PLACED_ORDER, value=1_000)
    shop.passes(2 * DAY)
    delivers(shop)
    with shop.store.reading() as reading:
        flow = definition(flow_of(reading, shop.id, "cart"))
        counts = by_step(figures(reading, shop.id, "cart", "EUR"))
        waiting = {step: n for (_, step), n in reading.count_runs(shop.id, "cart").items()}
    entered = sum(one.entered for one in counts.values())
    found = passages(flow.steps, counts, waiting, entered)
    assert found == {
        "help": Passage(2, 0, 0),
        "a-day": Passage(2, 0, 1),
        "proof": Passage(1, 0, 0),
    }
