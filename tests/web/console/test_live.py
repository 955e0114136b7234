"""What is new comes by itself: over a real server, to those who may see it, and not to others."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from urllib.request import urlopen

import pytest

from cartback.cli.serving import Serving, bind, url_of
from cartback.domain.instant import HOUR
from cartback.engine.access import change_role, sign_out
from cartback.engine.watching import MOST_MOVES, Place, place_of
from cartback.web.console import live
from cartback.web.console.feed import MOST_STREAMS
from cartback.web.console.guard import SESSION
from tests.scenarios.engine_shop import did, segment
from tests.web.console.desk import Desk
from tests.web.console.stream import Stream

HOURLY = segment("hourly", did("Placed Order", "1 hour"))


class Watched:
    """A desk behind a port, and streams from it."""

    def __init__(self, desk: Desk, url: str) -> None:
        self.desk = desk
        self.url = url

    def token(self, who: str) -> str:
        return self.desk.visitor(who).client.cookies[SESSION]

    def stream(self, who: str = "viewer", *, path: str = "", last: str = "") -> Stream:
        cookie = f"{SESSION}={self.token(who)}" if who else ""
        return Stream(self.url, path or self.desk.path("live"), cookie, last)

    def place(self) -> Place:
        with self.desk.store.reading() as reading:
            return place_of(reading, self.desk.shop)

    def orders(self, who: str) -> None:
        self.desk.engine.happens(f"#{who}", "Placed Order", value=100, currency="USD")
        self.desk.feed.written()


@pytest.fixture
def watched(staffed: Desk) -> Iterator[Watched]:
    staffed.engine.has(HOURLY)
    with bind("127.0.0.1", 0) as bound, Serving(staffed.app, bound, staffed.feed.close):
        yield Watched(staffed, url_of(bound))


def test_who_enters_and_leaves_is_told_with_the_second(watched: Watched) -> None:
    with watched.stream(last=str(watched.place())) as stream:
        headers = stream.answer.headers
        assert headers["content-type"].startswith("text/event-stream")
        assert (headers["x-accel-buffering"], headers["cache-control"]) == (
            "no",
            "no-store, no-transform",
        )
        assert next(stream.said()).other == str(live.RETRY)
        watched.orders("ada")
        said = stream.until("moves")
        [move] = said.data
        assert (move["segment"], move["name"], move["joined"]) == ("hourly", "ada", True)
        assert move["at"] == "2026-03-02T09:00:00Z"
        assert said.id == str(watched.place())
        assert stream.until("figures").data == {}
        watched.desk.engine.passes(HOUR)
        watched.desk.feed.written()
        [move] = stream.until("moves").data
        assert (move["name"], move["joined"], move["at"]) == ("ada", False, "2026-03-02T10:00:00Z")


def test_what_other_processes_write_is_told_too(watched: Watched) -> None:
    with watched.stream(last=str(watched.place())) as stream:
        next(stream.said())
        watched.desk.engine.happens("#bob", "Placed Order", value=1, currency="USD")
        assert [one["name"] for one in stream.until("moves").data] == ["bob"]


def test_a_browser_that_was_away_is_told_what_it_missed(watched: Watched) -> None:
    watched.orders("ada")
    seen = watched.place()
    watched.orders("bob")
    watched.orders("carla")
    with watched.stream(last=str(seen)) as stream:
        assert [one["name"] for one in stream.until("moves").data] == ["bob", "carla"]
        assert stream.until("figures").id == str(watched.place())
    path = watched.desk.path("live") + f"?after={seen}"
    with watched.stream(path=path) as stream:  # as the page that was read then asks
        assert len(stream.until("moves").data) == 2
    with watched.stream(path=path, last=str(watched.place())) as stream:  # what came last counts
        watched.orders("dan")
        assert [one["name"] for one in stream.until("moves").data] == ["dan"]


def test_a_browser_that_missed_too_much_is_told_to_look_anew(watched: Watched) -> None:
    seen = watched.place()
    for number in range(MOST_MOVES + 1):
        watched.orders(f"shopper-{number}")
    with watched.stream(last=str(seen)) as stream:
        names = {one.name for one in islice(stream.said(), 3)}
        assert names == {"", "figures", "reload"}
        watched.orders("ada")
        assert [one["name"] for one in stream.until("moves").data] == ["ada"]


@pytest.mark.parametrize("last", ["999999-999999", "0-999999"])
def test_a_place_of_another_log_is_no_place_of_ours(watched: Watched, last: str) -> None:
    with watched.stream(last=last) as stream:
        assert stream.until("reload").id == str(watched.place())


@pytest.mark.parametrize("last", ["x", "1", "-1--1", "1-2-3", "9" * 30 + "-1", "\u00b2-\u00b2"])
def test_what_is_no_place_begins_now(watched: Watched, last: str) -> None:
    watched.orders("ada")
    path = watched.desk.path("live")
    with watched.stream(path=path + ("" if not last.isascii() else f"?after={last}")) as stream:
        next(stream.said())
        watched.desk.feed.look()
        watched.orders("bob")
        assert [one["name"] for one in stream.until("moves").data] == ["bob"]


def test_those_whom_a_new_segment_finds_are_not_told_one_by_one(watched: Watched) -> None:
    watched.orders("ada")
    with watched.stream(last=str(watched.place())) as stream:
        next(stream.said())
        watched.desk.engine.has(segment("buyers", did("Placed Order")))
        watched.desk.feed.written()
        assert next(stream.said()).name == "figures"


def test_a_stranger_and_another_shops_owner_are_told_nothing(watched: Watched) -> None:
    with watched.stream("") as stream:
        assert stream.answer.status == 303
    with watched.stream("other") as stream:
        assert stream.answer.status == 404
    path = f"/shops/{watched.desk.other}/live"
    with watched.stream("other", path=path) as other, watched.stream(last="0-0") as mine:
        next(other.said())
        watched.orders("ada")
        assert mine.until("moves").data
        watched.desk.feed.close()
        assert [one.name for one in other.said()] == []


def test_a_session_that_ends_ends_the_stream(watched: Watched) -> None:
    token = watched.token("viewer")
    with watched.stream("viewer") as stream:
        next(stream.said())
        sign_out(watched.desk.store, token)
        assert list(stream.said()) == []


def test_a_seat_that_is_taken_away_ends_the_stream_before_anything_more_is_told(
    watched: Watched,
) -> None:
    desk = watched.desk
    with watched.stream("marketer", last=str(watched.place())) as stream:
        next(stream.said())
        with desk.store.reading() as reading:
            owner = reading.user_by_email("owner@example.com")
            marketer = reading.user_by_email("marketer@example.com")
        assert owner is not None
        assert marketer is not None
        change_role(desk.store, desk.shop, marketer.id, None, owner, desk.now)
        desk.engine.happens("#ada", "Placed Order", value=1, currency="USD")
        assert list(stream.said()) == []


def test_nobody_has_more_streams_than_windows(watched: Watched) -> None:
    streams = [watched.stream() for _ in range(MOST_STREAMS)]
    for stream in streams:
        next(stream.said())
    with watched.stream() as refused:
        assert refused.answer.status == 429
    with watched.stream("owner") as another:
        assert another.answer.status == 200
    for stream in streams:
        stream.close()


def test_who_is_told_nothing_hears_that_we_are_there(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "BEATS_EVERY", 0.01)
    with watched.stream(last=str(watched.place())) as stream:
        said = stream.said()
        next(said)
        assert next(said).other == "still here"


def test_nobody_looks_while_nobody_watches(watched: Watched) -> None:
    urlopen(watched.url + "/sign-in").close()  # noqa: S310
    assert watched.desk.feed.watching == 0
    with watched.stream() as stream:
        next(stream.said())
        assert watched.desk.feed.watching == 1


def test_a_server_that_stops_ends_the_streams_and_does_not_wait(staffed: Desk) -> None:
    with bind("127.0.0.1", 0) as bound:
        with Serving(staffed.app, bound, staffed.feed.close):
            stream = Watched(staffed, url_of(bound)).stream()
            next(stream.said())
        assert list(stream.said()) == []
        stream.close()
