"""Mail leaves no faster than a shop wants; what must wait waits, says why, and leaves later."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from cartback.domain.event import Metric
from cartback.domain.instant import DAY, HOUR, MINUTE, Zone
from cartback.engine.deliver import Sending, claim
from cartback.engine.flow_ports import MessageRow
from cartback.engine.flows import create_flow, set_status
from cartback.engine.pacing import BadPace, Held, Pace, a_day, held_by, held_sentence, set_pace
from tests.scenarios.engine_shop import EngineShop
from tests.scenarios.test_engine_bounces import FLOW
from tests.scenarios.test_engine_flows import can_send


@pytest.fixture
def shop(shop: EngineShop) -> EngineShop:
    can_send(shop)
    create_flow(shop.store, shop.id, "cart", FLOW, shop.now)
    set_status(shop.store, shop.id, "cart", "live", shop.now)
    shop.catches_up()
    return shop


def leave(shop: EngineShop, *people: str) -> None:
    """They left a cart, and a mail to each is due."""
    for who in people:
        shop.happens(who, Metric.SUBSCRIBED, channel="email")
        line = {"product_id": "mug", "price": 900}
        shop.happens(who, Metric.CART_UPDATED, cart_id=f"c{who}", currency="EUR", lines=[line])
    shop.passes(HOUR)


def claimed(shop: EngineShop) -> list[str]:
    found: list[Sending] = claim(shop.store, shop.rulebook, shop.now)
    return sorted(one.message.recipient for one in found)


def waiting(shop: EngineShop) -> list[MessageRow]:
    with shop.store.reading() as reading:
        rows = reading.messages_in(shop.id, "cart", "queued", (2**60, ""), 0, 99)
    return sorted(rows, key=lambda one: one.due)


def gmail(count: int) -> list[str]:
    return [f"p{number}@gmail.example" for number in range(count)]


def test_without_a_pace_all_leave_at_once(shop: EngineShop) -> None:
    leave(shop, *gmail(5))
    assert len(claimed(shop)) == 5


def test_so_many_a_minute_to_one_domain_and_others_do_not_wait(shop: EngineShop) -> None:
    set_pace(shop.store, shop.id, {"a_minute": 2})
    leave(shop, *gmail(7), "ada@other.example")
    shop.now = shop.now // MINUTE * MINUTE + MINUTE
    assert len(claimed(shop)) == 3
    held = waiting(shop)
    assert {one.error for one in held} == {"held: 2 a minute to gmail.example"}
    due = [(one.due - shop.now) // MINUTE for one in held]
    assert due == [1, 1, 2, 2, 3], "spread over the minutes to come"
    assert claimed(shop) == []
    for left in (2, 2, 1):
        shop.now += MINUTE
        assert len(claimed(shop)) == left
    assert waiting(shop) == []


def test_an_hour_bounds_the_minutes(shop: EngineShop) -> None:
    set_pace(shop.store, shop.id, {"a_minute": 2, "an_hour": 3})
    leave(shop, *gmail(5))
    shop.now = shop.now // HOUR * HOUR + HOUR
    assert len(claimed(shop)) == 2
    shop.now += MINUTE
    assert len(claimed(shop)) == 1
    assert held_by(waiting(shop)[-1].error) == Held(3, "hour", "gmail.example")
    shop.now += MINUTE
    assert claimed(shop) == []
    shop.now = waiting(shop)[-1].due
    assert len(claimed(shop)) == 2


def test_a_new_sender_warms_up(shop: EngineShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cartback.engine.pacing.FIRST_DAY", 3)
    set_pace(shop.store, shop.id, {"warm_up": str(Zone().local(shop.now).date())})
    leave(shop, *gmail(4), "ada@other.example")
    assert len(claimed(shop)) == 3
    assert held_by(waiting(shop)[0].error) == Held(3, "day", "")
    until = waiting(shop)[0].due
    assert 0 < until - shop.now <= DAY


def test_the_day_doubles_until_it_is_warm() -> None:
    pace = Pace(warm_up=date(2026, 3, 1))
    days = [a_day(pace, date(2026, 3, day)) for day in (1, 2, 7, 14, 15)]
    assert days == [50, 100, 3_200, 409_600, None]
    assert a_day(pace, date(2026, 2, 28)) is None
    assert a_day(Pace(), date(2026, 3, 1)) is None


def test_a_reason_is_read_as_it_was_written() -> None:
    for held in (Held(60, "minute", "gmail.com"), Held(50, "day", "")):
        assert held_by(held_sentence(held)) == held
    assert held_by("421 4.7.0 try again later") is None


@pytest.mark.parametrize("bad", [{"a_minute": 0}, {"warm_up": "soon"}, {"x": 1}, []])
def test_what_is_no_pace_is_refused(shop: EngineShop, bad: object) -> None:
    with pytest.raises(BadPace):
        set_pace(shop.store, shop.id, msgspec.to_builtins(bad))


def test_what_waits_too_long_is_not_sent_late(shop: EngineShop) -> None:
    set_pace(shop.store, shop.id, {"an_hour": 1})
    leave(shop, *gmail(2))
    assert len(claimed(shop)) == 1
    with shop.store.transaction() as tx:
        [row] = waiting(shop)
        tx.save_message(shop.id, msgspec.structs.replace(row, due=row.useful_until + 1), row)
    shop.now = row.useful_until + 1
    assert claimed(shop) == []
    with shop.store.reading() as reading:
        found = reading.message(shop.id, row.key)
    assert found is not None
    assert found.status == "cancelled"
