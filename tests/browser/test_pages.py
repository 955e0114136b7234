"""Every page: nothing that axe-core finds in either theme or language, none wider than a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page
from starlette.routing import Route

from tests.browser.furnished import furnish, links
from tests.browser.pages import MANUAL, NO_PAGES, OF_NO_SHOP, OPEN, PAGES, paths
from tests.browser.till import NARROW, WIDE, Theme, Till, barriers, overhang
from tests.web.console.desk import Desk

LOOKS: list[tuple[Theme, str]] = [("light", "en"), ("dark", "ko")]


def test_no_page_is_missing_in_the_table(desk: Desk) -> None:
    routes = {route.path for route in desk.app.routes if "GET" in (route.methods or ())}
    known = PAGES.keys() | OPEN.keys() | MANUAL.keys() | NO_PAGES.keys() | set(OF_NO_SHOP)
    assert routes == known
    assert all(isinstance(route, Route) for route in desk.app.routes)


@pytest.mark.parametrize("theme, language", LOOKS)
def test_no_page_has_a_barrier_or_is_wider_than_the_screen(
    till: Till, theme: Theme, language: str
) -> None:
    furnish(till)
    owner, stranger = (
        till.page(who, theme=theme, language=language, trusting=True) for who in ("owner", "")
    )
    there = paths(till.desk.shop)
    assert _wrong(owner, there) == {}
    outside = [path + variant for path, variants in OPEN.items() for variant in variants]
    outside += [path for paths_ in MANUAL.values() for path in paths_]
    assert _wrong(stranger, [*outside, *links(till)]) == {}


def _wrong(page: Page, there: list[str]) -> dict[str, list[str]]:
    """What is wrong with which page, on a wide screen and on a phone.

    Every other page is opened on the phone: the window, which is slow to turn, turns half as often.
    """
    found = {}
    widths = (WIDE, NARROW)
    for path in there:
        page.goto(path)
        wrong = []
        for width in widths:
            page.set_viewport_size({"width": width, "height": 800})
            wrong += overhang(page) + barriers(page)
        if wrong:
            found[path] = wrong
        widths = widths[::-1]
    return found
