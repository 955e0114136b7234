"""What is built in the browser outlasts going elsewhere, a reload and a lost connection."""

from __future__ import annotations

import re

from playwright.sync_api import Page, Route, expect

from cartback.engine.flows import create_flow
from tests.browser.hands import settles
from tests.browser.till import Till
from tests.scenarios.engine_shop import did, every, segment
from tests.web.console.automations import SERIES, can_send

METRIC = '[name="c-2:metric"]'
ADD = 'button[value="add:c"]'
FIGURE = "#result .figure"


def begun(till: Till, page: Page) -> None:
    """A ready-made segment with one more row."""
    page.goto(till.desk.path("segments", "new") + "?start=recent-cart-abandoners")
    expect(page.locator(FIGURE)).to_have_text("0")
    page.locator(ADD).click()
    page.locator(METRIC).fill("Viewed Product")
    settles(page)


def test_a_row_is_there_again_after_back_and_after_a_reload(till: Till, page: Page) -> None:
    begun(till, page)
    page.get_by_role("link", name="Settings").first.click()
    expect(page).to_have_url(re.compile("settings"))
    page.go_back()
    expect(page.locator(METRIC)).to_have_value("Viewed Product")
    page.reload()
    expect(page.locator(METRIC)).to_have_value("Viewed Product")
    expect(page.locator("#draft-offer")).to_be_hidden()


def test_who_comes_anew_is_asked_and_may_discard_it(till: Till, page: Page) -> None:
    begun(till, page)
    again = till.desk.path("segments", "new") + "?start=recent-cart-abandoners"
    page.goto(till.desk.path("settings"))
    page.goto(again)
    page.get_by_role("button", name="Take it up again").click()
    expect(page.locator(METRIC)).to_have_value("Viewed Product")
    page.goto(till.desk.path("settings"))
    page.goto(again)
    page.get_by_role("button", name="Discard it").click()
    page.reload()
    expect(page.locator(FIGURE)).to_have_text("0")
    expect(page.locator(METRIC)).to_have_count(0)


def test_what_is_saved_is_no_draft_any_more(till: Till, page: Page) -> None:
    begun(till, page)
    page.locator("[data-save]").click()
    expect(page).to_have_url(re.compile("saved=1"))
    page.go_back()
    expect(page.locator(FIGURE)).to_have_text("0")
    expect(page.locator(METRIC)).to_have_count(0)
    expect(page.locator("#draft-offer")).to_be_hidden()


def test_saving_waits_for_the_connection(till: Till, page: Page) -> None:
    begun(till, page)
    page.context.set_offline(True)
    page.locator("[data-save]").click()
    expect(page.locator("#draft-kept")).to_be_visible()
    expect(page.locator(METRIC)).to_have_value("Viewed Product")
    page.context.set_offline(False)
    expect(page).to_have_url(re.compile("saved=1"))


def test_a_condition_that_was_added_offline_comes_with_the_connection(
    till: Till, page: Page
) -> None:
    begun(till, page)
    page.context.set_offline(True)
    page.locator(ADD).click()
    expect(page.locator("#offline")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator('[name="c-3:metric"]')).to_be_visible()
    expect(page.locator(METRIC)).to_have_value("Viewed Product")


def test_the_new_row_has_the_focus(till: Till, page: Page) -> None:
    page.goto(till.desk.path("segments", "new"))
    page.locator(ADD).click()
    expect(page.locator('[name="c-1:kind"]')).to_be_focused()
    page.locator('button[value="group:c"]').click()
    expect(page.locator('[name="c-2-0:kind"]')).to_be_focused()


def test_a_count_that_comes_in_between_does_not_take_the_focus(till: Till, page: Page) -> None:
    page.goto(till.desk.path("segments", "new"))
    page.locator(ADD).click()
    expect(page.locator('[name="c-1:kind"]')).to_be_focused()
    held: list[Route] = []
    page.route("**/*", lambda route: held.append(route) if is_group(route) else route.fallback())
    page.locator('button[value="group:c"]').click()
    with page.expect_response(lambda _: True):
        page.evaluate("htmx.trigger(document.querySelector('form[data-draft]'), 'count')")
    expect(page.locator('[aria-busy="true"]')).to_have_count(0)
    assert len(held) == 1
    held[0].fallback()
    expect(page.locator('[name="c-2-0:kind"]')).to_be_focused()


def is_group(route: Route) -> bool:
    return "group%3Ac" in (route.request.post_data or "")


def test_a_slash_leads_to_the_search_of_people(till: Till, page: Page) -> None:
    page.goto(till.desk.path())
    page.keyboard.press("/")
    expect(page).to_have_url(re.compile("/people"))
    expect(page.locator("[data-search]")).to_be_focused()


def test_removing_a_row_counts_anew(till: Till, page: Page) -> None:
    till.desk.engine.happens("#ada", "Viewed Product")
    till.desk.engine.has(segment("seen", every(did("Viewed Product"), did("Searched"))))
    page.goto(till.desk.path("segments", "seen", "change"))
    expect(page.locator(FIGURE)).to_have_text("0")
    page.locator('button[value="remove:c-1"]').click()
    expect(page.locator(FIGURE)).to_have_text("1")


def test_without_scripts_it_is_counted_by_a_press(till: Till) -> None:
    page = till.page("marketer", scripts=False)
    page.goto(till.desk.path("segments", "new") + "?start=recent-cart-abandoners")
    page.get_by_role("button", name="Count", exact=True).click()
    expect(page.locator(FIGURE)).to_have_text("0")


def test_looking_into_a_step_is_no_draft_and_changing_it_is(till: Till, page: Page) -> None:
    desk = till.desk
    can_send(desk, SERIES)
    create_flow(desk.store, desk.shop, "cart", SERIES, desk.now)
    editor = desk.path("flows", "cart", "change")
    offer, wait = page.locator("#draft-offer"), page.locator('[name="f.for"]')

    def looks() -> None:
        page.goto(editor)
        page.locator('[value="show:a-day"]').click()
        expect(wait).to_have_value("1")

    looks()
    page.goto(desk.path("settings"))
    looks()
    expect(offer).to_be_hidden()
    wait.fill("3")
    settles(page)
    page.goto(desk.path("settings"))
    page.goto(editor)
    expect(offer).to_be_visible()
