"""The flow editor without scripts: built, undone, stale, unfinished; nothing is lost."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartback.domain.flow import NO_ORDER, Flow, OnMetric, flow_document, parse_flow
from cartback.domain.layout import all_steps
from cartback.domain.phrase import Language
from cartback.domain.step import STEPS
from cartback.engine.flow_start import READY
from cartback.engine.flows import change_flow, create_flow, definition
from cartback.web.console.guard import LANGUAGE
from cartback.web.console.sketch import words
from cartback.web.console.sketch.acts import made_step
from cartback.web.console.sketch.document import read, sketch_of
from cartback.web.console.sketch.forms import TRIGGERS, form_of
from cartback.web.console.sketch.node import FLOW, TRIGGER, Node
from cartback.web.console.words import Words
from tests.flow_strategies import flow_rules
from tests.strategies import scenes
from tests.web.console.automations import SERIES, WINTER, can_send
from tests.web.console.desk import Desk
from tests.web.console.pressing import Hand


@pytest.fixture
def shop(staffed: Desk) -> Desk:
    can_send(staffed, SERIES, WINTER)
    create_flow(staffed.store, staffed.shop, "cart", SERIES, staffed.now)
    create_flow(staffed.store, staffed.shop, "winter", WINTER, staffed.now)
    return staffed


def flow_at(desk: Desk, key: str) -> Flow:
    with desk.store.reading() as reading:
        row = reading.flow(desk.shop, key)
    assert row is not None
    return definition(row)


def keys(flow: Flow) -> list[str]:
    return [one.key for one in all_steps(flow.steps)]


def opens(desk: Desk, *path: str, who: str = "marketer") -> Hand:
    return Hand(desk.visitor(who), desk.path("flows", *path))


def plain(flow: Flow) -> Flow:
    """With the default filter as the rows say it: never, instead of not at least once."""
    if flow.only_if != NO_ORDER:
        return flow
    never = {"kind": "did", "metric": "Placed Order", "times": {"exactly": 0}}
    document = {**flow_document(flow), "only_if": {**never, "within": {"kind": "since_run_start"}}}
    return parse_flow(document)


# --- documents ------------------------------------------------------------------------------------


@given(st.data())
def test_editing_loses_nothing(data: st.DataObject) -> None:
    rules = data.draw(flow_rules(data.draw(scenes())))
    for one in rules.flows:
        found = read(sketch_of(flow_document(one.flow), "USD"), "USD")
        assert found.wrong == {}
        again = parse_flow({"name": one.flow.name, **found.document})
        assert plain(again) == plain(one.flow)


@pytest.mark.parametrize("key", [one.key for one in READY])
def test_ready_made_ones_are_shown_without_a_document(key: str) -> None:
    ready = next(one for one in READY if one.key == key)
    flow = parse_flow({"name": "x", **ready.document})
    sketch = sketch_of(flow_document(flow), "USD")
    assert "json" not in msgspec.json.encode(sketch).decode()
    assert '"raw"' not in msgspec.json.encode(sketch).decode()


@pytest.mark.parametrize("kind", [*STEPS, *TRIGGERS])
@pytest.mark.parametrize("language", Language)
def test_every_kind_has_words_and_so_has_each_of_its_fields(kind: str, language: Language) -> None:
    say = Words(language).gettext
    node = Node(kind, "x" if kind in STEPS else TRIGGER)
    known = words.steps(language) if kind in STEPS else words.triggers(language)
    assert kind in known
    form = form_of(node)
    for field in (*form.fields, *form.of_branch, *form_of(Node(FLOW, FLOW)).fields):
        assert words.field_words(say, kind, field.name).label != field.name
        choices = words.choice_words(say, kind, field.name)
        assert set(field.choices) <= set(choices)


@pytest.mark.parametrize("kind", list(STEPS))
def test_a_new_step_of_every_kind_is_shown(shop: Desk, kind: str) -> None:
    hand = opens(shop, "cart", "change").presses("insert::1").presses(f"new::1:{kind}")
    made = made_step(kind, kind.replace("_", "-"), "USD")
    assert hand.page.fields["chosen"] == made.key


@pytest.mark.parametrize("kind", list(STEPS))
def test_a_step_that_compares_nothing_asks_for_no_value_to_compare_with(
    shop: Desk, kind: str
) -> None:
    hand = opens(shop, "cart", "change").presses("insert::1").presses(f"new::1:{kind}")
    assert "Write a value to compare with." not in hand.page.text


# --- building -------------------------------------------------------------------------------------


def test_a_series_is_built_from_a_blank_page(shop: Desk) -> None:
    hand = opens(shop, "new?trigger=cart_abandoned&audience=leads")
    hand.presses("new::0:email").writes(f_template="cart-help-lead")
    hand.presses("insert::1").presses("new::1:wait").writes(f_for="2")
    hand.presses("insert::2").presses("new::2:email").writes(f_template="cart-proof")
    hand.writes(name="Three mails")
    assert hand.saves().headers["location"] == shop.path("flows", "three-mails") + "?saved=1"
    flow = flow_at(shop, "three-mails")
    series = {**SERIES, "name": "Three mails", "steps": [dict(one) for one in SERIES["steps"]]}
    for one, key in zip(series["steps"], ("email", "wait", "email-2"), strict=True):
        one["key"] = key
    series["steps"][1]["for"] = "2 days"
    assert plain(flow) == plain(parse_flow(series))


@pytest.mark.parametrize("kind", list(TRIGGERS))
def test_a_blank_trigger_of_every_kind_is_a_form_and_no_document(shop: Desk, kind: str) -> None:
    hand = opens(shop, f"new?trigger={kind}")
    assert not [name for name in hand.page.fields if name.endswith(":json")]
    assert "Expected" not in hand.page.text


def test_a_flow_for_an_event_is_built_from_a_blank_page(shop: Desk) -> None:
    hand = opens(shop, "new?trigger=metric").writes(name="Looked").writes(f_metric="Viewed Product")
    assert hand.saves().headers["location"] == shop.path("flows", "looked") + "?saved=1"
    assert flow_at(shop, "looked").trigger == OnMetric("Viewed Product")


def test_branches_are_added_filled_in_and_taken_out(shop: Desk) -> None:
    hand = opens(shop, "cart", "change").presses("insert::3").presses("new::3:split")
    hand.writes(**{"w0.when-0:metric": "Viewed Product"})
    hand.presses("branch:split").writes(**{"w1.when-0:metric": "Searched"})
    hand.presses("add:w1.when").writes(**{"w1.when-1:metric": "Placed Order"})
    hand.presses("insert:split.1:0").presses("new:split.1:0:end")
    assert hand.saves().status_code == 303
    split = flow_document(flow_at(shop, "cart"))["steps"][-1]
    assert [one["when"]["kind"] for one in split["branches"]] == ["did", "all"]
    assert [one["kind"] for one in split["branches"][1]["steps"]] == ["end"]
    hand = opens(shop, "cart", "change").presses("show:split").presses("unbranch:split:0")
    assert hand.saves().status_code == 303
    assert len(flow_document(flow_at(shop, "cart"))["steps"][-1]["branches"]) == 1


BRANCHED: dict[str, Any] = {
    "name": "Branched",
    "trigger": {"kind": "metric", "metric": "Searched"},
    "steps": [
        {"kind": "wait", "key": "first", "for": "1 day"},
        {
            "kind": "random",
            "key": "coin",
            "branches": [
                {"weight": 1, "steps": [{"kind": "update_list", "key": "list", "list": "vip"}]},
                {"weight": 1},
            ],
        },
        {"kind": "end", "key": "last"},
    ],
}


def test_steps_are_moved_doubled_and_put_elsewhere(shop: Desk) -> None:
    create_flow(shop.store, shop.shop, "branched", BRANCHED, shop.now)
    hand = opens(shop, "branched", "change").presses("show:list").presses("later:list")
    hand.saves()
    assert [one.key for one in flow_at(shop, "branched").steps] == ["first", "coin", "list", "last"]
    hand = opens(shop, "branched", "change").presses("show:list").presses("earlier:list")
    hand.presses("show:first").presses("take:first").presses("put:coin.1:0:first")
    hand.presses("show:coin").presses("copy:coin")
    hand.saves()
    found = keys(flow_at(shop, "branched"))
    assert found == ["list", "coin", "first", "coin-2", "first-2", "last"]
    hand = opens(shop, "branched", "change").presses("show:list").presses("take:list")
    hand.presses("put::2:list").saves()
    assert keys(flow_at(shop, "branched"))[:3] == ["coin", "first", "list"], "behind the coin"
    hand = opens(shop, "branched", "change").presses("show:coin").presses("take:coin")
    hand.presses("put:coin.0:0:coin")
    assert hand.page.fields["chosen"] == "coin", "not within itself"


def test_what_was_removed_comes_back_and_goes_again(shop: Desk) -> None:
    hand = opens(shop, "cart", "change").presses("show:a-day").writes(f_for="3")
    hand.presses("drop:a-day")
    assert "Removed: Wait 3 days" in hand.page.text
    hand.presses("undo")
    assert "Wait 3 days" in hand.page.text
    hand.presses("undo")
    assert "Wait 1 day" in hand.page.text
    assert "undo" not in hand.page.buttons
    hand.presses("redo").presses("redo")
    assert "redo" not in hand.page.buttons
    hand.saves()
    assert keys(flow_at(shop, "cart")) == ["help", "proof"]


@pytest.mark.parametrize("which", ["winter", "cart"])
def test_looking_at_steps_is_nothing_to_undo(shop: Desk, which: str) -> None:
    hand = opens(shop, which, "change")
    for key in (TRIGGER, FLOW, *keys(flow_at(shop, which))):
        hand.presses(f"show:{key}")
    hand.presses("show:")
    assert "undo" not in hand.page.buttons
    before = flow_at(shop, which)
    hand.saves()
    assert plain(flow_at(shop, which)) == plain(before)


def test_another_trigger_has_other_fields(shop: Desk) -> None:
    hand = opens(shop, "cart", "change").presses("show:_trigger").writes(kind="metric")
    hand.presses("again")
    assert "f.metric" in hand.page.fields
    hand.writes(**{"f.metric": "Viewed Product"}).presses("test:f.where")
    hand.writes(**{"f.where:test0.path": "price", "f.where:test0.is": "at_least"})
    hand.presses("again").writes(**{"f.where:test0.value": "5"})
    assert hand.saves().status_code == 303
    trigger = flow_document(flow_at(shop, "cart"))["trigger"]
    assert trigger["metric"] == "Viewed Product"
    assert trigger["where"] == [
        {"kind": "property", "path": "price", "is": "at_least", "value": 500}
    ]


def test_how_often_and_for_whom(shop: Desk) -> None:
    hand = opens(shop, "cart", "change").presses("show:_flow")
    hand.writes(f_audience="customers", f_again="after", f_priority="-7").presses("again")
    hand.writes(**{"f.again.n": "2", "f.again.unit": "week"}).presses("add:f.who")
    hand.writes(**{"f.who-0:kind": "stage"}).presses("again")
    hand.presses("remove:f.only_if-0")
    assert hand.saves().status_code == 303
    flow = flow_at(shop, "cart")
    assert (flow.audience, flow.priority, flow.again.duration) == ("customers", -7, "2 weeks")
    assert flow.who is not None
    assert flow.only_if is None, "not the default again"


SPLIT: dict[str, Any] = {
    **SERIES,
    "steps": [
        {
            "kind": "trigger_split",
            "key": "worth",
            "branches": [
                {"where": [{"kind": "property", "path": "value", "is": "at_least", "value": 5_000}]}
            ],
        }
    ],
}


def test_a_split_by_the_cart_takes_amounts_as_people_write_them(shop: Desk) -> None:
    hand = opens(shop, "cart", "change").presses("insert::1").presses("new::1:trigger_split")
    assert "All others" in hand.page.text, "also before it is finished"
    value = {"w0.where:test0.path": "value", "w0.where:test0.is": "at_least"}
    hand.writes(**value).presses("again")
    assert "USD" in hand.page.text.split('name="w0.where:test0.value"')[1][:400]
    assert hand.writes(**{"w0.where:test0.value": "50.00"}).saves().status_code == 303
    branch = flow_document(flow_at(shop, "cart"))["steps"][1]["branches"][0]
    assert branch["where"] == SPLIT["steps"][0]["branches"][0]["where"]
    assert opens(shop, "cart", "change?step=trigger-split").page.fields["w0.where:test0.value"] == (
        "50.00"
    )
    viewer = shop.visitor("viewer")
    assert "is at least 50.00 USD" in viewer.get(shop.path("flows", "cart")).text
    viewer.client.cookies.set(LANGUAGE, "ko")
    assert ">장바구니 금액이 50.00 USD 이상<" in viewer.get(shop.path("flows", "cart")).text


@pytest.mark.parametrize(
    "trigger, currency, typed",
    [
        ({"kind": "cart_abandoned"}, "KRW", "5000"),
        ({"kind": "cart_abandoned"}, "BHD", "5.000"),
        ({"kind": "metric", "metric": "Placed Order"}, "USD", "50.00"),
        ({"kind": "metric", "metric": "Rated"}, "USD", "5000"),
        ({"kind": "segment", "segment": "vip"}, "USD", "5000"),
    ],
)
def test_only_amounts_of_standard_events_are_money(
    trigger: dict[str, Any], currency: str, typed: str
) -> None:
    document = {**flow_document(parse_flow({**SPLIT, "trigger": trigger})), "only_if": None}
    sketch = sketch_of(document, currency)
    assert sketch.steps[0].ways[0].fields["where:test0.value"] == typed
    [step] = read(sketch, currency).document["steps"]
    assert step["branches"][0]["where"] == SPLIT["steps"][0]["branches"][0]["where"]


# --- what goes wrong ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "language, said",
    [("en", "Choose a mail."), ("ko", "메일을 골라 주세요.")],
)
def test_what_is_missing_stands_at_its_field_and_nothing_is_lost(
    shop: Desk, language: str, said: str
) -> None:
    visitor = shop.visitor("marketer")
    visitor.client.cookies.set(LANGUAGE, language)
    hand = Hand(visitor, shop.path("flows", "cart", "change"))
    hand.presses("insert::1").presses("new::1:email").presses("insert::2").presses("new::2:wait")
    hand.writes(f_for="soon", name="Mine")
    answer = hand.saves()
    assert answer.status_code == 422
    assert hand.page.fields["f.for"] == "soon"
    assert hand.page.fields["name"] == "Mine"
    assert 'aria-invalid="true"' in answer.text
    assert said in answer.text, "on the card of the other one"
    hand.writes(f_for="2")
    hand.saves()
    assert hand.page.fields["chosen"] == "email", "the one that is left"
    hand.writes(f_template="cart-proof")
    assert hand.saves().status_code == 303


@pytest.mark.parametrize(
    "step, typed, said",
    [
        ("a-day", {"f.for": ""}, "Say how long, or until when."),
        ("a-day", {"f.until": "25:00"}, "Write a time of day, such as 09:00."),
        ("a-day", {"f.for": "0"}, "longer than zero"),
        ("help", {"f.template": ""}, "Choose a mail."),
        (FLOW, {"f.priority": "101"}, "Write a whole number from -100 to 100."),
        (FLOW, {"f.priority": "high"}, "not a whole number"),
    ],
)
def test_what_is_wrong_is_told_at_the_field(
    shop: Desk, step: str, typed: dict[str, str], said: str
) -> None:
    hand = opens(shop, "cart", f"change?step={step}").writes(**typed)
    assert hand.saves().status_code == 422
    [field] = typed
    marked = hand.page.text.split(f'name="{field}"')[1]
    assert 'aria-invalid="true"' in marked.split(">")[0]
    assert said in marked.split("</div>")[0]
    assert hand.page.fields[field] == typed[field]


def test_an_address_that_may_not_be_called_is_not_saved(shop: Desk) -> None:
    hand = opens(shop, "cart", "change").presses("insert::1").presses("new::1:webhook")
    hand.writes(**{"f.url": "http://10.0.0.1/hook"})
    assert hand.saves().status_code == 422
    assert "may not be called" in hand.page.text
    assert hand.page.fields["f.url"] == "http://10.0.0.1/hook"


def test_who_enters_cannot_be_asked_since_they_entered(shop: Desk) -> None:
    hand = opens(shop, "cart", "change?step=_flow").presses("add:f.who")
    hand.writes(**{"f.who-0:metric": "Searched", "f.who-0:window": "since_run_start"})
    assert hand.saves().status_code == 422
    assert "choose another window" in hand.page.text


def test_it_is_saved_and_started_or_says_what_is_to_be_done_before(shop: Desk) -> None:
    hand = opens(shop, "cart", "change")
    hand.page.fields["then"] = "live"
    location = hand.saves().headers["location"]
    assert "Before it can start" not in shop.visitor("viewer").get(location).text
    with shop.store.reading() as reading:
        row = reading.flow(shop.shop, "cart")
    assert row is not None
    assert row.status == "live"
    steps = [{"kind": "email", "key": "a", "template": "nowhere"}]
    create_flow(shop.store, shop.shop, "lacks", {**SERIES, "steps": steps}, shop.now)
    hand = opens(shop, "lacks", "change")
    hand.page.fields["then"] = "live"
    page = shop.visitor("marketer").get(hand.saves().headers["location"]).text
    assert "Before it can start" in page
    assert "There is no such mail yet." in page


def test_without_a_name_it_is_asked_for(shop: Desk) -> None:
    hand = opens(shop, "cart", "change").writes(name="")
    assert hand.saves().status_code == 422
    assert "Give it a name" in hand.page.text


def test_who_comes_second_is_told_and_loses_nothing(shop: Desk) -> None:
    hand = opens(shop, "cart", "change").presses("show:a-day").writes(f_for="5", name="Mine")
    change_flow(shop.store, shop.shop, "cart", {**SERIES, "name": "Theirs"}, shop.now, expected=1)
    assert hand.saves().status_code == 409
    assert "Look at theirs" in hand.page.text
    assert hand.page.fields["f.for"] == "5"
    assert flow_at(shop, "cart").name == "Theirs"
    assert hand.saves().status_code == 303
    assert flow_at(shop, "cart").name == "Mine"


@pytest.mark.parametrize(
    "sketch",
    [
        "",
        "{}",
        "[" * 9_000,
        '{"trigger":{"kind":"x","key":"_trigger"},"flow":{"kind":"_flow","key":"_flow"}}',
        '{"trigger":{"kind":"metric","key":"_trigger"},"flow":{"kind":"_flow","key":"_flow"},'
        '"steps":[{"kind":"wait_for","key":"a"}]}',
    ],
)
def test_what_is_no_sketch_is_refused(shop: Desk, sketch: str) -> None:
    visitor = shop.visitor("marketer")
    sent = {"sketch": sketch, "do": "show:"}
    assert visitor.post(shop.path("flows", "draft"), sent).status_code == 400


@pytest.mark.parametrize(
    "what",
    ["new:nowhere:0:email", "new::0:none", "drop:x", "put:x:0:y", "unbranch:who:9", "branch:list",
     "add:f.nothing", "up:q.x-0", "insert:x:y", "take:", "copy:x", "remove:w9.when-0", "undo"],
)  # fmt: skip
def test_a_press_that_makes_no_sense_changes_nothing(shop: Desk, what: str) -> None:
    hand = opens(shop, "winter", "change").presses("show:who")
    hand.page.buttons[what] = shop.path("flows", "draft")
    before = flow_at(shop, "winter")
    hand.presses(what)
    hand.saves()
    assert flow_at(shop, "winter") == before


def test_with_scripts_only_a_part_comes_back(shop: Desk) -> None:
    hand = opens(shop, "cart", "change?step=a-day").writes(f_for="4")
    visitor = shop.visitor("marketer")
    headers = {"sec-fetch-site": "same-origin", "hx-request": "true"}
    draft = shop.path("flows", "draft")
    part = visitor.post(draft, hand.page.fields, headers).text
    assert "Wait 4 days" in part
    assert 'name="sketch"' not in part, "what is being typed is not touched"
    whole = visitor.post(draft, {**hand.page.fields, "do": "show:help"}, headers).text
    assert 'name="sketch"' in whole
    assert "<html" not in whole


def test_a_script_in_a_name_stays_a_text(shop: Desk) -> None:
    steps: list[dict[str, Any]] = [{"kind": "set_trait", "key": "a", "path": "x", "value": "<b>"}]
    evil = {**SERIES, "name": "<script>", "steps": steps}
    create_flow(shop.store, shop.shop, "evil", evil, shop.now)
    hand = opens(shop, "evil", "change?step=a")
    assert "<script>" not in hand.page.text.replace("<script src", "")
    assert "<b>" not in hand.page.text
    assert hand.page.fields["f.value"] == "<b>"
