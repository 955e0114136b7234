"""A real PostgreSQL server for tests, from the binaries on this machine; no container, no root."""

from __future__ import annotations

import contextlib
import getpass
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

START_WITHIN_SECONDS = 60
MEMORY = Path("/dev/shm")  # noqa: S108  a folder of its own is made in it
ROOM = 1024**3  # bytes that must be free there: many containers have 64 MB
SUPERUSER = "cartback"
NEW_CLUSTER = ("--encoding", "UTF8", "--locale", "C", "--no-sync")


class PostgresMissing(Exception):
    """No PostgreSQL server is installed here."""


@dataclass(frozen=True)
class PostgresServer:
    """A running server that listens on a socket in a folder of its own and on nothing else."""

    binaries: Path
    folder: Path
    _number: Iterator[int] = field(default_factory=count)
    _templates: dict[str, str] = field(default_factory=dict)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{SUPERUSER}@/{database}?host={self.folder}"

    @contextlib.contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """The URL of a new database, a copy of the template, dropped afterwards."""
        name = f"test_{next(self._number)}"
        self._create(name, template)
        try:
            yield self.url(name)
        finally:
            self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def template(self, name: str, prepare: Callable[[str], None]) -> str:
        """The name of a database that `prepare(url)` filled once, to be copied many times.

        `prepare` closes its connections: PostgreSQL copies no database that is in use.
        """
        if name not in self._templates:
            database = f"template_{name}"
            self._create(database, "template0")
            prepare(self.url(database))
            self._templates[name] = database
        return self._templates[name]

    def _create(self, name: str, template: str) -> None:
        self._run(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )

    def _run(self, statement: sql.Composed) -> None:
        with self.connection() as connection:
            connection.execute(statement)

    def connection(self) -> psycopg.Connection:
        """A superuser's connection to the maintenance database, without transactions."""
        return psycopg.connect(
            host=str(self.folder), user=SUPERUSER, dbname="postgres", autocommit=True
        )


@contextlib.contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Start a server in a temporary folder; stop it and remove the folder afterwards."""
    binaries = find_binaries()
    user = unprivileged_user()
    folder = Path(tempfile.mkdtemp(prefix="cartback-pg-", dir=_place()))
    try:
        if user is not None:
            shutil.chown(folder, user)
        with _server_process(binaries, folder, user):
            yield PostgresServer(binaries, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _place() -> Path:
    """In memory where there is room: a database is hundreds of files, and each test has its own.

    Else not $TMPDIR: a socket's path may have about 100 characters, and macOS spends half of them.
    """
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
        return MEMORY
    return Path("/tmp")  # noqa: S108  as above


@contextlib.contextmanager
def _server_process(binaries: Path, folder: Path, user: str | None) -> Iterator[None]:
    data = folder / "data"
    log = folder / "log"
    group = None if user is None else pwd.getpwnam(user).pw_gid
    extra_groups = None if user is None else ()
    subprocess.run(
        [binaries / "initdb", "-D", data, "-U", SUPERUSER, "-A", "trust", *NEW_CLUSTER],
        cwd=folder,
        user=user,
        group=group,
        extra_groups=extra_groups,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": folder,
        "fsync": "off",  # the data live as long as the test run
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "max_wal_size": "256MB",
        "max_connections": 100,
        "timezone": "UTC",
    }
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [binaries / "postgres", "-D", data, *options],
            cwd=folder,
            user=user,
            group=group,
            extra_groups=extra_groups,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_ready(process, folder, log)
        yield
    finally:
        process.send_signal(signal.SIGQUIT)  # nothing is worth a tidy shutdown
        process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], folder: Path, log: Path) -> None:
    give_up = time.monotonic() + START_WITHIN_SECONDS
    while True:
        try:
            psycopg.connect(host=str(folder), user=SUPERUSER, dbname="postgres").close()
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}") from error
            time.sleep(0.05)
        else:
            return


def find_binaries() -> Path:
    """The folder with initdb and postgres: Debian keeps them out of PATH; the newest wins."""

    def version(folder: Path) -> float:
        try:
            return float(folder.parent.name)
        except ValueError:
            return 0

    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=version, reverse=True)
    in_path = [Path(folder) for folder in os.get_exec_path()]
    for folder in debian + in_path:
        if all(os.access(folder / name, os.X_OK) for name in ("initdb", "postgres")):
            return folder
    raise PostgresMissing(
        "PostgreSQL is not installed; get it with: apt-get install postgresql"
        " (macOS: brew install postgresql@17 and put its bin folder in PATH)"
    )


def unprivileged_user() -> str | None:
    """PostgreSQL refuses to run as root; then it runs as the user its package made."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise PostgresMissing(f"no user to run PostgreSQL as, instead of {getpass.getuser()}")
