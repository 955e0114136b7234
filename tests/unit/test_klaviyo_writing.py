"""Conditions in Klaviyo's form: two levels, and a refusal with its place where that cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from cartback.domain.condition import parse_condition
from cartback.domain.klaviyo import BadKlaviyo, to_klaviyo
from tests.unit.klaviyo_definitions import (
    EUROS,
)


@pytest.mark.parametrize(
    "ours, sentence",
    [
        ({"kind": "cart"}, "no condition that means `not: cart` - at `when.of[0].of`"),
        ({"kind": "did", "metric": "A", "times": {"at_least": 0}}, "this holds for nobody"),
        ({"kind": "share", "percent": 10}, "`not: share`"),
        (
            {
                "kind": "did",
                "metric": "A",
                "within": {"kind": "calendar", "unit": "month"},
            },
            "no calendar periods",
        ),
        (
            {"kind": "did", "metric": "A", "within": {"kind": "last", "duration": "5 minutes"}},
            "whole hours, days and weeks, not 5 minutes - at `when.of[0].of.within`",
        ),
        ({"kind": "trait", "path": "a.b", "is": "is_set"}, "no path"),
        ({"kind": "trait", "path": "a", "is": "at_least", "value": 1}, "ask the other way round"),
        (
            {
                "kind": "did",
                "metric": "A",
                "where": [
                    {"kind": "property", "path": "a", "is": "not_equals", "value": "x"},
                ],
            },
            "add a test that it `is_set` if that is meant - at `when.of[0].of.where[0]`",
        ),
        ({"kind": "location", "country": ["KR"]}, "no condition that means `not: location`"),
    ],
)
def test_what_cannot_be_said_there_is_refused_with_its_place(
    ours: dict[str, Any], sentence: str
) -> None:
    whole = {"kind": "all", "of": [{"kind": "not", "of": ours}]}
    with pytest.raises(BadKlaviyo) as refused:
        to_klaviyo("it", parse_condition(whole), EUROS)
    assert sentence.split(" - at ")[0] in str(refused.value)
    assert sentence.partition(" - at ")[2] in str(refused.value)


def test_more_conditions_than_klaviyo_takes_are_refused_at_once() -> None:
    many = {
        "kind": "any",
        "of": [
            {
                "kind": "all",
                "of": [{"kind": "did", "metric": f"M{place}-{number}"} for number in range(2)],
            }
            for place in range(40)
        ],
    }
    with pytest.raises(BadKlaviyo, match="at most 100 conditions"):
        to_klaviyo("it", parse_condition(many), EUROS)


def written(ours: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """The groups of conditions that a document of ours becomes."""
    found = to_klaviyo("it", parse_condition(ours), EUROS)["data"]["attributes"]["definition"]
    return [group["conditions"] for group in found["condition_groups"]]


A, B, C = ({"kind": "did", "metric": metric} for metric in "ABC")


@pytest.mark.parametrize(
    "tree, groups",
    [
        ({"kind": "not", "of": {"kind": "all", "of": [A, B]}}, ["A<1 or B<1"]),
        ({"kind": "not", "of": {"kind": "any", "of": [A, B]}}, ["A<1", "B<1"]),
        (
            {"kind": "any", "of": [A, {"kind": "all", "of": [B, C]}]},
            ["A>=1 or B>=1", "A>=1 or C>=1"],
        ),
        (
            {"kind": "not", "of": {"kind": "all", "of": [A, {"kind": "not", "of": B}]}},
            ["A<1 or B>=1"],
        ),
        ({"kind": "not", "of": {"kind": "not", "of": A}}, ["A>=1"]),
        ({"kind": "all", "of": [A, A, {"kind": "any", "of": [A, A]}]}, ["A>=1"]),
        ({**A, "times": {"at_least": 2, "at_most": 5}}, ["A>=2", "A<=5"]),
        ({"kind": "not", "of": {**A, "times": {"at_least": 2, "at_most": 5}}}, ["A<2 or A>5"]),
        ({"kind": "not", "of": {**A, "times": {"exactly": 2}}}, ["A!=2"]),
        ({"kind": "stage", "is": "lead"}, ["Placed Order=0"]),
    ],
)
def test_every_tree_becomes_groups_of_alternatives(tree: dict[str, Any], groups: list[str]) -> None:
    signs = {
        "equals": "=",
        "not-equals": "!=",
        "less-than": "<",
        "greater-than": ">",
        "less-than-or-equal": "<=",
        "greater-than-or-equal": ">=",
    }
    found = [
        " or ".join(
            f"{one['metric_id']}{signs[one['measurement_filter']['operator']]}"
            f"{one['measurement_filter']['value']}"
            for one in group
        )
        for group in written(tree)
    ]
    assert found == groups


@pytest.mark.parametrize(
    "window, first, last",
    [
        ({"kind": "ever"}, None, None),
        ({"kind": "last", "duration": "2 days"}, ("at-least", 2), None),
        ({"kind": "more_than_ago", "duration": "2 days"}, None, ("in-the-last", 2)),
        (
            {"kind": "between_ago", "nearest": "2 days", "farthest": "5 days"},
            ("at-least", 5),
            ("in-the-last", 2),
        ),
        (
            {"kind": "before", "at": "2026-03-01T00:00:00Z"},
            None,
            ("after", "2026-03-01T00:00:00Z"),
        ),
        (
            {"kind": "after", "at": "2026-03-01T00:00:00Z"},
            ("before", "2026-03-01T00:00:00Z"),
            None,
        ),
        (
            {"kind": "between", "start": "2026-03-01T00:00:00Z", "end": "2026-04-01T00:00:00Z"},
            ("before", "2026-03-01T00:00:00Z"),
            ("after", "2026-04-01T00:00:00Z"),
        ),
    ],
)
def test_the_first_and_the_last_time_become_never_before_and_never_after(
    window: dict[str, Any], first: tuple[str, object] | None, last: tuple[str, object] | None
) -> None:
    for kind, beside in (("first_time", first), ("last_time", last)):
        groups = written({"kind": kind, "metric": "A", "within": window})
        assert groups[0][0]["measurement_filter"]["operator"] == "greater-than-or-equal"
        if beside is None:
            assert len(groups) == 1
            continue
        never = groups[1][0]
        assert never["measurement_filter"] == {"type": "numeric", "operator": "equals", "value": 0}
        frame = never["timeframe_filter"]
        assert (frame["operator"], frame.get("quantity", frame.get("date"))) == beside
