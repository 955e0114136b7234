"""Pages that move before one's eyes: without a reload, and through a lost connection."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, expect

from cartback.cli.serving import Serving, bind, url_of
from cartback.domain.instant import HOUR
from cartback.engine.access import sign_out
from tests.browser.till import Till, barriers, complaints
from tests.scenarios.engine_shop import did, segment
from tests.web.console.desk import Desk
from tests.web.console.test_home import checks_out

HOURLY = segment("hourly", did("Checkout Started", "1 hour"))
MARK = "window.mark = 1"


def watched(till: Till, who: str = "marketer", *parts: str, **how: str) -> Page:
    """A page that is following the shop, and would forget its mark by a reload."""
    page = till.page(who, language=how.get("language", "en"))
    with page.expect_response(re.compile("/live")):
        page.goto(till.desk.path(*parts))
    page.evaluate(MARK)
    return page


def passes(desk: Desk, duration: int) -> None:
    desk.engine.passes(duration)
    desk.now = desk.engine.now


def test_home_moves_before_ones_eyes(till: Till) -> None:
    desk = till.desk
    desk.engine.has(HOURLY)
    page = watched(till)
    said = complaints(page)
    moves = page.locator("[data-arrival]")
    expect(moves).to_have_count(0)
    checks_out(desk, "ada", 5990)
    expect(moves).to_have_count(1)
    expect(moves).to_contain_text("ada entered Hourly")
    expect(moves.locator("time")).to_have_text("09:00:00")
    expect(moves).to_have_class(re.compile("arrived"))
    passes(desk, HOUR)
    expect(page.locator("#figures")).to_contain_text("Green tea")
    expect(moves.first).to_contain_text("ada left Hourly")
    assert page.evaluate("window.mark") == 1
    assert said == []


def test_a_segments_size_moves_and_says_who_in_korean(till: Till) -> None:
    desk = till.desk
    desk.engine.has(HOURLY)
    page = watched(till, "viewer", "segments", "hourly", language="ko-KR")
    figure = page.locator("#body .figure")
    expect(figure).to_have_text("0")
    checks_out(desk, "ada", 5990)
    expect(figure).to_have_text("1")
    expect(page.locator("[data-arrival]")).to_contain_text("ada 들어옴")
    assert page.locator("#body [aria-live=polite]").count() == 1
    assert page.evaluate("window.mark") == 1


def test_the_first_steps_turn_to_done_by_themselves(till: Till) -> None:
    page = watched(till, "owner")
    steps = page.locator("#first-steps")
    expect(steps).to_contain_text("0 of 3 done")
    checks_out(till.desk, "ada", 5990)
    expect(steps).to_contain_text("1 of 3 done")
    steps.get_by_role("button", name="Put away").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("#first-steps")).to_have_count(0)
    page.goto(till.desk.path("settings"))
    page.get_by_role("button", name="Show them on Home again").click()
    expect(page.locator("#first-steps")).to_contain_text("1 of 3 done")


def test_what_one_opened_and_typed_stays_while_the_page_moves(till: Till) -> None:
    desk = till.desk
    desk.engine.has(HOURLY)
    page = watched(till, "marketer", "segments", "hourly")
    page.get_by_text("The same as a table").click()
    asked = page.get_by_label("E-mail address, id or phone number")
    asked.press_sequentially("ada@exam")
    checks_out(desk, "ada", 5990)
    expect(page.locator("#body .figure")).to_have_text("1")
    expect(asked).to_have_value("ada@exam")
    expect(asked).to_be_focused()
    expect(page.get_by_role("region", name="The same as a table")).to_be_visible()


def test_a_lost_connection_is_said_calmly_and_recovers(chromium: Browser, desk: Desk) -> None:
    desk.engine.has(HOURLY)
    with bind("127.0.0.1", 0) as bound:
        port = bound.getsockname()[1]
        with Serving(desk.app, bound, desk.feed.close):
            page = signed_in(chromium, desk, url_of(bound))
            with page.expect_response(re.compile("/live")):
                page.goto(desk.path())
            page.evaluate(MARK)
    expect(page.locator("#offline")).to_be_visible(timeout=15_000)
    desk.serves_anew()
    checks_out(desk, "ada", 5990)  # while we were away
    with bind("127.0.0.1", port) as bound, Serving(desk.app, bound, desk.feed.close):
        expect(page.locator("#offline")).to_be_hidden(timeout=15_000)
        expect(page.locator("[data-arrival]")).to_contain_text("ada entered Hourly")
        assert page.evaluate("window.mark") == 1
        page.context.close()


def signed_in(chromium: Browser, desk: Desk, url: str) -> Page:
    context = chromium.new_context(base_url=url, locale="en")
    token = desk.visitor("viewer").client.cookies["cartback_session"]
    context.add_cookies([{"name": "cartback_session", "value": token, "url": url}])
    return context.new_page()


def test_a_browser_that_is_offline_says_so(till: Till) -> None:
    page = watched(till)
    expect_watching(page, till.desk, 1)
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden()


def test_who_is_signed_out_elsewhere_is_told_to_sign_in_again(till: Till) -> None:
    page = watched(till, "viewer")
    [token] = [one["value"] for one in page.context.cookies() if "session" in str(one["name"])]
    sign_out(till.desk.store, str(token))
    expect(page.get_by_role("alert")).to_contain_text("Sign in")


def test_a_page_that_nobody_sees_follows_nothing(till: Till) -> None:
    desk = till.desk
    desk.engine.has(HOURLY)
    page = watched(till)
    expect_watching(page, desk, 1)
    hide(page, is_hidden=True)
    expect_watching(page, desk, 0)
    checks_out(desk, "ada", 5990)
    hide(page, is_hidden=False)
    expect(page.locator("[data-arrival]")).to_contain_text("ada entered Hourly")
    expect_watching(page, desk, 1)


def expect_watching(page: Page, desk: Desk, count: int) -> None:
    for _ in range(200):
        if desk.feed.watching == count:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{desk.feed.watching} watch, not {count}")


def hide(page: Page, *, is_hidden: bool) -> None:
    """As if another tab came to the front."""
    page.evaluate(
        "is => { Object.defineProperty(document, 'hidden', {value: is, configurable: true});"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        is_hidden,
    )


def test_axe_finds_nothing_on_pages_that_have_moved(till: Till) -> None:
    till.desk.engine.has(HOURLY)
    checks_out(till.desk, "ada", 5990)
    for theme in ("light", "dark"):
        page = till.page("owner", theme=theme)
        for parts in ((), ("segments", "hourly")):
            page.goto(till.desk.path(*parts))
            expect(page.locator("[data-arrival]")).to_have_count(1)
            assert barriers(page) == []
