"""A regular expression is either refused or done at once, whatever the text."""

from __future__ import annotations

import time

import pytest

from cartback.domain.pattern import LONGEST_PATTERN, BadPattern, compile_pattern, matches

EVIL = (
    r"(a+)+$",
    r"([a-zA-Z]+)*$",
    r"(a|aa)+$",
    r"(a|a?)+$",
    r"(a|a)*b",
    r"(.*a){12}b",
    r"(.*)*b",
    r"(a?)*b",
    r"(a??)*b",
    r"((a))*b",
    r"(?:a|b|ab)*c",
    r"(\w+\s?)*$",
    r"^(\w+\s?)*$",
    r"(x+x+)+y",
    r"(([a-z])+.)+[A-Z]([a-z])+$",
    r"^(([a-z])+.)+[A-Z]([a-z])+$",
    r"^([a-zA-Z0-9])(([\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}(([a-z]{2,3})|([a-z]{2,3}[.]{1}[a-z]{2,3}))$",
    r"(a*)*\1b",
    r"(?=a+)(?=a+)b",
    r"(?<!a)b",
    r"(?>a+)b",
    r"a*+b",
    "a?" * 66 + "a" * 66,
    "a??" * 50 + "a" * 50,
    "a{0,99}" * 28,
    "a{0,9}" * 20 + "b",
    "(a|a)" * 40,
    "(a|b|ab)" * 25,
    "(?:a|)" * 30 + "b",
    "a*" * 100,
    ".*" * 3 + "b",
    "^.*.*.*b",
    "a*a*b",
    r"\s+$",
    r"a*" + "a" * 190 + "b",
    r"^.*.*" + "a" * 190 + "b",
    r"^a*a*" + "a" * 190 + "b",
    r"(ab)*(ab)*c",
    r"^(?:ab)*(?:ab)*" + "ab" * 85 + "c",
    r"(?:\d{3}-)*\d{2}x",
    "(?i)(\u017f|s)*k",  # a long s, which is an s without regard to case
    r"(?s).*\n.*$",
    r"(?m)^.*^.*$",
    r"(?m)^(?:a|\n)?.*\n*a*b",
    r"(^)*b",
    r"(\b)*b",
    r"(?:)*b",
    r"a{1,1000}b",
    r"a{4294967294}b",
    r"(a{100}){100}b",
)
HOSTILE = (
    "a" * 1_000,
    "a" * 999 + "b",
    "ab" * 500,
    "aA" * 500,
    "x" * 1_000,
    "abc " * 250,
    " " * 999 + "x",
    "1" * 1_000,
    "123-" * 250,
    "\n" * 1_000,
    "s" * 1_000,
)


@pytest.mark.parametrize("pattern", EVIL)
def test_an_evil_pattern_is_refused_or_done_at_once(pattern: str) -> None:
    try:
        compile_pattern(pattern)
    except BadPattern:
        return
    for text in HOSTILE:
        begin = time.process_time()
        matches(pattern, text)
        assert time.process_time() - begin < 0.5


@pytest.mark.parametrize(
    "pattern",
    [
        r"^SKU-\d+$",
        r".*@gmail\.com$",
        r"@(gmail|naver|daum)\.(com|net)$",
        r"^(red|blue|green)-(s|m|l|xl)$",
        r"\d{3}-\d{3,4}-\d{4}",
        r"(?i)black friday.*20\d\d",
        r"^/products/.*/reviews/.*$",
        r"^[a-z0-9]+(-[0-9]{2})*$",
        r"서울|부산",
        r"^$",
        "",
    ],
)
def test_what_a_shop_asks_is_allowed(pattern: str) -> None:
    compile_pattern(pattern)


@pytest.mark.parametrize(
    "pattern, said",
    [
        ("(", "not a regular expression"),
        ("a" * (LONGEST_PATTERN + 1), "at most 200 characters"),
        (r"(a)\1", "a back-reference is not available here"),
        ("(?=a)", "look-ahead"),
        ("(a+)+", "write it flat"),
        ("a*a*b", "begin it with ^"),
        ("[[a]", "not a regular expression"),
        ("a{99999999999999999999}", "not a regular expression"),
    ],
)
def test_a_refusal_says_why(pattern: str, said: str) -> None:
    with pytest.raises(BadPattern, match=said.replace("^", r"\^")):
        compile_pattern(pattern)


def test_a_pattern_is_searched_in_the_beginning_of_a_text() -> None:
    assert matches("b", "a" * 999 + "b")
    assert not matches("b", "a" * 1_000 + "b")
