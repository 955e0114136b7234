"""What a flow did with a person, in words."""

from typing import get_args

import pytest

from cartback.domain.consent import RULES
from cartback.domain.effect import Reason, What
from cartback.domain.instant import FOREVER, Zone, parse_instant
from cartback.domain.phrase import Language, told

SEOUL = Zone("Asia/Seoul")
NINE = parse_instant("2026-03-02T00:00:00Z")


@pytest.mark.parametrize("language", Language)
def test_every_decision_has_words(language: Language) -> None:
    for what in get_args(What):
        for reason in Reason:
            text = told(what, reason, 0, language, SEOUL)
            assert text.endswith(".")
            assert (language == Language.ENGLISH) == text.isascii()
    for rule in RULES:
        assert RULES[rule].article or told("skipped", "law", 0, language, SEOUL, rule)


def test_it_says_until_when_in_the_shops_zone_where_that_is_known() -> None:
    held = told("held", "quiet_hours", NINE, Language.ENGLISH, SEOUL)
    assert held == ("Held back: it is a quiet hour where the person is (until 2 Mar 2026, 09:00).")
    korean = told("held", "quiet_hours", NINE, Language.KOREAN, SEOUL)
    assert korean.endswith("(2026년 3월 2일 09:00까지).")
    assert "9999" not in told("held", "paused", FOREVER, Language.ENGLISH, SEOUL)


def test_a_law_is_named() -> None:
    text = told("skipped", "not_subscribed", 0, Language.ENGLISH, SEOUL, "kr.consent")
    assert "Network Act, art. 50(1)" in text
