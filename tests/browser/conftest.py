"""A real Chromium against a real server, whose clock the test holds."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from cartback.cli.serving import Serving, bind, url_of
from cartback.store import open_store
from tests.browser.till import Till
from tests.web.console.desk import Desk

CHROMIUM = os.environ.get("CARTBACK_CHROMIUM") or next(
    (
        found
        for name in ("chromium", "chromium-browser", "google-chrome")
        if (found := shutil.which(name))
    ),
    "",
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the module, as its event loop runs in this thread until it is closed.

    Without one these tests are skipped, loudly, and fail in CI.
    """
    if not CHROMIUM:
        pytest.skip("no Chromium here; get it with: apt-get install chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A shop with a colleague in each role."""
    store = open_store(str(tmp_path / "cartback.db"))
    desk = Desk(store)
    desk.people()
    yield desk
    store.close()


@pytest.fixture
def till(chromium: Browser, desk: Desk) -> Iterator[Till]:
    """The desk behind a port, and pages signed in as one likes."""
    with served(desk) as url, contextlib.ExitStack() as stack:
        yield Till(desk, url, chromium, stack)


@contextlib.contextmanager
def served(desk: Desk) -> Iterator[str]:
    """A server in a thread of its own."""
    with bind("127.0.0.1", 0) as bound, Serving(desk.app, bound, desk.feed.close):
        yield url_of(bound)


@pytest.fixture
def page(till: Till) -> Page:
    """The marketer's, in English, on a wide screen."""
    return till.page("marketer")
