"""Events over HTTP: sent with a key, durable when answered, and told when they are not taken."""

from __future__ import annotations

from typing import Any

import pytest

from cartback.domain.instant import text_of
from tests.web.api.site import API, MONDAY, Site

VIEW = {"metric": "Viewed Product", "email": "ada@example.com"}


def send(site: Site, *events: Any) -> Any:  # noqa: ANN401  any JSON
    return site.post("/events", {"events": list(events)}, 200)


def test_what_was_sent_is_in_the_log(site: Site) -> None:
    sent = {
        "metric": "Checkout Started",
        "id": "e-1",
        "time": "2026-03-01T12:00:00Z",
        "email": "ada@example.com",
        "anonymous_id": "device-1",
        "properties": {"value": 5990, "currency": "EUR"},
        "traits": {"first_name": "Ada"},
        "location": {"country": "KR", "city": "Seoul"},
        "backfill": True,
    }
    assert send(site, sent) == {"accepted": 1, "duplicates": 0, "dropped": []}
    [event] = site.get("/events")["data"]
    assert event["properties"] == sent["properties"]
    assert event["location"] == {"country": "KR", "region": "", "city": "Seoul"}
    assert (event["time"], event["received"]) == (sent["time"], text_of(MONDAY))
    assert event["backfill"]
    assert send(site, sent) == {"accepted": 0, "duplicates": 1, "dropped": []}


def test_of_a_name_that_stands_twice_the_last_counts(site: Site) -> None:
    headers = {"Authorization": f"Bearer {site.token}", "Content-Type": "application/json"}
    sent = '{"events": [{"metric": "A", "metric": "B", "email": "ada@example.com"}]}'
    answer = site.client.post(f"{API}/events", content=sent, headers=headers)
    assert answer.json()["accepted"] == 1
    assert [one["metric"] for one in site.get("/events")["data"]] == ["B"]


def test_without_time_and_id_each_is_new_and_now(site: Site) -> None:
    assert send(site, VIEW, VIEW, VIEW | {"id": None, "time": None})["accepted"] == 3
    assert {one["time"] for one in site.get("/events")["data"]} == {text_of(MONDAY)}


def test_one_bad_event_does_not_cost_the_others(site: Site) -> None:
    taken = send(site, VIEW, {"metric": "Viewed Product"}, VIEW | {"metrik": "A"}, VIEW)
    assert taken["accepted"] == 2
    assert [(one["index"], one["reason"]) for one in taken["dropped"]] == [
        (1, "no_identifier"),
        (2, "malformed"),
    ]


@pytest.mark.parametrize(
    "event, said",
    [
        ({"metric": "A"}, "whose event"),
        ({}, "metric"),
        ({"metric": "Cart Abandoned", "email": "a@example.com"}, "not sent"),
        ({"metric": "A", "email": "nobody"}, "e-mail"),
        ({"metric": "A", "email": "a@example.com", "time": "soon"}, "not a time"),
        ({"metric": "A", "email": "a@example.com", "time": -(10**30)}, "64 bits"),
        ({"metric": "A", "email": "a@example.com", "properties": {"n": 10**30}}, "64"),
        ({"metric": "A\0", "email": "a@example.com"}, ""),
        ({"metric": "A", "email": "a@example.com", "properties": {"a": "\0"}}, ""),
        ({"metric": "A" * 256, "email": "a@example.com"}, "255"),
        ({"metric": "A", "email": "a@example.com", "properties": {"a": "x" * 40_000}}, "32 KB"),
        ({"metric": "Joined List", "email": "a@example.com"}, "list"),
    ],
)
def test_what_cannot_be_taken_is_told_why(site: Site, event: dict[str, Any], said: str) -> None:
    problem = site.refused(site.ask("POST", "/events", {"events": [event]}), 422, "unfit")
    [fault] = problem["errors"]
    assert fault["field"] == "events[0]"
    assert said in fault["detail"]
    assert site.get("/events")["data"] == []


@pytest.mark.parametrize("body", [{}, {"events": []}, {"events": [VIEW] * 1_001}, {"events": 1}])
def test_one_to_a_thousand_are_sent_at_once(site: Site, body: dict[str, Any]) -> None:
    site.refused(site.ask("POST", "/events", body), 422, "unfit")
    assert send(site, *[VIEW] * 1_000)["accepted"] == 1_000


def test_a_public_key_sends_events_but_no_history(site: Site) -> None:
    public = site.public()
    assert send(public, VIEW)["accepted"] == 1
    answer = public.ask("POST", "/events", {"events": [VIEW | {"backfill": True}]})
    site.refused(answer, 403, "scope")


def test_the_log_is_read_backwards_page_by_page(site: Site) -> None:
    for number in range(5):
        send(site, VIEW | {"id": f"e{number}"})
    first = site.get("/events", limit=3)
    rest = site.get("/events", limit=3, after=first["next"])
    assert [one["id"] for one in first["data"] + rest["data"]] == ["e4", "e3", "e2", "e1", "e0"]
    assert rest["next"] is None
