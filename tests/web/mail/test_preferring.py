"""What mails somebody wants: a look changes nothing, a POST what was chosen and no more."""

from __future__ import annotations

from cartback.domain.instant import MINUTE
from cartback.engine.tokens import Kind
from tests.web.mail.conftest import ADA, Post


def path(post: Post) -> str:
    return f"/e/p/{post.token(Kind.PREFERENCES)}"


def checked(post: Post) -> list[bool]:
    """The boxes of the page: reminders, news."""
    boxes = post.get(path(post)).text.split("<input")[1:]
    return ["checked" in one.partition(">")[0] for one in boxes]


def choose(post: Post, **form: str) -> list[bool]:
    post.engine.now += MINUTE
    before = len(post.engine.log())
    answer = post.post(path(post), **form)
    assert answer.status_code == 200
    assert "Saved." in answer.text
    post.engine.now += MINUTE
    said = [one.event.metric for one in post.engine.log()[before:]]
    assert set(said) <= {"Subscribed", "Unsubscribed"}
    return checked(post)


def test_looking_changes_nothing(post: Post) -> None:
    before = post.known()
    assert checked(post) == [True, True]
    assert post.client.head(path(post)).status_code == 200
    assert post.known() == before


def test_the_page_is_in_the_language_of_the_shops_mails(post: Post) -> None:
    post.set_up(language="ko")
    page = post.get(path(post)).text
    assert '<html lang="ko"' in page
    for text in ("장바구니 알림", "소식과 혜택", "저장"):
        assert text in page, text
    for text in ("Reminders of my cart", "News and offers", "Save"):
        assert text not in page, text
    assert "저장했습니다." in post.post(path(post), marketing="yes").text


def test_each_purpose_alone_and_none(post: Post) -> None:
    assert choose(post, cart_reminder="yes", marketing="yes") == [True, True]
    assert choose(post, marketing="yes") == [False, True]
    assert choose(post, cart_reminder="yes") == [True, False]
    assert choose(post, marketing="yes") == [False, True]
    assert choose(post, none="yes", marketing="yes") == [False, False]
    assert choose(post, cart_reminder="yes", marketing="yes") == [True, True]
    assert choose(post) == [False, False]


def test_twice_is_once(post: Post) -> None:
    choose(post, marketing="yes")
    before = post.known()
    choose(post, marketing="yes")
    assert post.known() == before


def test_who_leaves_all_after_that_is_out_of_all(post: Post) -> None:
    choose(post, cart_reminder="yes")
    post.post(post.leave)
    post.engine.now += MINUTE
    assert checked(post) == [False, False]
    before = post.known()
    post.post(post.leave)
    assert post.known() == before


def test_who_wants_reminders_only_gets_them(post: Post) -> None:
    choose(post, cart_reminder="yes")
    consents = post.engine.person(ADA).consents
    assert not consents["email"].subscribed
    assert consents["email:cart_reminder"].subscribed
    assert consents["email:cart_reminder"].confirmed


def test_a_body_that_is_no_form_changes_nothing(post: Post) -> None:
    before = post.known()
    for body in (b"\xff\xfe", b"a=1&" * 30, b"x" * 20_000):
        assert post.client.post(path(post), content=body).status_code == 400
    assert post.known() == before
