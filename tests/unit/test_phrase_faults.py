"""What is wrong with a document is said in every language, from the same kinds and details."""

from __future__ import annotations

import pickle
from string import Formatter

import pytest

from cartback.domain.condition import BadCondition, parse_condition
from cartback.domain.event import Json
from cartback.domain.fault import ENGLISH, Fault
from cartback.domain.flow import BadFlow, parse_flow
from cartback.domain.instant import BadTime, parse_duration
from cartback.domain.phrase import Language, fault_at, fault_text
from cartback.domain.phrase.korean_faults import KOREAN


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def test_each_language_knows_each_kind_and_names_nothing_else() -> None:
    assert KOREAN.keys() == ENGLISH.keys()
    for kind, template in KOREAN.items():
        assert fields(template) <= fields(ENGLISH[kind]), kind


@pytest.mark.parametrize(
    "document, english, korean",
    [
        (
            {"kind": "did", "metric": "", "times": {"at_least": 1}},
            "a metric's name has 1 to 255 characters",
            "이벤트 이름은 1~255자입니다",
        ),
        (
            {"kind": "did", "metric": "A", "within": {"kind": "last", "duration": "soon"}},
            "'soon' is not a duration; write a number and a unit, such as 60 minutes,"
            " 4 hours, 7 days or 2 weeks",
            "“soon”: 기간이 아닙니다. 60 minutes, 4 hours, 7 days, 2 weeks처럼 수와 단위를 쓰세요",
        ),
        (
            {"kind": "share", "percent": 101},
            "`percent` is from 0 to 100",
            "비율은 0부터 100까지 쓸 수 있습니다",
        ),
        (
            {"kind": "all", "of": []},
            "`of` needs at least one condition",
            "`of`에는 조건이 하나 이상 있어야 합니다",
        ),
        (
            {"kind": "share", "percent": "x"},
            "write a number here, such as 12.5",
            "12.5처럼 숫자로 쓰세요",
        ),
    ],
)
def test_what_a_reader_of_a_condition_is_told(document: Json, english: str, korean: str) -> None:
    with pytest.raises(BadCondition) as refused:
        parse_condition(document)
    assert fault_text(refused.value, Language.ENGLISH) == english
    assert fault_text(refused.value, Language.KOREAN) == korean


def test_a_fault_can_be_sent_to_another_process() -> None:
    with pytest.raises(BadTime) as refused:
        parse_duration("soon")
    again = pickle.loads(pickle.dumps(refused.value))  # noqa: S301  our own
    assert (type(again), again.kind, str(again)) == (BadTime, "not_a_duration", str(refused.value))
    assert isinstance(again, Fault)


@pytest.mark.parametrize(
    "change, english, korean",
    [
        (
            {"trigger": {"kind": "cart"}},
            "did you mean 'cart_abandoned'?",
            "“cart”: 여기에 쓸 수 없는 값입니다. “cart_abandoned” 아닌가요? (위치: trigger.kind)",
        ),
        (
            {"steps": [{"kind": "end", "key": "A b"}]},
            "'A b' is no key of a step",
            "“A b”: 단계의 키가 아닙니다",
        ),
        (
            {"steps": [{"kind": "email", "key": "a", "template": "t", "useful": "soon"}]},
            "'soon' is not a duration",
            "“soon”: 기간이 아닙니다",
        ),
        (
            {"steps": [{"kind": "mail", "key": "a"}]},
            "did you mean 'email'?",
            "(위치: steps[0].kind)",
        ),
        ({"name": " "}, "`name` has 1 to 200 characters", "`name`은 1~200자입니다"),
    ],
)
def test_what_a_reader_of_a_flow_is_told(change: Json, english: str, korean: str) -> None:
    flow = {"name": "x", "trigger": {"kind": "cart_abandoned"}, "steps": []}
    with pytest.raises(BadFlow) as refused:
        parse_flow({**flow, **change})
    assert english in fault_at(refused.value, Language.ENGLISH)
    assert korean in fault_at(refused.value, Language.KOREAN)
