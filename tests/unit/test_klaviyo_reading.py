"""Definitions of Klaviyo's: each piece has one meaning here, or is refused with its place."""

from __future__ import annotations

from typing import Any

import pytest

from cartback.domain.condition import condition_document, parse_condition
from cartback.domain.klaviyo import BadKlaviyo, Terms, from_klaviyo, segment_of, to_klaviyo
from tests.unit.klaviyo_definitions import (
    ARTICLE,
    EUROS,
    IN_A_WEEK,
    KINDS,
    NAMES,
    definition,
    meaning,
    metric,
    prop,
)


def refusal(condition: dict[str, Any]) -> str:
    with pytest.raises(BadKlaviyo) as refused:
        meaning(condition)
    return str(refused.value)


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


@pytest.mark.parametrize("condition, ours", KINDS)
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
