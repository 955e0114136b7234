"""Pieces of definitions as Klaviyo's API gives and takes them.

Shapes: github.com/klaviyo/openapi, stable/apis/create_segment.json, revision 2026-04-15.
"""

from __future__ import annotations

from typing import Any

from cartback.domain.condition import condition_document
from cartback.domain.instant import Zone
from cartback.domain.klaviyo import Terms, from_klaviyo

EUROS = Terms(Zone("Europe/Berlin"), decimals=2)
IN_A_WEEK = {"type": "date", "operator": "in-the-last", "unit": "week", "quantity": 1}


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


KINDS: list[tuple[dict[str, Any], dict[str, Any]]] = [
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
]
"""One of each kind, and what it means."""
