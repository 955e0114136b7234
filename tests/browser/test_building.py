"""The article's segment, from nothing to its members: with the mouse and with the keyboard alone,
in English and in Korean; its count is the engine's."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from cartback.domain.condition import parse_condition
from cartback.domain.event import Json
from cartback.engine.preview import NoCounter, preview
from tests.browser.hands import Hands, Keyboard, Mouse
from tests.browser.till import Till, complaints
from tests.scenarios.engine_shop import did, every
from tests.web.console.test_home import checks_out, orders

ARTICLE = (did("Checkout Started", "1 week"), did("Placed Order", "1 week", exactly=0))
PRIME = did("Placed Order (Buy with Prime)", "1 week", exactly=0)
NAMES = {"en": "Recent cart abandoners", "ko": "최근 장바구니 이탈 고객"}
SAVED = {"en": "Saved.", "ko": "저장했습니다"}
FIGURE = "#result .figure"


def people(till: Till) -> None:
    """Ada left, Bob ordered, Carla ordered with Prime, Dora left eight days ago."""
    checks_out(till.desk, "dora", 1990)
    till.desk.engine.passes(8 * 24 * 60 * 60 * 1000)
    till.desk.now = till.desk.engine.now
    for who in ("ada", "bob", "carla"):
        checks_out(till.desk, who, 5990)
    orders(till.desk, "bob", 5990)
    till.desk.engine.happens("#carla", "Placed Order (Buy with Prime)", value=5990)


def field(place: str, name: str) -> str:
    return f'[name="{place}:{name}"]'


def row(hands: Hands, place: str, metric: str, *, never: bool) -> None:
    """One sentence: so often, in the last week."""
    hands.writes(field(place, "metric"), metric)
    if never:
        hands.chooses(field(place, "times"), "never")
    hands.chooses(field(place, "window"), "last")
    hands.writes(field(place, "n"), "1")
    hands.chooses(field(place, "unit"), "week")


def counted(till: Till, *conditions: Json) -> str:
    """The engine's own answer."""
    condition = parse_condition(every(*conditions))
    found = preview(till.desk.store, NoCounter(), till.desk.shop, condition, till.desk.now)
    return str(found.found.total)


@pytest.mark.parametrize("hand", [Mouse, Keyboard])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_articles_segment_is_built_from_nothing(
    till: Till, hand: Callable[[Page], Hands], language: str
) -> None:
    people(till)
    page = till.page("marketer", language=language)
    said = complaints(page)
    page.goto(till.desk.path("segments", "new"))
    hands = hand(page)
    hands.writes("#name", NAMES[language])
    row(hands, "c-0", "Checkout Started", never=False)
    hands.presses('button[value="add:c"]')
    row(hands, "c-1", "Placed Order", never=True)
    expect(page.locator(FIGURE)).to_have_text(counted(till, *ARTICLE))
    assert counted(till, *ARTICLE) == "2"
    hands.presses('button[value="add:c"]')
    row(hands, "c-2", "Placed Order (Buy with Prime)", never=True)
    expect(page.locator(FIGURE)).to_have_text(counted(till, *ARTICLE, PRIME))
    assert counted(till, *ARTICLE, PRIME) == "1"
    hands.presses("button.btn-primary[formaction]")
    expect(page).to_have_url(re.compile(r"/segments/[^/]+\?saved=1"))
    expect(page.get_by_role("status").first).to_contain_text(SAVED[language])
    till.desk.engine.catches_up()
    expect(page.locator("#body .figure")).to_have_text("1")
    with till.desk.store.reading() as reading:
        [saved] = reading.segments(till.desk.shop)
    assert (saved.name, till.desk.engine.members(saved.key)) == (NAMES[language], {"ada"})
    page.go_back()
    expect(page.locator("#builder-form")).to_be_visible()
    assert said == []


def test_what_is_missing_in_a_row_is_asked_for_until_it_is_there(till: Till) -> None:
    page = till.page("marketer")
    page.goto(till.desk.path("segments", "new"))
    hands = Mouse(page)
    hands.writes(field("c-0", "metric"), "Checkout Started")
    hands.chooses(field("c-0", "window"), "last")
    asked = page.get_by_text("Write how many, such as 7.")
    expect(asked).to_be_visible()
    hands.writes(field("c-0", "n"), "1")
    expect(asked).to_be_hidden()
    hands.chooses(field("c-0", "window"), "between_ago")
    expect(asked).to_be_visible()
