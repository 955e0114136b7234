"""The demo's door: a word lets its owner in, from this machine, and only in the demo."""

from __future__ import annotations

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from cartback.domain.instant import DAY
from cartback.web.console.guard import LANGUAGE, SESSION
from tests.web.console.desk import Desk

DOOR = "/demo/abracadabra"


def knock(
    desk: Desk,
    path: str = DOOR,
    *,
    host: str = "127.0.0.1:8000",
    by: str = "127.0.0.1",
    **headers: str,
) -> Response:
    client = TestClient(
        desk.app, base_url=f"http://{host}", follow_redirects=False, client=(by, 50_000)
    )
    return client.get(path, headers={name.replace("_", "-"): one for name, one in headers.items()})


def test_the_word_lets_the_owner_in_as_often_as_it_is_said(demo_desk: Desk) -> None:
    for host, by in (("127.0.0.1:8000", "127.0.0.1"), ("localhost", "::1"), ("[::1]:80", "::1")):
        answer = knock(demo_desk, host=host, by=by)
        assert answer.status_code == 303
        assert answer.headers["location"] == "/signed-in?next=/"
        visitor = demo_desk.visitor()
        visitor.client.cookies.set(SESSION, answer.cookies[SESSION])
        assert "Good morning, Owner" in visitor.get(demo_desk.path()).text
        assert visitor.get(demo_desk.path("settings", "team")).status_code == 200


def test_the_session_lasts_however_fast_the_demos_time_runs(demo_desk: Desk) -> None:
    visitor = demo_desk.visitor()
    visitor.client.cookies.set(SESSION, knock(demo_desk).cookies[SESSION])
    for _ in range(3):
        demo_desk.now += 400 * DAY
        assert visitor.get(demo_desk.path()).status_code == 200


def test_it_speaks_the_language_that_the_demo_was_started_in(demo_desk: Desk) -> None:
    assert knock(demo_desk, f"{DOOR}?language=ko").cookies[LANGUAGE] == "ko"
    assert LANGUAGE not in knock(demo_desk, f"{DOOR}?language=xx").cookies


@pytest.mark.parametrize(
    "path", ["/demo/abracadabr", "/demo/", "/demo", "/demo/x%00", "/demo/\u1100"]
)
def test_a_stranger_who_guesses_finds_nothing(demo_desk: Desk, path: str) -> None:
    answer = knock(demo_desk, path)
    assert answer.status_code == 404
    assert SESSION not in answer.cookies


def test_from_elsewhere_there_is_no_door_even_for_who_knows_the_word(demo_desk: Desk) -> None:
    answers = [
        knock(demo_desk, by="192.0.2.7"),
        knock(demo_desk, by=""),
        knock(demo_desk, host="demo.example.com"),
        knock(demo_desk, host="127.0.0.1.example.com"),
        knock(demo_desk, host="192.0.2.1:8000"),
        knock(demo_desk, x_forwarded_for="192.0.2.7"),
        knock(demo_desk, forwarded="for=192.0.2.7"),
        knock(demo_desk, sec_fetch_site="cross-site"),
    ]
    assert [one.status_code for one in answers] == [404] * len(answers)
    assert not any(SESSION in one.cookies for one in answers)


def test_without_a_demo_there_is_no_door(staffed: Desk) -> None:
    assert knock(staffed).status_code == 404
    paths = [getattr(route, "path", "") for route in staffed.app.routes]
    assert not any(path.startswith("/demo") for path in paths)


def test_a_look_at_the_door_opens_nothing(demo_desk: Desk) -> None:
    client = TestClient(demo_desk.app, base_url="http://127.0.0.1", client=("127.0.0.1", 5))
    assert client.head(DOOR).status_code == 404
    assert client.post(DOOR, headers={"sec-fetch-site": "same-origin"}).status_code in (404, 405)
