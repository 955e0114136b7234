"""The page about the API says what is so: its commands are run, its answers are compared."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from cartback.domain.event import Json
from tests.conftest import CHECKOUT
from tests.scenarios.command_line import Shell, up

PAGE = CHECKOUT / "docs" / "api.md"
ANYTHING = "…"


class Example(NamedTuple):
    commands: str
    answer: Json


def examples() -> Iterator[Example]:
    """The commands of the page, and the answer where one is shown behind them."""
    found = re.findall(r"```(sh|json)\n(.*?)```", PAGE.read_text(), re.DOTALL)
    for (kind, text), (following, answer) in zip(found, [*found[1:], ("", "")], strict=True):
        if kind == "sh" and "export" not in text:
            yield Example(text, json.loads(answer) if following == "json" else None)


def same(shown: Json, said: Json) -> bool:
    """Whether the answer is as shown; `…` stands for anything."""
    match shown:
        case str() if ANYTHING in shown:
            return True
        case dict() if ANYTHING in shown:
            return isinstance(said, dict)
        case dict():
            return shown.keys() == said.keys() and all(same(shown[one], said[one]) for one in shown)
        case list():
            return len(shown) == len(said) and all(map(same, shown, said))
        case _:
            return bool(shown == said)


def run(commands: str, folder: Path, url: str, key: str) -> str:
    """What the commands print; curl fails where the API refuses."""
    (folder / ".curlrc").write_text("silent\nshow-error\nfail-with-body\n")
    ran = subprocess.run(
        ["sh", "-euc", commands],
        env={"PATH": os.environ["PATH"], "CURL_HOME": str(folder), "CARTBACK": url, "KEY": key},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, f"{commands}\n{ran.stdout}\n{ran.stderr}"
    return ran.stdout


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_every_command_works_and_every_answer_is_as_shown(shell: Shell, tmp_path: Path) -> None:
    with up(shell) as server:
        secret = re.search(r"cb_sec_[\w-]{20,}", server.output)
        assert secret
        ran = 0
        for example in examples():
            said = run(example.commands, tmp_path, server.url, secret[0])
            if example.answer is not None:
                assert same(example.answer, json.loads(said)), said
            ran += 1
        assert ran > 10
        document = json.loads((CHECKOUT / "docs" / "openapi.json").read_text())
        assert server.get("/api/v1/openapi.json").json == document
