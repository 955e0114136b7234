"""Two ways of using a page: with a mouse, and with the keyboard alone."""

from __future__ import annotations

from typing import Protocol

from playwright.sync_api import Page, expect

FARTHEST = 120
_FOCUSED = "(css) => document.activeElement !== null && document.activeElement.matches(css)"

_OPEN = "(one) => CSS.supports('selector(:open)') && one.matches(':open')"


class Hands(Protocol):
    """What somebody does; `css` says with which part of the page."""

    def presses(self, css: str) -> None: ...
    def writes(self, css: str, text: str) -> None: ...
    def chooses(self, css: str, value: str) -> None: ...


class Mouse:
    """Points and clicks; only words are typed."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def presses(self, css: str) -> None:
        self._page.locator(css).click()

    def writes(self, css: str, text: str) -> None:
        self._page.locator(css).click(click_count=3)
        self._page.keyboard.type(text)

    def chooses(self, css: str, value: str) -> None:
        self._page.locator(css).select_option(value)
        settles(self._page)


class Keyboard:
    """Goes on by Tab; the mouse is never touched."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def presses(self, css: str) -> None:
        self._reaches(css)
        self._page.keyboard.press("Enter")
        settles(self._page)

    def writes(self, css: str, text: str) -> None:
        self._reaches(css)
        self._page.keyboard.press("Control+A")
        self._page.keyboard.type(text)

    def chooses(self, css: str, value: str) -> None:
        """By arrows, as fast as one types: nothing waits for the server between two keys.

        Where the browser draws the list itself, the first arrow opens it and Enter takes one.
        """
        self._reaches(css)
        field = self._page.locator(css)
        values = [one.get_attribute("value") for one in field.locator("option").all()]
        place, wanted = values.index(field.input_value()), values.index(value)
        if place != wanted:
            self._page.keyboard.press("ArrowDown")
            is_open = field.evaluate(_OPEN)
            place += 0 if is_open else 1
            for _ in range(abs(wanted - place)):
                self._page.keyboard.press("ArrowDown" if wanted > place else "ArrowUp")
            if is_open:
                self._page.keyboard.press("Enter")
        settles(self._page)
        assert field.input_value() == value, "what was chosen stays chosen"

    def _reaches(self, css: str) -> None:
        """Forwards until it has the focus: the nearer way around, as a person would look."""
        for key in ("Tab", "Shift+Tab"):
            for _ in range(FARTHEST):
                if self._page.evaluate(_FOCUSED, css):
                    return
                self._page.keyboard.press(key)
        raise AssertionError(f"the keyboard does not reach {css}")


def settles(page: Page) -> None:
    """No part of the page is under way."""
    expect(page.locator(".htmx-request")).to_have_count(0)
