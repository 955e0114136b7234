"""Whatever is sent, the answer is a sentence that helps, and never a failure of ours."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.web.api.site import API, Site

DID = {"kind": "did", "metric": "A"}
pytestmark = pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)

JSON = {"content-type": "application/json"}


def raw(site: Site, body: bytes, headers: dict[str, str] | None = None) -> Any:  # noqa: ANN401
    sent = {"authorization": f"Bearer {site.token}"} | (JSON if headers is None else headers)
    return site.client.post(f"{API}/segments", content=body, headers=sent)


def deep(levels: int) -> dict[str, Any]:
    node: dict[str, Any] = DID
    for _ in range(levels):
        node = {"kind": "not", "of": node}
    return node


@pytest.mark.parametrize(
    "body, said",
    [
        (b'{"name": "A", "when": {"kind": "d', "ends in the middle"),
        (b"", "missing"),
        (b"null", ""),
        (b"[]", ""),
        (b'"text"', ""),
        (b"{]", "not JSON"),
        (b"\xff\xfe", ""),
        (b'{"name": "\xff"}', ""),
        (b'{"name": "\\ud800", "when": {}}', ""),
        (b'{"name": NaN}', "not JSON"),
        (b'{"name": 1e999}', ""),
        (b'{"name": ' + b"9" * 5_000 + b"}", ""),
        (b"[" * 100_000, "nested more than"),
        (b'{"a":' * 100_000, "nested more than"),
        (b"{}" * 2, "not JSON"),
        (b"\xef\xbb\xbf{}", ""),
    ],
)
def test_a_body_that_cannot_be_read(site: Site, body: bytes, said: str) -> None:
    answer = raw(site, body)
    assert answer.status_code in {400, 422}, answer.text
    problem = answer.json()
    assert said in problem["detail"]
    assert len(problem["detail"]) < 500
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("levels", [50, 200, 500, 900, 990, 1_500])
def test_however_deep_it_is_nested(site: Site, levels: int) -> None:
    nested = b'{"a":' * levels + b"1" + b"}" * levels
    for path, body in (
        ("segments", b'{"name":"A","when":%s}' % nested),
        ("segments/preview", b'{"when":%s}' % nested),
        ("events", b'{"events":[{"metric":"A","email":"a@b.kr","properties":%s}]}' % nested),
    ):
        headers = {"authorization": f"Bearer {site.token}", "idempotency-key": "k"} | JSON
        answer = site.client.post(f"{API}/{path}", content=body, headers=headers)
        assert answer.status_code in {400, 422}, answer.text


def test_a_body_that_is_too_large_is_refused_before_it_is_read(site: Site) -> None:
    site.refused(raw(site, b"x" * 2_000_000), 413, "too-large")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "image/png"])
def test_what_is_not_said_to_be_json_is_refused_with_what_to_add(site: Site, kind: str) -> None:
    body = json.dumps({"name": "A", "when": DID}).encode()
    problem = site.refused(raw(site, body, {"content-type": kind}), 415, "not-json")
    assert "Content-Type: application/json" in problem["detail"]


@pytest.mark.parametrize(
    "name",
    ["", " ", "\0", "x" * 201, "x" * 100_000, "\u0000\u0001", 7, None, ["a"], {"a": 1}, True],
)
def test_a_name_that_is_none(site: Site, name: object) -> None:
    [fault] = site.refused(
        site.ask("POST", "/segments", {"name": name, "when": DID}), 422, "unfit"
    )["errors"]
    assert fault["field"] == "name"


@pytest.mark.parametrize(
    "when",
    [
        {},
        {"kind": "all", "of": []},
        {"kind": "all", "of": [DID] * 10_000},
        {"kind": "in_segment", "segment": "a"},
        {"kind": "did", "metric": "\0"},
        {"kind": "did", "metric": "x" * 300},
        {"kind": "did", "metric": "A", "times": {"at_least": 10**30}},
        {"kind": "did", "metric": "A", "times": {"at_least": -1}},
        {"kind": "did", "metric": "A", "within": {"kind": "last", "duration": "9" * 500}},
        {"kind": "trait", "path": "a", "is": "matches", "value": "(" * 900},
        {"kind": "trait", "path": "a", "is": "at_least", "value": 10**40},
        {"kind": "share", "percent": 1e300},
        {"\0": 1},
        {"kind": ["did"]},
        {"kind": {"kind": "did"}},
        deep(300),
    ],
    ids=range(16),
)
def test_a_condition_that_is_none(site: Site, when: dict[str, Any]) -> None:
    for path, body in (
        ("/segments", {"name": "A", "key": "a", "when": when}),
        ("/segments/validate", {"when": when}),
        ("/segments/preview", {"when": when}),
    ):
        answer = site.ask("POST", path, body)
        assert answer.status_code in {400, 422}, answer.text
        problem = answer.json()
        assert problem["detail"]
        assert len(answer.content) < 3_000


def test_a_segment_cannot_refer_to_itself_or_to_an_archived_one(site: Site) -> None:
    site.has_segment("A", DID)
    itself = {"name": "A", "when": {"kind": "in_segment", "segment": "a"}, "version": 1}
    problem = site.refused(site.ask("PUT", "/segments/a", itself), 422, "unfit")
    assert "itself" in problem["detail"]
    site.ask("DELETE", "/segments/a")
    other = {"name": "B", "when": {"kind": "in_segment", "segment": "a"}}
    site.refused(site.ask("POST", "/segments", other), 422, "unfit")


@pytest.mark.parametrize(
    "path",
    [
        "/segments/%00",
        "/lists/%00/members",
        "/profiles?identifier=%00",
        "/segments?archived=%00",
        "/profiles?after=%00",
    ],
)
def test_a_nul_in_the_address(site: Site, path: str) -> None:
    site.refused(site.ask("GET", path), 400, "unreadable")


@pytest.mark.parametrize(
    "path",
    [
        "/profiles?limit=0",
        "/profiles?limit=501",
        "/profiles?limit=" + "9" * 5_000,
        "/profiles?after=!!!",
        "/profiles?after=bWVtYmVyc1s1XQ",
        "/profiles?after=cHJvZmlsZXNbLTFd",
        "/profiles?after=" + "A" * 3_000,
        "/events?after=ZXZlbnRz",
        "/segments?archived=perhaps",
    ],
)
def test_a_query_that_makes_no_sense(site: Site, path: str) -> None:
    [fault] = site.refused(site.ask("GET", path), 422, "unfit")["errors"]
    assert fault["where"] == "query"


@pytest.mark.parametrize(
    "path, field, said, meant",
    [
        ("/messages?form=2026-03-01", "form", "did you mean 'from'?", "from"),
        ("/profiles?limit=1&identifer=ada", "identifer", "did you mean", "identifier"),
        ("/lists?page=2", "page", "takes no parameters", None),
        ("/reviews?=1", "?", "choose from after, limit", None),
        ("/reviews?LIMIT=1", "LIMIT", "choose from after, limit", None),
        ("/reviews?" + "x" * 5_000, "x" * 300, "choose from after, limit", None),
    ],
    ids=range(6),
)
def test_a_parameter_that_is_none_is_refused_and_not_left_out(
    site: Site, path: str, field: str, said: str, meant: str | None
) -> None:
    problem = site.refused(site.ask("GET", path), 422, "unfit")
    [fault] = problem["errors"]
    assert (fault["where"], fault["field"], fault["suggestion"]) == ("query", field, meant)
    assert said in fault["detail"]
    assert field in problem["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "/segments/%FF",
        "/segments/%ED%A0%80",
        "/lists/%F0%9F%9B%92/members",
        "/profiles?identifier=%FF",
    ],
)
def test_bytes_that_are_no_text_name_nothing(site: Site, path: str) -> None:
    assert site.ask("GET", path).status_code in {200, 404}


def test_what_is_not_there_and_methods_that_are_not(site: Site) -> None:
    site.refused(site.ask("GET", "/nothing"), 404, "not-found")
    site.refused(site.client.get("/api/v2/segments"), 404, "not-found")
    answer = site.ask("DELETE", "/segments")
    site.refused(answer, 405, "method")
    assert "GET" in answer.headers["allow"]


def test_health_answers_to_head(site: Site) -> None:
    answer = site.client.head(f"{API}/health")
    assert (answer.status_code, answer.content) == (200, b"")


def test_health_needs_no_key(site: Site) -> None:
    answer = site.client.get(f"{API}/health")
    assert answer.status_code == 200
    assert answer.json()["metrics"] == "/metrics"
