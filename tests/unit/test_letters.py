"""Names in every script, with what joins their letters; no control characters."""

from __future__ import annotations

import pytest

from cartback.cli.output import clean
from cartback.domain.letters import is_name, isolated
from cartback.domain.phrase.written import plain

GOOD = (
    "👩\N{ZERO WIDTH JOINER}👧 상점",
    "می\N{ZERO WIDTH NON-JOINER}خواهم",
    "Zoë",
    "e\N{COMBINING ACUTE ACCENT}t",
    "हिन्दी",
    "عربة",
)
BAD = ("", " ", "a\nb", "\x07", "a\x1b[2J", "a\N{LINE SEPARATOR}b", "\ud800", "\u200d")


@pytest.mark.parametrize("name", GOOD)
def test_a_name_is_shown_as_it_was_given(name: str) -> None:
    assert is_name(name)
    assert plain(name).strip("\u2068\u2069") == name
    assert clean(name) == name


def test_a_name_from_right_to_left_turns_nothing_else_around() -> None:
    assert plain("\N{RIGHT-TO-LEFT OVERRIDE}abc") == "abc"
    assert plain("عربة \u2069abc") == "\u2068عربة abc\u2069"
    assert isolated("a\u2069b") == "\u2068ab\u2069"


@pytest.mark.parametrize("name", BAD)
def test_control_characters_are_no_name(name: str) -> None:
    assert not is_name(name)
