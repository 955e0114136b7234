"""Whom new rules do not concern is left as they are; whom they concern is not."""

from __future__ import annotations

import msgspec
import pytest

from cartback.domain.advance import adopt, advance, new_profile
from cartback.domain.condition import parse_condition
from cartback.domain.event import Event, Json
from cartback.domain.instant import HOUR, MINUTE, Instant
from cartback.domain.profile import Profile
from cartback.domain.rules import Rules, Settings
from cartback.domain.ruleset import compile_rules, make_rules
from tests.strategies import happened

VIEWED: Json = {
    "kind": "did",
    "metric": "Viewed Product",
    "within": {"kind": "last", "duration": "1 hour"},
}
ADDED: Json = {**VIEWED, "metric": "Added to Cart"}
ORDERED: Json = {**VIEWED, "metric": "Placed Order"}
GOLD: Json = {"kind": "trait", "path": "plan", "is": "equals", "value": "gold"}


def version(before: Rules | None, *asked: Json, idle: str = "60 minutes") -> Rules:
    segments = [(f"s{place}", "", parse_condition(one)) for place, one in enumerate(asked)]
    return make_rules(before, Settings(cart_idle=idle), segments)


def lived(rules: Rules, *history: Event) -> Profile:
    return advance(new_profile(1, compile_rules(rules)), history, 0, compile_rules(rules)).profile


def is_the_same_worked_out(profile: Profile, now: Instant, rules: Rules) -> bool:
    """Whether leaving out what seems needless makes no difference."""
    live = compile_rules(rules)
    ignored = happened("Nobody asks", now, "ignored")
    quick = adopt(profile, (), now, live)
    assert quick == adopt(profile, (ignored,), now, live)
    return quick.profile == msgspec.structs.replace(profile, rules=live.version)


def test_who_did_nothing_of_what_is_asked_stays_as_they_are() -> None:
    first = version(None, VIEWED)
    profile = lived(first, happened("Viewed Product", 0, "v"))
    assert is_the_same_worked_out(profile, MINUTE, version(first, VIEWED, ORDERED))


@pytest.mark.parametrize(
    "before, history, now, after, idle",
    [
        pytest.param(
            [ADDED],
            happened("Added to Cart", 0, "a", product_id="mug"),
            MINUTE,
            [ADDED],
            "10 minutes",
            id="a cart is open and may be left for a shorter time",
        ),
        pytest.param(
            [],
            msgspec.structs.replace(happened("Identified", 0, "i"), traits={"plan": "gold"}),
            MINUTE,
            [GOLD],
            "60 minutes",
            id="a trait is asked about",
        ),
        pytest.param(
            [VIEWED],
            happened("Viewed Product", 0, "v"),
            MINUTE,
            [VIEWED, {"kind": "all", "of": [VIEWED]}],
            "60 minutes",
            id="a question is asked that was answered already",
        ),
        pytest.param(
            [VIEWED],
            happened("Viewed Product", 0, "v"),
            2 * HOUR,
            [VIEWED, ORDERED],
            "60 minutes",
            id="something is due",
        ),
    ],
)
def test_whom_it_concerns_is_worked_out(
    before: list[Json], history: Event, now: Instant, after: list[Json], idle: str
) -> None:
    first = version(None, *before)
    profile = lived(first, history)
    assert not is_the_same_worked_out(profile, now, version(first, *after, idle=idle))


def test_who_was_put_off_gets_the_right_time_again() -> None:
    first = version(None, VIEWED)
    profile = lived(first, happened("Viewed Product", 0, "v"))
    profile.wake_at -= MINUTE
    assert not is_the_same_worked_out(profile, MINUTE, version(first, VIEWED, ORDERED))
