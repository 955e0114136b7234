"""The inbox: for the shop's owner, on this machine, and nothing where no mail is caught."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from cartback.channels.email.catcher import Catcher
from cartback.engine.access_ports import ROLES
from cartback.store import open_store
from cartback.web.console.asked import Demo
from cartback.web.console.framed import with_pictures
from cartback.web.console.guard import LANGUAGE, SESSION
from cartback.wiring.email import CaughtByShop
from tests.web.console.desk import Desk

PIXEL = '<img src="http://localhost:8000/e/o/AbC-1.gif" width="1" height="1" alt="" />'
HOSTILE = f"<html><head></head><body><script>alert(1)</script><p>Dear Ada</p>{PIXEL}</body></html>"


@pytest.fixture
def catcher() -> Iterator[Catcher]:
    one = Catcher(lambda: datetime(2026, 3, 2, 9, tzinfo=UTC))
    one.start()
    yield one
    one.stop()


@pytest.fixture
def desk(empty_store: Path, catcher: Catcher) -> Iterator[Desk]:
    store = open_store(str(empty_store.parent / f"inbox-{catcher.port}.db"))
    desk = Desk(store, inbox=CaughtByShop(catcher))
    desk.people()
    for shop, subject in ((desk.shop, "We saved <your> cart"), (desk.other, "Of another shop")):
        send(catcher, shop, subject)
    yield desk
    store.close()


def send(catcher: Catcher, shop: int, subject: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "hello@shop.example", "ada@example.com", subject
    mail["Feedback-ID"] = f"cart:{shop}:flow:cartback"
    mail.set_content("Dear Ada, in <text>")
    mail.add_alternative(HOSTILE, subtype="html")
    with smtplib.SMTP("127.0.0.1", catcher.port) as smtp:
        smtp.send_message(mail)


def asks(desk: Desk, name: str, path: str, by: str = "127.0.0.1", language: str = "") -> Response:
    client = TestClient(
        desk.app, base_url="http://localhost", follow_redirects=False, client=(by, 50_000)
    )
    if name:
        client.cookies.set(SESSION, str(desk.visitor(name).client.cookies.get(SESSION)))
    if language:
        client.cookies.set(LANGUAGE, language)
    return client.get(path)


def test_the_owner_sees_the_mails_of_this_shop_only(desk: Desk) -> None:
    assert asks(desk, "owner", "/inbox").headers["location"] == desk.path("inbox")
    listed = asks(desk, "owner", desk.path("inbox")).text
    assert "We saved &lt;your&gt; cart" in listed
    assert "ada@example.com" in listed
    assert "Of another shop" not in listed
    assert "받은 메일함" in asks(desk, "owner", desk.path("inbox"), language="ko").text


def test_one_mail_as_it_looks_as_text_and_its_headers(desk: Desk) -> None:
    path = desk.path("inbox", 1)
    framed = asks(desk, "owner", path).text
    assert f'src="{path}/html"' in framed
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in framed
    assert "Dear Ada" not in framed, "only within the frame"
    assert 'width="360"' in asks(desk, "owner", f"{path}?show=phone").text
    assert "Dear Ada, in &lt;text&gt;" in asks(desk, "owner", f"{path}?show=text").text
    assert "Feedback-ID" in asks(desk, "owner", f"{path}?show=headers").text
    assert f'src="{path}/html"' in asks(desk, "owner", f"{path}?show=nonsense").text


def test_a_mails_html_may_do_nothing(desk: Desk) -> None:
    answer = asks(desk, "owner", desk.path("inbox", 1, "html"))
    assert '<base target="_blank">' in answer.text
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-popups allow-popups-to-escape-sandbox;")
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert answer.headers.get_list("content-security-policy") == [policy], "and no other"
    assert "/e/o/" not in answer.text, "a browser complains of what the policy forbids"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["inbox", "inbox/1", "inbox/1/html"])
def test_who_may_look(desk: Desk, path: str) -> None:
    assert asks(desk, "", desk.path(path)).status_code == 303, "a stranger signs in"
    assert asks(desk, "other", desk.path(path)).status_code == 404, "another shop's owner"
    for role in ROLES:
        status = asks(desk, role, desk.path(path)).status_code
        assert status == (200 if role == "owner" else 403)
    assert asks(desk, "owner", desk.path(path), by="192.0.2.7").status_code == 404, "from elsewhere"


def test_mail_of_another_shop_or_none_is_not_found(desk: Desk) -> None:
    for number in ("2", "3", "0", "x"):
        assert asks(desk, "owner", desk.path("inbox", number)).status_code == 404
        assert asks(desk, "owner", desk.path("inbox", number, "html")).status_code == 404
    assert asks(desk, "other", f"/shops/{desk.other}/inbox/2").status_code == 200
    assert asks(desk, "", "/inbox").status_code == 303
    assert asks(desk, "owner", "/inbox", by="192.0.2.7").status_code == 404


def test_an_empty_inbox_says_when_the_first_mail_comes(desk: Desk, catcher: Catcher) -> None:
    catcher.clear()
    assert "No mail yet" in asks(desk, "owner", desk.path("inbox")).text
    assert "since the demo was last started" in asks(desk, "owner", desk.path("inbox")).text


def test_where_mail_is_sent_there_is_no_inbox(staffed_desk: Desk) -> None:
    assert asks(staffed_desk, "owner", "/inbox").status_code == 404
    assert asks(staffed_desk, "owner", staffed_desk.path("inbox")).status_code == 404
    assert "/inbox" not in staffed_desk.visitor("owner").get(staffed_desk.path()).text


@pytest.fixture
def staffed_desk(empty_store: Path, catcher: Catcher) -> Iterator[Desk]:
    store = open_store(str(empty_store.parent / f"no-inbox-{catcher.port}.db"))
    desk = Desk(store)
    desk.people()
    yield desk
    store.close()


def test_in_the_demo_a_frame_shows_pictures_of_its_own_shop_and_no_pixel() -> None:
    policy = "default-src 'none'; img-src data:; sandbox"
    demo = Demo("word", "owner@demo.example", "me")
    request = SimpleNamespace(base_url="http://127.0.0.1:8000/")
    at: Any = SimpleNamespace(ground=SimpleNamespace(demo=demo), request=request)
    shown = with_pictures(at, policy)
    assert "img-src http://127.0.0.1:8000/shop/pictures/" in shown
    assert "data:; sandbox" in shown
    assert "http://127.0.0.1:8000/ " not in shown
    at.ground.demo = None
    assert with_pictures(at, policy) == policy
