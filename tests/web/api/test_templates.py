"""Templates over HTTP: put away and taken out, their versions, and mails sent to try them."""

from __future__ import annotations

from typing import Any

import pytest

from cartback.domain.message import InDoubt, Outcome, Refused
from cartback.engine.scope import Scope
from tests.web.api.site import Sink, Site
from tests.web.api.test_audit import lines
from tests.web.api.test_flows import ADA, HELP, can_send, leaves_cart, put, starts

TRIAL: dict[str, Any] = {"template": "help", "to": "me@shop.example"}


def keys(site: Site, **query: bool) -> list[str]:
    return [one["key"] for one in site.get("/templates", **query)["data"]]


def test_a_template_is_put_away_and_taken_out(site: Site) -> None:
    can_send(site)
    assert site.ask("DELETE", "/templates/help").json()["archived"] is True
    assert keys(site) == []
    assert keys(site, archived=True) == ["help"]
    assert site.get("/templates/help")["archived"] is True
    site.refused(site.ask("DELETE", "/templates/help"), 404, "not-found")
    assert site.post("/templates/help/restore", None, 200)["archived"] is False
    assert keys(site) == ["help"]
    for path in ("help", "none"):
        again = site.ask("POST", f"/templates/{path}/restore")
        site.refused(again, 404, "not-found")
    noted = [action for _, action, subject in lines(site) if subject == "help"]
    assert noted == ["saved template", "archived template", "restored template"]


def test_a_template_that_a_flow_sends_stays(site: Site) -> None:
    starts(site)
    problem = site.refused(site.ask("DELETE", "/templates/help"), 409, "in-use")
    assert "'cart'" in problem["detail"]
    assert keys(site) == ["help"]


def test_every_version_is_kept_and_one_goes_back_to_it(site: Site) -> None:
    for subject in ("First", "Second", "Third"):
        put(site, "/templates/help", {"name": "Help", "document": HELP | {"subject": subject}})
    first = site.get("/templates/help/versions", limit=2)
    rest = site.get("/templates/help/versions", limit=2, after=first["next"])
    found = [*first["data"], *rest["data"]]
    assert [one["document"]["subject"] for one in found] == ["Third", "Second", "First"]
    assert rest["next"] is None
    back = {"name": found[2]["name"], "document": found[2]["document"], "version": 3}
    assert put(site, "/templates/help", back)["subject"] == "First"
    site.refused(site.ask("GET", "/templates/none/versions"), 404, "not-found")


def test_a_template_is_sent_to_one_address_to_try_it(site: Site, sink: Sink) -> None:
    can_send(site)
    assert site.post("/templates/trials", TRIAL) == {"outcome": "accepted", "said": "taken"}
    [mail] = sink.mails
    assert (mail.recipient.address, mail.sender.address) == (TRIAL["to"], "hello@shop.example")
    assert mail.unsubscribe == ""
    assert [one for one in lines(site) if one[1] == "sent test mail to"]
    assert site.get("/messages")["data"] == []


def test_a_trial_that_is_asked_for_twice_is_sent_once(site: Site, sink: Sink) -> None:
    can_send(site)
    for _ in range(2):
        answer = site.ask("POST", "/templates/trials", TRIAL, headers={"Idempotency-Key": "k"})
        assert answer.status_code == 201
    assert len(sink.mails) == 1


@pytest.mark.parametrize(
    "outcome, said",
    [
        (Refused(permanent=True, code=550, sentence="no such user"), "refused"),
        (InDoubt("no answer"), "in_doubt"),
    ],
)
def test_what_the_server_said_of_a_trial_is_told(
    site: Site, sink: Sink, outcome: Outcome, said: str
) -> None:
    can_send(site)
    sink.outcome = outcome
    found = site.post("/templates/trials", TRIAL)
    assert found == {"outcome": said, "said": getattr(outcome, "sentence", "")}


def test_trials_that_cannot_be_sent_are_refused(site: Site, sink: Sink) -> None:
    put(site, "/templates/help", {"name": "Help", "document": HELP})
    site.refused(site.ask("POST", "/templates/trials", TRIAL), 409, "cannot-send")
    can_send(site)
    for to in ("me", "a@b.example, c@d.example", "a@shop.example\nBcc: x@y.example", ""):
        asked = site.ask("POST", "/templates/trials", TRIAL | {"to": to})
        [fault] = site.refused(asked, 422, "unfit")["errors"]
        assert fault["field"] == "to"
    missing = site.ask("POST", "/templates/trials", TRIAL | {"template": "none"})
    site.refused(missing, 404, "not-found")
    only = site.with_scopes(Scope.FLOWS_WRITE)
    site.refused(only.ask("POST", "/templates/trials", TRIAL | {"profile": 1}), 403, "scope")
    assert sink.mails == []


def test_trials_are_rationed(site: Site, sink: Sink) -> None:
    can_send(site)
    for _ in range(20):
        site.post("/templates/trials", TRIAL)
    answer = site.ask("POST", "/templates/trials", TRIAL)
    site.refused(answer, 429, "too-many-trials")
    assert answer.headers["retry-after"] == "180"
    assert len(sink.mails) == 20


def test_a_preview_says_what_is_to_be_said_of_it(site: Site) -> None:
    can_send(site)
    look = site.post("/templates/preview", {"template": "help"}, 200)
    assert 1_000 < look["size"] < 102_000
    image = {"kind": "image", "url": "http://a.example/b.png"}
    document = HELP | {"blocks": [*HELP["blocks"], image]}
    look = site.post("/templates/preview", {"document": document}, 200)
    assert any("http://" in one["en"] for one in look["remarks"]), look["remarks"]
    assert all(one["en"] and one["ko"] for one in look["remarks"])


def test_a_message_is_seen_as_its_reader_sees_it(site: Site) -> None:
    starts(site)
    leaves_cart(site)
    [message] = site.get(f"/profiles/{site.id_of(ADA)}/messages")["data"]
    mail = site.get(f"/messages/{message['key']}/mail")
    assert mail["subject"].startswith("Still thinking")
    assert "Blue mug" in mail["html"]
    site.refused(site.ask("GET", "/messages/none/mail"), 404, "not-found")


# --- flows to begin with, and one message at a time -----------------------------------------------


def test_a_ready_made_flow_is_copied_with_its_templates(site: Site) -> None:
    found = site.get("/ready-flows")["data"]
    assert {"abandoned-cart-leads", "price-drop"} <= {one["key"] for one in found}
    assert found[0]["names"].keys() == {"en", "ko"}
    made = site.post("/ready-flows/price-drop/copies", {"language": "ko"})
    assert (made["key"], made["status"], made["name"]) == ("price-drop", "draft", "가격 인하 알림")
    assert keys(site) == ["price-drop-customer", "price-drop-lead"]
    assert site.post("/ready-flows/price-drop/copies", {})["key"] == "price-drop-2"
    site.refused(site.ask("POST", "/ready-flows/none/copies", {}), 404, "not-found")
    assert ("started flow from", "price-drop") in [one[1:] for one in lines(site)]


def test_one_message_is_paused_by_itself(site: Site) -> None:
    starts(site)
    path = "/flows/cart/steps/help/status"
    shown = put(site, path, {"status": "paused", "version": 1})
    assert shown["version"] == 2
    assert shown["document"]["steps"][0]["status"] == "paused"
    leaves_cart(site)
    assert [one["step"] for one in site.get("/flows/cart/runs", step="help")["data"]] == ["help"]
    assert site.get("/flows/cart/runs", step="proof")["data"] == []
    stale = site.ask("PUT", path, {"status": "live", "version": 1})
    site.refused(stale, 409, "stale-version")
    wait = site.ask("PUT", "/flows/cart/steps/a-day/status", {"status": "live"})
    site.refused(wait, 404, "not-found")
    for wrong in ("archived", "", None):
        site.refused(site.ask("PUT", path, {"status": wrong}), 422, "unfit")
    assert ("set step to", "cart") in [one[1:] for one in lines(site)]
