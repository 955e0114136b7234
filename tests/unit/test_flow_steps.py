"""Steps of a flow: the states of its messages over all versions, and the way of a person."""

from __future__ import annotations

import pytest

from cartback.domain.flow import Flow, parse_flow
from cartback.domain.layout import all_steps
from cartback.domain.step_status import with_status, with_statuses_of
from cartback.engine.flow_passage import walked
from tests.web.console.automations import SERIES, WINTER


def statuses(flow: Flow) -> dict[str, str]:
    return {one.key: one.status for one in all_steps(flow.steps) if hasattr(one, "status")}


@pytest.mark.parametrize("key", ["hello", "offer"])
def test_one_message_is_paused_however_deep_it_stands(key: str) -> None:
    flow = parse_flow(WINTER)
    paused = with_status(flow, key, "paused")
    assert statuses(paused) == {**statuses(flow), key: "paused"}
    assert with_status(flow, "weekday", "paused") == flow, "a wait has no state"


def test_older_versions_take_the_states_of_the_newest_and_nothing_else() -> None:
    older = parse_flow({**SERIES, "steps": [*SERIES["steps"], {**SERIES["steps"][0], "key": "x"}]})
    newest = with_status(parse_flow({**SERIES, "name": "New"}), "proof", "paused")
    found = with_statuses_of(older, newest)
    assert statuses(found) == {"help": "live", "proof": "paused", "x": "live"}
    assert found.name == older.name


def test_a_way_is_known_by_the_branches_that_were_taken() -> None:
    steps = [one for one in parse_flow(WINTER).steps if one.key in ("weekday", "who", "what")]
    assert walked(steps, {}, "") == ["weekday", "who"], "still at the split"
    assert walked(steps, {"who": 1, "what": 0}, "") == ["weekday", "who", "list", "what", "trait"]
    stays = ["weekday", "who", "code", "hello", "order", "coin"]
    assert walked(steps, {"who": 0, "order": 1}, "") == stays, "within, and no further"
    assert walked(steps, {"who": 0, "order": 1}, "order") == [
        "weekday",
        "who",
        "code",
        "hello",
        "order",
    ]
