"""A backup that was checked before it is called one, and putting one back."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import URL, make_url, text

from cartback.store.engine import open_database
from cartback.store.migrate import VERSION_TABLE

MISSING_CLIENT: Final = (
    "{name} is not installed; it comes with PostgreSQL's client programs"
    " (Debian: apt-get install postgresql-client)"
)
DEBIAN: Final = Path("/usr/lib/postgresql")


class BackupError(Exception):
    """The backup or the restore was not done; the message says why, and nothing was changed."""


def backup(url: str, path: Path) -> None:
    """Write all that is committed to a new file, while the store is in use.

    Raises BackupError; a file that exists is never overwritten.
    """
    source = _parsed(url)
    if path.exists():
        raise BackupError(f"{path} exists already; choose another name")
    part = path.with_name(f"{path.name}.part")
    try:
        _make_private(part)
        if source.get_backend_name() == "sqlite":
            _sqlite_backup(Path(str(source.database)), part)
        else:
            _dump(source, part)
        _publish(part, path)
    except sqlite3.Error as error:
        raise BackupError(f"the backup failed: {error}") from error
    finally:
        part.unlink(missing_ok=True)


def restore(url: str, path: Path) -> None:
    """Put a backup in the place of the store, which no process may have open.

    A SQLite file that was there is kept beside it with `.before-restore` in its name, and so is its
    write-ahead log, where one is left.
    Raises BackupError.
    """
    target = _parsed(url)
    if not path.is_file():
        raise BackupError(f"{path} is not a file")
    if target.get_backend_name() == "sqlite":
        _sqlite_restore(Path(str(target.database)), path)
    else:
        _load(target, path)


def _parsed(url: str) -> URL:
    return make_url(url if "://" in url else f"sqlite:///{url}")


# --- SQLite -----------------------------------------------------------------------------------


def _sqlite_backup(source: Path, part: Path) -> None:
    if not source.is_file():
        raise BackupError(f"{source} does not exist")
    with _opened(source) as connection:
        connection.execute("VACUUM INTO ?", (str(part),))
    _check_sqlite(part)


def _sqlite_restore(target: Path, path: Path) -> None:
    try:
        _check_sqlite(path)
    except sqlite3.Error as error:
        raise BackupError(f"{path} is not a backup that can be restored: {error}") from None
    part = target.with_name(f"{target.name}.part")
    kept = target.with_name(f"{target.name}.before-restore")
    if kept.exists():
        raise BackupError(f"{kept} is left from an earlier restore; move it away first")
    try:
        shutil.copyfile(path, part)
        _sync(part)
        with _alone_with(target):
            _set_aside(target, kept)
            _publish(part, target)
    finally:
        part.unlink(missing_ok=True)


def _set_aside(target: Path, kept: Path) -> None:
    """Keep what was there, with the write-ahead log that a process which died left beside it:
    SQLite would take that for the new file's, and write it into that."""
    for ending in ("", "-wal", "-shm"):
        there = target.with_name(target.name + ending)
        if there.exists():
            there.rename(kept.with_name(kept.name + ending))


@contextlib.contextmanager
def _alone_with(file: Path) -> Iterator[None]:
    """Hold the file so that nobody else has it open. Leaving write-ahead mode needs just that."""
    if not file.exists():
        yield
        return
    with _opened(file, timeout=0) as connection:
        try:
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            raise BackupError(f"{file} is in use; stop Cartback first") from None
        except sqlite3.DatabaseError:  # too damaged to be opened: all the more reason to restore
            connection.close()
            yield
            return
        yield
        connection.execute("ROLLBACK")


def _check_sqlite(file: Path) -> None:
    """Raises BackupError or sqlite3.Error unless the file is whole and a store of Cartback."""
    with _opened(file) as connection:
        faults = connection.execute("PRAGMA quick_check(1)").fetchall()
        if faults != [("ok",)]:
            raise BackupError(f"{file} is damaged: {faults[0][0]}")
        tables = connection.execute(
            "SELECT count(*) FROM sqlite_master WHERE name = ?", (VERSION_TABLE,)
        ).fetchone()
        if tables == (0,):
            raise BackupError(f"{file} is not a database of Cartback")


@contextlib.contextmanager
def _opened(file: Path, timeout: float = 5) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(file, isolation_level=None, timeout=timeout)
    try:
        yield connection
    finally:
        connection.close()


# --- PostgreSQL -------------------------------------------------------------------------------


def _dump(source: URL, part: Path) -> None:
    _run(source, "pg_dump", "--format=custom", "--no-owner", "--no-acl", f"--file={part}")
    _run(source, "pg_restore", "--list", str(part), names_database=False)


def _load(target: URL, path: Path) -> None:
    database = open_database(target.render_as_string(hide_password=False))
    try:
        with database.reader.connect() as connection:
            others = connection.execute(
                text(
                    "SELECT count(*) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            ).scalar_one()
    finally:
        database.close()
    if others:
        raise BackupError(f"the database has {others} other connections; stop Cartback first")
    arguments = ("--clean", "--if-exists", "--no-owner", "--no-acl", "--single-transaction")
    _run(target, "pg_restore", *arguments, str(path))


def _run(url: URL, name: str, *arguments: str, names_database: bool = True) -> None:
    """Run a client program of PostgreSQL. Its arguments are public: no password is in them."""
    public = URL.create(
        "postgresql", url.username, None, url.host, url.port, url.database, url.query
    )
    database = (f"--dbname={public.render_as_string()}",) if names_database else ()
    environment = dict(os.environ)
    if url.password is not None:
        environment["PGPASSWORD"] = str(url.password)
    done = subprocess.run(  # noqa: S603  a program that was found, arguments that are ours
        [_program(name), *database, *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise BackupError(f"{name} failed: {_first_error(done.stderr)}")


def _program(name: str) -> Path:
    """The program of the newest PostgreSQL here: an older one refuses a newer server."""
    newest = sorted(DEBIAN.glob(f"*/bin/{name}"), key=_version, reverse=True)
    found = shutil.which(name)
    if newest:
        return newest[0]
    if found is None:
        raise BackupError(MISSING_CLIENT.format(name=name))
    return Path(found)


def _version(program: Path) -> list[int]:
    return [int(part) for part in program.parts[-3].split(".") if part.isdigit()]


def _first_error(output: str) -> str:
    lines = output.strip().splitlines() or ["without a word"]
    return next((line for line in lines if "error" in line), lines[0])


# --- files ------------------------------------------------------------------------------------


def _publish(part: Path, path: Path) -> None:
    """Give the finished file its name, unless somebody took it meanwhile."""
    _sync(part)
    try:
        os.link(part, path)
    except FileExistsError:
        raise BackupError(f"{path} exists already; choose another name") from None
    except OSError:  # a file system without hard links
        part.rename(path)
    _sync(path.parent)


def _make_private(file: Path) -> None:
    """An empty file that only its owner may read: a backup is full of people."""
    file.unlink(missing_ok=True)
    os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _sync(path: Path) -> None:
    """Wait until the file, or the names in the folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
