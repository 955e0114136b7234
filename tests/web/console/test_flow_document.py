"""Changing an automation as its document: saved, wrong, stale, and only looked at."""

from __future__ import annotations

import html
from typing import Any

import msgspec
import pytest
from httpx2 import Response

from cartback.engine.flow_ports import FlowRow
from cartback.engine.flows import change_flow, create_flow, definition, set_status
from tests.web.console.automations import SERIES, WINTER, can_send
from tests.web.console.desk import Desk

CALL = {"kind": "webhook", "key": "till", "url": "http://169.254.169.254/latest/meta-data"}
ALERT = {
    "kind": "alert",
    "key": "us",
    "to": ["team@shop.example"],
    "subject": "A cart of {{ cart.value | mony }}",
}


@pytest.fixture
def shop(staffed: Desk) -> Desk:
    can_send(staffed, SERIES)
    create_flow(staffed.store, staffed.shop, "cart", SERIES, staffed.now)
    return staffed


def row_of(desk: Desk) -> FlowRow:
    with desk.store.reading() as reading:
        row = reading.flow(desk.shop, "cart")
    assert row is not None
    return row


def sends(desk: Desk, document: Any, version: int = 1, **more: str) -> Response:  # noqa: ANN401  any JSON
    text = document if isinstance(document, str) else msgspec.json.encode(document).decode()
    form = {"document": text, "version": str(version), **more}
    return desk.visitor("marketer").post(desk.path("flows", "cart", "document"), form)


def test_what_is_shown_is_saved_again_unchanged_but_for_the_version(shop: Desk) -> None:
    page = shop.visitor("marketer").get(shop.path("flows", "cart", "document")).text
    text = html.unescape(page.split("<textarea")[1].split(">\n", 1)[1].split("</textarea>")[0])
    before = definition(row_of(shop))
    assert sends(shop, text).headers["location"] == shop.path("flows", "cart") + "?saved=1"
    assert definition(row_of(shop)) == before
    assert row_of(shop).version == 2
    assert "marketer@example.com" in shop.visitor("viewer").get(shop.path("flows", "cart")).text


@pytest.mark.parametrize(
    "document, said",
    [
        ('{"name": "x",\n "trigger" }', "Line 2: this is not JSON"),
        ('{"name": "x", "name": "y"}', "`name` stands here twice"),
        ("", "Line 1: this is not JSON"),
        ("[" * 50_000, "Line 1: this is not JSON"),
        ("[]", "write an object here"),
        ({**SERIES, "steps": [{"kind": "emial", "key": "a"}]}, "did you mean"),
        ({**SERIES, "audience": "<b>"}, "&lt;b&gt;"),
        ("x" * 200_001, "too long"),
        ({**SERIES, "steps": [CALL]}, "may not be called"),
        ({**SERIES, "steps": [ALERT]}, "There is no filter `mony`. Did you mean `money`?"),
    ],
)
def test_what_is_wrong_is_told_beside_the_text(shop: Desk, document: object, said: str) -> None:
    answer = sends(shop, document)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert row_of(shop).version == 1


def test_who_comes_second_is_told_and_keeps_what_was_typed(shop: Desk) -> None:
    theirs = {**SERIES, "name": "Theirs"}
    change_flow(shop.store, shop.shop, "cart", theirs, shop.now, expected=1)
    answer = sends(shop, {**SERIES, "name": "Mine"})
    assert answer.status_code == 409
    assert "Mine" in answer.text
    assert 'name="version" value="2"' in answer.text
    assert row_of(shop).name == "Theirs"
    assert sends(shop, {**SERIES, "name": "Mine"}, 2).status_code == 303
    assert row_of(shop).name == "Mine"


def test_how_it_reads_changes_nothing(shop: Desk) -> None:
    answer = sends(shop, WINTER, do="check")
    assert answer.status_code == 200
    assert "Wait for Placed Order, at most 2 days" in answer.text
    assert "There is no such mail yet." in answer.text
    assert row_of(shop).version == 1


def test_one_at_work_that_asks_for_what_is_not_there_stays_as_it_was(shop: Desk) -> None:
    set_status(shop.store, shop.shop, "cart", "live", shop.now)
    answer = sends(shop, {**SERIES, "trigger": {"kind": "segment", "segment": "nowhere"}})
    assert answer.status_code == 422
    assert "nowhere" in answer.text
    assert row_of(shop).version == 1


@pytest.mark.parametrize(
    "steps, said",
    [
        ([], "아직 단계가 없어요."),
        ([{"kind": "end", "key": "e"}, SERIES["steps"][0]], "아무도 이 단계까지 오지 않아요."),
    ],
)
def test_what_could_never_happen_is_said_before_it_starts(
    shop: Desk, steps: list[Any], said: str
) -> None:
    change_flow(shop.store, shop.shop, "cart", {**SERIES, "steps": steps}, shop.now)
    marketer = shop.visitor("marketer")
    marketer.client.cookies.set("cartback_language", "ko")
    assert said in html.unescape(marketer.get(shop.path("flows", "cart")).text)
    answer = marketer.post(shop.path("flows", "cart", "status"), {"status": "live"})
    assert answer.status_code == 409
    assert said in html.unescape(answer.text)
    assert row_of(shop).status == "draft"
