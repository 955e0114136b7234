"""What each call of Segment's protocol says, and of whom."""

import json
from typing import Any

import pytest

from cartback.domain.drop import DropReason
from cartback.domain.event import Identifier, Location, Metric
from cartback.sources.segment import Options
from tests.unit.segment_messages import ADA, ARRIVAL, DEVICE, NOW, dropped, taken

ADA_EMAIL = Identifier("email", "ada@example.com")
ADA_PHONE = Identifier("phone", "+821012345678")


def test_a_custom_metric_is_kept_as_it_came() -> None:
    properties = {"price": 19.99, "plan": "Pro", "nested": {"a": [1, None, {"b": True}]}}
    event = taken({"event": " Trial Started ", "properties": properties})
    assert (event.shop, event.id, event.metric) == (7, "m-1", "Trial Started")
    assert event.properties == properties
    assert event.identifiers == (ADA,)
    assert (event.time, event.received, event.ahead, event.backfill) == (NOW, NOW, False, False)


def test_identify_gives_traits_and_ties_email_and_phone() -> None:
    traits = {"email": "Ada@Example.com", "phone": "+82 10-1234-5678", "plan": "Pro"}
    event = taken({"type": "identify", "anonymousId": "device-1", "traits": traits})
    assert event.metric == Metric.IDENTIFIED
    assert event.traits == traits  # kept as given; only the identifier is normalised
    assert event.identifiers == (ADA, ADA_EMAIL, ADA_PHONE, DEVICE)


def test_a_page_is_viewed_with_what_its_context_says() -> None:
    event = taken(
        {
            "type": "page",
            "name": "Home",
            "category": "Shop",
            "properties": {"title": "Ours", "referrer": ""},
            "context": {"page": {"title": "Theirs", "url": "https://a.example/", "other": 1}},
        }
    )
    assert event.metric == Metric.VIEWED_PAGE
    assert event.properties == {
        "name": "Home",
        "category": "Shop",
        "title": "Ours",
        "referrer": "",
        "url": "https://a.example/",
    }


def test_a_screen_is_viewed() -> None:
    event = taken({"type": "screen", "name": "Cart", "properties": {"items": 2}})
    assert event.metric == Metric.VIEWED_SCREEN
    assert event.properties == {"name": "Cart", "items": 2}


def test_the_traits_of_a_group_are_not_the_persons() -> None:
    event = taken({"type": "group", "groupId": 12, "traits": {"email": "all@example.com"}})
    assert event.metric == Metric.GROUPED
    assert event.properties == {"email": "all@example.com", "group_id": "12"}
    assert event.traits == {}
    assert event.identifiers == (ADA,)


def test_an_alias_ties_the_previous_id_to_the_user() -> None:
    event = taken({"type": "alias", "previousId": "device-1"})
    assert event.metric == Metric.ALIASED
    assert event.identifiers == (ADA, DEVICE)
    assert taken({"type": "alias", "previousId": "ada"}).identifiers == (ADA,)


@pytest.mark.parametrize(
    "said, reason, missing",
    [
        ({}, DropReason.NO_IDENTIFIER, "previousId"),
        ({"previousId": ""}, DropReason.NO_IDENTIFIER, "previousId"),
        ({"previousId": "undefined"}, DropReason.BAD_IDENTIFIER, "previousId"),
        ({"previousId": {"id": 7}}, DropReason.BAD_IDENTIFIER, "previousId"),
        ({"previousId": "device-1", "userId": None}, DropReason.NO_IDENTIFIER, "userId"),
    ],
)
def test_an_alias_that_ties_nobody_is_dropped(
    said: dict[str, Any], reason: DropReason, missing: str
) -> None:
    refused = dropped({"type": "alias", **said})
    assert refused.reason == reason
    assert missing in refused.detail


def test_traits_in_the_context_are_the_persons_on_any_call() -> None:
    context = {"traits": {"email": "ada@example.com", "plan": "Free"}}
    event = taken({"event": "Song Played", "context": context})
    assert event.traits == context["traits"]
    assert event.identifiers == (ADA, ADA_EMAIL)
    event = taken({"type": "identify", "traits": {"plan": "Pro"}, "context": context})
    assert event.traits == {"email": "ada@example.com", "plan": "Pro"}


@pytest.mark.parametrize("metric", ["Order Completed", "Checkout Started", "Subscribed"])
def test_the_email_at_the_checkout_is_the_shoppers(metric: str) -> None:
    event = taken({"event": metric, "properties": {"email": "ada@example.com"}})
    assert event.identifiers == (ADA, ADA_EMAIL)
    assert event.properties["email"] == "ada@example.com"


def test_the_email_in_any_other_event_may_be_somebody_elses() -> None:
    event = taken({"event": "Friend Invited", "properties": {"email": "bob@example.com"}})
    assert event.identifiers == (ADA,)


def test_a_user_id_that_is_an_email_is_both() -> None:
    event = taken({"event": "x", "userId": "Ada@Example.com"})
    assert event.identifiers == (Identifier("external_id", "Ada@Example.com"), ADA_EMAIL)


def test_a_name_is_said_once() -> None:
    traits = {"email": " ADA@example.com "}
    event = taken({"type": "identify", "userId": "ada@example.com", "traits": traits})
    assert event.identifiers == (Identifier("external_id", "ada@example.com"), ADA_EMAIL)


def test_a_number_is_a_user_id() -> None:
    assert taken({"event": "x", "userId": 97}).identifiers == (Identifier("external_id", "97"),)


def test_a_phone_without_country_code_is_from_the_shoppers_country() -> None:
    traits = {"phone": "010-1234-5678"}
    assert taken({"type": "identify", "traits": traits}).identifiers == (ADA,)
    there = {"type": "identify", "traits": traits, "context": {"location": {"country": "kr"}}}
    assert taken(there).identifiers == (ADA, ADA_PHONE)
    korean_shop = ARRIVAL._replace(options=Options(region="KR"))
    assert taken({"type": "identify", "traits": traits}, korean_shop).identifiers == (
        ADA,
        ADA_PHONE,
    )


def test_where_somebody_is_comes_from_the_context_or_the_address() -> None:
    context = {"location": {"country": "kr", "region": "Seoul", "city": "Jung-gu"}}
    assert taken({"event": "x", "context": context}).location == Location("KR", "Seoul", "Jung-gu")
    address = {"country": "US", "state": "CA", "city": " San Francisco ", "street": "x"}
    event = taken({"type": "identify", "traits": {"address": address}})
    assert event.location == Location("US", "CA", "San Francisco")
    nowhere = {"location": {"country": "Somewhere", "city": 5}}
    assert taken({"event": "x", "context": nowhere}).location is None


@pytest.mark.parametrize(
    "said, code",
    [
        ("us", "US"),
        ("USA", "US"),
        (" United States ", "US"),
        ("United States (US)", "US"),
        ("UK", "GB"),
        ("Great Britain", "GB"),
        ("대한민국", "KR"),
        ("Korea, Republic of", "KR"),
        ("XX", ""),
        ("EU", ""),
    ],
)
def test_a_country_is_kept_as_its_code_whatever_way_it_is_said(said: str, code: str) -> None:
    context = {"location": {"country": said, "city": "C"}}
    assert taken({"event": "x", "context": context}).location == Location(code, "", "C")


@pytest.mark.parametrize("user", ["undefined", "null", 0, "x" * 256, "a\tb", {"id": 1}, True])
def test_a_name_of_nobody_identifies_nobody(user: object) -> None:
    refused = dropped({"event": "x", "userId": user})
    assert refused.reason == DropReason.BAD_IDENTIFIER
    assert "userId" in refused.detail
    with_device = taken({"event": "x", "userId": user, "anonymousId": "device-1"})
    assert with_device.identifiers == (DEVICE,)


@pytest.mark.parametrize("user", [None, ""])
def test_an_event_of_nobody_is_dropped(user: object) -> None:
    assert dropped({"event": "x", "userId": user}).reason == DropReason.NO_IDENTIFIER


@pytest.mark.parametrize(
    "name",
    [None, "", "  ", 5, [], "x" * 256],
    ids=repr,
)
def test_a_metric_has_a_name(name: object) -> None:
    assert dropped({"event": name}).reason == DropReason.BAD_METRIC


@pytest.mark.parametrize("name", ["Cart Abandoned", "Cart Recovered", "Clicked Email"])
def test_what_is_derived_here_may_not_be_claimed(name: str) -> None:
    assert dropped({"event": name}).reason == DropReason.RESERVED_METRIC


@pytest.mark.parametrize(
    "kind",
    [None, "", "delete", "Track", 5, ["track"]],
    ids=repr,
)
def test_a_call_that_the_protocol_does_not_have_is_dropped(kind: object) -> None:
    assert dropped({"type": kind, "event": "x"}).reason == DropReason.UNKNOWN_TYPE


def test_the_path_says_which_call_it_is() -> None:
    by_path = ARRIVAL._replace(call="identify")
    assert taken({"type": "track", "traits": {"a": 1}}, by_path).metric == Metric.IDENTIFIED


@pytest.mark.parametrize(
    "message, path",
    [
        ({"properties": "text"}, "$.properties"),
        ({"properties": [1]}, "$.properties"),
        ({"traits": 5}, "$.traits"),
        ({"context": "text"}, "$.context"),
        ({"messageId": {"a": 1}}, "messageId"),
        ({"messageId": "x" * 256}, "messageId"),
    ],
)
def test_what_must_be_an_object_is_refused_with_its_path(
    message: dict[str, object], path: str
) -> None:
    refused = dropped({"event": "x", **message})
    assert refused.reason == DropReason.MALFORMED
    assert path in refused.detail


def test_nulls_are_as_if_left_out() -> None:
    fields = ("properties", "traits", "context", "anonymousId", "timestamp", "messageId")
    event = taken({"event": "x", **dict.fromkeys(fields)})
    assert event.properties == {}


# --- the idempotency key ------------------------------------------------------------------------


def test_without_a_message_id_the_same_message_has_the_same_id() -> None:
    message = {"event": "x", "messageId": None, "timestamp": "2026-03-01T11:00:00Z"}
    first = taken({**message, "sentAt": "2026-03-01T12:00:00Z"})
    again = taken(
        {**message, "sentAt": "2026-03-01T12:00:30Z"},
        ARRIVAL._replace(received=NOW + 30_000),
    )
    assert first.id == again.id
    assert len(first.id) <= 255


@pytest.mark.parametrize(
    "other",
    [
        {"userId": "bob"},
        {"event": "y"},
        {"properties": {"a": 1}},
        {"type": "identify"},
        {"timestamp": "2026-03-01T11:00:01Z"},
    ],
)
def test_without_a_message_id_another_message_has_another_id(other: dict[str, object]) -> None:
    message = {"event": "x", "messageId": "", "timestamp": "2026-03-01T11:00:00Z"}
    assert taken(message).id != taken({**message, **other}).id


def test_without_id_and_time_each_arrival_is_a_new_event() -> None:
    message = {"event": "x", "messageId": None}
    later = ARRIVAL._replace(received=NOW + 1)
    assert taken(message).id != taken(message, later).id


def test_a_number_is_a_message_id() -> None:
    assert taken({"event": "x", "messageId": 5}).id == "5"


# --- history ------------------------------------------------------------------------------------


def test_history_is_marked_in_the_message() -> None:
    assert taken({"event": "x", "context": {"backfill": True}}).backfill
    assert not taken({"event": "x", "context": {"backfill": "yes"}}).backfill


def test_history_is_marked_for_a_whole_body() -> None:
    assert taken({"event": "x"}, ARRIVAL._replace(backfill=True)).backfill


def test_an_event_can_be_written_as_json() -> None:
    event = taken({"event": "x", "properties": {"a": [1.5, None, "가", {"b": False}]}})
    assert json.loads(json.dumps(event.properties)) == event.properties


def test_a_word_on_consent_names_its_channel() -> None:
    """So that a flow can ask for it: without one it is about e-mail."""
    bare = taken({"event": "Subscribed", "properties": {"source": "footer"}})
    assert bare.properties == {"source": "footer", "channel": "email"}
    sms = taken({"event": "Unsubscribed", "properties": {"channel": "sms"}})
    assert sms.properties == {"channel": "sms"}
