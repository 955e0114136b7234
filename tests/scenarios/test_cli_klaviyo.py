"""A segment moves house: out of Klaviyo with its members, and back in its form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cartback.domain.instant import DAY, HOUR
from tests.scenarios.command_line import KEY, Shell, names, record
from tests.unit.klaviyo_definitions import ARTICLE, NAMES


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Ada left a checkout, Bob ordered, and it was long ago that Old left one."""
    shell = Shell(tmp_path)
    shell.says("shop", "create", "Tea")
    shell.happens(
        record("ada@example.com", "Checkout Started", 2 * HOUR),
        record("bob@example.com", "Checkout Started", 2 * HOUR),
        record("bob@example.com", "Placed Order", HOUR, value=199_000),
        record("old@example.com", "Checkout Started", 8 * DAY),
    )
    return shell


def saved(shell: Shell, document: dict[str, Any]) -> str:
    return shell.file("klaviyo.json", json.dumps(document))


def test_a_definition_from_klaviyo_has_the_members_it_means(shell: Shell) -> None:
    file = saved(shell, {**ARTICLE, "metrics": NAMES})
    assert shell.json("segment", "preview", file)["samples"] == ["ada@example.com"]
    assert shell.says("segment", "create", file).startswith(f"Made {KEY} (version 1).")
    assert names(shell.json("segment", "members", KEY)) == {"ada@example.com"}
    again = json.loads(shell.says("segment", "show", KEY, "--form", "klaviyo"))
    groups = again["data"]["attributes"]["definition"]["condition_groups"]
    assert [one["conditions"][0]["metric_id"] for one in groups] == [
        "Checkout Started",
        "Placed Order",
    ]
    shell.says("segment", "change", saved(shell, again))
    assert names(shell.json("segment", "members", KEY)) == {"ada@example.com"}


def test_ids_that_nobody_explained_are_asked_for(shell: Shell) -> None:
    said = shell.refuses("segment", "create", saved(shell, ARTICLE))
    assert "which metric is 'TPWsCU'?" in said
    assert "condition_groups[0].conditions[0].metric_id" in said
    assert shell.json("segment", "list") == []


def test_amounts_are_of_the_shop_s_currency(shell: Shell) -> None:
    spent = {
        "type": "profile-metric",
        "metric_id": "Placed Order",
        "measurement": "sum",
        "measurement_filter": {"type": "numeric", "operator": "greater-than", "value": 1_500},
        "timeframe_filter": {"type": "date", "operator": "alltime"},
    }
    document = {"name": "Spenders", "condition_groups": [{"conditions": [spent]}]}
    shell.says("shop", "settings", "--currency", "EUR")
    assert shell.json("segment", "preview", saved(shell, document))["members"] == 1
    shell.says("shop", "settings", "--currency", "KRW")
    assert shell.json("segment", "preview", saved(shell, document))["members"] == 1
    spent["measurement_filter"]["value"] = 2_000  # type: ignore[index]
    assert shell.json("segment", "preview", saved(shell, document))["members"] == 1
    shell.says("shop", "settings", "--currency", "EUR")
    assert shell.json("segment", "preview", saved(shell, document))["members"] == 0


def test_what_is_shown_can_be_read_again(shell: Shell) -> None:
    shell.says("segment", "create", saved(shell, {**ARTICLE, "metrics": NAMES}))
    shown = shell.says("segment", "show", KEY)
    assert shell.says("segment", "change", shell.file("shown.yaml", shown)).startswith("Changed")
    assert shell.says("segment", "show", KEY) == shown
    assert shell.json("segment", "show", KEY)["key"] == KEY


def test_what_klaviyo_cannot_say_is_told(shell: Shell) -> None:
    shell.says("segment", "create", shell.file("a.yaml", "name: Carts\nwhen: {kind: cart}\n"))
    said = shell.refuses("segment", "show", "carts", "--form", "klaviyo")
    assert said == "Klaviyo has no condition that means `cart` - at `when`"
    assert "there is no segment" in shell.refuses("segment", "show", "nobody")
