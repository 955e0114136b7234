"""A creating request that is sent twice creates once, also when the process died in between."""

from __future__ import annotations

from typing import Any

import pytest

from cartback.domain.instant import DAY, MINUTE
from cartback.engine.once import asked, begin
from cartback.engine.scope import Scope
from tests.web.api.site import Site

DID = {"kind": "did", "metric": "A"}
SEGMENT = {"name": "Buyers", "when": DID}
ONE = {"Idempotency-Key": "one"}


def test_the_second_answer_is_the_first(site: Site) -> None:
    site.happens("ada@example.com", "Viewed Product")
    site.happens("device", "Viewed Product")
    ada, device = site.id_of("ada@example.com"), site.id_of("device")
    event = {"metric": "A", "email": "bob@example.com"}
    for number, (path, body) in enumerate(
        [
            ("/segments", SEGMENT),
            ("/events", {"events": [event]}),
            (f"/profiles/{ada}/merges", {"other": device}),
        ]
    ):
        headers = {"Idempotency-Key": f"key-{number}"}
        first = site.ask("POST", path, body, headers=headers)
        second = site.ask("POST", path, body, headers=headers)
        assert first.is_success
        assert (second.status_code, second.json()) == (first.status_code, first.json())
        assert second.headers["idempotency-replayed"] == "true"
    metrics = [one["metric"] for one in site.get("/events")["data"]]
    assert metrics.count("A") == 1


def test_a_token_is_not_kept_to_be_shown_again(site: Site) -> None:
    first = site.ask("POST", "/keys", {"label": "once"}, headers=ONE).json()
    second = site.ask("POST", "/keys", {"label": "once"}, headers=ONE).json()
    assert first["token"]
    assert second == first | {"token": None}
    assert [key["label"] for key in site.get("/keys")["data"]].count("once") == 1


def test_a_key_is_for_one_request(site: Site) -> None:
    assert site.ask("POST", "/segments", SEGMENT, headers=ONE).status_code == 201
    for path, body in (("/segments", SEGMENT | {"name": "B"}), ("/keys", {})):
        site.refused(site.ask("POST", path, body, headers=ONE), 422, "key-reused")


def test_keys_of_different_senders_are_different(site: Site, stranger: Site) -> None:
    other = site.with_scopes(Scope.SEGMENTS_WRITE)
    assert site.ask("POST", "/segments", SEGMENT, headers=ONE).status_code == 201
    assert stranger.ask("POST", "/segments", SEGMENT, headers=ONE).status_code == 201
    site.refused(other.ask("POST", "/segments", SEGMENT, headers=ONE), 409, "exists")


def test_after_a_refusal_the_key_is_free(site: Site) -> None:
    wrong: dict[str, Any] = {"name": "Buyers", "when": {"kind": "didd"}}
    site.refused(site.ask("POST", "/segments", wrong, headers=ONE), 422, "unfit")
    assert site.ask("POST", "/segments", SEGMENT, headers=ONE).status_code == 201
    nothing = {"events": [{"metric": "A"}]}
    two = {"Idempotency-Key": "two"}
    site.refused(site.ask("POST", "/events", nothing, headers=two), 422, "unfit")
    some = {"events": [{"metric": "A", "email": "ada@example.com"}]}
    assert site.ask("POST", "/events", some, headers=two).json()["accepted"] == 1


def test_one_that_is_underway_is_not_done_twice_and_not_blocked_for_ever(site: Site) -> None:
    body = '{"name":"Buyers","when":{"kind":"did","metric":"A"},"key":""}'
    [key] = [row for row in site.get("/keys")["data"] if row["kind"] == "secret"]
    one = asked(f"key:{key['id']}", "one", f"POST /api/v1/segments {body}".encode())
    begin(site.base.store, site.shop, one, site.wall())
    answer = site.ask("POST", "/segments", SEGMENT, headers=ONE)
    site.refused(answer, 409, "underway")
    assert answer.headers["retry-after"] == "1"
    site.wall.now += MINUTE
    assert site.ask("POST", "/segments", SEGMENT, headers=ONE).status_code == 201


def test_after_a_day_it_is_forgotten(site: Site) -> None:
    assert site.ask("POST", "/segments", SEGMENT, headers=ONE).status_code == 201
    site.wall.now += DAY + 1
    site.refused(site.ask("POST", "/segments", SEGMENT, headers=ONE), 409, "exists")


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_what_is_no_key(site: Site, key: str) -> None:
    answer = site.ask("POST", "/segments", SEGMENT, headers={"Idempotency-Key": key})
    [fault] = site.refused(answer, 422, "unfit")["errors"]
    assert fault["where"] == "header"
