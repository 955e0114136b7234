"""A flow for birthdays on a real store: who is there already is woken on their day."""

from __future__ import annotations

from typing import Any

from cartback.domain.event import Metric
from cartback.domain.instant import DAY, HOUR, Zone, instant_of
from cartback.engine.flows import change_flow, create_flow, set_status
from tests.scenarios.engine_shop import EngineShop, check_consistency
from tests.scenarios.test_engine_flows import can_send, decisions

BIRTHDAY: dict[str, Any] = {
    "name": "Birthday",
    "trigger": {"kind": "date", "trait": "birthday", "before": 3, "at": "09:00"},
    "steps": [{"kind": "email", "key": "soon", "template": "help"}],
}
ADA = "#1 ada@example.com"
BOB = "#2 bob@example.com"


def starts(shop: EngineShop, document: dict[str, Any] = BIRTHDAY) -> None:
    can_send(shop)
    create_flow(shop.store, shop.id, "birthday", document, shop.now)
    set_status(shop.store, shop.id, "birthday", "live", shop.now)
    shop.catches_up()


def nine(zone: str, day: str) -> int:
    return instant_of(Zone(zone).local(Zone(zone).parse(day)).replace(hour=9))


def entered(shop: EngineShop, who: str) -> list[int]:
    return [one.at for one in decisions(shop, who) if one.what == "entered"]


def test_everybody_is_woken_three_days_before_at_nine_where_they_are(shop: EngineShop) -> None:
    seoul = {"birthday": "1990-03-10", "timezone": "Asia/Seoul"}
    shop.happens(ADA, Metric.IDENTIFIED, traits=seoul)
    starts(shop)
    new_york = {"birthday": "1985-03-10T00:00:00Z", "timezone": "America/New_York"}
    shop.happens(BOB, Metric.IDENTIFIED, traits=new_york)
    with shop.store.reading() as reading:
        assert reading.next_wake() == nine("Asia/Seoul", "2026-03-07")
    shop.passes(10 * DAY)
    assert entered(shop, ADA) == [nine("Asia/Seoul", "2026-03-07")]
    assert entered(shop, BOB) == [nine("America/New_York", "2026-03-07")]
    shop.passes(365 * DAY)
    assert len(entered(shop, ADA)) == len(entered(shop, BOB)) == 2
    check_consistency(shop.store, shop.id, shop.now)


def test_a_day_that_was_before_the_flow_came_to_work_begins_nothing(shop: EngineShop) -> None:
    shop.happens(ADA, Metric.IDENTIFIED, traits={"birthday": "1990-03-05"})
    shop.passes(HOUR)
    starts(shop)
    shop.passes(30 * DAY)
    assert entered(shop, ADA) == []


def test_another_hour_on_the_same_day_begins_no_second_run(shop: EngineShop) -> None:
    shop.happens(ADA, Metric.IDENTIFIED, traits={"birthday": "1990-03-10"})
    starts(shop)
    shop.wakes(nine("UTC", "2026-03-07"))
    later = {**BIRTHDAY, "trigger": {**BIRTHDAY["trigger"], "at": "12:00"}}
    change_flow(shop.store, shop.id, "birthday", later, shop.now)
    shop.catches_up()
    shop.passes(DAY)
    assert len(entered(shop, ADA)) == 1
    assert decisions(shop, ADA)[-1].reason == "too_soon"


def test_a_change_of_a_step_leaves_what_is_to_come(shop: EngineShop) -> None:
    shop.happens(ADA, Metric.IDENTIFIED, traits={"birthday": "1990-03-10"})
    starts(shop)
    shop.now = nine("UTC", "2026-03-07") + 1
    other = {**BIRTHDAY, "steps": [{"kind": "email", "key": "soon", "template": "proof"}]}
    change_flow(shop.store, shop.id, "birthday", other, shop.now)
    shop.catches_up()
    shop.passes(HOUR)
    assert len(entered(shop, ADA)) == 1


def test_who_moves_to_where_the_hour_is_past_is_written_to_at_once(shop: EngineShop) -> None:
    shop.happens(ADA, Metric.IDENTIFIED, traits={"birthday": "1990-03-10"})
    starts(shop)
    moves = [
        {"kind": "wait", "key": "wait", "for": "2 hours"},
        {"kind": "set_trait", "key": "move", "path": "timezone", "value": "Asia/Seoul"},
    ]
    moving = {"name": "Moving", "trigger": {"kind": "metric", "metric": "Moved"}, "steps": moves}
    create_flow(shop.store, shop.id, "moving", moving, shop.now)
    set_status(shop.store, shop.id, "moving", "live", shop.now)
    shop.catches_up()
    shop.wakes(nine("Asia/Seoul", "2026-03-07") - HOUR)
    shop.happens(ADA, "Moved")
    shop.wakes(nine("Asia/Seoul", "2026-03-07") + HOUR)
    assert entered(shop, ADA)[1:] == [nine("Asia/Seoul", "2026-03-07") + HOUR]
    shop.passes(DAY)
    assert len(entered(shop, ADA)) == 2, "their day comes once"
    check_consistency(shop.store, shop.id, shop.now)


def test_two_who_become_one_have_one_birthday(shop: EngineShop) -> None:
    starts(shop)
    shop.happens("#1", Metric.IDENTIFIED, traits={"birthday": "1990-03-10"})
    shop.happens("ada@example.com", Metric.IDENTIFIED, traits={"birthday": "1990-03-10"})
    shop.wakes(nine("UTC", "2026-03-07"))
    shop.happens(ADA, "Signed In")
    shop.passes(DAY)
    assert len(entered(shop, "#1")) == 1
