"""A mail is written in the browser: blocks, keywords, the mail beside it, and the way back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from cartback.domain.message import Accepted, Outcome, Outgoing
from cartback.engine.mailing import set_mailing
from cartback.engine.templates import save_template, template_of
from tests.browser.hands import Keyboard
from tests.browser.till import Till, complaints
from tests.web.console.automations import ready_template

SUBJECT = '[name="t:subject"]'
PLACES = "li.mail-place"


@pytest.fixture
def mail(till: Till) -> str:
    """The address of the editor of a mail."""
    desk = till.desk
    copy = ready_template("cart-help-lead", "en")
    save_template(desk.store, desk.shop, "help", "Help", copy.document, desk.now)
    set_mailing(desk.store, desk.shop, {"sender": "a@shop.example", "name": "Tea & cake"})
    return desk.path("mails", "help", "change")


def test_what_is_typed_stands_in_the_mail_and_a_press_there_opens_its_form(
    mail: str, page: Page
) -> None:
    said = complaints(page)
    page.goto(mail)
    canvas = page.frame_locator("#canvas")
    expect(canvas.locator(".cb-at-1")).to_contain_text("Your cart is still here")
    canvas.locator(".cb-at-1").click()
    heading = page.locator('[name="b-1:text"]')
    expect(heading).to_be_visible()
    heading.fill("Hello again")
    expect(canvas.locator(".cb-at-1")).to_contain_text("Hello again")
    page.locator(SUBJECT).fill("{{ profile.first_name")
    expect(page.locator('[data-wrong="t:subject"]')).to_contain_text("never closed")
    expect(canvas.locator(".cb-at-1")).to_contain_text("Hello again")
    assert said == []


def test_a_keyword_comes_to_the_caret_and_a_block_goes_and_comes_back(
    mail: str, page: Page
) -> None:
    page.goto(mail)
    page.locator(SUBJECT).fill("Hello !")
    page.locator(SUBJECT).press("ArrowLeft")
    page.locator('[data-keyword-for="f-t-subject"]').click()
    page.locator("[data-fallback]").fill("friend")
    page.locator('[data-keyword*="profile.last_name"]').click()
    wanted = 'Hello {{ profile.last_name | default: "friend" }}!'
    expect(page.locator(SUBJECT)).to_have_value(wanted)
    expect(page.locator("#result")).to_contain_text("Hello friend!")
    page.locator("#block-2 > summary").click()
    page.locator('button[value="remove:b-1"]').click()
    expect(page.locator(PLACES)).to_have_count(8)
    page.locator("[data-undo]").click()
    expect(page.locator(PLACES)).to_have_count(9)
    page.locator("[data-redo]").click()
    expect(page.locator(PLACES)).to_have_count(8)
    expect(page.locator(SUBJECT)).to_have_value(wanted)


def test_it_is_written_and_saved_by_the_keyboard_alone(till: Till, mail: str, page: Page) -> None:
    hands = Keyboard(page)
    page.goto(mail)
    hands.presses('button[value="gap:b-2"]')
    hands.presses('button[value="put:b-2:text"]')
    hands.writes('[name="b-2:text"]', "By hand")
    hands.chooses('[name="b-2:align"]', "center")
    hands.presses('button[value="down:b-2"]')
    hands.presses("[data-save]")
    expect(page).to_have_url(re.compile("saved=2"))
    with till.desk.store.reading() as reading:
        blocks = template_of(reading, till.desk.shop, "help")[1].blocks
    assert [getattr(one, "text", "") for one in blocks][3] == "By hand"


def test_what_was_written_is_there_after_back(mail: str, page: Page) -> None:
    page.goto(mail)
    page.locator(SUBJECT).fill("Not saved")
    page.locator(SUBJECT).blur()
    page.get_by_role("link", name="Settings").first.click()
    expect(page).to_have_url(re.compile("settings"))
    page.go_back()
    expect(page.locator(SUBJECT)).to_have_value("Not saved")


def test_a_test_goes_out_as_the_form_is(till: Till, mail: str) -> None:
    sent: list[Outgoing] = []

    def take(outgoing: Outgoing) -> Outcome:
        sent.append(outgoing)
        return Accepted("x")

    till.desk.try_out = take
    page = till.page("marketer")
    page.goto(mail)
    page.locator(SUBJECT).fill("As it is here")
    page.locator("#test-to").fill("me@shop.example")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#test-said")).to_have_text("Sent to me@shop.example.")
    assert [one.subject for one in sent] == ["As it is here"]


def test_without_scripts_it_works_by_presses(till: Till, mail: str) -> None:
    page = till.page("marketer", scripts=False)
    page.goto(mail)
    page.locator(SUBJECT).fill("No scripts")
    page.locator('button[value="gap:b-1"]').click()
    page.locator('button[value="put:b-1:heading"]').click()
    expect(page.locator(PLACES)).to_have_count(10)
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.frame_locator("#canvas").locator(".cb-at-1")).to_contain_text("A line that leads")
    page.locator("[data-save]").click()
    expect(page).to_have_url(re.compile("saved=2"))
