"""A desk behind a port, as people with browsers see it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Literal, TypeAlias

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from cartback.web.console.guard import SESSION
from tests.web.console.desk import Desk

WIDE, NARROW = 1280, 360
PATIENCE_MS = 15_000
Theme: TypeAlias = Literal["light", "dark"]


@dataclass
class Till:
    """The desk, where it listens, and the browser."""

    desk: Desk
    url: str
    browser: Browser
    stack: contextlib.ExitStack

    def page(
        self,
        who: str = "",
        *,
        language: str = "en",
        theme: Theme = "light",
        width: int = WIDE,
        scripts: bool = True,
        trusting: bool = False,
    ) -> Page:
        """A new browser window of somebody. A trusting one lets axe-core in."""
        context = self.browser.new_context(
            base_url=self.url,
            locale=language,
            color_scheme=theme,
            viewport={"width": width, "height": 800},
            java_script_enabled=scripts,
            bypass_csp=trusting,
        )
        context.set_default_timeout(PATIENCE_MS)
        self.stack.callback(context.close)
        if who:
            token = self.desk.visitor(who).client.cookies[SESSION]
            context.add_cookies([{"name": SESSION, "value": token, "url": self.url}])
        return context.new_page()


def complaints(page: Page) -> list[str]:
    """What the page's console says from now on: blocked by the policy, not found, failed."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text))
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def barriers(page: Page) -> list[str]:
    """What axe-core finds wrong with a trusting page."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    violations = page.evaluate(_AXE)
    return [f"{one['id']}: {[node['html'][:200] for node in one['nodes']]}" for one in violations]


def overhang(page: Page) -> list[str]:
    """Whether the page is wider than its window, and what sticks out of it."""
    found: list[str] = page.evaluate(_OVERHANG)
    return found


_AXE = """() => {
  for (const one of [...document.querySelectorAll("main section")].slice(40)) one.remove();
  return axe.run({resultTypes: ["violations"], pingWaitTime: 1}).then((found) => found.violations);
}"""
"""Of hundreds of sections that one template writes, forty stay: it takes minutes otherwise. The
frames are mails, in which no script runs: nobody in there would answer, however long axe waits."""

_OVERHANG = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll("main *, body > *")]
    .filter((one) => one.getBoundingClientRect().right > width + 1)
    .map((one) => `wider than ${width}: ${one.outerHTML.slice(0, 120)}`).slice(0, 5);
}"""
