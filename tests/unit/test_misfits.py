"""Every kind of sentence that the validators say becomes one that says what to write, in English
and in Korean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import pytest
from msgspec import Meta
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cartback.domain.contact import BadRules, channel_rules
from cartback.domain.coupon import BadCoupon, parse_coupon
from cartback.domain.fault import ENGLISH
from cartback.domain.misfit import FORMS, misfit
from cartback.domain.phrase import Language, fault_at, fault_text
from cartback.engine.credit_windows import CreditWindows
from cartback.web.api.wording import complaint

HANGUL = re.compile("[가-힣]")
TERSE = re.compile(r"Expected|Invalid|Object |got `|<=|>=|matching regex|encoded|Input should")


class Colour(Enum):
    RED = "red"


class Mug(msgspec.Struct, forbid_unknown_fields=True, tag_field="kind", tag="mug"):
    size: int = 1


class Cup(msgspec.Struct, tag_field="kind", tag="cup"):
    colour: str


MISFITS: list[tuple[Any, Any, str, str]] = [
    (int, "x", "wants_whole", "write a whole number here, such as 5"),
    (int | None, "x", "wants_whole", "write a whole number here, such as 5"),
    (int, 1.5, "wants_whole", "write a whole number here, such as 5"),
    (str, None, "wants_text", "write a text here"),
    (float, "x", "wants_number", "write a number here, such as 12.5"),
    (bool, 1, "wants_yes_no", "write true or false here"),
    (tuple[int, ...], {}, "wants_list", "write a list here: [ … ]"),
    (Cup, [], "wants_object", "write an object here: { … }"),
    (None, 5, "wants_nothing", "write null here, or leave the field out"),
    (date, "x", "wants_date", "write a day such as 2026-03-01"),
    (date, 5, "wants_date", "write a day such as 2026-03-01"),
    (datetime, "x", "wants_time", "write a time with its zone, such as 2026-03-01T12:00:00Z"),
    (time, "x", "wants_clock", "write a time of day such as 09:00"),
    (int | str, [], "wants_one_of", "write one of these kinds of value here: int, str"),
    (UUID, "x", "wants_other", "this is no UUID; write one"),
    (Decimal, "x", "wants_other", "this is no decimal; write one"),
    (bytes, "!", "wants_other", "this is no base64; write one"),
    (Annotated[int, Meta(le=364)], 365, "number_at_most", "write a number up to 364"),
    (Annotated[int, Meta(ge=1)], 0, "number_at_least", "write a number from 1 on"),
    (Annotated[int, Meta(lt=5)], 5, "number_at_most", "write a number up to 4"),
    (Annotated[int, Meta(gt=5)], 5, "number_at_least", "write a number from 6 on"),
    (Annotated[float, Meta(lt=0.5)], 1.0, "number_below", "write a number below 0.5"),
    (Annotated[float, Meta(gt=0.5)], 0.1, "number_above", "write a number above 0.5"),
    (Annotated[float, Meta(ge=-1.5)], -2.0, "number_at_least", "write a number from -1.5 on"),
    (Annotated[int, Meta(multiple_of=5)], 3, "wants_multiple", "write a multiple of 5"),
    (Annotated[str, Meta(max_length=3)], "xxxx", "text_at_most", "shorten it to at most 3 char"),
    (Annotated[str, Meta(min_length=3)], "x", "text_at_least", "write at least 3 characters"),
    (Annotated[str, Meta(min_length=1)], "", "wants_something", "write something here; it is em"),
    (Annotated[list[int], Meta(max_length=1)], [1, 2], "list_at_most", "give at most 1 of them"),
    (Annotated[list[int], Meta(min_length=2)], [1], "list_at_least", "give at least 2 of them"),
    (Annotated[list[int], Meta(min_length=1)], [], "list_empty", "give at least one; there is"),
    (tuple[int, int], [1], "list_exactly", "give 2 of them, no more and no fewer"),
    (Annotated[dict[str, int], Meta(max_length=0)], {"a": 1}, "list_at_most", "give at most 0"),
    (Annotated[dict[str, int], Meta(min_length=2)], {}, "list_at_least", "give at least 2 of them"),
    (Annotated[str, Meta(pattern="^a'?b$")], "c", "wants_pattern", "as the pattern ^a'?b$ asks"),
    (
        Annotated[str, Meta(pattern="^\\d\"'$")],
        "c",
        "wants_pattern",
        "pattern ^\\d\"'$ asks",
    ),
    (Cup, {"kind": "cup"}, "field_missing", "the field `colour` is missing; write it"),
    (Mug, {"kind": "mug", "x": 1}, "field_unknown", "there is no field `x` here; take it out, or"),
    (Mug | Cup, {"kind": "bowl"}, "word_unknown", "'bowl' is none of the words that may stand"),
    (Literal["a", "b"], "c", "word_unknown", "'c' is none of the words that may stand here"),
    (Literal[1, 2], 3, "word_unknown", "'3' is none of the words that may stand here"),
    (Colour, "blue", "word_unknown", "'blue' is none of the words that may stand here"),
]


@pytest.mark.parametrize("wanted, given, kind, said", MISFITS, ids=range(len(MISFITS)))
def test_each_sentence_of_msgspec_says_what_to_write(
    wanted: Any,  # noqa: ANN401  any type
    given: Any,  # noqa: ANN401  any JSON
    kind: str,
    said: str,
) -> None:
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.convert({"at": given}, dict[str, wanted])
    fault = misfit(str(refused.value).partition(" - at `")[0])
    assert fault is not None, refused.value
    assert (fault.kind, said in str(fault)) == (kind, True), str(fault)
    for language in Language:
        sentence = fault_text(refused.value, language)
        assert not TERSE.search(sentence), sentence
    assert HANGUL.search(fault_text(refused.value, Language.KOREAN))
    assert "(위치: [...]" in fault_at(refused.value, Language.KOREAN)


@pytest.mark.parametrize("pattern, kind", FORMS.items())
def test_patterns_that_have_a_meaning_are_said_by_it(pattern: str, kind: str) -> None:
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.convert("\0 ", Annotated[str, Meta(pattern=pattern)])
    fault = misfit(str(refused.value))
    assert fault is not None
    assert fault.kind == kind


def test_every_pattern_of_our_documents_has_a_meaning() -> None:
    source = Path(__file__).parents[2] / "src" / "cartback"
    for file in (*source.glob("domain/*.py"), *source.glob("engine/*.py")):
        for pattern in re.findall(r'pattern=r?"([^"]+)"', file.read_text()):
            assert pattern in FORMS, (file.name, pattern)


def test_what_a_reader_says_itself_stays() -> None:
    assert misfit("`columns` needs at least one column") is None
    assert fault_text(ValueError("only this"), Language.ENGLISH) == "only this"


# --- documents that say no more than that ---------------------------------------------------------


def test_a_coupon_is_refused_in_both_languages() -> None:
    gives = {"kind": "percent", "percent": 10}
    for document, english, korean in (
        ({"gives": gives | {"percent": 101}}, "up to 100 - at `$.gives.percent`", "100 이하의 수"),
        ({"gives": {"kind": "percnt"}}, "did you mean 'percent'?", "“percent” 아닌가요?"),
        ({"gives": gives | {"percetn": 1}}, "did you mean 'percent'?", "“percent” 아닌가요?"),
        ({"gives": gives, "expries": ""}, "did you mean 'expires'?", "“expires” 아닌가요?"),
        ({"gives": gives, "budget": 5}, "needs a `currency`", "`currency`도 쓰세요"),
        ({"gives": gives, "expires": "soon"}, "such as 72 hours", "72 hours처럼"),
        ({"gives": gives, "prefix": "a b"}, "12 capital letters", "영문 대문자와 숫자"),
        ({"gives": gives, "prefix": "\0"}, "NUL", "NUL"),
        ({"gives": None}, "write an object here", "객체로 쓰세요"),
    ):
        with pytest.raises(BadCoupon) as refused:
            parse_coupon(document)
        assert english in fault_at(refused.value, Language.ENGLISH)
        assert korean in fault_at(refused.value, Language.KOREAN)


@pytest.mark.parametrize(
    "rules, said",
    [
        ({"gap": "often"}, "write a number and a unit"),
        ({"quiet_from": "21:00"}, "belong together: write both, or neither"),
        ({"quiet_from": "21:00", "quiet_until": "21:00"}, "change one of them"),
        ({"quiet_from": "9pm", "quiet_until": "08:00"}, "write a time of day such as 09:00"),
        ({"a_week": 0}, "write a number from 1 on"),
        ({"a_weke": 1}, "did you mean 'a_week'?"),
    ],
)
def test_contact_rules_are_refused_with_what_to_write(rules: Mapping[str, Any], said: str) -> None:
    with pytest.raises(BadRules, match=re.escape(said)) as refused:
        channel_rules(dict(rules))
    assert HANGUL.search(fault_at(refused.value, Language.KOREAN))


def test_windows_say_which_and_how_long() -> None:
    with pytest.raises(msgspec.ValidationError, match="`open`: '3 seconds' is too short or too"):
        msgspec.convert({"open": "3 seconds"}, CreditWindows)


# --- Pydantic's -----------------------------------------------------------------------------------


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: str = Field(default="", min_length=2, max_length=3, pattern="^[a-z]+$")
    some: str = Field(default="a", min_length=1)
    count: int = Field(default=1, ge=1, le=9)
    share: float = Field(default=0.5, gt=0, lt=1)
    yes: bool = True
    many: list[int] = Field(default=[1], min_length=1, max_length=2)
    map: dict[str, int] = {}
    word: Literal["a", "b"] = "a"
    colour: Colour = Colour.RED
    nothing: None = None
    day: date = date(2026, 3, 1)
    at: datetime = datetime(2026, 3, 1)  # noqa: DTZ001  only its type counts


class Whole(BaseModel):
    needed: int


WRONG: list[tuple[type[BaseModel], Any, str]] = [
    (Whole, {}, "it is missing; write it"),
    (Whole, [], "write an object here"),
    (Whole, {"needed": "x"}, "write a whole number here"),
    (Whole, {"needed": "9" * 5_000}, "at most 19 digits"),
    (Whole, {"needed": 1.5}, "write a whole number here"),
    (Whole, {"needed": None}, "write a whole number here"),
    (Body, {"txet": "aa"}, "there is no such field here; take it out"),
    (Body, {"text": 1}, "write a text here"),
    (Body, {"text": "a"}, "write at least 2 characters"),
    (Body, {"text": "aaaa"}, "shorten it to at most 3 characters"),
    (Body, {"text": "A1"}, "as the pattern ^[a-z]+$ asks"),
    (Body, {"some": ""}, "write something here; it is empty"),
    (Body, {"count": 0}, "write a number from 1 on"),
    (Body, {"count": 10}, "write a number up to 9"),
    (Body, {"share": 0}, "write a number above 0"),
    (Body, {"share": 1}, "write a number below 1"),
    (Body, {"share": "x"}, "write a number here"),
    (Body, {"share": []}, "write a number here"),
    (Body, {"yes": "perhaps"}, "write true or false here"),
    (Body, {"yes": []}, "write true or false here"),
    (Body, {"many": 1}, "write a list here"),
    (Body, {"many": []}, "give at least one; there is none"),
    (Body, {"many": [1, 2, 3]}, "give at most 2 of them"),
    (Body, {"map": []}, "write an object here"),
    (Body, {"word": "c"}, "choose one of these words: 'a' or 'b'"),
    (Body, {"colour": "blue"}, "choose one of these words: 'red'"),
    (Body, {"nothing": 1}, "write null here"),
    (Body, {"day": "x"}, "write a day such as"),
    (Body, {"day": []}, "write a day such as"),
    (Body, {"at": "x"}, "write a time with its zone"),
    (Body, {"at": []}, "write a time with its zone"),
]


@pytest.mark.parametrize("model, given, said", WRONG, ids=range(len(WRONG)))
def test_each_sentence_of_pydantic_says_what_to_write(
    model: type[BaseModel],
    given: Any,  # noqa: ANN401  any JSON
    said: str,
) -> None:
    with pytest.raises(ValidationError) as refused:
        model.model_validate(given)
    [error] = refused.value.errors()
    found = complaint(error | {"loc": ("body", *error["loc"])})
    assert said in found.detail
    assert not TERSE.search(found.detail)


def test_no_sentence_of_ours_is_terse() -> None:
    for kind, sentence in ENGLISH.items():
        assert not TERSE.search(sentence), kind
