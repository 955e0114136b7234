"""What the console serves is what its sources say, and is small."""

from __future__ import annotations

import gzip
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT

STATIC = CHECKOUT / "src" / "cartback" / "web" / "console" / "static"
BUILT = ("console.css", "htmx.js")
HEAVIEST = 60_000


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh build."""
    if shutil.which("npm") is None:
        pytest.skip("no node here; get it with: apt-get install nodejs npm")
    folder = tmp_path_factory.mktemp("assets")
    subprocess.run(["sh", "assets/build.sh", str(folder)], cwd=CHECKOUT, check=True, timeout=240)
    return folder


@pytest.mark.parametrize("name", BUILT)
def test_what_is_committed_is_what_the_sources_build(fresh: Path, name: str) -> None:
    assert (STATIC / name).read_bytes() == (fresh / name).read_bytes(), "run: make assets"


def test_a_first_visit_loads_little() -> None:
    weight = sum(len(gzip.compress(path.read_bytes())) for path in STATIC.iterdir())
    assert weight < HEAVIEST
