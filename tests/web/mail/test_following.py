"""Clicks and opens: they lead on at once, and count when it is clear that a person made them."""

from __future__ import annotations

from cartback.domain.event import Event, Metric
from cartback.domain.instant import DAY, MINUTE, SECOND
from cartback.domain.scanner import Reason
from cartback.engine.erasing import erase
from cartback.engine.visits import MOST, judge_due
from tests.web.mail.conftest import ADA, Post


def counted(post: Post, metric: Metric) -> list[Event]:
    post.engine.now += 3 * MINUTE
    judge_due(post.store, post.engine.rulebook, post.engine.now)
    return [one.event for one in post.engine.log() if one.event.metric == metric]


def verdicts(post: Post) -> list[str]:
    with post.store.reading() as reading:
        return [one.said for one in reading.visits_of(post.shop, post.mail.key)]


def clicks(post: Post) -> list[str]:
    """The links with a target; the last of `c` is the trap."""
    return post.links("c")[:-1]


def test_a_click_leads_to_its_target_and_counts(post: Post) -> None:
    answer = post.get(clicks(post)[0])
    assert (answer.status_code, answer.headers["location"]) == (
        302,
        "https://shop.example/a?b=1&c=2",
    )
    assert answer.headers["referrer-policy"] == "no-referrer"
    [event] = counted(post, Metric.CLICKED_EMAIL)
    assert event.properties == {
        "flow": "cart",
        "step": "help",
        "message": post.mail.key,
        "target": "https://shop.example/a?b=1&c=2",
        "place": 0,
    }
    assert event.received - event.time == 3 * MINUTE
    assert len(counted(post, Metric.CLICKED_EMAIL)) == 1


def test_a_mail_is_opened_once(post: Post) -> None:
    [pixel] = post.links("o")
    for _ in range(3):
        answer = post.get(pixel)
        assert answer.headers["content-type"] == "image/gif"
        assert answer.headers["cache-control"] == "no-store"
        assert len(counted(post, Metric.OPENED_EMAIL)) == 1


def test_a_scanner_is_led_on_and_not_counted(post: Post) -> None:
    for link in clicks(post):
        assert post.get(link).status_code == 302
        post.engine.now += SECOND
    assert post.client.head(clicks(post)[0]).status_code == 302
    assert post.get(clicks(post)[0], **{"user-agent": "curl/8"}).status_code == 302
    assert counted(post, Metric.CLICKED_EMAIL) == []
    assert verdicts(post) == [*[Reason.ALL_AT_ONCE] * 3, Reason.HEAD, Reason.AGENT]


def test_who_follows_the_hidden_link_is_none(post: Post) -> None:
    post.get(clicks(post)[0])
    answer = post.get(post.links("c")[-1])
    assert (answer.status_code, answer.content) == (200, b"")
    assert counted(post, Metric.CLICKED_EMAIL) == []
    assert verdicts(post) == [Reason.TRAP] * 2


def test_what_the_shop_does_not_want_to_know_is_not_kept(post: Post) -> None:
    post.set_up(opens=False, clicks=False)
    assert post.get(clicks(post)[0]).status_code == 302
    assert post.get(post.links("o")[0]).status_code == 200
    assert verdicts(post) == []


def test_who_does_not_want_to_be_followed_is_not(post: Post) -> None:
    post.engine.happens(ADA, "Identified", traits={"email_tracking": False})
    assert post.get(clicks(post)[0]).status_code == 302, "a link of before still leads on"
    assert post.get(post.links("o")[0]).status_code == 200
    assert verdicts(post) == []
    post.engine.passes(DAY)
    post.leaves("bob@example.com")
    post.engine.happens("bob@example.com", "Identified", traits={"email_tracking": False})
    [mail] = post.sends()
    assert 'href="https://shop.example/a?b=1&amp;c=2"' in mail.html
    assert "/e/c/" not in mail.html
    assert "/e/o/" not in mail.html
    assert "/e/u/" in mail.html + mail.unsubscribe, "the way out is there all the same"


def test_a_flood_is_not_kept_and_still_led_on(post: Post) -> None:
    for _ in range(MOST + 2):
        assert post.get(clicks(post)[0]).status_code == 302
    assert len(verdicts(post)) == MOST


def test_of_somebody_erased_nothing_is_kept(post: Post) -> None:
    post.get(clicks(post)[0])
    erase(post.store, post.shop, post.engine.profile_of(ADA))
    assert verdicts(post) == []
    assert post.get(clicks(post)[0]).status_code == 302
    assert post.get(post.links("o")[0]).status_code == 200
    assert verdicts(post) == []
    assert counted(post, Metric.CLICKED_EMAIL) == []
