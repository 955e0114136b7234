"""What a key may do is said in words from a closed list."""

import pytest

from cartback.engine.scope import EVENTS_ONLY, EVERYTHING, BadScope, Scope, parse_scopes


def test_scopes_are_read_once_each_and_in_order() -> None:
    words = ["segments:read", "events:write", "segments:read"]
    assert parse_scopes(words) == (Scope.EVENTS_WRITE, Scope.SEGMENTS_READ)
    assert parse_scopes(EVERYTHING) == EVERYTHING
    assert parse_scopes([]) == ()


@pytest.mark.parametrize("word", ["", "segments", "segments:delete", "*", "x" * 999])
def test_a_word_that_is_no_scope_is_refused_with_those_that_are(word: str) -> None:
    with pytest.raises(BadScope, match="segments:write") as refused:
        parse_scopes(["events:read", word])
    assert len(str(refused.value)) < 500


def test_everything_is_sorted_and_holds_what_a_public_key_may() -> None:
    assert tuple(sorted(EVERYTHING)) == EVERYTHING
    assert set(EVENTS_ONLY) < set(EVERYTHING)
