"""Two people at one segment, sessions that end, browsers without cookies, names of every script."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Page, expect

from cartback.web.console.guard import SESSION
from tests.browser.conftest import CHROMIUM
from tests.browser.furnished import NAME
from tests.browser.till import NARROW, Till, overhang
from tests.scenarios.engine_shop import ABANDONERS
from tests.web.console.desk import PASSWORD, Desk

SAVE = "button.btn-primary[formaction]"


def changing(till: Till, page: Page, name: str) -> None:
    """Open the segment for a change, and write a new name."""
    page.goto(till.desk.path("segments", "abandoners", "change"))
    page.locator("#name").fill(name)


def name_of(till: Till) -> str:
    with till.desk.store.reading() as reading:
        row = reading.segment(till.desk.shop, "abandoners")
    assert row is not None
    return row.name


def test_of_two_people_the_second_is_told_and_keeps_what_was_typed(till: Till) -> None:
    till.desk.engine.has(ABANDONERS)
    ours, theirs = till.page("marketer"), till.page("owner")
    changing(till, ours, "Ours")
    changing(till, theirs, "Theirs")
    theirs.locator(SAVE).click()
    expect(theirs).to_have_url(re.compile(r"saved="))
    ours.locator(SAVE).click()
    expect(ours.get_by_role("alert")).to_contain_text("changed this segment meanwhile")
    expect(ours.locator("#name")).to_have_value("Ours")
    assert name_of(till) == "Theirs"
    with ours.context.expect_page() as opened:
        ours.get_by_role("link", name="Look at theirs").click()
    expect(opened.value.get_by_role("heading", level=1)).to_have_text("Theirs")
    ours.locator(SAVE).click()
    expect(ours).to_have_url(re.compile(r"saved="))
    assert name_of(till) == "Ours"


def session_ends(page: Page, desk: Desk) -> None:
    """As after two weeks, or when a password was changed elsewhere."""
    [cookie] = [one for one in page.context.cookies() if one["name"] == SESSION]
    with desk.store.transaction() as tx:
        tx.drop_session(sha256(cookie["value"].encode()).digest())


def signs_in(page: Page, who: str) -> None:
    page.get_by_label("E-mail address").fill(f"{who}@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")


def test_whoever_is_signed_out_while_editing_loses_nothing(till: Till, page: Page) -> None:
    till.desk.engine.has(ABANDONERS)
    changing(till, page, "Kept")
    expect(page.locator("#result .figure")).to_be_visible()
    session_ends(page, till.desk)
    page.locator('[name="c-0:n"]').fill("2")
    expect(page.get_by_role("alert")).to_contain_text("Sign in again")
    expect(page.locator("#name")).to_have_value("Kept")
    page.locator(SAVE).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Signed out")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in").click()
    signs_in(opened.value, "marketer")
    expect(opened.value.get_by_role("heading", level=1)).to_contain_text("Marketer")
    page.get_by_role("button", name="I am signed in again").click()
    expect(page).to_have_url(re.compile(r"saved="))
    assert name_of(till) == "Kept"
    with till.desk.store.reading() as reading:
        row = reading.segment(till.desk.shop, "abandoners")
    assert row is not None
    assert b'"2 weeks"' in row.document


def test_a_browser_without_cookies_is_told_so(till: Till, tmp_path: Path) -> None:
    page = without_cookies(till, tmp_path)
    page.goto(till.url)
    expect(page).to_have_url(re.compile("/sign-in"))
    signs_in(page, "owner")
    expect(page.get_by_role("alert")).to_contain_text("did not keep the cookie")


def without_cookies(till: Till, folder: Path) -> Page:
    """A browser whose owner has forbidden them."""
    settings = folder / "browser" / "Default" / "Preferences"
    settings.parent.mkdir(parents=True)
    forbidden = {"profile": {"default_content_setting_values": {"cookies": 2}}}
    settings.write_bytes(msgspec.json.encode(forbidden))
    context = till.browser.browser_type.launch_persistent_context(
        str(folder / "browser"), executable_path=CHROMIUM, args=["--no-sandbox"], locale="en"
    )
    till.stack.callback(context.close)
    return context.new_page()


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_name_of_pictures_and_of_letters_from_the_right_is_a_name(
    till: Till, language: str
) -> None:
    page = till.page("marketer", language=language, width=NARROW)
    page.goto(till.desk.path("segments", "new"))
    page.locator("#name").fill(NAME)
    page.locator('[name="c-0:metric"]').fill("Placed Order")
    page.locator(SAVE).click()
    expect(page).to_have_url(re.compile(r"saved=1"))
    expect(page.get_by_role("heading", level=1)).to_have_text(NAME)
    assert overhang(page) == []
    till.desk.engine.catches_up()
    till.desk.engine.happens("#ada", "Identified", traits={"name": NAME})
    till.desk.engine.happens("#ada", "Placed Order", value=100)
    page.goto(till.desk.path("segments"))
    page.get_by_role("link", name=NAME).click()
    expect(page.locator("#body .figure")).to_have_text("1")
    page.get_by_role("link", name=NAME).last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(NAME)
    assert overhang(page) == []
    page.goto(till.desk.path("people") + "?q=ada")
    assert overhang(page) == []
