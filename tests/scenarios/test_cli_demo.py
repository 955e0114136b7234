"""The demo: a history through the real engine, time that runs, a port, and going on later."""

from __future__ import annotations

import re
import shutil
import signal
import socket
from http.cookiejar import CookieJar
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import pytest

from cartback.cli.scene import LiveScene
from cartback.config import read_config
from cartback.demo.scene import Kind
from cartback.demo.segments import KEYS
from cartback.domain.instant import DAY, HOUR, Instant, parse_instant
from cartback.engine.access import visitor
from cartback.engine.shops import create_shop
from cartback.engine.wake import wake_all
from cartback.web.console.guard import SESSION
from cartback.wiring import installation
from tests.scenarios.command_line import Answer, Shell, Up, ends, record, start, until
from tests.scenarios.engine_shop import MONDAY, EngineShop
from tests.web.console.stream import Stream

OPENING, SOON = "2026-03-10T18:00:00Z", "2026-03-10T18:05:00Z"
FEW_DAYS = ("--days", "9", "--plain", "--opening", OPENING)


def _shell(folder: Path) -> Shell:
    """With a port that is free, as several tests may run at once."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return Shell(folder, CARTBACK_PORT=str(probe.getsockname()[1]))


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return _shell(tmp_path)


class Played(NamedTuple):
    """A demo that has played until half past six in the evening: what it said, and its folder."""

    said: str
    folder: Path


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    shell = _shell(tmp_path_factory.mktemp("played"))
    return Played(demo(shell, "--for", "3", "--speed", "600"), shell.folder / "demo")


@pytest.fixture
def stopped(shell: Shell, played: Played) -> Shell:
    """Where one has played and was stopped."""
    shutil.copytree(played.folder, shell.folder / "demo")
    return shell


def demo(shell: Shell, *arguments: str) -> str:
    code, output = ends(shell, "demo", *FEW_DAYS, "--data", "demo", *arguments)
    assert code == 0, output
    return output


def of_the_demo(shell: Shell) -> Shell:
    return Shell(shell.folder, CARTBACK_DATA=str(shell.folder / "demo"))


def test_it_plays_and_says_what_to_try_next(played: Played) -> None:
    said = played.said
    assert re.search(r"2026-03-10 18:03:17 +ENTERED", said)
    assert re.search(r"2026-03-10 18:12:34 +LEFT .*to the second", said)
    assert "cartback segment explain recent-cart-abandoners ada.lantern@example.com" in said
    assert "export CARTBACK_DATA=demo" in said
    assert (played.folder / "demo.log").read_text() == ""


def test_what_it_says_to_try_works_on_its_shop(stopped: Shell) -> None:
    after = of_the_demo(stopped)
    rows = {row["key"]: row for row in after.json("segment", "list")}
    assert set(rows) == set(KEYS)
    assert all(row["status"] == "live" for row in rows.values())
    why = after.json("segment", "explain", KEYS[0], "ada.lantern@example.com", "--at", SOON)
    assert why["holds"] is True
    assert parse_instant(why["until"]) == parse_instant("2026-03-17T18:03:17Z")
    assert after.json("drops") == []
    assert after.json("quarantine", "list") == []


def test_a_second_one_goes_on_where_the_first_stopped(stopped: Shell) -> None:
    before = of_the_demo(stopped).json("shop", "list")[0]["events"]
    again = demo(stopped, "--for", "1", "--speed", "3600")
    [first, *_] = re.findall(r"2026-03-1\d \d\d:\d\d:\d\d", again)
    assert first > "2026-03-10 18:12:34", "the last that the first one told"
    assert "18:03:17  ENTERED" not in again, "that has been"
    assert of_the_demo(stopped).json("shop", "list")[0]["events"] > before
    for row in of_the_demo(stopped).json("drops"):  # the instant at which it stopped is read again
        assert (row["reason"], row["count"] < 10) == ("duplicate", True)


def test_a_fresh_one_begins_anew(stopped: Shell) -> None:
    assert "18:03:17  ENTERED" in demo(stopped, "--for", "2", "--speed", "600", "--fresh")


def test_cut_off_while_the_history_is_loaded_it_goes_on(shell: Shell) -> None:
    arguments = ("demo", *FEW_DAYS, "--data", "demo", "--for", "1")
    process = start(shell, shell.folder / "killed.log", *arguments)
    database = shell.folder / "demo" / "cartback.db-wal"
    until(lambda: database.exists() and database.stat().st_size > 1_000_000)
    process.send_signal(signal.SIGKILL)
    process.wait()
    demo(shell, "--for", "1")
    after = of_the_demo(shell)
    found = after.json("segment", "explain", KEYS[0], "tom.teacup@example.org", "--at", OPENING)
    assert found["holds"] is True


def test_your_own_event_is_seen_at_once(shell: Shell) -> None:
    log = shell.folder / "demo.txt"
    arguments = ("demo", *FEW_DAYS, "--data", "demo", "--for", "60")
    process = start(shell, log, *arguments)
    try:
        until(lambda: "curl" in log.read_text(), "the demo")
        url = "http://" + (re.search(r"curl (\S+)/v1/t ", log.read_text()) or [""])[1]
        server = Up(process, log)
        server.url, server.token = url, "demo"
        answer: Answer = server.post("/v1/t", {"event": "Checkout Started", "userId": "me"})
        assert answer.json["accepted"] == 1
        until(lambda: re.search(r"ENTERED +me left", log.read_text()) is not None, "the news")
        assert server.track("me", "x", "1", token="cb_pub_stranger").status == 401
        process.send_signal(signal.SIGINT)
        assert process.wait(240) == 0
    finally:
        process.kill()
        process.wait()
    assert "What to try next" in log.read_text()


def test_its_link_lets_the_owner_into_the_console_whose_clock_is_the_demos(shell: Shell) -> None:
    log = shell.folder / "demo.txt"
    process = start(shell, log, "demo", *FEW_DAYS, "--data", "demo", "--for", "120")
    try:
        until(lambda: "/demo/" in log.read_text(), "the link")
        [link] = re.findall(r"http://\S+/demo/\S+", log.read_text())
        url = link.partition("/demo/")[0]
        cookies = CookieJar()
        owner = build_opener(HTTPCookieProcessor(cookies))
        with owner.open(link) as answer:
            home = answer.read().decode()
            assert answer.url == f"{url}/shops/1"
        assert "Good evening, shopkeeper" in home
        assert "Tuesday, March 10, 2026" in home
        assert f"curl {url}/v1/track -u demo: -H" in home
        with owner.open(f"{url}/shops/1/settings/team") as answer:
            assert "owner@demo.example" in answer.read().decode()
        session = "; ".join(f"{one.name}={one.value}" for one in cookies)
        with Stream(url, "/shops/1/live", session) as stream:
            moves = stream.until("moves").data
        assert all(one["at"].startswith("2026-03-10T18") for one in moves)
        stranger = Up(process, log)
        stranger.url = url
        assert "Sign in" in stranger.get("/shops/1").text
        assert stranger.get("/demo/" + "x" * 12).status == 404
        with Stream(url, "/demo/" + link.rpartition("/")[2], "", host="demo.example.com") as knock:
            assert knock.answer.status == 404
        process.send_signal(signal.SIGINT)
        assert process.wait(240) == 0
    finally:
        process.kill()
        process.wait()
    assert (shell.folder / "demo" / "demo.log").read_text() == ""
    token = next(one.value for one in cookies if one.name == SESSION)
    with installation(read_config(of_the_demo(shell).environment)) as base:
        assert visitor(base.store, token or "", 0) is None, "its session ends with the demo"


def test_its_mail_is_told_and_is_in_the_inbox(shell: Shell) -> None:
    log = shell.folder / "demo.txt"
    fast = ("--data", "demo", "--for", "240", "--speed", "1200")
    process = start(shell, log, "demo", *FEW_DAYS, *fast)
    try:
        ada = "mail to Ada Lantern: the cart and a code (21 things)"
        until(lambda: ada in log.read_text(), "the mail")
        [link] = re.findall(r"http://\S+/demo/\S+", log.read_text())
        url = link.partition("/demo/")[0]
        owner = build_opener(HTTPCookieProcessor(CookieJar()))
        owner.open(link).close()
        with owner.open(f"{url}/inbox") as answer:
            assert answer.url == f"{url}/shops/1/inbox"
            listed = answer.read().decode()
        assert "Ada, we saved your cart" in listed
        _follow_the_mail(owner, url, listed)
        came = "Ada Lantern came back and ordered"
        until(lambda: came in log.read_text(), "the order")
        process.send_signal(signal.SIGINT)
        assert process.wait(240) == 0
    finally:
        process.kill()
        process.wait()
    said = log.read_text()
    assert "no mail to Vera Saucer: ordered 3 minutes before" in said
    assert f"{url}/inbox" in said.partition("What to try next")[2]
    assert (shell.folder / "demo" / "demo.log").read_text() == ""


def _follow_the_mail(owner: OpenerDirector, url: str, listed: str) -> None:
    """Ada's mail, its link, the restored cart with her code in it, and the order."""
    [number] = set(re.findall(r"/inbox/(\d+)[^>]*>(?:(?!/inbox/).)*?ada\.lantern", listed, re.S))
    with owner.open(f"{url}/shops/1/inbox/{number}/html") as answer:
        mail = answer.read().decode()
    code = re.search(r"BACK(?:-[0-9A-Z]{5}){3}", mail)
    link = re.search(r'href="([^"]+/e/r/[^"]+)"', mail)
    assert code is not None
    assert link is not None
    with build_opener().open(link[1]) as answer:
        assert answer.url.startswith(f"{url}/shop/cart/cart-story-ada-1?cartback=")
        cart = answer.read().decode()
    assert code[0] in cart
    assert "Only 3 of 8 could be put back" in cart
    token = re.search(r'name="token" value="([^"]+)"', cart)
    assert token is not None
    form = urlencode({"token": token[1]}).encode()
    for _ in range(2):  # pressed twice it is one order
        with build_opener().open(f"{url}/shop/orders", form) as answer:
            said = answer.read().decode()
            assert "Thank you" in said or "ordered already" in said


def test_where_others_can_knock_there_is_no_link(stopped: Shell) -> None:
    everywhere = stopped.environment | {"CARTBACK_HOST": "0.0.0.0"}  # noqa: S104
    said = demo(Shell(stopped.folder, **everywhere), "--for", "1")
    assert "/demo/" not in said
    assert "only where it listens to this machine alone" in said


def test_it_takes_the_next_port_that_is_free(stopped: Shell) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = demo(Shell(stopped.folder, CARTBACK_PORT=str(port)), "--for", "0.5")
    assert "curl 127.0.0.1:" in said
    assert f"curl 127.0.0.1:{port}/" not in said


def test_it_leaves_a_shop_of_yours_alone(shell: Shell) -> None:
    mine = Shell(shell.folder, CARTBACK_DATA=str(shell.folder / "demo"))
    mine.says("shop", "create", "Mine")
    code, output = ends(shell, "demo", "--data", "demo", "--for", "1")
    assert code == 1
    assert "holds a shop of yours" in output
    code, output = ends(shell, "demo", "--data", "demo", "--for", "1", "--fresh")
    assert code == 1, "not even when told to start over"
    assert [row["name"] for row in mine.json("shop", "list")] == ["Mine"]


def test_the_carts_counted_are_those_in_the_store(shell: Shell) -> None:
    """The view keeps count as it goes; in the end it is what a plain count gives."""
    mine = Shell(shell.folder)
    mine.says("shop", "create", "Tea")
    now: list[Instant] = [0]
    with installation(read_config(mine.environment)) as base:
        now[0] = base.clock()
        scene = LiveScene(base.store, 1, KEYS[0], lambda: now[0])
        assert scene.look().counters.open == 0
        line = {"product_id": "tea", "price": 500, "quantity": 2}
        mine.happens(record("ada", "Cart Updated", cart_id="1", lines=[line]))
        mine.happens(record("bob", "Cart Updated", cart_id="2", lines=[line]))
        now[0] = base.clock()
        counters = scene.look().counters
        assert (counters.open, counters.abandoned, counters.at_stake) == (2, 0, 0)
        now[0] += 2 * HOUR
        wake_all(base.store, base.rulebook, now[0])
        look = scene.look()
        assert (look.counters.open, look.counters.abandoned) == (0, 2)
        assert look.counters.at_stake == 2_000
        assert [(news.who, news.amount) for news in look.news] == [("ada", 1_000), ("bob", 1_000)]
        now[0] += 100 * DAY
        wake_all(base.store, base.rulebook, now[0])
        assert scene.look().counters.abandoned == 0, "long forgotten"


def test_who_came_back_ordered_for_what_was_paid(tmp_path: Path) -> None:
    with installation(read_config({"CARTBACK_DATA": str(tmp_path)})) as base:
        shop = EngineShop(base.store, create_shop(base.store, "Tea", MONDAY).shop.id)
        scene = LiveScene(base.store, shop.id, KEYS[0], lambda: shop.now)
        shop.happens("ada", "Checkout Started", value=5_990, currency="GBP")
        shop.passes(2 * HOUR)
        shop.happens("ada", "Placed Order", value=4_200, currency="GBP")
        told = [(news.kind, news.amount) for news in scene.look().news]
    assert told == [(Kind.ABANDONED, 5_990), (Kind.RECOVERED, 4_200)]
