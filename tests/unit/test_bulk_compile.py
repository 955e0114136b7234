"""Every kind of condition compiles for every engine, and what cannot be read is named."""

from __future__ import annotations

import re

import pytest

from cartback.bulk.compile import NotOnTape, compile_members
from cartback.bulk.readable import CART_LIFE, narrowed, unreadable
from cartback.bulk.relation import Dialect
from cartback.domain.condition import (
    All,
    Any_,
    Condition,
    Did,
    HasCart,
    InList,
    InSegment,
    LastTime,
    Not,
    Stage,
)
from cartback.domain.instant import Zone, parse_duration
from cartback.domain.number import Count
from cartback.domain.property import Operator, Property
from cartback.domain.rules import Settings
from cartback.domain.window import Last, SinceRunStart
from tests.every_kind import EVERY_KIND, NOW

UTC = Zone()
ARTICLE = All(
    (
        Did("Checkout Started", within=Last("1 week")),
        Did("Placed Order", Count(exactly=0), within=Last("1 week")),
    )
)


@pytest.mark.parametrize("dialect", Dialect)
def test_every_kind_compiles_for_every_engine(dialect: Dialect) -> None:
    for condition in EVERY_KIND:
        query = compile_members(condition, NOW, UTC, dialect=dialect)
        assert query.sql
        assert all(pick.candidates for pick in query.picks)


@pytest.mark.parametrize("dialect", Dialect)
def test_no_engine_is_asked_what_time_it_is(dialect: Dialect) -> None:
    for condition in EVERY_KIND:
        query = compile_members(condition, NOW, UTC, dialect=dialect)
        for text in (query.sql, *(pick.candidates for pick in query.picks)):
            assert not re.search(r"\bnow\s*\(|current_|today|sysdate", text, re.IGNORECASE)


def test_time_bounds_and_metric_reach_the_scan_as_values() -> None:
    query = compile_members(ARTICLE, NOW, UTC, merges=False)
    assert query.sql.count('"metric" = ') == 2
    assert query.sql.count(f'"time" >= {NOW - 7 * 24 * 3_600_000 + 1}') == 2
    assert query.sql.count(f'"time" < {NOW + 1}') == 2
    assert not query.picks


def test_no_map_is_read_where_no_property_is_asked() -> None:
    assert "props" not in compile_members(ARTICLE, NOW, UTC, merges=False).sql


@pytest.mark.parametrize("dialect", Dialect)
def test_texts_stay_texts(dialect: Dialect) -> None:
    """A quote or a backslash in a name ends no literal: what is behind it stays inside."""
    name = "it's \\' OR 1=1 --"
    where = (Property("a.b", Operator.EQUALS, name),)
    sql = compile_members(Did(name, where=where), NOW, UTC, dialect=dialect).sql
    escaped = {
        Dialect.CLICKHOUSE: "it''s \\\\'' OR 1=1 --",
        Dialect.SPARK: "it\\'s \\\\\\' OR 1=1 --",
        Dialect.BIGQUERY: "it\\'s \\\\\\' OR 1=1 --",
        Dialect.SNOWFLAKE: "it\\'s \\\\\\' OR 1=1 --",
    }.get(dialect, "it''s \\'' OR 1=1 --")
    assert f"'{escaped}'" in sql
    assert sql.count("OR 1=1 --") == sql.count(escaped)


def test_a_question_asked_twice_is_compiled_once() -> None:
    with_property = Did("m", where=(Property("a", Operator.MATCHES, "x"),))
    twice = compile_members(Any_((with_property, Not(with_property))), NOW, UTC)
    assert len(twice.picks) == 1


# --- what the tape does not say ---------------------------------------------------------------

CART = HasCart("abandoned")
JOINED = InSegment("vip", Last("1 day"))
IN_RUN = LastTime("Placed Order", SinceRunStart())
READABLE = Stage("lead")


def test_what_cannot_be_read_is_named_once_and_in_order() -> None:
    tree = All((CART, READABLE, Not(Any_((JOINED, CART, IN_RUN)))))
    assert unreadable(tree) == (CART, JOINED, IN_RUN)
    with pytest.raises(NotOnTape) as raised:
        compile_members(tree, NOW, UTC)
    assert raised.value.leaves == (CART, JOINED, IN_RUN)


def test_being_in_a_segment_is_answered_by_its_condition_beside_it() -> None:
    resolved = All((InSegment("vip"), ARTICLE))
    assert unreadable(resolved) == ()
    assert compile_members(resolved, NOW, UTC).sql


def test_a_text_that_no_event_can_hold_is_left_to_python() -> None:
    contains = Did("m", where=(Property("a", Operator.CONTAINS, "a\x00b"),))
    assert unreadable(contains) == (contains,)
    assert unreadable(InList("\x00")) == (InList("\x00"),)
    assert unreadable(InList("\\u0001")) == ()


@pytest.mark.parametrize(
    "tree, wider",
    [
        (All((JOINED, READABLE)), All((READABLE,))),
        (All((JOINED, IN_RUN)), None),
        (Any_((JOINED, READABLE)), None),
        (Not(READABLE), Not(READABLE)),
        (Not(JOINED), None),
        (Not(Any_((JOINED, READABLE))), Not(Any_((READABLE,)))),
        (Not(All((JOINED, READABLE))), None),
        (READABLE, READABLE),
    ],
)
def test_a_tree_is_narrowed_to_what_can_be_read(tree: Condition, wider: Condition | None) -> None:
    assert narrowed(tree) == wider


def test_somebody_with_a_cart_touched_one_not_long_ago() -> None:
    wider = narrowed(CART)
    assert wider is not None
    assert unreadable(wider) == ()
    assert "Placed Order" not in compile_members(wider, NOW, UTC).sql
    assert parse_duration(CART_LIFE) > Settings().limits().expiry
