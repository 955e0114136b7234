"""How a flow takes one person from step to step: timelines told by hand."""

from __future__ import annotations

from typing import Any

import pytest

from cartback.domain.advance import advance, new_profile
from cartback.domain.contact import ChannelRules, ContactRules
from cartback.domain.effect import Decided, Derived, Effect, Queued
from cartback.domain.event import Event, Identifier, IdentifierKind, Json, Metric
from cartback.domain.flow import BadFlow, flow_document, parse_flow
from cartback.domain.instant import DAY, FOREVER, HOUR, MINUTE, Instant, parse_instant
from cartback.domain.profile import Profile
from cartback.domain.rules import FlowVersion, Settings
from cartback.domain.ruleset import Ruleset, compile_rules, make_rules

MONDAY = parse_instant("2026-03-02T10:00:00Z")


def mail(key: str, **more: object) -> dict[str, Any]:
    return {"kind": "email", "key": key, "template": key, **more}


def wait(key: str, duration: str) -> dict[str, Any]:
    return {"kind": "wait", "key": key, "for": duration}


SERIES: dict[str, Any] = {
    "name": "Abandoned cart",
    "trigger": {"kind": "cart_abandoned"},
    "steps": [
        mail("help"),
        wait("a-day", "1 day"),
        mail("proof"),
        wait("two", "2 days"),
        mail("x"),
    ],
}


class Story:
    """One profile, its flows, and what they did."""

    def __init__(self, *flows: dict[str, Any], contact: ContactRules | None = None) -> None:
        self.versions = {f"flow-{n}": parse_flow(one) for n, one in enumerate(flows)}
        self.contact = contact
        self.rules = self._rules()
        self.profile = new_profile(1, self.rules)
        self.effects: list[Effect] = []
        self.count = 0
        self.now = MONDAY

    def _rules(self) -> Ruleset:
        flows = [FlowVersion(key, 1, flow) for key, flow in self.versions.items()]
        return compile_rules(make_rules(None, Settings(), (), flows, self.contact))

    def happens(self, metric: str, /, **properties: Json) -> None:
        self.count += 1
        traits = properties.pop("traits", {})
        names = (Identifier(IdentifierKind.EMAIL, "ada@example.com"),)
        event = Event(
            shop=0,
            id=f"e{self.count}",
            metric=metric,
            identifiers=names,
            time=self.now - properties.pop("ago", 0),
            received=self.now,
            properties=properties,
            traits=traits,
            backfill=properties.pop("backfill", False),
        )
        self._take(advance(self.profile, (event,), self.now, self.rules))

    def passes(self, duration: int) -> None:
        self.now += duration
        self._take(advance(self.profile, (), self.now, self.rules))

    def _take(self, moved: tuple[Profile, tuple[Effect, ...]]) -> None:
        self.profile, effects = moved
        self.effects += effects

    def subscribes(self) -> None:
        self.happens(Metric.SUBSCRIBED, channel="email")

    def fills_cart(self, cart: str = "c1", product: str = "mug") -> None:
        self.happens(Metric.ADDED_TO_CART, cart_id=cart, product_id=product, price=900)

    @property
    def sent(self) -> list[tuple[str, Instant]]:
        return [(one.step, one.at) for one in self.effects if isinstance(one, Queued)]

    @property
    def said(self) -> list[tuple[str, str, str]]:
        return [
            (one.step, one.what, str(one.reason))
            for one in self.effects
            if isinstance(one, Decided)
        ]


def test_the_series_goes_out_when_the_cart_is_left_and_its_waits_are_over() -> None:
    story = Story(SERIES)
    story.subscribes()
    story.fills_cart()
    story.passes(10 * DAY)
    left = MONDAY + HOUR
    assert story.sent == [("help", left), ("proof", left + DAY), ("x", left + 3 * DAY)]
    assert story.said[-1] == ("", "ended", "completed")
    assert story.profile.runs == {}


def test_nothing_goes_out_after_the_order() -> None:
    story = Story(SERIES)
    story.subscribes()
    story.fills_cart()
    story.passes(2 * HOUR)
    story.happens(Metric.PLACED_ORDER, cart_id="c1")
    story.passes(10 * DAY)
    assert [step for step, _ in story.sent] == ["help"]
    assert story.said[-1] == ("a-day", "ended", "ordered")


def test_an_order_of_something_else_ends_the_run_by_the_filter_that_is_there_by_default() -> None:
    story = Story(SERIES)
    story.subscribes()
    story.fills_cart()
    story.passes(2 * HOUR)
    story.happens(Metric.PLACED_ORDER, lines=[{"product_id": "hat"}])
    story.passes(10 * DAY)
    assert [step for step, _ in story.sent] == ["help"]
    assert story.said[-1][1:] == ("ended", "filtered")


def test_a_cart_that_is_emptied_is_not_reminded_of() -> None:
    story = Story(SERIES)
    story.subscribes()
    story.fills_cart()
    story.passes(2 * HOUR)
    story.happens(Metric.REMOVED_FROM_CART, cart_id="c1", product_id="mug")
    story.passes(10 * DAY)
    assert [step for step, _ in story.sent] == ["help"]
    assert story.said[-1] == ("a-day", "ended", "cart_emptied")


def test_a_message_waits_while_the_shopper_is_filling_the_cart() -> None:
    story = Story(SERIES)
    story.subscribes()
    story.fills_cart()
    story.passes(HOUR + DAY - 5 * MINUTE)
    story.fills_cart(product="cup")
    touched = story.now
    story.passes(2 * HOUR)
    assert ("proof", "held", "cart_in_use") in story.said
    assert story.sent[1] == ("proof", touched + HOUR)


def test_who_never_subscribed_or_unsubscribed_gets_nothing_and_one_can_see_why() -> None:
    story = Story(SERIES)
    story.fills_cart()
    story.passes(2 * HOUR)
    assert story.sent == []
    assert ("help", "skipped", "not_subscribed") in story.said
    story.happens(Metric.UNSUBSCRIBED, channel="email")
    story.passes(2 * DAY)
    assert ("proof", "skipped", "unsubscribed") in story.said
    assert story.sent == []


def test_the_frequency_cap_puts_off_what_is_still_useful_then_and_skips_the_rest() -> None:
    other = {
        "name": "Other",
        "trigger": {"kind": "cart_abandoned"},
        "steps": [mail("soon", useful="3 hours"), mail("later", useful="1 day")],
    }
    story = Story({**SERIES, "steps": [mail("first")]}, other)
    story.subscribes()
    story.fills_cart()
    story.passes(3 * DAY)
    left = MONDAY + HOUR
    assert story.sent == [("first", left), ("later", left + 16 * HOUR)]
    assert ("soon", "skipped", "frequency_cap") in story.said
    assert ("later", "held", "frequency_cap") in story.said


def test_quiet_hours_hold_until_they_end_where_the_person_is() -> None:
    quiet = ContactRules(ChannelRules(quiet_from="18:00", quiet_until="09:00"))
    story = Story(SERIES, contact=quiet)
    story.happens(Metric.IDENTIFIED, traits={"timezone": "Asia/Seoul"})
    story.subscribes()
    story.fills_cart()  # 19:00 in Seoul
    story.passes(DAY)
    assert story.sent[0] == ("help", parse_instant("2026-03-03T09:00:00+09:00"))


def test_the_weekly_budget_holds_until_a_week_after_the_first_of_them() -> None:
    contact = ContactRules(ChannelRules(gap="1 minute", a_week=2))
    steps = [mail("one"), wait("w1", "1 hour"), mail("two"), wait("w2", "1 hour"), mail("three")]
    story = Story(
        {**SERIES, "steps": [*steps[:-1], mail("three", useful="2 weeks")]}, contact=contact
    )
    story.subscribes()
    story.fills_cart()
    story.passes(30 * DAY)
    left = MONDAY + HOUR
    assert story.sent == [("one", left), ("two", left + HOUR), ("three", left + 7 * DAY)]


def test_a_cart_has_one_run_and_another_cart_its_own() -> None:
    story = Story(SERIES, contact=ContactRules(ChannelRules(gap="1 minute", a_week=50)))
    story.subscribes()
    story.fills_cart("c1")
    story.fills_cart("c2")
    story.passes(HOUR)
    assert [step for step, _ in story.sent] == ["help"]  # the other one waits for the cap
    story.passes(10 * DAY)
    story.fills_cart("c1")
    story.passes(10 * DAY)
    assert [step for step, _ in story.sent].count("help") == 2
    assert story.said[-1] == ("help", "not_entered", "only_once")


def test_leads_and_customers_have_their_own_columns() -> None:
    story = Story({**SERIES, "audience": "leads"}, {**SERIES, "audience": "customers"})
    story.subscribes()
    story.fills_cart()
    story.passes(HOUR)
    assert ("help", "not_entered", "not_a_customer") in story.said
    assert len(story.sent) == 1


def test_an_import_begins_nothing() -> None:
    flow = {**SERIES, "trigger": {"kind": "metric", "metric": "Viewed Product"}}
    story = Story({**flow, "only_if": None})
    story.subscribes()
    story.happens(Metric.VIEWED_PRODUCT, backfill=True)
    story.passes(DAY)
    assert story.said == []
    story.happens(Metric.VIEWED_PRODUCT, ago=2 * DAY)
    assert story.said == [("help", "not_entered", "too_late")]


def test_splits_by_condition_by_trigger_and_by_chance() -> None:
    steps = [
        {
            "kind": "trigger_split",
            "key": "big",
            "branches": [
                {
                    "where": [
                        {"kind": "property", "path": "value", "is": "more_than", "value": 5000}
                    ],
                    "steps": [mail("vip")],
                }
            ],
            "otherwise": [
                {
                    "kind": "split",
                    "key": "stage",
                    "branches": [
                        {"when": {"kind": "stage", "is": "lead"}, "steps": [mail("lead")]}
                    ],
                }
            ],
        },
        {
            "kind": "random",
            "key": "ab",
            "branches": [{"weight": 1, "steps": [mail("a")]}, {"weight": 1, "steps": [mail("b")]}],
        },
        mail("last"),
    ]
    often = ContactRules(ChannelRules(gap="1 second"))
    story = Story({**SERIES, "steps": steps}, contact=often)
    story.subscribes()
    story.fills_cart()
    story.passes(DAY)
    sent = [step for step, _ in story.sent]
    assert sent[0] == "lead"
    assert sent[1] in ("a", "b")
    assert sent[2] == "last"
    assert ("stage", "went", "went_on") in story.said


def test_waiting_for_an_event_ends_by_it_or_by_its_time() -> None:
    steps = [
        {
            "kind": "wait_for",
            "key": "visit",
            "metric": "Viewed Product",
            "at_most": "1 day",
            "came": [mail("seen")],
            "did_not": [mail("missed")],
        }
    ]
    came, missed = Story({**SERIES, "steps": steps}), Story({**SERIES, "steps": steps})
    for story in (came, missed):
        story.subscribes()
        story.fills_cart()
        story.passes(2 * HOUR)
    came.happens(Metric.VIEWED_PRODUCT)
    missed.passes(DAY)
    assert came.sent == [("seen", came.now)]
    assert missed.sent == [("missed", MONDAY + HOUR + DAY)]


def test_what_a_step_changes_goes_through_the_log_and_may_begin_another_flow() -> None:
    first = {
        **SERIES,
        "steps": [
            {"kind": "set_trait", "key": "t", "path": "reminded", "value": True},
            {"kind": "update_list", "key": "l", "list": "reminded"},
        ],
    }
    second = {
        "name": "Then",
        "trigger": {"kind": "list", "list": "reminded"},
        "steps": [mail("welcome")],
    }
    story = Story(first, second)
    story.subscribes()
    story.fills_cart()
    story.passes(HOUR)
    assert story.profile.trait("reminded") is True
    assert story.profile.lists["reminded"].joined
    assert [step for step, _ in story.sent] == ["welcome"]
    metrics = [one.event.metric for one in story.effects if isinstance(one, Derived)]
    assert metrics == [Metric.CART_ABANDONED, Metric.IDENTIFIED, Metric.JOINED_LIST]


def test_two_flows_that_set_each_other_off_come_to_an_end() -> None:
    def flips(joined: bool) -> dict[str, Any]:
        return {
            "name": "Flip",
            "trigger": {"kind": "list", "list": "l", "joined": joined},
            "steps": [{"kind": "update_list", "key": "l", "list": "l", "joined": not joined}],
            "again": {"rule": "always"},
        }

    story = Story(flips(True), flips(False))
    story.happens(Metric.JOINED_LIST, list="l")
    assert [what for _, what, _ in story.said].count("entered") <= 2
    assert story.profile.runs == {}


def test_a_draft_is_passed_over_and_at_a_paused_one_the_run_waits() -> None:
    steps = [mail("draft", status="draft"), mail("paused", status="paused"), mail("live")]
    story = Story({**SERIES, "steps": steps})
    story.subscribes()
    story.fills_cart()
    story.passes(10 * DAY)
    assert story.said[1:] == [("draft", "skipped", "draft"), ("paused", "held", "paused")]
    assert story.profile.runs["flow-0:c1"].due == FOREVER


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"trigger": {"kind": "cart_abandond"}}, "did you mean 'cart_abandoned'"),
        ({"steps": [{"kind": "emial", "key": "a"}]}, "did you mean 'email'"),
        ({"steps": [mail("a"), mail("a")]}, "each needs its own"),
        ({"steps": [mail("A b")]}, "no key of a step"),
        ({"steps": [{"kind": "wait", "key": "w"}]}, "say how long"),
        ({"steps": [wait("w", "soon")]}, "is not a duration"),
        ({"who": {"kind": "did", "metric": "x", "within": {"kind": "since_run_start"}}}, "nobody"),
        ({"again": {"rule": "after"}}, "30 days"),
    ],
)
def test_a_bad_flow_is_told_where_and_what(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadFlow, match=sentence):
        parse_flow({**SERIES, **change})


def test_a_flow_and_its_document_are_the_same() -> None:
    flow = parse_flow(SERIES)
    assert parse_flow(flow_document(flow)) == flow
    bare = parse_flow({**SERIES, "only_if": None})
    assert bare.only_if is None
    assert parse_flow(flow_document(bare)) == bare


def test_of_flows_about_the_same_cart_the_one_with_the_higher_priority_begins() -> None:
    checkout: dict[str, Any] = {
        "name": "Checkout",
        "trigger": {
            "kind": "cart_abandoned",
            "where": [{"kind": "property", "path": "checkout", "is": "equals", "value": True}],
        },
        "priority": 10,
        "steps": [wait("a-day", "1 day")],
    }
    story = Story(SERIES, checkout)
    story.happens(Metric.CHECKOUT_STARTED, cart_id="c1", lines=[{"product_id": "mug"}])
    story.fills_cart("c2")
    story.passes(HOUR)
    begun = [
        (one.run.flow, one.run.cart, one.what, str(one.reason))
        for one in story.effects
        if isinstance(one, Decided) and "entered" in one.what
    ]
    assert sorted(begun) == [
        ("flow-0", "c1", "not_entered", "outranked"),
        ("flow-0", "c2", "entered", "triggered"),
        ("flow-1", "c1", "entered", "triggered"),
    ]


def test_of_two_flows_that_want_the_same_minute_the_higher_is_served_and_the_other_put_off() -> (
    None
):
    def welcome(key: str, priority: int) -> dict[str, Any]:
        trigger = {"kind": "metric", "metric": "Signed Up"}
        return {"name": key, "trigger": trigger, "priority": priority, "steps": [mail(key)]}

    story = Story(welcome("low", 0), welcome("high", 5))
    story.subscribes()
    story.happens("Signed Up")
    story.passes(2 * DAY)
    assert story.sent == [("high", MONDAY), ("low", MONDAY + 16 * HOUR)]
    held = [one for one in story.effects if isinstance(one, Decided) and one.what == "held"]
    assert [(one.step, str(one.reason), one.until) for one in held] == [
        ("low", "frequency_cap", MONDAY + 16 * HOUR)
    ]


@pytest.mark.parametrize(
    "again, entered",
    [
        ({}, [True, False, False]),
        ({"rule": "after", "duration": "2 days"}, [True, False, True]),
        ({"rule": "always"}, [True, True, True]),
    ],
)
def test_who_may_enter_again_and_when(again: dict[str, Any], entered: list[bool]) -> None:
    trigger = {"kind": "metric", "metric": "Signed Up"}
    flow = {"name": "Hello", "trigger": trigger, "steps": [{"kind": "end", "key": "z"}]}
    story = Story({**flow, **({"again": again} if again else {})})
    for _ in range(3):
        story.happens("Signed Up")
        story.passes(DAY + 1)
    told = [one for one in story.said if "entered" in one[1]]
    assert [what == "entered" for _, what, _ in told] == entered
    assert {why for _, what, why in told if what == "not_entered"} <= {"only_once", "too_soon"}


def test_a_metric_begins_a_run_only_where_its_properties_fit() -> None:
    dear = {"kind": "property", "path": "value", "is": "at_least", "value": 5_000}
    trigger = {"kind": "metric", "metric": "Placed Order", "where": [dear]}
    steps = [{"kind": "end", "key": "z"}]
    story = Story({"name": "Dear", "trigger": trigger, "steps": steps, "again": {"rule": "always"}})
    for value in (4_999, 5_000, None):
        story.happens(Metric.PLACED_ORDER, **({} if value is None else {"value": value}))
    assert [what for _, what, _ in story.said].count("entered") == 1


def test_leaving_a_list_begins_a_run_and_joining_it_does_not() -> None:
    trigger = {"kind": "list", "list": "vip", "joined": False}
    story = Story({"name": "Bye", "trigger": trigger, "steps": [{"kind": "end", "key": "z"}]})
    story.happens(Metric.JOINED_LIST, list="vip")
    assert story.said == []
    story.happens(Metric.LEFT_LIST, list="vip")
    assert story.said[0][1:] == ("entered", "triggered")
