"""Steps of a flow: the states of its messages over all versions, and who came to each."""

from __future__ import annotations

from pathlib import Path

import pytest

from cartback.domain.flow import Flow, parse_flow
from cartback.domain.profile import RunId
from cartback.domain.step import all_steps
from cartback.domain.step_status import with_status, with_statuses_of
from cartback.engine.flow_passage import passages, walked
from cartback.engine.flow_ports import RunRow
from cartback.engine.flowing import DECIDED
from cartback.store import open_store
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


def test_who_neither_left_nor_waits_came_to_the_next_step(tmp_path: Path) -> None:
    counted = {
        "entered:triggered": 10,
        "ended:ordered": 1,
    }
    names = {f"cart/1/weekday/{done}": count for done, count in counted.items()}
    names |= {"cart/1/who/went:0": 4, "cart/1/who/went:1": 2, "cart/2/order/went:0": 2}
    names |= {"cart/1/order/went:1": 1, "cart/1/code/gave:ready": 3, "cartel/1/who/went:0": 99}
    steps = [one for one in parse_flow(WINTER).steps if one.key in ("weekday", "who", "what")]
    store = open_store(str(tmp_path / "cartback.db"))
    with store.transaction() as tx:
        shop = tx.add_shop("Tea", 1)
        tx.tally(shop, DECIDED, names)
        runs = [("weekday", 3), ("order", 1)]
        for step, many in runs:
            for profile in range(many):
                run = RunId("cart", 1, f"{step}{profile}", 5)
                tx.place_runs(shop, [RunRow(profile, run, step, 9)])
        found = passages(tx, shop, "cart", steps)
    came = {key: one.came for key, one in found.steps.items()}
    assert (found.entered, found.inside, found.ended) == (10, 4, {"ordered": 1})
    assert (came["weekday"], came["who"], came["hello"], came["list"]) == (10, 6, 4, 2)
    assert (came["done"], came["coin"]) == (2, 1)
    assert found.steps["code"].gave == 3
    store.close()
