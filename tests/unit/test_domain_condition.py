"""Conditions as documents: what is read, and what a bad one is answered."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from cartback.domain.condition import (
    DEEPEST,
    MOST_CONDITIONS,
    All,
    BadCondition,
    Did,
    InList,
    Not,
    condition_document,
    leaves,
    parse_condition,
)
from cartback.domain.number import Count
from cartback.domain.window import Last

ABANDONERS = {
    "kind": "all",
    "of": [
        {
            "kind": "did",
            "metric": "Checkout Started",
            "within": {"kind": "last", "duration": "1 week"},
        },
        {
            "kind": "did",
            "metric": "Placed Order",
            "times": {"exactly": 0},
            "within": {"kind": "last", "duration": "1 week"},
        },
    ],
}


def test_the_articles_segment_reads_as_it_is_written() -> None:
    week = Last("1 week")
    assert parse_condition(ABANDONERS) == All(
        (Did("Checkout Started", within=week), Did("Placed Order", Count(exactly=0), week))
    )


def test_what_is_left_out_of_a_document_stays_left_out() -> None:
    assert condition_document(parse_condition(ABANDONERS)) == ABANDONERS


def test_a_condition_can_be_pickled_and_is_a_key() -> None:
    condition = parse_condition(ABANDONERS)
    assert pickle.loads(pickle.dumps(condition)) == condition  # noqa: S301  our own
    assert {condition: 1}[parse_condition(ABANDONERS)] == 1


def test_leaves_come_in_the_order_of_the_document() -> None:
    tree = All((InList("a"), Not(All((InList("b"), InList("c")))), InList("d")))
    assert [leaf.list for leaf in leaves(tree) if isinstance(leaf, InList)] == ["a", "b", "c", "d"]


def did(**changes: Any) -> dict[str, Any]:  # noqa: ANN401  any JSON
    return {"kind": "did", "metric": "A", **changes}


def where(**changes: Any) -> dict[str, Any]:  # noqa: ANN401  any JSON
    return did(where=[{"kind": "property", "path": "a", "is": "equals", "value": 1, **changes}])


BAD: list[tuple[object, str, str]] = [
    (None, "`$`", "write an object here"),
    ("did", "`$`", "write an object here"),
    ({}, "`$`", "the field `kind` is missing"),
    ({"kind": "dud"}, "`$.kind`", "did you mean 'did'?"),
    ({"kind": ["did"]}, "`$.kind`", "write a text here"),
    ({"kind": "did", "metrik": "A"}, "`$`", "did you mean 'metric'?"),
    ({"kind": "did", "metric": "A\0"}, "`$`", "1 to 255 characters"),
    ({"kind": "did", "metric": "\ud800"}, "`$.metric`", "half of a character"),
    (did(**{"x\ud800": 1}), "`$.x\\ud800`", "half of a character"),
    (did(within="last week"), "`$.within`", "write an object here"),
    (did(within={"kind": "lasst"}), "`$.within.kind`", "did you mean 'last'?"),
    (
        did(within={"kind": "last", "duration": "1 fortnight"}),
        "`$.within.duration`",
        "7 days or 2 weeks",
    ),
    (did(within={"kind": "calendar", "unit": "year"}), "`$.within.unit`", "choose from day, week"),
    (did(within={"kind": "before", "at": "2026-13-01"}), "`$.within.at`", "write 2026-03-01"),
    (did(times={"at_leest": 1}), "`$.times`", "did you mean 'at_least'?"),
    (did(times={}), "`$.times`", "for example {at_least: 1}"),
    (did(times={"at_least": 1.5}), "`$.times.at_least`", "write a whole number here"),
    (did(times={"at_least": 10**30}), "`$.times.at_least`", "at most 1,000"),
    (did(times={"at_least": 3, "at_most": 2}), "`$.times`", "no number is within"),
    (did(times={"fewer_than": 0}), "`$.times.fewer_than`", "fewer than 0 times"),
    (did(times={"at_most": -1}), "`$.times.at_most`", "is not negative"),
    (did(times={"exactly": 1, "at_least": 1}), "`$.times`", "stands alone"),
    (where(**{"is": "equal"}), "`$.where[0].is`", "did you mean 'equals'?"),
    (where(path="a..b"), "`$.where[0]`", "address.city"),
    (where(valu=1), "`$.where[0]`", "did you mean 'value'?"),
    (where(value={"a": 1}), "`$.where[0].value`", "write one of these kinds of value"),
    (where(**{"is": "in", "value": [10**400]}), "`$.where[0]`", "a number is between"),
    (where(**{"is": "matches", "value": "(a+)+"}), "`$.where[0]`", "write it flat"),
    (where(**{"is": "in_last", "value": "7 days"}), "`$.where[0]`", "is for traits"),
    ({"kind": "stage", "is": "customers"}, "`$.is`", "did you mean 'customer'?"),
    ({"kind": "stage", "stage": "lead"}, "`$`", "choose from is"),
    ({"kind": "reachable", "channel": "e-mail"}, "`$.channel`", "did you mean 'email'?"),
    ({"kind": "location"}, "`$`", "say where"),
    ({"kind": "share", "percent": float("nan")}, "`$`", "from 0 to 100"),
    ({"kind": "cart", "idle": {"at_leas": "1 day"}}, "`$.idle`", "did you mean 'at_least'?"),
    ({"kind": "cart", "idle": {"less_than": "x"}}, "`$.idle.less_than`", "7 days or 2 weeks"),
    ({"kind": "cart", "idle": {}}, "`$.idle`", "{at_least: 1 hour}"),
    (
        {"kind": "cart", "value": {"at_least": float("nan")}},
        "`$.value.at_least`",
        "a number is between",
    ),
    ({"kind": "cart", "value": {"at_least": 10**400}}, "`$.value.at_least`", "out of range"),
    (
        {"kind": "sequence", "first": {"metrc": "A"}, "then": {"metric": "B"}, "inside": "1 day"},
        "`$.first`",
        "did you mean 'metric'?",
    ),
    ({"kind": "all", "of": [did(), {"kind": "not", "of": {"kind": "anny"}}]}, "`$.of[1].of", "any"),
]


@pytest.mark.parametrize("document, path, said", BAD)
def test_a_bad_document_is_answered_with_the_path_and_a_suggestion(
    document: object, path: str, said: str
) -> None:
    with pytest.raises(BadCondition) as refused:
        parse_condition(document)
    message = str(refused.value)
    assert path in message
    assert said in message
    message.encode()  # and it can be sent


def nested(depth: int) -> dict[str, Any]:
    document: dict[str, Any] = did()
    for _ in range(depth):
        document = {"kind": "not", "of": document}
    return document


def test_conditions_nest_sixty_four_deep() -> None:
    assert parse_condition(nested(DEEPEST)) == parse_condition(nested(DEEPEST))


@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_what_nests_deeper_is_refused_before_anything_recurses(depth: int) -> None:
    with pytest.raises(BadCondition, match="at most 64 deep"):
        parse_condition(nested(depth))


def test_ten_thousand_conditions_are_refused() -> None:
    with pytest.raises(BadCondition, match="at most 1,000 conditions"):
        parse_condition({"kind": "any", "of": [did()] * 10_000})


def test_as_many_as_are_allowed_are_read() -> None:
    week = {"kind": "last", "duration": "1 week"}
    most = [did(within=week)] * (MOST_CONDITIONS - 1)  # and the one that holds them
    tree = parse_condition({"kind": "any", "of": most})
    assert len(list(leaves(tree))) == MOST_CONDITIONS - 1
    with pytest.raises(BadCondition, match="at most 1,000 conditions"):
        parse_condition({"kind": "any", "of": [*most, did()]})


@pytest.mark.parametrize("kind", [[None], {"a": 1}, 7, True])
def test_whatever_stands_where_a_kind_would_is_refused_in_words(kind: object) -> None:
    with pytest.raises(BadCondition, match=r"no field `kind` here - at `\$\.times`"):
        parse_condition(did(times={"kind": kind}))
