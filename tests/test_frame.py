"""The project's own frame keeps its promises: set-up, lock, house rules, skips, databases."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from sqlalchemy import create_engine, text

from tests.conftest import CHECKOUT
from tests.postgres import PostgresServer

# --- databases for tests --------------------------------------------------------------------


def test_a_test_gets_a_database_of_its_own(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE cart (id int)"))
        assert connection.execute(text("SELECT count(*) FROM cart")).scalar_one() == 0
    engine.dispose()


def test_a_template_is_prepared_once_and_copied_for_each_test(postgres: PostgresServer) -> None:
    prepared = []

    def prepare(url: str) -> None:
        prepared.append(url)
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            connection.execute("CREATE TABLE shop (name text)")

    for _ in range(2):
        name = postgres.template("shops", prepare)
        with (
            postgres.database(name) as url,
            psycopg.connect(url.replace("+psycopg", "")) as connection,
        ):
            connection.execute("INSERT INTO shop VALUES ('one')")
            shops = connection.execute("SELECT name FROM shop").fetchall()
        assert shops == [("one",)]
    assert len(prepared) == 1


# --- skips ----------------------------------------------------------------------------------

SKIPPING = """
import pytest

def test_runs():
    pass

def test_is_skipped():
    pytest.skip("the moon is full")

@pytest.mark.needs_shared_data
def test_reads_real_data():
    raise AssertionError("there is none")
"""


def run_skipping_tests(folder: Path, *deselected: str, ci: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_skipping.py").write_text(SKIPPING)
    return subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider"),
            *("-c", str(CHECKOUT / "pyproject.toml"), "--rootdir", str(folder), str(folder)),
            *(f"--deselect=test_skipping.py::{name}" for name in deselected),
        ],
        cwd=CHECKOUT,
        env={**os.environ, "CI": ci, "CARTBACK_REAL_DATA": "/nowhere"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_skip_is_shown_and_passes(tmp_path: Path) -> None:
    run = run_skipping_tests(tmp_path, ci="")
    assert run.returncode == 0, run.stdout
    assert "the moon is full" in run.stdout


def test_a_skip_fails_in_ci_and_is_named(tmp_path: Path) -> None:
    run = run_skipping_tests(tmp_path, ci="true")
    assert run.returncode == 1, run.stdout
    assert "1 skipped: with CI=true this fails" in run.stdout
    assert "test_is_skipped: Skipped: the moon is full" in run.stdout


def test_missing_real_data_may_be_skipped_even_in_ci(tmp_path: Path) -> None:
    run = run_skipping_tests(tmp_path, "test_is_skipped", ci="true")
    assert run.returncode == 0, run.stdout
    assert "no real data in /nowhere" in run.stdout


# --- the lock -------------------------------------------------------------------------------

LOCKS = ("requirements/run.txt", "requirements/dev.txt")


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_and_hashes_everything_and_names_no_place(lock: str) -> None:
    pinned = r"[a-z0-9-]+==[\w.]+( ; [^\\]+)? \\"
    hashed = r"    --hash=sha256:[0-9a-f]{64}( \\)?"
    comment = r" *#(?!.*(//| /|index|find-links)).*"
    for line in (CHECKOUT / lock).read_text().splitlines():
        assert re.fullmatch(f"{pinned}|{hashed}|{comment}", line), line


def wanted_by_pyproject() -> dict[str, list[Requirement]]:
    document = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    project = document["project"]
    run = [*project["dependencies"], *document["dependency-groups"]["build"]]
    for extra in project["optional-dependencies"].values():
        run += extra
    dev = run + document["dependency-groups"]["dev"]
    return {
        "requirements/run.txt": [Requirement(line) for line in run],
        "requirements/dev.txt": [Requirement(line) for line in dev],
    }


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_is_in_step_with_pyproject(lock: str) -> None:
    locked = dict(
        re.findall(r"^([a-z0-9-]+)==([\w.]+)", (CHECKOUT / lock).read_text(), re.MULTILINE)
    )
    for requirement in wanted_by_pyproject()[lock]:
        version = locked.get(canonicalize_name(requirement.name), "nothing")
        assert version in requirement.specifier, f"{requirement}, locked {version}: make lock"


# --- house rules ----------------------------------------------------------------------------


def imports_of(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module=str(module)):
                yield module


def test_the_domain_imports_the_standard_library_and_msgspec_only() -> None:
    # Import-linter forbids by name what we know of; this forbids what we do not.
    for file in (CHECKOUT / "src/cartback/domain").rglob("*.py"):
        for module in imports_of(file.read_text()):
            top = module.partition(".")[0]
            allowed = top in sys.stdlib_module_names or top == "msgspec"
            assert allowed or module.startswith("cartback.domain"), f"{file} imports {module}"


def test_every_decision_is_listed() -> None:
    folder = CHECKOUT / "docs/adr"
    listed = (folder / "README.md").read_text()
    for file in folder.glob("[0-9]*.md"):
        assert f"({file.name})" in listed, f"docs/adr/README.md does not list {file.name}"


# --- set-up ---------------------------------------------------------------------------------

TOOLS = ("sh", "dirname", "cat", "cksum", "grep", "id", "uname", "rm")
PYTHON_WITHOUT_VENV = f"""#!/bin/sh
case "$*" in *ensurepip*) exit 1 ;; esac
exec {sys.executable} "$@"
"""


@pytest.fixture
def bare_machine(tmp_path: Path) -> Path:
    """A checkout without .venv, and `bin` with the tools that every system has."""
    for name in ("scripts", "requirements"):
        shutil.copytree(CHECKOUT / name, tmp_path / name)
    shutil.copy(CHECKOUT / "pyproject.toml", tmp_path)
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        (tmp_path / "bin" / tool).symlink_to(str(shutil.which(tool)))
    return tmp_path


def install(machine: Path, name: str, script: str) -> None:
    path = machine / "bin" / name
    path.write_text(script)
    path.chmod(0o755)


def set_up(machine: Path) -> str:
    """What set-up says of a machine on which it must fail."""
    run = subprocess.run(
        ["sh", "scripts/setup.sh", "run"],
        cwd=machine,
        env={"PATH": str(machine / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert run.stdout == ""
    assert not (machine / ".venv").exists()
    return run.stderr


def test_set_up_says_that_git_is_missing(bare_machine: Path) -> None:
    install(bare_machine, "apt-get", "#!/bin/sh\n")
    assert re.fullmatch(
        r"cartback: git is missing; get it with: (sudo )?apt-get install git\n",
        set_up(bare_machine),
    )


def test_set_up_says_that_python_is_missing_or_old(bare_machine: Path) -> None:
    install(bare_machine, "git", "#!/bin/sh\n")
    install(bare_machine, "brew", "#!/bin/sh\n")
    missing = "cartback: Python 3.11 or newer is missing; get it with: brew install python@3.13\n"
    assert set_up(bare_machine) == missing
    install(bare_machine, "python3", "#!/bin/sh\nexit 1\n")
    assert set_up(bare_machine) == missing


def test_set_up_says_that_venv_is_missing(bare_machine: Path) -> None:
    install(bare_machine, "git", "#!/bin/sh\n")
    install(bare_machine, "apt-get", "#!/bin/sh\n")
    install(bare_machine, "python3", PYTHON_WITHOUT_VENV)
    version = "{}.{}".format(*sys.version_info)
    assert re.fullmatch(
        rf"cartback: Python {version} is here but its venv module is missing;"
        rf" get it with: (sudo )?apt-get install python{version}-venv\n",
        set_up(bare_machine),
    )
