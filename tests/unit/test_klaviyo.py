"""Definitions as Klaviyo's API gives and takes them: each piece has one meaning here, or none.

Shapes: github.com/klaviyo/openapi, stable/apis/create_segment.json, revision 2026-04-15.
"""

from __future__ import annotations

from typing import Any

import pytest

from cartback.domain.condition import condition_document, parse_condition
from cartback.domain.instant import Zone
from cartback.domain.klaviyo import BadKlaviyo, Terms, from_klaviyo, segment_of, to_klaviyo

EUROS = Terms(Zone("Europe/Berlin"), decimals=2)
IN_A_WEEK = {"type": "date", "operator": "in-the-last", "unit": "week", "quantity": 1}
EVER = {"type": "date", "operator": "alltime"}


def metric(name: str, operator: str, value: float, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "type": "profile-metric",
        "metric_id": name,
        "measurement": "count",
        "measurement_filter": {"type": "numeric", "operator": operator, "value": value},
        "timeframe_filter": IN_A_WEEK,
        "metric_filters": None,
        **more,
    }


def prop(name: str, type_: str, operator: str, **rest: Any) -> dict[str, Any]:  # noqa: ANN401
    filter_ = {"type": type_, "operator": operator, **rest}
    return {"type": "profile-property", "property": name, "filter": filter_}


def definition(*groups: list[dict[str, Any]]) -> dict[str, Any]:
    return {"condition_groups": [{"conditions": group} for group in groups]}


def meaning(condition: dict[str, Any], terms: Terms = EUROS) -> dict[str, Any]:
    """What one condition means, as a document of ours."""
    return condition_document(from_klaviyo(definition([condition]), terms))


def refusal(condition: dict[str, Any]) -> str:
    with pytest.raises(BadKlaviyo) as refused:
        meaning(condition)
    return str(refused.value)


ARTICLE = {
    "data": {
        "type": "segment",
        "attributes": {
            "name": "Recent cart abandoners",
            "definition": definition(
                [metric("TPWsCU", "greater-than-or-equal", 1)], [metric("S9hTxA", "equals", 0)]
            ),
        },
    }
}
NAMES = {"TPWsCU": "Checkout Started", "S9hTxA": "Placed Order"}


def test_the_segment_of_the_article_carries_over() -> None:
    ours = segment_of({**ARTICLE, "metrics": NAMES}, EUROS)
    week = {"kind": "last", "duration": "1 week"}
    started = {"kind": "did", "metric": "Checkout Started", "times": {"at_least": 1}}
    ordered = {"kind": "did", "metric": "Placed Order", "times": {"exactly": 0}}
    assert ours == {
        "name": "Recent cart abandoners",
        "when": {
            "kind": "all",
            "of": [{**started, "within": week}, {**ordered, "within": week}],
        },
    }
    given = to_klaviyo(ours["name"], parse_condition(ours["when"]), EUROS)
    assert segment_of(given, EUROS) == ours
    assert given["data"]["type"] == "segment"


def test_what_the_api_answers_carries_over_too() -> None:
    answer = {
        "data": {
            "type": "segment",
            "id": "VzXp4k",
            "attributes": {
                **ARTICLE["data"]["attributes"],  # type: ignore[dict-item]
                "created": "2022-11-08T00:00:00+00:00",
                "is_active": True,
            },
            "links": {"self": "https://a.klaviyo.com/api/segments/VzXp4k"},
        }
    }
    assert segment_of({**answer, "metrics": NAMES, "key": "abandoners"}, EUROS)["key"] == (
        "abandoners"
    )


def test_groups_are_all_and_conditions_any() -> None:
    found = from_klaviyo(
        definition(
            [metric("Placed Order", "equals", 0), metric("Opened Email", "greater-than", 2)],
            [prop("properties['plan']", "string", "equals", value="gold")],
        ),
        EUROS,
    )
    document = condition_document(found)
    assert (document["kind"], document["of"][0]["kind"]) == ("all", "any")
    assert document["of"][1] == {"kind": "trait", "path": "plan", "is": "equals", "value": "gold"}


@pytest.mark.parametrize(
    "timeframe, window",
    [
        (IN_A_WEEK, {"kind": "last", "duration": "1 week"}),
        (
            {"type": "date", "operator": "at-least", "unit": "day", "quantity": 90},
            {"kind": "more_than_ago", "duration": "90 days"},
        ),
        (
            {"type": "date", "operator": "between", "start": 10, "end": 20, "unit": "day"},
            {"kind": "between_ago", "nearest": "10 days", "farthest": "20 days"},
        ),
        (
            {"type": "date", "operator": "between", "start": 0, "end": 4, "unit": "hour"},
            {"kind": "last", "duration": "4 hours"},
        ),
        (
            {"type": "date", "operator": "after", "date": "2022-11-08T00:00:00+00:00"},
            {"kind": "after", "at": "2022-11-08T00:00:00Z"},
        ),
        (
            {"type": "date", "operator": "before", "date": "2022-11-08"},
            {"kind": "before", "at": "2022-11-08T00:00:00Z"},
        ),
        (
            {
                "type": "date",
                "operator": "between-static",
                "start": "2022-11-08T09:00:00+09:00",
                "end": "2022-12-08",
            },
            {"kind": "between", "start": "2022-11-08T00:00:00Z", "end": "2022-12-08T00:00:00Z"},
        ),
    ],
)
def test_timeframes_are_windows_and_dates_are_of_utc(
    timeframe: dict[str, Any], window: dict[str, Any]
) -> None:
    found = meaning(metric("Placed Order", "greater-than", 0, timeframe_filter=timeframe))
    assert found["within"] == window


def test_an_amount_goes_from_major_to_minor_units_and_back() -> None:
    spent = metric("Placed Order", "greater-than-or-equal", 19.99, measurement="sum")
    found = meaning(spent)
    assert (found["path"], found["is"]) == ("value", {"at_least": 1999})
    assert meaning(spent, Terms(decimals=0))["is"] == {"at_least": 19.99}
    back = to_klaviyo("it", parse_condition(found), EUROS)["data"]["attributes"]["definition"]
    assert back == definition([spent])


def test_filters_on_events_are_tests_and_amounts_in_them_too() -> None:
    filters = [
        {"property": "$value", "filter": {"type": "numeric", "operator": "less-than", "value": 5}},
        {
            "property": "Collections",
            "filter": {"type": "list", "operator": "contains-any", "value": ["Shoes", "Bags"]},
        },
        {
            "property": "Source",
            "filter": {"type": "string", "operator": "not-equals", "value": "pos"},
        },
    ]
    found = meaning(metric("Placed Order", "greater-than", 0, metric_filters=filters))
    assert found["where"] == [
        {"kind": "property", "path": "value", "is": "less_than", "value": 500},
        {
            "kind": "property",
            "path": "Collections",
            "is": "contains_any",
            "value": ["Shoes", "Bags"],
        },
        {"kind": "property", "path": "Source", "is": "is_set"},
        {"kind": "property", "path": "Source", "is": "not_equals", "value": "pos"},
    ]


def test_a_negation_there_leaves_out_who_has_no_such_property() -> None:
    found = meaning(prop("properties['plan']", "string", "not-equals", value="gold"))
    assert found == {
        "kind": "all",
        "of": [
            {"kind": "trait", "path": "plan", "is": "is_set"},
            {"kind": "trait", "path": "plan", "is": "not_equals", "value": "gold"},
        ],
    }
    ours = parse_condition({"kind": "trait", "path": "plan", "is": "not_equals", "value": "gold"})
    given = to_klaviyo("it", ours, EUROS)["data"]["attributes"]["definition"]
    assert given == definition(
        [
            prop("properties['plan']", "string", "not-equals", value="gold"),
            prop("properties['plan']", "existence", "not-set"),
        ]
    )


@pytest.mark.parametrize(
    "condition, ours",
    [
        (
            prop("properties['Birthday']", "date", "anniversary-next", unit="day", quantity=7),
            {
                "kind": "trait",
                "path": "Birthday",
                "is": "anniversary_in_next",
                "value": "7 days",
            },
        ),
        (
            prop("properties['Birthday']", "date", "anniversary"),
            {"kind": "trait", "path": "Birthday", "is": "anniversary_today"},
        ),
        (
            prop("properties['Shopify Tags']", "list", "contains", value="active-membership"),
            {
                "kind": "trait",
                "path": "Shopify Tags",
                "is": "contains_any",
                "value": ["active-membership"],
            },
        ),
        (
            prop("properties['VIP']", "boolean", "equals", value=True),
            {"kind": "trait", "path": "VIP", "is": "equals", "value": True},
        ),
        (
            prop("first_name", "existence", "is-set"),
            {"kind": "trait", "path": "first_name", "is": "is_set"},
        ),
        (
            prop("location['city']", "string", "in", value=["Boston", "San Francisco"]),
            {"kind": "location", "city": ["Boston", "San Francisco"]},
        ),
        (
            {"type": "profile-region", "in_region": True, "region": "european_union"},
            {"kind": "location", "eu": True},
        ),
        (
            {"type": "profile-region", "in_region": True, "region": "united_states"},
            {"kind": "location", "country": ["US"]},
        ),
        (
            {
                "type": "profile-group-membership",
                "is_member": True,
                "group_ids": ["list:newsletter"],
                "timeframe_filter": IN_A_WEEK,
            },
            {
                "kind": "in_list",
                "list": "newsletter",
                "joined": {"kind": "last", "duration": "1 week"},
            },
        ),
        (
            {
                "type": "profile-group-membership",
                "is_member": False,
                "group_ids": ["segment:big-spenders"],
            },
            {"kind": "not", "of": {"kind": "in_segment", "segment": "big-spenders"}},
        ),
        (
            {
                "type": "profile-marketing-consent",
                "consent": {
                    "channel": "email",
                    "can_receive_marketing": True,
                    "consent_status": {"subscription": "subscribed", "filters": None},
                },
            },
            {"kind": "reachable", "channel": "email"},
        ),
        (
            {
                "type": "profile-marketing-consent",
                "consent": {
                    "channel": "sms",
                    "can_receive_marketing": False,
                    "consent_status": {"subscription": "unsubscribed"},
                },
            },
            {"kind": "consent", "channel": "sms", "status": "unsubscribed"},
        ),
        (
            {
                "type": "profile-metric-funnel",
                "timeframe_filter": IN_A_WEEK,
                "completion_window_seconds": "HOURS_1",
                "steps": [
                    {"metric_exists": True, "metric_id": "Checkout Started"},
                    {"metric_exists": False, "metric_id": "Placed Order", "metric_filters": []},
                ],
            },
            {
                "kind": "sequence",
                "first": {"metric": "Checkout Started"},
                "then": {"metric": "Placed Order"},
                "inside": "1 hour",
                "followed": False,
                "within": {"kind": "last", "duration": "1 week"},
            },
        ),
    ],
)
def test_each_kind_carries_over_and_comes_back(
    condition: dict[str, Any], ours: dict[str, Any]
) -> None:
    assert meaning(condition) == ours
    written = to_klaviyo("it", parse_condition(ours), EUROS)
    assert condition_document(from_klaviyo(written, EUROS)) == ours


@pytest.mark.parametrize(
    "condition, sentence",
    [
        (
            metric("TPWsCU", "equals", 0),
            "which metric is 'TPWsCU'? Put its name there, or say it under `metrics`:"
            " {TPWsCU: Placed Order} - at `$.condition_groups[0].conditions[0].metric_id`",
        ),
        (metric("A", "equals", 2.5), "a whole number belongs here"),
        (metric("A", "less-than", 0), "nobody does something fewer than 0 times"),
        (metric("A", "equals", 0, colour="red"), "Cartback does not know the field 'colour'"),
        (
            metric("A", "equals", 0, timeframe_filter={**IN_A_WEEK, "operator": "in-the-next"}),
            "'in-the-next' cannot be said in Cartback here",
        ),
        (
            metric("A", "equals", 0, timeframe_filter={**IN_A_WEEK, "unit": "month"}),
            "it may be week, day, hour",
        ),
        (prop("email", "string", "contains", value="@"), "'email' is no trait"),
        (prop("properties['a.b']", "string", "equals", value="x"), "has a dot"),
        (prop("properties['a']", "list", "length-equals", value=1), "'length-equals' cannot"),
        (prop("properties['a']", "string", "regex", value="(a+)+"), "repeat"),
        (prop("properties['a']", "string", "equals", value=None), "`value` is missing"),
        (
            prop("location['country']", "string", "equals", value="South Korea"),
            "{kind: location, country: [KR]}",
        ),
        ({"type": "profile-predictive-analytics"}, "predicts nothing"),
        ({"type": "profile-postal-code-distance"}, "does not measure distances"),
        ({"type": "profile-has-custom-object"}, "no custom objects"),
        ({"type": "profile-permissions"}, "WhatsApp"),
        ({"type": "profile-mood"}, "'profile-mood' cannot be said"),
        (
            {
                "type": "profile-group-membership",
                "is_member": True,
                "group_ids": ["Y6nRLr"],
            },
            "which list or segment is 'Y6nRLr'?",
        ),
        (
            {
                "type": "profile-marketing-consent",
                "consent": {
                    "channel": "email",
                    "can_receive_marketing": True,
                    "consent_status": {"subscription": "any"},
                },
            },
            "who never subscribed is not written to",
        ),
    ],
)
def test_what_cannot_be_said_here_is_refused_with_its_place(
    condition: dict[str, Any], sentence: str
) -> None:
    said = refusal(condition)
    assert sentence in said
    assert "at `$.condition_groups[0].conditions[0]" in said


@pytest.mark.parametrize(
    "document",
    [
        {"condition_groups": []},
        {"condition_groups": [{"conditions": []}]},
        {"condition_groups": None},
        {"data": None},
        {"definition": {"condition_groups": "all"}},
        {},
    ],
)
def test_an_empty_definition_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(BadKlaviyo, match="at `"):
        from_klaviyo(document, EUROS)


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
