"""A real server's parts on a real store, but for the socket: SQLite, and PostgreSQL where asked."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cartback.config import Config
from cartback.engine.shops import create_shop
from cartback.store import open_store
from cartback.wiring import Installation, Live, installation
from tests.contracts.conftest import migrated_postgres
from tests.web.api.site import Sink, Site, Wall, site_of


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the newest schema and nothing in it, to be copied."""
    path = tmp_path_factory.mktemp("empty") / "cartback.db"
    open_store(str(path)).close()
    return path


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty store by its URL: SQLite, unless a test asks for another kind by parameter."""
    if getattr(request, "param", "sqlite") == "sqlite":
        shutil.copy(request.getfixturevalue("empty_file"), tmp_path / "cartback.db")
        yield f"sqlite:///{tmp_path / 'cartback.db'}"
    else:
        with migrated_postgres(request.getfixturevalue("postgres")) as url:
            yield url


@pytest.fixture
def base(database: str, tmp_path: Path, wall: Wall) -> Iterator[Installation]:
    with installation(Config(database=database, data=tmp_path / "data"), clock=wall) as base:
        yield base


@contextlib.contextmanager
def spoken_to(base: Installation, sink: Sink) -> Iterator[TestClient]:
    """Whoever speaks to the whole application; nothing wakes by itself."""
    live = Live(base, try_out=sink)
    live.committer.start()
    yield TestClient(live.app)
    live.close()
    live.committer.close()


@pytest.fixture
def sink() -> Sink:
    """Takes the mails that are sent to try a template."""
    return Sink()


@pytest.fixture
def client(base: Installation, sink: Sink) -> Iterator[TestClient]:
    with spoken_to(base, sink) as client:
        yield client


@pytest.fixture
def site(client: TestClient, base: Installation, wall: Wall) -> Site:
    return site_of(client, base, wall, create_shop(base.store, "Jumpers", wall()))


@pytest.fixture
def stranger(client: TestClient, base: Installation, wall: Wall) -> Site:
    """Another shop of the same installation, with all rights in it."""
    return site_of(client, base, wall, create_shop(base.store, "Socks", wall()))
