"""Why somebody is inside, until when, and that they leave at the second that was announced."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from cartback.domain.instant import MINUTE, SECOND, Instant, parse_instant
from tests.browser.till import Till
from tests.scenarios.engine_shop import ABANDONERS
from tests.web.console.desk import Desk
from tests.web.console.test_home import checks_out

TIMES: Mapping[str, tuple[str, str]] = {
    "en": (r"\d+ \w+ \d{4}, \d\d:\d\d:\d\d", "%d %b %Y, %H:%M:%S"),
    "ko": (r"\d{4}년 \d+월 \d+일 \d\d:\d\d:\d\d", "%Y년 %m월 %d일 %H:%M:%S"),
}
INSIDE = {"en": "Inside", "ko": "들어 있음"}
NOT_INSIDE = {"en": "Not inside", "ko": "들어 있지 않음"}
REASONS = {"en": ("Checkout Started", "Placed Order"), "ko": ("결제 시작", "주문 완료")}
CHANGES = {"en": "This changes on", "ko": "바뀝니다"}


def announced(page: Page, language: str) -> Instant:
    """The instant at which, as the page says, this changes."""
    said = page.locator("main p").filter(has_text=CHANGES[language]).inner_text()
    pattern, form = TIMES[language]
    found = re.search(pattern, said)
    assert found is not None, said
    local = datetime.strptime(f"{found[0]} +0000", f"{form} %z")
    return parse_instant(local.isoformat())


def clock_stands_at(desk: Desk, now: Instant) -> None:
    """Move the clock, and let the engine do what is due by then."""
    desk.engine.wakes(now)
    desk.now = now


@pytest.mark.parametrize("language", ["en", "ko"])
def test_somebody_leaves_at_the_second_that_was_announced(till: Till, language: str) -> None:
    desk = till.desk
    desk.engine.has(ABANDONERS)
    clock_stands_at(desk, desk.now + 83 * MINUTE + 37 * SECOND)
    checks_out(desk, "ada", 5990)
    clock_stands_at(desk, desk.now + 5 * MINUTE)
    why, segment = till.page("viewer", language=language), till.page("viewer", language=language)
    answer = why.get_by_role("heading", level=2)
    member = segment.locator('[aria-labelledby="members"]').get_by_role("link", name="ada")
    why.goto(desk.path("segments", "abandoners"))
    why.locator('input[name="person"]').fill("ada")
    why.keyboard.press("Enter")
    expect(answer).to_have_text(re.compile(f"^{INSIDE[language]}"))
    for reason in REASONS[language]:
        expect(why.locator("main")).to_contain_text(reason)
    until = announced(why, language)

    clock_stands_at(desk, until - 1)
    why.reload()
    segment.goto(desk.path("segments", "abandoners"))
    expect(answer).to_have_text(re.compile(f"^{INSIDE[language]}"))
    assert announced(why, language) == until
    expect(segment.locator("#body .figure")).to_have_text("1")
    expect(member).to_be_visible()

    clock_stands_at(desk, until)
    why.reload()
    segment.reload()
    expect(answer).to_have_text(NOT_INSIDE[language])
    expect(segment.locator("#body .figure")).to_have_text("0")
    expect(member).to_have_count(0)


def test_whoever_looks_before_the_waker_came_sees_the_same(till: Till, page: Page) -> None:
    desk = till.desk
    desk.engine.has(ABANDONERS)
    checks_out(desk, "ada", 5990)
    page.goto(desk.path("segments", "abandoners", "why") + "?person=ada")
    desk.now = announced(page, "en")  # nobody has woken her yet
    page.reload()
    expect(page.get_by_role("heading", level=2)).to_have_text("Not inside")
