"""What only a browser can show: building by mouse and by keyboard, both themes, 360 px."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from cartback.domain.instant import HOUR
from cartback.engine.access import set_up_link
from cartback.store import open_store
from tests.browser.conftest import served
from tests.browser.till import Till, complaints
from tests.web.console.desk import PASSWORD, Desk
from tests.web.console.test_home import checks_out, orders

KEY = "recent-cart-abandoners"


def people(till: Till) -> None:
    """Ada left, Bob ordered, Carla ordered with Prime."""
    for who in ("ada", "bob", "carla"):
        checks_out(till.desk, who, 5990)
    orders(till.desk, "bob", 5990)
    till.desk.engine.happens("#carla", "Placed Order (Buy with Prime)", value=5990)


def pick(page: Page, name: str, value: str) -> None:
    page.locator(f'[name="{name}"]').select_option(value)


def test_the_first_owner_sets_up_and_signs_in_again(till: Till, tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "new.db"))
    desk = Desk(store)
    with served(desk) as url:
        page = till.page()
        said = complaints(page)
        page.goto(f"{url}/links/{set_up_link(store, desk.now)}")
        page.get_by_label("Your name").fill("Ada")
        page.get_by_label("E-mail address").fill("ada@example.com")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Make the account").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Good morning, Ada")
        page.get_by_role("button", name="Sign out").click()
        page.get_by_label("E-mail address").fill("ada@example.com")
        page.get_by_label("Password").fill("wrong wrong wrong")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("do not fit together")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Good morning, Ada")
        assert [one for one in said if "401" not in one] == []
        page.close()
    store.close()


def test_a_ready_made_segment_is_saved_in_korean_with_the_keyboard_alone(till: Till) -> None:
    people(till)
    page = till.page("marketer", language="ko-KR")
    page.goto(till.desk.path("segments"))
    press_until(page, "최근 장바구니 이탈 고객")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("새 세그먼트")
    expect(page.locator("#result .figure")).to_have_text("2")
    press_until(page, "저장")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/segments/{KEY}\?saved=1"))
    expect(page.get_by_role("status").first).to_contain_text("저장했습니다")


def press_until(page: Page, text: str) -> None:
    """Tab on until what has the focus begins with that text."""
    for _ in range(80):
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.innerText ?? ''")
        if str(focused).strip().startswith(text):
            return
    raise AssertionError(f"the keyboard does not reach {text!r}")


def test_typing_keeps_the_focus_while_rows_change_around_it(till: Till, page: Page) -> None:
    page.goto(till.desk.path("segments", "new"))
    pick(page, "c-0:kind", "cart")
    expect(page.locator('[name="c-0:worth"]')).to_be_visible()
    pick(page, "c-0:worth", "at_least")
    amount = page.locator('[name="c-0:value"]')
    amount.press_sequentially("50", delay=30)
    page.wait_for_timeout(700)
    expect(amount).to_be_focused()
    expect(amount).to_have_value("50")
    expect(page.locator("#result .figure")).to_have_text("0")


def test_home_moves_by_itself_and_says_when_the_connection_is_lost(till: Till, page: Page) -> None:
    desk = till.desk
    page.goto(desk.path())
    checks_out(desk, "ada", 5990)
    desk.engine.passes(HOUR)
    desk.now = desk.engine.now
    page.evaluate(
        "void htmx.ajax('GET', location.pathname, "
        "{target: '#figures', select: '#figures', swap: 'outerHTML'})"
    )
    expect(page.locator("#figures")).to_contain_text("Green tea")
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden()


def test_without_scripts_the_pages_work_with_more_clicks(till: Till) -> None:
    people(till)
    page = till.page("marketer", scripts=False)
    page.goto(till.desk.path("segments", "new") + f"?start={KEY}")
    page.get_by_role("button", name="Condition").click()
    page.locator('[name="c-2:metric"]').fill("Placed Order (Buy with Prime)")
    pick(page, "c-2:times", "never")
    page.get_by_role("button", name="Save").click()
    expect(page).to_have_url(re.compile(r"saved=1"))
