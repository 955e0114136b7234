"""Coming in: the one-time link, sign-in and its ration, roles, and what no stranger gets."""

from __future__ import annotations

import anyio
import pytest
from starlette.types import Message, Scope

from cartback.engine.access import (
    DeadLink,
    LastOwner,
    change_role,
    invite,
    join_link,
    open_link,
    password_link,
    set_up_link,
)
from cartback.web.console.guard import SESSION
from tests.web.console.desk import PASSWORD, Desk

ADA = {"email": "Ada@Example.com", "name": "Ada", "password": PASSWORD}


def test_the_first_owner_comes_by_a_link_that_works_once(desk: Desk) -> None:
    token = set_up_link(desk.store, desk.now)
    ada = desk.visitor()
    assert "Welcome to Cartback" in ada.get(f"/links/{token}").text
    answer = ada.post(f"/links/{token}", ADA)
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    assert ada.get("/").headers["location"] == f"/shops/{desk.shop}"
    assert ada.get(desk.path()).status_code == 200
    assert ada.get(f"/shops/{desk.other}").status_code == 200, "the owner of every shop"
    assert desk.visitor().get(f"/links/{token}").status_code == 410
    assert desk.visitor().post(f"/links/{token}", ADA).status_code == 410
    assert set_up_link(desk.store, desk.now) is None


def test_a_newer_set_up_link_ends_the_older_one(desk: Desk) -> None:
    old, new = set_up_link(desk.store, desk.now), set_up_link(desk.store, desk.now)
    assert desk.visitor().get(f"/links/{old}").status_code == 410
    assert desk.visitor().get(f"/links/{new}").status_code == 200


def test_a_link_ends_after_three_days(desk: Desk) -> None:
    token = set_up_link(desk.store, desk.now) or ""
    desk.passes(3 * 24 * 60)
    with desk.store.reading() as reading, pytest.raises(DeadLink):
        open_link(reading, token, desk.now)


@pytest.mark.parametrize(
    "field, value, sentence",
    [
        ("email", "ada", "Write an e-mail address"),
        ("name", " ", "Write a name"),
        ("password", "short", "Choose 10 to 200 characters"),
        ("password", "a" * 20, "not all alike"),
    ],
)
def test_what_cannot_be_taken_is_said_beside_its_field(
    desk: Desk, field: str, value: str, sentence: str
) -> None:
    token = set_up_link(desk.store, desk.now)
    answer = desk.visitor().post(f"/links/{token}", ADA | {field: value})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert desk.visitor().get(f"/links/{token}").status_code == 200, "the link was not used"


def test_who_signs_in_goes_on_where_they_were_going(staffed: Desk) -> None:
    stranger = staffed.visitor()
    sent = stranger.get(staffed.path("carts"))
    assert sent.status_code == 303
    assert sent.headers["location"] == f"/sign-in?next=/shops/{staffed.shop}/carts"
    form = {"email": "viewer@example.com", "password": PASSWORD}
    answer = stranger.post("/sign-in", form | {"next": staffed.path("carts")})
    assert answer.headers["location"] == f"/signed-in?next={staffed.path('carts')}"
    assert stranger.get(answer.headers["location"]).headers["location"] == staffed.path("carts")


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_sign_in_leads_nowhere_else(staffed: Desk, path: str) -> None:
    form = {"email": "viewer@example.com", "password": PASSWORD, "next": path}
    visitor = staffed.visitor()
    assert visitor.post("/sign-in", form).headers["location"] == "/signed-in?next=/"
    assert visitor.get(f"/signed-in?next={path}").headers["location"] == "/"


def test_a_browser_that_keeps_no_cookies_is_told(staffed: Desk) -> None:
    answer = staffed.visitor().get("/signed-in?next=/")
    assert answer.status_code == 400
    assert "did not keep the cookie" in answer.text


def test_who_was_signed_out_while_editing_loses_nothing(staffed: Desk) -> None:
    marketer = staffed.visitor("marketer")
    marketer.post("/sign-out")
    form = {"name": "Mine <b>", "c:kind": "group", "c:size": "1", "c-0:kind": "stage"}
    answer = marketer.post(staffed.path("segments"), form)
    assert answer.status_code == 401
    assert '<input type="hidden" name="name" value="Mine &lt;b&gt;">' in answer.text
    assert "send it" in answer.text


def test_address_and_password_fit_together_or_nobody_learns_which_was_wrong(staffed: Desk) -> None:
    texts = set()
    for email, password in (("viewer@example.com", "wrong"), ("nobody@example.com", PASSWORD)):
        answer = staffed.visitor().post("/sign-in", {"email": email, "password": password})
        assert answer.status_code == 401
        texts.add(answer.text.replace(email, ""))
    assert len(texts) == 1


def test_failed_tries_are_rationed_by_address(staffed: Desk) -> None:
    wrong = {"email": "viewer@example.com", "password": "wrong"}
    for _ in range(5):
        assert staffed.visitor().post("/sign-in", wrong).status_code == 401
    right = wrong | {"password": PASSWORD}
    answer = staffed.visitor().post("/sign-in", right)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) <= 180
    assert "Too many failed tries" in answer.text
    staffed.passes(3)
    assert staffed.visitor().post("/sign-in", right).status_code == 303
    assert staffed.visitor().post("/sign-in", wrong).status_code == 401, "a clean slate"


def test_failed_tries_are_rationed_by_sender(staffed: Desk) -> None:
    for number in range(20):
        form = {"email": f"{number}@example.com", "password": "wrong"}
        assert staffed.visitor().post("/sign-in", form).status_code == 401
    form = {"email": "viewer@example.com", "password": PASSWORD}
    assert staffed.visitor().post("/sign-in", form).status_code == 429


def test_who_signed_out_is_a_stranger(staffed: Desk) -> None:
    viewer = staffed.visitor("viewer")
    token = viewer.client.cookies[SESSION]
    assert viewer.post("/sign-out").status_code == 303
    viewer.client.cookies.set(SESSION, token)
    assert viewer.get(staffed.path()).status_code == 303


def test_a_session_ends_after_two_weeks_without_a_visit(staffed: Desk) -> None:
    viewer = staffed.visitor("viewer")
    for _ in range(3):
        staffed.passes(13 * 24 * 60)
        assert viewer.get(staffed.path()).status_code == 200
    staffed.passes(14 * 24 * 60)
    assert viewer.get(staffed.path()).status_code == 303


def test_a_made_up_session_is_nobodys(staffed: Desk) -> None:
    stranger = staffed.visitor()
    stranger.client.cookies.set(SESSION, "made-up")
    assert stranger.get(staffed.path()).status_code == 303


def test_a_cookie_over_tls_is_for_tls_only(staffed: Desk) -> None:
    viewer = staffed.visitor()
    viewer.client.base_url = viewer.client.base_url.copy_with(scheme="https")
    form = {"email": "viewer@example.com", "password": PASSWORD}
    assert "Secure" in viewer.post("/sign-in", form).headers["set-cookie"]


# --- another page must not send for us ------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {},
    ],
)
def test_another_page_cannot_send(staffed: Desk, headers: dict[str, str]) -> None:
    owner = staffed.visitor("owner")
    assert owner.post("/sign-out", headers=headers).status_code == 403
    assert owner.get(staffed.path()).status_code == 200


def test_what_another_page_sends_is_refused_for_that_and_not_for_the_role(staffed: Desk) -> None:
    owner = staffed.visitor("owner")
    page = owner.post("/sign-out", headers={"origin": "https://evil.example"}).text
    assert "Reload the page and try again." in page
    assert "Your role" not in page


def test_a_form_that_breaks_off_is_no_failure(
    staffed: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    headers = [(b"host", b"desk"), (b"origin", b"http://desk"), (b"content-length", b"900")]
    scope: Scope = {"type": "http", "method": "POST", "path": "/sign-in", "headers": headers}
    scope.update(query_string=b"", scheme="http", server=("desk", 80), http_version="1.1")
    came: list[Message] = [
        {"type": "http.request", "body": b"email=a", "more_body": True},
        {"type": "http.disconnect"},
    ]
    went: list[Message] = []

    async def receive() -> Message:
        return came.pop(0)

    async def send(message: Message) -> None:
        went.append(message)

    anyio.run(staffed.app, scope, receive, send)
    assert went[0]["status"] == 400
    assert not [one for one in caplog.records if one.levelname == "ERROR"]


def test_a_browser_without_fetch_metadata_says_its_origin(staffed: Desk) -> None:
    owner = staffed.visitor("owner")
    assert owner.post("/sign-out", headers={"origin": "http://desk"}).status_code == 303


def test_every_answer_has_a_strict_policy(staffed: Desk) -> None:
    owner = staffed.visitor("owner")
    for path in ("/sign-in", staffed.path(), "/nowhere", "/static/x/console.css"):
        headers = owner.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] != ""


# --- colleagues -----------------------------------------------------------------------------------


def _who(desk: Desk, email: str) -> int:
    with desk.store.reading() as reading:
        user = reading.user_by_email(email)
    assert user is not None
    return user.id


def test_a_colleague_joins_by_a_link(staffed: Desk) -> None:
    with staffed.store.reading() as reading:
        owner = reading.user_by_email("owner@example.com")
    assert owner is not None
    token = invite(staffed.store, staffed.shop, "New@example.com", "viewer", owner, staffed.now)
    new = staffed.visitor()
    assert "Join Tea and cake" in new.get(f"/links/{token}").text
    assert new.post(f"/links/{token}", {"name": "New", "password": PASSWORD}).status_code == 303
    assert new.get(staffed.path()).status_code == 200
    assert new.get(f"/shops/{staffed.other}").status_code == 404


def test_who_has_an_account_joins_with_its_password(staffed: Desk) -> None:
    token = join_link(staffed.store, staffed.shop, "other@example.com", "viewer", staffed.now)
    other = staffed.visitor()
    assert other.post(f"/links/{token}", {"password": "wrong"}).status_code == 422
    assert other.post(f"/links/{token}", {"password": PASSWORD}).status_code == 303
    assert other.get(staffed.path()).status_code == 200
    assert staffed.path() in other.get(f"/shops/{staffed.other}").text, "a switch between shops"


def test_a_new_password_signs_out_everywhere_else(staffed: Desk) -> None:
    before = staffed.visitor("viewer")
    token = password_link(staffed.store, "viewer@example.com", staffed.now)
    now = staffed.visitor()
    assert now.post(f"/links/{token}", {"password": "another good one"}).status_code == 303
    assert before.get(staffed.path()).status_code == 303
    assert now.get(staffed.path()).status_code == 200
    assert password_link(staffed.store, "nobody@example.com", staffed.now) is None


def test_a_shop_keeps_an_owner(staffed: Desk) -> None:
    owner = _who(staffed, "owner@example.com")
    with staffed.store.reading() as reading:
        by = reading.user(owner)
    assert by is not None
    with pytest.raises(LastOwner):
        change_role(staffed.store, staffed.shop, owner, "viewer", by, staffed.now)
    marketer = _who(staffed, "marketer@example.com")
    assert change_role(staffed.store, staffed.shop, marketer, "owner", by, staffed.now)
    assert change_role(staffed.store, staffed.shop, owner, None, by, staffed.now)
    assert not change_role(staffed.store, staffed.shop, owner, None, by, staffed.now)
    with staffed.store.reading() as reading:
        told = [(one.action, one.subject) for one in reading.audit(staffed.shop, 10**9, 10)]
    assert told == [("removed", "owner@example.com"), ("changed role", "marketer@example.com")]


# --- language and theme ---------------------------------------------------------------------------


def test_the_page_speaks_the_browsers_language_until_another_is_chosen(desk: Desk) -> None:
    visitor = desk.visitor()
    korean = visitor.get("/sign-in", accept_language="fr, ko-KR;q=0.9, en;q=0.8").text
    assert '<html lang="ko">' in korean
    assert "로그인" in korean
    answer = visitor.post("/preferences", {"language": "en", "theme": "dark", "back": "/sign-in"})
    assert answer.headers["location"] == "/sign-in"
    page = visitor.get("/sign-in", accept_language="ko").text
    assert '<html lang="en" data-theme="dark">' in page


def test_bad_requests_are_answered_with_a_sentence(desk: Desk) -> None:
    visitor = desk.visitor()
    assert visitor.get("/nowhere").status_code == 404
    assert "There is nothing here" in visitor.get("/nowhere").text
    assert visitor.client.put("/sign-in", headers={"sec-fetch-site": "none"}).status_code == 405
    large = visitor.client.post(
        "/sign-in", content=b"a" * (1024 * 1024 + 1), headers={"sec-fetch-site": "same-origin"}
    )
    assert large.status_code == 413
    strange = visitor.client.post(
        "/sign-in", content=b"\xff=%00", headers={"sec-fetch-site": "same-origin"}
    )
    assert strange.status_code == 400
