"""Flows to be drawn: triggers, steps and contact rules that meet what happens in a scene."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from cartback.domain.contact import ChannelRules, ContactRules
from cartback.domain.flow import parse_flow
from cartback.domain.rules import FlowVersion, Rules
from cartback.domain.ruleset import make_rules
from tests.strategies import Scene

TRIGGERS: tuple[dict[str, Any], ...] = (
    {"kind": "cart_abandoned"},
    {"kind": "cart_abandoned"},
    {
        "kind": "cart_abandoned",
        "where": [{"kind": "property", "path": "items", "is": "at_least", "value": 2}],
    },
    {"kind": "metric", "metric": "A"},
    {"kind": "list", "list": "vip"},
    {"kind": "price_drop", "interest": "cart"},
    {"kind": "back_in_stock"},
    {"kind": "date", "trait": "day", "before": 1},
    {"kind": "date", "trait": "day", "at": "02:30", "yearly": False},
)
CONDITIONS: tuple[dict[str, Any], ...] = (
    {"kind": "stage", "is": "lead"},
    {"kind": "did", "metric": "B"},
    {"kind": "did", "metric": "A", "within": {"kind": "since_run_start"}},
    {"kind": "cart", "status": "abandoned"},
    {"kind": "did", "metric": "Coupon Given", "within": {"kind": "since_run_start"}},
)


PLAIN = ("email", "email", "email", "wait", "wait", "list", "end", "until", "coupon", "tell")
PARTING = ("split", "random", "wait_for")


@st.composite
def steps(
    draw: DrawFn, scene: Scene, numbers: Iterator[int], depth: int = 2
) -> list[dict[str, Any]]:
    """A few steps, with branches no deeper than that."""
    found: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(1, 3))):
        key = f"s{next(numbers)}"
        kind = draw(st.sampled_from((*PLAIN, *PARTING) if depth else PLAIN))
        if kind in PARTING:
            step = draw(parting_steps(scene, kind, steps(scene, numbers, depth - 1)))
        else:
            step = draw(plain_steps(scene, kind))
        found.append({"key": key, **step})
    return found


@st.composite
def plain_steps(draw: DrawFn, scene: Scene, kind: str) -> dict[str, Any]:
    """What a step of that kind does, where the next one is the one behind it."""
    match kind:
        case "email":
            useful = draw(st.sampled_from(["1 hour", "2 days", "2 weeks"]))
            purpose = draw(st.sampled_from(["marketing", "transactional"]))
            return {"kind": "email", "template": "t", "useful": useful, "purpose": purpose}
        case "wait":
            return {"kind": "wait", "for": draw(st.sampled_from(scene.spans))}
        case "until":
            clock = draw(st.sampled_from(["00:00", "02:30", "09:00"]))
            return {"kind": "wait", "until": clock, "weekdays": ["monday", "saturday"]}
        case "list":
            return {"kind": "update_list", "list": "vip", "joined": draw(st.booleans())}
        case "coupon":
            return {"kind": "coupon", "coupon": draw(st.sampled_from(["ten", "dry"]))}
        case "tell":
            url, to = "https://shop.example/", ["care@shop.example", "owner@shop.example"]
            hook = {"kind": "webhook", "url": url, "after_order": draw(st.booleans())}
            return draw(st.sampled_from([hook, {"kind": "alert", "to": to, "subject": "x"}]))
        case _:
            return {"kind": "end"}


@st.composite
def parting_steps(
    draw: DrawFn, scene: Scene, kind: str, ways: SearchStrategy[list[dict[str, Any]]]
) -> dict[str, Any]:
    """What a step of that kind does from which several ways go on."""
    match kind:
        case "wait_for":
            came, did_not = draw(ways), draw(ways)
            at_most = draw(st.sampled_from(scene.spans))
            step = {"kind": "wait_for", "metric": "B", "at_most": at_most}
            return {**step, "came": came, "did_not": did_not}
        case "random":
            branches = [{"weight": weight, "steps": draw(ways)} for weight in (1, 2)]
            return {"kind": "random", "branches": branches}
        case _:
            when = draw(st.sampled_from(CONDITIONS))
            return {"kind": "split", "branches": [{"when": when, "steps": draw(ways)}]}


@st.composite
def flow_rules(draw: DrawFn, scene: Scene, *, most: int = 3) -> Rules:
    """Rules with flows of every kind and contact rules that bite."""
    versions = []
    for place in range(draw(st.integers(1, most))):
        document = {
            "name": f"Flow {place}",
            "trigger": draw(st.sampled_from(TRIGGERS)),
            "steps": draw(steps(scene, count())),
            "again": draw(
                st.sampled_from([{}, {"rule": "always"}, {"rule": "after", "duration": "1 day"}])
            ),
            "audience": draw(st.sampled_from(["everyone", "everyone", "leads", "customers"])),
            "priority": draw(st.integers(-1, 1)),
        }
        if draw(st.integers(0, 3)) == 0:
            document["only_if"] = None
        versions.append(FlowVersion(f"f{place}", 1, parse_flow(document)))
    return make_rules(None, scene.settings, (), versions, ContactRules(draw(channel_rules())))


def channel_rules() -> SearchStrategy[ChannelRules]:
    return st.builds(
        lambda gap, a_week, quiet: ChannelRules(gap, a_week, *quiet),
        st.sampled_from(["1 second", "1 hour", "16 hours"]),
        st.sampled_from([1, 2, 50]),
        st.sampled_from([(None, None), ("21:00", "08:00"), ("00:00", "12:00"), ("01:30", "02:30")]),
    )
