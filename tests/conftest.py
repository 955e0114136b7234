"""What every test may ask for: a real PostgreSQL, the real data, and no silent skips."""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
import threading
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from anyio.from_thread import start_blocking_portal
from hypothesis import HealthCheck, settings
from starlette.testclient import TestClient

from cartback.store import open_store
from cartback.store.migrate import upgrade
from cartback.store.session import Database
from tests.postgres import PostgresMissing, PostgresServer, running_postgres

IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}
CHECKOUT = Path(__file__).resolve().parent.parent
REAL_DATA = CHECKOUT / os.environ.get("CARTBACK_REAL_DATA", "../shared/data")

# How long an example takes says more about the machine than about the code: no deadline.
settings.register_profile(
    "default", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("ci", settings.get_profile("default"))
settings.register_profile("thorough", settings.get_profile("default"), max_examples=5_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if IN_CI else "default"))


# --- real data ------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data. Mark the test `needs_shared_data`: it is not shipped with us."""
    return REAL_DATA


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("needs_shared_data") and not REAL_DATA.is_dir():
        pytest.skip(f"no real data in {REAL_DATA} (set CARTBACK_REAL_DATA)")


# --- SQLite ---------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def _migrated_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A store in a new file begins as a copy of one that was migrated once in this process.

    To run every migration for each of thousands of stores took minutes. The migrations are run for
    the first one, by every process that tests start, and on purpose in tests/contracts.
    """
    pattern = tmp_path_factory.mktemp("migrated") / "store.db"
    open_store(str(pattern)).close()

    def copied(database: Database) -> None:
        if database.file is not None and not database.file.exists():
            mine = database.file.with_name(f"{database.file.name}.{threading.get_ident()}")
            shutil.copyfile(pattern, mine)
            with contextlib.suppress(FileExistsError):  # of several that begin one, the first
                os.link(mine, database.file)
            mine.unlink()
        upgrade(database)

    with patch("cartback.store.database.upgrade", copied):
        yield


# --- requests in memory ---------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def _one_event_loop() -> Iterator[None]:
    """All clients of an app in memory share one event loop, in a thread that stays.

    Else Starlette's client begins a thread and a loop for each request, which takes longer than
    most of our answers.
    """
    with start_blocking_portal() as portal, patch.object(TestClient, "portal", portal):
        yield


# --- PostgreSQL -----------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One real PostgreSQL server for this process, started when first asked for."""
    try:
        with running_postgres() as server:
            yield server
    except PostgresMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """A fresh, empty database of its own for one test: `postgresql+psycopg://...`."""
    with postgres.database() as url:
        yield url


# --- a skip is a hole: say it loudly, and let no CI run pass with one -------------------------


class SkippedTests:
    """Remembers what was skipped; under CI=true a skip fails the run."""

    def __init__(self) -> None:
        self.reasons: dict[str, str] = {}

    def _remember(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        expected_failure = hasattr(report, "wasxfail")
        allowed = "needs_shared_data" in getattr(report, "keywords", {})
        if report.skipped and not expected_failure and not allowed:
            longrepr = report.longrepr
            reason = longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
            self.reasons[report.nodeid] = reason

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._remember(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._remember(report)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.reasons and IN_CI and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.reasons:
            return
        if not IN_CI:
            terminalreporter.section(f"{len(self.reasons)} skipped: CI would fail", yellow=True)
            return
        terminalreporter.section(f"{len(self.reasons)} skipped: with CI=true this fails", red=True)
        for nodeid, reason in sorted(self.reasons.items()):
            terminalreporter.line(f"{nodeid}: {reason}")


# --- what a test counted is said at the end ---------------------------------------------------

COUNTED = "counted"
Counted = Callable[[str], None]


@pytest.fixture
def counted(request: pytest.FixtureRequest) -> Counted:
    """Says at the end of the run what the test counted, which no assertion tells."""
    return lambda sentence: request.node.user_properties.append((COUNTED, sentence))


class CountedThings:
    """Remembers what was counted, by the test."""

    def __init__(self) -> None:
        self.said: list[tuple[str, object]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            self.said += [
                (report.nodeid, what) for name, what in report.user_properties if name == COUNTED
            ]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.said:
            terminalreporter.section("counted")
            for nodeid, what in sorted(self.said, key=str):
                terminalreporter.line(f"{nodeid}: {what}")


# --- what was collected stays -----------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Half a million objects that stay to the end: no looking for garbage among them, neither while
    they are made nor over and over while the tests run."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.collect()
        gc.freeze()


def pytest_unconfigure() -> None:
    gc.unfreeze()


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # under xdist only the controller sums up
        config.pluginmanager.register(SkippedTests(), "skipped-tests")
        config.pluginmanager.register(CountedThings(), "counted-things")
