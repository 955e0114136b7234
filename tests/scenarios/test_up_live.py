"""A stream from `cartback up`: told what comes by any way in, and it holds up nobody who stops."""

from __future__ import annotations

import re
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest

from tests.scenarios.command_line import ABANDONERS, KEY, Shell, Up, record, until, up
from tests.web.console.stream import Stream

LIVE = "/shops/1/live"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    shell = Shell(tmp_path)
    (tmp_path / "abandoners.yaml").write_text(ABANDONERS)
    return shell


def set_up(server: Up) -> str:
    """Make the first account by the link that was printed; the cookies of its session."""
    [link] = re.findall(r"(/links/\S+)", server.output)
    cookies = CookieJar()
    form = {"email": "ada@example.com", "name": "Ada", "password": "correct horse battery"}
    asked = Request(server.url + link, urlencode(form).encode())  # noqa: S310
    asked.add_header("sec-fetch-site", "same-origin")
    build_opener(HTTPCookieProcessor(cookies)).open(asked).close()
    return "; ".join(f"{one.name}={one.value}" for one in cookies)


def names(stream: Stream) -> list[str]:
    return [one["name"] for one in stream.until("moves").data]


def test_what_comes_over_http_and_from_another_process_is_told(shell: Shell) -> None:
    with up(shell) as server:
        cookies = set_up(server)
        shell.says("segment", "create", str(shell.folder / "abandoners.yaml"))
        until(lambda: shell.json("segment", "list")[0]["status"] == "live", "the segment")
        with Stream(server.url, LIVE, cookies) as stream:
            next(stream.said())
            server.track("bob", "Checkout Started", "1")
            assert names(stream) == ["bob"]
            shell.happens(record("carla", "Checkout Started"))
            assert names(stream) == ["carla"]
            server.track("bob", "Placed Order", "2")
            [move] = stream.until("moves").data
            assert (move["segment"], move["name"], move["joined"]) == (KEY, "bob", False)


def test_a_stream_does_not_keep_the_server_from_stopping(shell: Shell) -> None:
    with up(shell) as server, Stream(server.url, LIVE, set_up(server)) as stream:
        next(stream.said())
        assert server.stop() == 0
        assert list(stream.said()) == []
    assert "Traceback" not in server.output


def test_without_a_demo_no_word_lets_anybody_in(shell: Shell) -> None:
    with up(shell) as server:
        set_up(server)
        assert server.get("/demo/").status == 404
        assert server.get("/demo/abracadabra").status == 404


def test_two_servers_on_postgresql_tell_of_each_others_writes(
    shell: Shell, postgres_url: str
) -> None:
    with (
        up(shell, CARTBACK_DATABASE=postgres_url) as one,
        up(shell, token=one.token, CARTBACK_DATABASE=postgres_url) as two,
    ):
        cookies = set_up(two)  # the link that was made last works
        both = Shell(shell.folder, CARTBACK_DATABASE=postgres_url)
        both.says("segment", "create", str(shell.folder / "abandoners.yaml"))
        until(lambda: both.json("segment", "list")[0]["status"] == "live", "the segment")
        with Stream(two.url, LIVE, cookies) as stream:
            next(stream.said())
            one.track("bob", "Checkout Started", "1")
            assert names(stream) == ["bob"]
