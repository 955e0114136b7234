"""The three-mail series from a blank page until it is started: with the keyboard alone in Korean,
with the mouse in English."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from cartback.domain.layout import all_steps
from cartback.engine.flows import definition
from tests.browser.hands import Hands, Keyboard, Mouse, settles
from tests.browser.till import Till, complaints
from tests.web.console.automations import SERIES, can_send

NAMES = {"en": "Three mails", "ko": "세 통의 메일"}
STARTED = {"en": "Live", "ko": "실행 중"}


@pytest.mark.parametrize("hand, language", [(Keyboard, "ko"), (Mouse, "en")])
def test_the_series_is_built_from_a_blank_page_and_started(
    till: Till, hand: Callable[[Page], Hands], language: str
) -> None:
    can_send(till.desk, SERIES)
    page = till.page("marketer", language=language)
    said = complaints(page)
    page.goto(till.desk.path("flows"))
    hands = hand(page)
    hands.presses("main a[href$='/flows/new']")
    hands.presses("a[href='?trigger=cart_abandoned']")
    mails = ("cart-help-lead", "cart-proof", "cart-help-lead")
    for place, mail in enumerate(mails):
        if place:
            hands.presses(f'[value="insert::{2 * place - 1}"]')
            hands.presses(f'[value="new::{2 * place - 1}:wait"]')
            hands.writes('[name="f.for"]', str(place))
            hands.presses(f'[value="insert::{2 * place}"]')
        hands.presses(f'[value="new::{2 * place}:email"]')
        hands.chooses('[name="f.template"]', mail)
        settles(page)
    hands.presses('[value="show:_flow"]')
    hands.chooses('[name="f.audience"]', "leads")
    hands.writes("#name", NAMES[language])
    hands.presses(".btn-primary[data-save]")
    expect(page).to_have_url(re.compile(r"/flows/[^/]+\?saved=1"))
    hands.presses("button[name=status][value=live]")
    expect(page.locator("h1 + p")).to_have_text(STARTED[language])
    with till.desk.store.reading() as reading:
        [row] = reading.flows(till.desk.shop)
    flow = definition(row)
    assert (row.name, row.status, flow.audience) == (NAMES[language], "live", "leads")
    sent = [one.template for one in all_steps(flow.steps) if hasattr(one, "template")]
    waits = [getattr(one, "duration", None) for one in flow.steps]
    assert sent == list(mails)
    assert waits == [None, "1 day", None, "2 days", None]
    assert said == []


def test_a_step_is_removed_and_brought_back_by_keys_and_the_draft_outlasts_a_reload(
    till: Till,
) -> None:
    page = till.page("marketer")
    page.goto(till.desk.path("flows", "new") + "?trigger=cart_abandoned")
    page.locator('[value="new::0:wait"]').click()
    page.locator('[name="f.for"]').fill("3")
    page.locator("#card-wait").focus()
    expect(page.locator("#card-wait")).to_contain_text("Wait 3 days")
    page.locator('[value="drop:wait"]').click()
    expect(page.locator("#card-wait")).to_have_count(0)
    expect(page.locator("#editor [data-focus]").first).to_be_focused()
    page.keyboard.press("Control+z")
    expect(page.locator("#card-wait")).to_contain_text("Wait 3 days")
    page.locator("#card-wait").click()
    expect(page.locator("#panel-title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_have_count(0)
    expect(page.locator("#card-wait")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator('[value="insert::0"]')).to_be_focused()
    page.reload()
    expect(page.locator("#card-wait")).to_contain_text("Wait 3 days")
    page.locator("#card-_flow").click()
    page.locator('[value="add:f.who"]').click()
    expect(page.locator('[name="f.who-0:kind"]')).to_be_focused()
    page.locator('[name="f.who-0:kind"]').select_option("stage")
    page.locator('[name="f.who-0:stage"]').select_option("customer")
    expect(page.locator("#card-_flow")).to_contain_text("Only who: a customer")


def test_what_is_saved_is_no_draft_any_more_and_what_is_refused_stays_one(till: Till) -> None:
    can_send(till.desk, SERIES)
    page = till.page("marketer")
    blank = till.desk.path("flows", "new") + "?trigger=cart_abandoned"
    page.goto(blank)
    page.locator('[value="new::0:wait"]').click()
    page.locator('[name="f.for"]').fill("3")
    page.locator("#name").fill("Waits")
    settles(page)
    page.locator(".btn-primary[data-save]").click()
    expect(page).to_have_url(re.compile(r"/flows/waits\?saved=1"))
    page.goto(blank)
    expect(page.locator("#editor")).to_be_visible()
    expect(page.locator("#draft-offer")).to_be_hidden()
    change = till.desk.path("flows", "waits", "change")
    page.goto(change)
    page.locator("#name").fill("")
    page.locator(".btn-primary[data-save]").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.goto(till.desk.path("flows", "waits"))
    page.locator("button[name=status][value=live]").click()
    expect(page).to_have_url(re.compile(r"\?saved=1"))
    page.goto(change)
    expect(page.locator("#draft-offer")).to_be_visible()
