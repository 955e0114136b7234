"""Processes that begin as a copy of one that has imported everything, which takes longer than most
of what they do: a server of ours is up after a fifth of the time."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from cartback.cli import main

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(
    [
        "cartback.bulk.recaller",
        "cartback.bulk.tape",
        "cartback.channels.email.postman",
        "cartback.cli.demo",
        "cartback.cli.up",
        "cartback.engine.commit",
        "cartback.engine.replay",
        "cartback.sources.file",
        "cartback.store",
        "cartback.store.migrate",
        "cartback.web.api.app",
        "cartback.wiring.email",
        "tests.forked",
    ]
)


class Forked:
    """A `cartback` command at work, to be asked as one asks a `subprocess.Popen`."""

    def __init__(
        self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], output: Path
    ) -> None:
        self._process = processes.Process(
            target=_command, args=(list(arguments), folder, dict(environment), output)
        )
        self._process.start()
        assert self._process.pid
        self.pid = self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code; raises subprocess.TimeoutExpired after so many seconds."""
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired("cartback", timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _command(arguments: list[str], folder: Path, environment: dict[str, str], output: Path) -> None:
    """What `python -m cartback` does, in this process."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    written = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(written, stream)
    os.close(written)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    main(arguments, prog_name="cartback")
