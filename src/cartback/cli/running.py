"""Whether Cartback is up on a SQLite file: a lock that the kernel gives back, however it ends."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec

from cartback.cli.errors import Refusal
from cartback.config import Config
from cartback.wiring import make_folder


class Holder(msgspec.Struct, frozen=True):
    """Who is up: its process, where it listens, and what it was told.

    Without an address it drives a clock of its own: a demo, or a replay.
    """

    process: int
    url: str = ""
    data: str = ""
    tape: bool = True

    def __str__(self) -> str:
        return f"process {self.process}" + (f", {self.url}" if self.url else "")

    @property
    def drives_clock(self) -> bool:
        return not self.url


def lock_file(config: Config) -> Path | None:
    """The lock beside the SQLite file, whatever link leads to it; None for a server."""
    if config.sqlite_file is None:
        return None
    file = config.sqlite_file.resolve()
    return file.with_name(file.name + ".lock")


def who_is_up(config: Config) -> Holder | None:
    """The process that is up on this SQLite file, if there is one."""
    path = lock_file(config)
    if path is None or not path.exists():
        return None
    with path.open("rb") as file:
        if _taken(file, fcntl.LOCK_SH):
            fcntl.flock(file, fcntl.LOCK_UN)
            return None
        return _holder(file)


@contextlib.contextmanager
def alone(config: Config, url: str = "") -> Iterator[None]:
    """Nobody else is up on this SQLite file within the block. Raises Refusal.

    A PostgreSQL server has room for any number of processes.
    """
    path = lock_file(config)
    if path is None:
        yield
        return
    make_folder(path.parent)
    with path.open("a+b") as file:
        if not _taken(file, fcntl.LOCK_EX):
            raise Refusal(
                f"Cartback is up on {config.sqlite_file} already ({_holder(file)}); stop it first,"
                " or choose another file with CARTBACK_DATABASE"
            )
        file.truncate(0)
        said = Holder(os.getpid(), url, str(config.data.absolute()), config.tape)
        file.write(msgspec.json.encode(said))
        file.flush()
        yield


def _taken(file: IO[bytes], how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(file: IO[bytes]) -> Holder:
    file.seek(0)
    try:
        return msgspec.json.decode(file.read(), type=Holder)
    except msgspec.DecodeError:
        return Holder(0)
