"""What the documentation shows of segments can be read as it stands, and nothing is missing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from cartback.domain.condition import Condition, leaves, parse_condition
from cartback.domain.instant import Zone
from cartback.domain.klaviyo import Terms, segment_of
from cartback.domain.property import Operator, PropertyTest
from cartback.domain.rules import Settings
from cartback.domain.schema import condition_schema, segment_schema
from cartback.domain.window import SinceRunStart, Window
from cartback.engine.folder import read_folder
from cartback.engine.segment_document import parse_segment

DOCS = Path(__file__).parents[2] / "docs"
CONDITION = Draft202012Validator(condition_schema())
SEGMENT = Draft202012Validator(segment_schema())


def blocks(name: str, language: str = "yaml") -> Iterator[str]:
    text = (DOCS / name).read_text()
    yield from re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def documents(name: str) -> Iterator[Any]:
    """What the YAML blocks of a page say; lines of conditions one by one."""
    for block in blocks(name):
        if block.startswith("{"):
            yield from (yaml.safe_load(line) for line in block.splitlines())
        elif (document := yaml.safe_load(block)) is not None:
            yield document


CONDITIONS = [one for one in documents("segments.md") if "kind" in one]


@pytest.mark.parametrize("document", CONDITIONS, ids=json.dumps)
def test_a_condition_that_is_shown_can_be_read(document: dict[str, Any]) -> None:
    parse_condition(document)
    CONDITION.validate(document)


def test_every_kind_of_condition_is_shown() -> None:
    parsed = [parse_condition(document) for document in CONDITIONS]
    shown = {type(one) for one in parsed} | {type(leaf) for one in parsed for leaf in leaves(one)}
    text = (DOCS / "segments.md").read_text()
    missing = [one.__name__ for one in Condition.__args__ if one not in shown]
    assert [name for name in missing if name not in ("Any_", "Not")] == []
    for union in (Condition, PropertyTest, Window):
        for one in union.__args__:
            assert one is SinceRunStart or f"kind: {one.__struct_config__.tag}" in text
    assert [one for one in Operator if one.removeprefix("not_") not in text] == []


def test_segments_that_are_shown_can_be_read() -> None:
    [shown] = [one for one in documents("segments.md") if "when" in one]
    parse_segment(shown)
    SEGMENT.validate(shown)


def test_the_folder_that_is_shown_can_be_read() -> None:
    segment, shop, *_ = documents("documents.md")
    files = {"segments/recent-cart-abandoners.yaml": segment, "shop.yaml": shop}
    folder = read_folder(files, Settings())
    assert folder.shop is not None
    assert set(folder.segments) == {"recent-cart-abandoners"}


def test_the_names_of_klaviyo_s_ids_stand_where_it_is_shown() -> None:
    [shown] = [json.loads(block) for block in blocks("klaviyo.md", "json")]
    condition = {
        "type": "profile-group-membership",
        "is_member": True,
        "group_ids": ["Y6nRLr", "VzXp4k"],
    }
    shown["data"]["attributes"]["definition"] = {"condition_groups": [{"conditions": [condition]}]}
    assert segment_of(shown, Terms(Zone()))["when"]["of"] == [
        {"kind": "in_list", "list": "newsletter"},
        {"kind": "in_segment", "segment": "big-spenders"},
    ]
