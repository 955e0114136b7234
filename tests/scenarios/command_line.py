"""The `cartback` command as a test calls it: in this process, and as a server of its own."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from cartback.cli import main
from cartback.domain.event import Json
from cartback.domain.instant import text_of
from cartback.wiring import real_clock
from tests.forked import Forked

ABANDONERS = """
name: Recent cart abandoners
when:
  kind: all
  of:
    - kind: did
      metric: Checkout Started
      within: {kind: last, duration: 1 week}
    - kind: did
      metric: Placed Order
      times: {exactly: 0}
      within: {kind: last, duration: 1 week}
"""
KEY = "recent-cart-abandoners"


class Shell:
    """Runs commands on a folder of its own."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.environment = {"CARTBACK_DATA": str(folder / "data"), **environment}
        self._runner = CliRunner(env=self.environment)

    def run(self, *arguments: str, input: str | None = None, exit_code: int = 0) -> Result:  # noqa: A002
        """Run it; it must end with that exit code, and never with a traceback."""
        result = self._runner.invoke(main, arguments, input=input)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == exit_code, result.output
        return result

    def says(self, *arguments: str, input: str | None = None) -> str:  # noqa: A002
        """What it prints."""
        return self.run(*arguments, input=input).stdout

    def json(self, *arguments: str) -> Any:  # noqa: ANN401  whatever JSON holds
        return json.loads(self.says(*arguments, "--json"))

    def refuses(self, *arguments: str, exit_code: int = 1) -> str:
        """The one sentence with which it refuses."""
        result = self.run(*arguments, exit_code=exit_code)
        assert result.stderr.startswith("cartback: ")
        return result.stderr.removeprefix("cartback: ").rstrip("\n")

    def file(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text)
        return str(path)

    def happens(self, *records: Mapping[str, Json]) -> None:
        """Events arrive now, each at its own time."""
        text = "".join(json.dumps(record) + "\n" for record in records)
        self.says("replay", self.file("events.jsonl", text), "--live-clock", "--anew", "--json")


def record(who: str, metric: str, ago: int = 0, **properties: Json) -> dict[str, Json]:
    """A line of a log, so many milliseconds before now."""
    kind = "email" if "@" in who else "external_id"
    return {
        kind: who,
        "metric": metric,
        "time": text_of(real_clock() - ago),
        "properties": properties,
    }


# --- a server ---------------------------------------------------------------------------------

PATIENCE_SECONDS = 60


class Answer:
    """What a server said."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status = status
        self.text = body.decode()

    @property
    def json(self) -> Any:  # noqa: ANN401  whatever JSON holds
        return json.loads(self.text)


class Up:
    """A running `cartback up`."""

    def __init__(self, process: Forked | subprocess.Popen[str], log: Path) -> None:
        self.process = process
        self._log = log
        self.token = ""
        self.url = ""

    @property
    def output(self) -> str:
        return self._log.read_text()

    def wait_until_up(self) -> None:
        last_words = "cartback profile show"
        until(lambda: last_words in self.output or self.process.poll() is not None)
        assert self.process.poll() is None, self.output
        found = re.search(r"Cartback is up: (\S+)", self.output)
        assert found
        self.url = found[1]
        if made := re.search(r"cb_pub_[\w-]{20,}", self.output):
            self.token = made[0]

    def post(self, path: str, document: Json, token: str | None = None) -> Answer:
        request = urllib.request.Request(self.url + path, json.dumps(document).encode())  # noqa: S310
        key = self.token if token is None else token
        request.add_header(
            "Authorization", "Basic " + base64.b64encode(f"{key}:".encode()).decode()
        )
        return _answer(request)

    def get(self, path: str) -> Answer:
        return _answer(urllib.request.Request(self.url + path))  # noqa: S310

    def track(self, who: str, metric: str, id: str, token: str | None = None) -> Answer:  # noqa: A002
        document = {"userId": who, "event": metric, "messageId": id}
        return self.post("/v1/track", document, token)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send the signal; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)


def _answer(request: urllib.request.Request) -> Answer:
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as response:  # noqa: S310
            return Answer(response.status, response.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.read())


@contextlib.contextmanager
def up(shell: Shell, *arguments: str, token: str = "", **environment: str) -> Iterator[Up]:
    """A server on the shell's folder and a free port; killed at the end if it still runs."""
    log = shell.folder / f"up-{time.monotonic_ns()}.log"
    process = start(shell, log, "up", "--port", "0", *arguments, **environment)
    server = Up(process, log)
    try:
        server.wait_until_up()
        server.token = server.token or token
        yield server
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def start(
    shell: Shell, log: Path, *arguments: str, through: Sequence[str] = (), **environment: str
) -> Forked | subprocess.Popen[str]:
    """A command in a process of its own, its output in the file; `through` another command it is
    one that imports everything itself."""
    known = {**os.environ, **shell.environment, **environment}
    log.touch()
    if not through:
        return Forked(arguments, shell.folder, known, log)
    with log.open("w") as output, _interruptible():
        return subprocess.Popen(
            [*through, sys.executable, "-m", "cartback", *arguments],
            cwd=shell.folder,
            env=known,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """A process started within the block knows SIGINT, whatever started the tests: a shell has
    what it runs in the background ignore it, and who is started by that inherits the ignoring."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def ends(
    shell: Shell, *arguments: str, through: Sequence[str] = (), **environment: str
) -> tuple[int, str]:
    """Run a command in a process of its own to its end: exit code and output."""
    log = shell.folder / f"run-{time.monotonic_ns()}.log"
    process = start(shell, log, *arguments, through=through, **environment)
    try:
        return process.wait(PATIENCE_SECONDS), log.read_text()
    finally:
        process.kill()
        process.wait()


def until(holds: Callable[[], bool], what: str = "it", server: Up | None = None) -> None:
    """Wait for it, but not for ever."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        seen = f"; the server says:\n{server.output}" if server else ""
        assert time.monotonic() < give_up, f"{what} did not happen{seen}"
        time.sleep(0.02)


@contextlib.contextmanager
def taken_port() -> Iterator[int]:
    """A port on which somebody else listens."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def names(members: Sequence[Mapping[str, Any]]) -> set[str]:
    """Who the members are."""
    return {str(one.get("email") or one.get("external_id")) for one in members}
