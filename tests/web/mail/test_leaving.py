"""Unsubscribing: at once by POST, never by looking, once by any number of tries, and back again."""

from __future__ import annotations

from cartback.domain.event import Metric
from cartback.domain.instant import MINUTE
from cartback.engine.erasing import erase
from cartback.engine.people import merge_by_hand
from tests.web.mail.conftest import ADA, Post


def test_one_click_leaves_at_once_and_twice_is_once(post: Post) -> None:
    body = {"List-Unsubscribe": "One-Click"}
    answer = post.client.post(post.leave, data=body)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert not post.is_subscribed()
    said = post.last()
    assert (said.metric, said.properties["channel"]) == (Metric.UNSUBSCRIBED, "email")
    assert said.properties["message"] == post.mail.key
    before = post.known()
    assert post.client.post(post.leave, data=body).status_code == 200
    assert post.known() == before


def test_the_body_of_a_provider_as_multipart_leaves_too(post: Post) -> None:
    assert post.client.post(post.leave, files={"List-Unsubscribe": b"One-Click"}).is_success
    assert not post.is_subscribed()


def test_looking_changes_nothing(post: Post) -> None:
    before = post.known()
    for method in ("GET", "HEAD"):
        answer = post.client.request(method, post.leave)
        assert answer.status_code == 200
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert '<form method="post"' in post.get(post.leave).text
    assert post.known() == before


def test_it_can_be_taken_back_and_done_again(post: Post) -> None:
    for round_ in range(2):
        post.engine.now += MINUTE
        assert "unsubscribed" in post.post(post.leave).text
        assert not post.is_subscribed()
        post.engine.now += MINUTE
        assert "back" in post.post(post.leave, back="yes").text
        assert post.is_subscribed(), round_
    before = post.known()
    post.post(post.leave, back="yes")
    assert post.known() == before


def test_it_is_in_the_language_of_the_shop(post: Post) -> None:
    post.set_up(language="ko")
    assert 'lang="ko"' in post.get(post.leave).text
    assert "수신" in post.get(post.leave).text


def test_it_is_about_the_person_that_they_became(post: Post) -> None:
    post.engine.happens("#42", "Viewed Product")
    known, ada = post.engine.profile_of("#42"), post.engine.profile_of(ADA)
    merge_by_hand(post.store, post.engine.rulebook, post.shop, known, ada, post.engine.now)
    post.post(post.leave)
    assert not post.engine.person("#42").consents["email"].subscribed


def test_a_link_to_somebody_erased_is_calm(post: Post) -> None:
    erase(post.store, post.shop, post.engine.profile_of(ADA))
    before = post.known()
    assert post.get(post.leave).status_code == 404
    assert post.post(post.leave).status_code == 404
    assert post.known() == before
