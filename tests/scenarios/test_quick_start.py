"""The quick start can be followed as it stands."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml

from tests.conftest import CHECKOUT
from tests.scenarios.command_line import Shell, names, until, up

PAGE = (CHECKOUT / "docs" / "quick-start.md").read_text("utf-8")
SEGMENT = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0]
EVENTS = [json.loads(body) for body in re.findall(r" -d '(\{.*?\})'\n", PAGE, re.DOTALL)]
KEY = "left-a-cart-behind"


def test_each_step_does_what_it_says(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    added, ordered = EVENTS
    with up(shell) as server:
        assert server.post("/v1/track", added).json["accepted"] == 1
        shell.says("segment", "create", shell.file("left.yaml", SEGMENT))
        shell.says("shop", "settings", "--cart-idle", "1 second")  # a minute is long for a test
        until(lambda: names(_members(shell)) == {"customer-7"}, "a cart left behind", server)
        assert "abandoned cart" in shell.says("segment", "explain", KEY, "customer-7")
        assert server.post("/v1/track", ordered).json["accepted"] == 1
        assert _members(shell) == []
        assert "Quick start" in server.get("/docs").text


def _members(shell: Shell) -> list[dict[str, str]]:
    result = shell.run("segment", "list", "--json")
    live = {one["key"] for one in json.loads(result.stdout) if one["status"] == "live"}
    found: list[dict[str, str]] = shell.json("segment", "members", KEY) if KEY in live else []
    return found


def test_the_segment_is_the_one_among_the_examples() -> None:
    example = (CHECKOUT / "docs" / "examples" / "left.yaml").read_text("utf-8")
    assert yaml.safe_load(SEGMENT) == yaml.safe_load(example)
