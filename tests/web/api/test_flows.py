"""Flows, templates, mailing and messages over HTTP: the stories, and bad input."""

from __future__ import annotations

from typing import Any

import pytest

from cartback.channels.email.ready import KEYS
from cartback.domain.instant import DAY, HOUR
from cartback.domain.message import Refused
from cartback.engine.deliver import claim
from cartback.engine.noting import note
from cartback.engine.scope import Scope
from cartback.web.api.shape import without_addresses
from tests.web.api.site import Site

SERIES: dict[str, Any] = {
    "name": "Abandoned cart",
    "trigger": {"kind": "cart_abandoned"},
    "steps": [
        {"kind": "email", "key": "help", "template": "help"},
        {"kind": "wait", "key": "a-day", "for": "1 day"},
        {"kind": "email", "key": "proof", "template": "help"},
    ],
}
HELP: dict[str, Any] = {
    "subject": "Still thinking, {{ profile.first_name }}?",
    "blocks": [
        {"kind": "product", "source": "abandoned_cart"},
        {"kind": "button", "text": "Back", "url": "{{ links.restore }}"},
        {"kind": "footer"},
    ],
}
ADA = "ada@example.com"


def put(site: Site, path: str, body: Any, status: int = 200) -> Any:  # noqa: ANN401  any JSON
    answer = site.ask("PUT", path, body)
    assert answer.status_code == status, answer.text
    return answer.json()


def can_send(site: Site) -> None:
    put(site, "/mailing", {"sender": "hello@shop.example", "name": "Mugs"})
    put(site, "/templates/help", {"name": "Help", "document": HELP})


def starts(site: Site) -> None:
    can_send(site)
    site.post("/flows", {"key": "cart", "document": SERIES})
    put(site, "/flows/cart/status", {"status": "live"})
    site.catches_up()


def leaves_cart(site: Site, who: str = ADA, cart: str = "c1") -> None:
    line = {"product_id": "mug", "name": "Blue mug", "price": 900, "quantity": 2}
    site.happens(who, "Subscribed", channel="email")
    site.happens(who, "Cart Updated", cart_id=cart, currency="EUR", lines=[line])
    site.passes(HOUR)


# --- flows ----------------------------------------------------------------------------------------


def test_a_flow_is_a_draft_until_it_is_started(site: Site) -> None:
    made = site.post("/flows", {"key": "cart", "document": SERIES})
    assert (made["status"], made["version"], made["waiting"]) == ("draft", 1, 0)
    assert made["document"]["only_if"]["kind"] == "not"
    asked = site.ask("PUT", "/flows/cart/status", {"status": "live"})
    problem = site.refused(asked, 409, "cannot-start")
    assert "template 'help'" in problem["detail"]
    assert "sender" in problem["detail"]
    can_send(site)
    assert put(site, "/flows/cart/status", {"status": "live"})["status"] == "live"
    assert put(site, "/flows/cart/status", {"status": "paused"})["status"] == "paused"
    back = site.ask("PUT", "/flows/cart/status", {"status": "draft"})
    site.refused(back, 409, "cannot-become")
    put(site, "/flows/cart/status", {"status": "archived"})
    assert site.get("/flows")["data"] == []
    assert [one["key"] for one in site.get("/flows", archived=True)["data"]] == ["cart"]


@pytest.mark.parametrize(
    "step, said",
    [
        ({"kind": "webhook", "key": "a", "url": "http://127.1/"}, "may not be called"),
        (
            {"kind": "alert", "key": "a", "to": ["a@b.example"], "subject": "{% fi x %}"},
            "There is no tag",
        ),
    ],
)
def test_a_step_that_could_never_be_done_is_refused(
    site: Site, step: dict[str, Any], said: str
) -> None:
    document = {**SERIES, "steps": [step]}
    answer = site.ask("POST", "/flows", {"key": "cart", "document": document})
    assert said in site.refused(answer, 422, "unfit")["detail"]
    site.post("/flows", {"key": "cart", "document": SERIES})
    answer = site.ask("PUT", "/flows/cart", {"document": document, "version": 1})
    assert said in site.refused(answer, 422, "unfit")["detail"]


def test_who_waits_where_and_what_was_done_is_told(site: Site) -> None:
    starts(site)
    for number, who in enumerate((ADA, "bob@example.com", "cyd@example.com")):
        leaves_cart(site, who, f"c{number}")
    site.passes(DAY)
    leaves_cart(site, "eve@example.com", "c9")
    shown = site.get("/flows/cart")
    assert shown["waiting"] == 1
    steps = {one["step"]: one for one in shown["steps"]}
    assert list(steps) == ["help", "a-day", "proof", ""]
    assert (steps["a-day"]["kind"], steps["a-day"]["waiting"]) == ("wait", 1)
    assert steps["help"]["done"] == {"entered:triggered": 4, "sent:ready": 4}
    [run] = site.get("/flows/cart/runs")["data"]
    assert (run["step"], run["cart"], run["reason"]) == ("a-day", "c9", "waiting")
    assert run["identifiers"] == [{"kind": "email", "value": "eve@example.com"}]
    blind = site.with_scopes(Scope.FLOWS_READ).get("/flows/cart/runs")["data"][0]
    assert blind["identifiers"] is None


def test_runs_are_paged(site: Site) -> None:
    starts(site)
    for number, who in enumerate((ADA, "bob@example.com", "cyd@example.com")):
        leaves_cart(site, who, f"c{number}")
    first = site.get("/flows/cart/runs", limit=2)
    rest = site.get("/flows/cart/runs", limit=2, after=first["next"])
    assert [one["cart"] for one in first["data"] + rest["data"]] == ["c0", "c1", "c2"]
    assert rest["next"] is None
    site.refused(site.ask("GET", "/flows/cart/runs?after=bm9uZQ"), 422, "unfit")


def test_two_who_change_one_flow(site: Site) -> None:
    site.post("/flows", {"key": "cart", "document": SERIES})
    new = SERIES | {"name": "Left cart"}
    assert put(site, "/flows/cart", {"document": new, "version": 1})["version"] == 2
    late = site.ask("PUT", "/flows/cart", {"document": SERIES, "version": 1})
    assert site.refused(late, 409, "stale-version")["present"]["name"] == "Left cart"
    late = site.ask("PUT", "/flows/cart", {"document": SERIES}, headers={"If-Match": '"1"'})
    site.refused(late, 412, "stale-version")
    assert late.headers["etag"] == '"2"'
    mute = site.ask("PUT", "/flows/cart", {"document": SERIES})
    site.refused(mute, 428, "version-missing")
    first = site.get("/flows/cart/versions", limit=1)
    rest = site.get("/flows/cart/versions", limit=1, after=first["next"])
    assert [one["version"] for one in first["data"] + rest["data"]] == [2, 1]
    assert rest["data"][0]["name"] == "Abandoned cart"


def test_a_flow_that_is_made_twice_is_made_once(site: Site) -> None:
    body = {"key": "cart", "document": SERIES}
    once = {"Idempotency-Key": "k1"}
    first = site.ask("POST", "/flows", body, headers=once)
    again = site.ask("POST", "/flows", body, headers=once)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["idempotency-replayed"] == "true"
    site.refused(site.ask("POST", "/flows", body), 409, "exists")


@pytest.mark.parametrize(
    "change, field",
    [
        (
            {"steps": [{"kind": "emial", "key": "help", "template": "help"}]},
            "document.steps[0].kind",
        ),
        ({"stesp": []}, "document"),
        ({"trigger": {"kind": "metric", "metric": 7}}, "document.trigger.metric"),
        ({"name": ""}, "document"),
        ({"name": "A\0"}, "document.name"),
        (
            {"steps": [{"kind": "email", "key": "a", "template": "\0"}]},
            "document.steps[0].template",
        ),
    ],
)
def test_a_bad_flow_is_refused_with_its_place(site: Site, change: Any, field: str) -> None:  # noqa: ANN401
    asked = site.ask("POST", "/flows", {"key": "cart", "document": SERIES | change})
    [fault] = site.refused(asked, 422, "unfit")["errors"]
    assert fault["field"] == field
    assert site.get("/flows")["data"] == []


def test_a_bad_key_is_refused_as_such(site: Site) -> None:
    asked = site.ask("POST", "/flows", {"key": "A b", "document": SERIES})
    [fault] = site.refused(asked, 422, "unfit")["errors"]
    assert fault["field"] == "key"


# --- templates ------------------------------------------------------------------------------------


def test_a_template_is_saved_by_versions(site: Site) -> None:
    assert put(site, "/templates/help", {"name": "Help", "document": HELP})["version"] == 1
    new = {"name": "Help", "document": HELP | {"subject": "New"}, "version": 1}
    assert put(site, "/templates/help", new)["version"] == 2
    late = site.ask("PUT", "/templates/help", new)
    assert site.refused(late, 409, "stale-version")["present"]["subject"] == "New"
    assert site.get("/templates/help", version=1)["document"] == HELP
    assert [one["subject"] for one in site.get("/templates")["data"]] == ["New"]
    site.refused(site.ask("GET", "/templates/help?version=3"), 404, "not-found")


@pytest.mark.parametrize(
    "document, field",
    [
        (HELP | {"subject": "{{ profile.first_name"}, "document.subject"),
        (HELP | {"blocks": [{"kind": "text", "text": 5}]}, "document.blocks[0].text"),
        ({"subject": "A", "blocks": [{"kind": "text", "text": "B"}]}, "document"),
    ],
)
def test_a_template_that_cannot_be_read_is_not_saved(site: Site, document: Any, field: str) -> None:  # noqa: ANN401
    asked = site.ask("PUT", "/templates/help", {"name": "Help", "document": document})
    [fault] = site.refused(asked, 422, "unfit")["errors"]
    assert fault["field"] == field
    assert site.get("/templates")["data"] == []


@pytest.mark.parametrize("name", ["", " ", "A\0"])
def test_a_template_has_a_name(site: Site, name: str) -> None:
    asked = site.ask("PUT", "/templates/help", {"name": name, "document": HELP})
    [fault] = site.refused(asked, 422, "unfit")["errors"]
    assert fault["field"] == "name"


def test_every_ready_made_template_can_be_saved_and_looked_at(site: Site) -> None:
    found = site.get("/ready-templates")["data"]
    assert [one["key"] for one in found] == list(KEYS)
    assert {"en", "ko"} == found[0]["title"].keys()
    one = site.get(f"/ready-templates/{found[0]['key']}")["documents"]["ko"]
    put(site, "/templates/mine", {"name": "Mine", "document": one})
    mail = site.post("/templates/preview", {"template": "mine"}, 200)
    assert "장바구니" in mail["subject"]
    assert "파란 머그잔" in mail["html"]
    site.refused(site.ask("GET", "/ready-templates/none"), 404, "not-found")


def test_a_preview_is_the_mail_of_that_person(site: Site) -> None:
    can_send(site)
    leaves_cart(site)
    site.happens(ADA, "Identified")
    mail = site.post("/templates/preview", {"template": "help", "profile": site.id_of(ADA)}, 200)
    assert "Blue mug" in mail["html"]
    assert "Blue mug" in mail["text"]
    assert "/e/u/" not in mail["html"]
    site.refused(
        site.ask("POST", "/templates/preview", {"template": "help", "profile": 999}),
        404,
        "not-found",
    )
    for body in ({}, {"template": "help", "document": HELP}, {"template": "\0"}):
        site.refused(site.ask("POST", "/templates/preview", body), 422, "unfit")


# --- mailing and contact rules --------------------------------------------------------------------


def test_the_sender_is_set_and_read(site: Site) -> None:
    site.refused(site.ask("GET", "/mailing"), 404, "not-found")
    put(site, "/mailing", {"sender": "hello@shop.example", "name": "Mugs", "language": "ko"})
    assert site.get("/mailing")["language"] == "ko"
    asked = site.ask("PUT", "/mailing", {"sender": "nobody"})
    [fault] = site.refused(asked, 422, "unfit")["errors"]
    assert fault["field"] == "sender"


def test_contact_rules_are_set_and_read(site: Site) -> None:
    assert site.get("/contact-rules")["email"]["gap"] == "16 hours"
    quiet = {"gap": "1 day", "a_week": 2, "quiet_from": "21:00", "quiet_until": "08:00"}
    put(site, "/contact-rules", {"email": quiet})
    assert site.get("/contact-rules")["email"] == quiet
    for wrong in ({"gap": "often"}, {"quiet_from": "21:00"}, {"a_week": 0}):
        site.refused(site.ask("PUT", "/contact-rules", {"email": wrong}), 422, "unfit")


def test_the_pace_is_set_and_read(site: Site) -> None:
    assert site.get("/pace") == {"a_minute": None, "an_hour": None, "warm_up": None}
    pace = {"a_minute": 60, "an_hour": 1_000, "warm_up": "2026-03-02"}
    put(site, "/pace", pace)
    assert site.get("/pace") == pace
    for wrong in ({"a_minute": 0}, {"warm_up": "soon"}, {"a_day": 1}):
        site.refused(site.ask("PUT", "/pace", wrong), 422, "unfit")


def test_what_the_shop_chose_within_the_law_stays(site: Site) -> None:
    put(site, "/consent-choice", {"home": "DE"})
    put(site, "/contact-rules", {"email": {"a_week": 2}})
    assert site.get("/consent-choice")["home"] == "DE"


# --- messages and decisions -----------------------------------------------------------------------


def test_why_somebody_got_a_message_is_told_in_sentences(site: Site) -> None:
    starts(site)
    leaves_cart(site)
    ada = site.id_of(ADA)
    [message] = site.get(f"/profiles/{ada}/messages")["data"]
    assert (message["flow"], message["step"], message["status"]) == ("cart", "help", "queued")
    assert site.get(f"/messages/{message['key']}") == message
    assert site.get("/messages/counts") == {"counts": {"queued": 1}}
    found = site.get(f"/profiles/{ada}/decisions")["data"]
    assert [one["what"] for one in found] == ["waits", "sent", "entered"]
    assert found[1]["en"] == "Sent: every rule allowed it."
    assert found[1]["ko"] == "보냈어요: 모든 규칙을 지켰어요."
    first = site.get(f"/profiles/{ada}/decisions", limit=2)
    rest = site.get(f"/profiles/{ada}/decisions", limit=2, after=first["next"])
    assert first["data"] + rest["data"] == found
    site.refused(site.ask("GET", "/profiles/999/decisions"), 404, "not-found")


def test_messages_are_paged_the_newest_first(site: Site) -> None:
    starts(site)
    leaves_cart(site)
    site.passes(2 * DAY)
    ada = site.id_of(ADA)
    first = site.get(f"/profiles/{ada}/messages", limit=1)
    rest = site.get(f"/profiles/{ada}/messages", limit=1, after=first["next"])
    assert [one["step"] for one in first["data"] + rest["data"]] == ["proof", "help"]
    assert rest["next"] is None


def test_why_somebody_got_none_is_told_too(site: Site) -> None:
    starts(site)
    line = {"product_id": "mug", "price": 900}
    site.happens(ADA, "Cart Updated", cart_id="c1", lines=[line])
    site.passes(HOUR)
    found = site.get(f"/profiles/{site.id_of(ADA)}/decisions")["data"]
    skipped = next(one for one in found if one["what"] == "skipped")
    assert skipped["reason"] == "not_subscribed"
    assert skipped["rule"]
    assert skipped["en"].startswith("Not sent: ")
    assert skipped["ko"].startswith("보내지 않았어요: ")


def test_addresses_are_for_those_who_may_read_profiles(site: Site) -> None:
    starts(site)
    leaves_cart(site)
    only = site.with_scopes(Scope.MESSAGES_READ)
    [message] = only.get(f"/profiles/{site.id_of(ADA)}/messages")["data"]
    assert message["recipient"] is None


def test_what_a_server_said_tells_no_address_to_those_who_may_not(site: Site) -> None:
    starts(site)
    leaves_cart(site)
    store, rulebook, now = site.base.store, site.base.rulebook, site.wall.now
    [sending] = claim(store, rulebook, now)
    answer = "550 5.1.1 <Ada@Example.com>: user ada unknown, see ada.b%40mail.example"
    note(
        store,
        rulebook,
        site.shop,
        sending.message,
        Refused(permanent=True, code=550, sentence=answer, about="recipient"),
        now,
    )
    path = f"/messages/{sending.message.key}"
    assert site.get(path)["error"] == answer
    only = site.with_scopes(Scope.MESSAGES_READ)
    said = "550 5.1.1 <…>: user … unknown, see …"
    assert only.get(path)["error"] == said
    assert only.get(f"{path}/journey")["data"][-1]["detail"] == said
    assert only.get("/messages")["data"][0]["error"] == said


@pytest.mark.parametrize(
    "said, told",
    [
        ("250 2.0.0 Ok: queued as 4bXyz", "250 2.0.0 Ok: queued as 4bXyz"),
        ("<0101@eu-west-1.amazonses.com>", "<…>"),
        ('no mailbox "ADA" here', 'no mailbox "…" here'),
        ("adapter failed: canada", "adapter failed: canada"),
        ("https://shop.example/?mail=ada%40example.com&x=1", "https://shop.example/?mail=…&x=1"),
        ("아다@보기.한국 거절됨", "… 거절됨"),
        ("", ""),
    ],
)
def test_addresses_are_found_in_what_was_said(said: str, told: str) -> None:
    assert without_addresses(said, ADA) == told
    assert without_addresses('"a b"@x.example gone', '"a b"@x.example') == "… gone"
