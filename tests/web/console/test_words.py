"""Every message is there in Korean, with the same places to fill in, and nothing is left over."""

from __future__ import annotations

import re
from pathlib import Path
from runpy import run_path

import pytest

from cartback.domain.instant import DAY, FOREVER, HOUR, Zone, parse_instant
from cartback.domain.phrase import Language
from cartback.web.console.words import Words, best_language

SCRIPT = run_path(str(Path(__file__).parents[3] / "scripts" / "messages.py"))
NOW = parse_instant("2026-03-02T09:00:00Z")
PLACE = re.compile(r"%\(\w+\)s|%s")


def test_the_korean_catalogue_is_whole() -> None:
    wanted, have = set(SCRIPT["said"]()), SCRIPT["known"]()
    assert wanted == set(have)
    for message, text in have.items():
        assert text, message
        assert sorted(PLACE.findall(message)) == sorted(PLACE.findall(text)), message


@pytest.mark.parametrize(
    "minor, currency, english, korean",
    [
        (123456, "USD", "$1,234.56", "US$1,234.56"),
        (59900, "KRW", "₩59,900", "₩59,900"),
        (1500, "BHD", "BHD1.500", "BHD1.500"),
        (-100, "EUR", "-€1.00", "-€1.00"),
        (100, "", "1", "1"),
    ],
)
def test_money(minor: int, currency: str, english: str, korean: str) -> None:
    def plain(text: str) -> str:
        return text.replace("\N{NO-BREAK SPACE}", "")

    assert plain(Words(Language.ENGLISH).money(minor, currency)) == english
    assert plain(Words(Language.KOREAN).money(minor, currency)) == korean


def test_times_are_on_the_shops_clock() -> None:
    english, korean = (Words(one, Zone("Asia/Seoul")) for one in Language)
    assert english.moment(NOW) == "2 Mar 2026, 18:00"
    assert korean.moment(NOW) == "2026년 3월 2일 18:00"
    assert english.ago(NOW - 2 * HOUR, NOW) == "2 hours ago"
    assert korean.ago(NOW + DAY, NOW) == "1일 후"
    assert english.ago(NOW, NOW) == "just now"
    assert korean.moment(FOREVER) == "계속"
    assert english.ago(NOW - 400 * DAY, NOW).startswith("26 Jan 2025")


@pytest.mark.parametrize(
    "header, language",
    [
        ("", "en"),
        ("ko", "ko"),
        ("ko-KR,ko;q=0.9,en;q=0.8", "ko"),
        ("en;q=0.3, ko;q=0.9", "ko"),
        ("fr, de", "en"),
        ("ko;q=nonsense, en", "en"),
        ("korean", "en"),
    ],
)
def test_the_browsers_language(header: str, language: str) -> None:
    assert best_language(header) == language


def test_the_axis_of_money_has_its_currency() -> None:
    english, korean = Words(Language.ENGLISH), Words(Language.KOREAN)
    assert english.short_money(5_000, "USD") == "$50"
    assert english.short_money(250, "USD") == "$2.50"
    assert english.short_money(150_000, "USD") == "$1.5K"
    assert korean.short_money(15_000, "KRW") == "₩1.5만"


def test_another_day_is_told_shortly() -> None:
    words, now = Words(Language.ENGLISH), parse_instant("2026-03-09T06:00:00Z")
    assert words.lately(parse_instant("2026-03-09T05:04:03Z"), now) == "05:04:03"
    assert words.lately(parse_instant("2026-03-08T05:04:03Z"), now) == "8 Mar 05:04"
    assert words.lately(parse_instant("2025-03-08T05:04:03Z"), now) == "8 Mar 2025, 05:04"
