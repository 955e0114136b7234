"""Visits that no person made are told from those of persons."""

from __future__ import annotations

import pytest

from cartback.domain.instant import HOUR, MINUTE, SECOND
from cartback.domain.scanner import Reason, Visit, judge_visits
from tests.email.parts import AT

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"


def visit(after: int = HOUR, link: int | None = 0, **more: object) -> Visit:
    return Visit(at=AT + after, link=link, **{"agent": PHONE, **more})  # type: ignore[arg-type]


def judged(*visits: Visit, links: int = 5) -> list[Reason | None]:
    return judge_visits(visits, delivered_at=AT, links=links)


def test_a_person_who_clicks_an_hour_later_is_a_person() -> None:
    assert judged(visit()) == [None]


@pytest.mark.parametrize(
    "one, reason",
    [
        (visit(method="HEAD"), Reason.HEAD),
        (visit(trap=True), Reason.TRAP),
        (visit(agent="Barracuda Sentinel (EE)"), Reason.AGENT),
        (visit(agent="python-requests/2.32"), Reason.AGENT),
        (visit(agent=""), Reason.AGENT),
        (visit(after=2 * SECOND), Reason.TOO_SOON),
        (visit(after=-SECOND), Reason.TOO_SOON),
        (visit(link=None, agent="Mozilla/5.0"), Reason.PREFETCH),
        (visit(link=None), None),
        (visit(link=None, agent="Mozilla/5.0 (via ggpht.com GoogleImageProxy)"), None),
    ],
)
def test_each_sign_of_a_scanner_has_its_reason(one: Visit, reason: Reason | None) -> None:
    assert judged(one) == [reason]


def test_all_links_at_once_is_a_scanner_also_for_those_that_came_first() -> None:
    burst = [visit(after=HOUR + link * SECOND, link=link) for link in range(5)]
    assert judged(*burst, visit(after=2 * HOUR)) == [Reason.ALL_AT_ONCE] * 5 + [None]


def test_two_links_of_two_are_a_person() -> None:
    assert judged(visit(link=0), visit(after=HOUR + SECOND, link=1), links=2) == [None, None]


def test_the_same_link_again_and_again_is_a_person() -> None:
    assert judged(*[visit(after=HOUR + at) for at in range(10)]) == [None] * 10


def test_links_followed_slowly_are_a_persons() -> None:
    assert judged(*[visit(after=HOUR + at * MINUTE, link=at) for at in range(5)]) == [None] * 5


def test_who_comes_together_with_the_trap_is_a_scanner() -> None:
    trapped = visit(trap=True, link=9)
    assert judged(visit(after=HOUR - MINUTE), trapped, visit(after=2 * HOUR)) == [
        Reason.TRAP,
        Reason.TRAP,
        None,
    ]


def test_without_a_time_of_delivery_nothing_is_too_soon() -> None:
    assert judge_visits([visit(after=0)], delivered_at=None, links=3) == [None]


def test_no_visits_no_judgement() -> None:
    assert judged() == []
