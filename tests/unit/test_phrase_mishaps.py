"""What went wrong is kept in English and said again in the language of whoever reads it."""

from __future__ import annotations

import re
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartback.channels.email.mistakes import BadLiquid
from cartback.domain.fault import Fault
from cartback.domain.mishap import MISHAPS, read_back
from cartback.domain.phrase import Language, fault_text, kept_text
from cartback.domain.phrase.korean_mishaps import KOREAN_MISHAPS

HANGUL = re.compile(r"[가-힣]")
DETAILS = {
    "host": "mail.shop.example:587",
    "said": "550 5.1.1 <ada@shop.example>: it answers: nobody (here) does not answer: no",
    "address": "fd00::1",
    "url": "https://shop.example/feed.csv?a=1",
    "status": "503",
    "there": "'https://elsewhere.example/'",
    "port": "25",
    "allowed": "80, 443",
    "most": "64,000",
    "count": "12",
    "seconds": "20",
    "field": "rating",
    "key": "come-back",
    "text": "'ada at shop'",
    "line": "3",
    "near": "upcase",
    "tag": "if",
    "end": "endif",
    "name": "upper",
}


@pytest.mark.parametrize("kind, template", MISHAPS.items())
def test_each_is_read_back_as_what_it_was(kind: str, template: str) -> None:
    for _, field, form, conversion in Formatter().parse(template):
        assert not form, "a kept field is text"
        assert not conversion
        assert field is None or field in DETAILS
    fault = Fault(kind, **DETAILS)
    read = read_back(str(fault))
    assert read is not None
    assert (read.kind, str(Fault(read.kind, **read.about))) == (kind, str(fault))
    korean = kept_text(str(fault), Language.KOREAN)
    assert korean == fault_text(fault, Language.KOREAN) == KOREAN_MISHAPS[kind].format_map(DETAILS)
    assert HANGUL.search(korean)
    assert kept_text(str(fault), Language.ENGLISH) == str(fault)


def test_what_a_mishap_says_within_another_is_said_again_too() -> None:
    mistake = BadLiquid("unknown_filter", line=2, near="upcase", name="upper")
    for said, korean in (
        (Fault("no_way_out"), "수신거부 링크가 없습니다. 템플릿에 바닥글을 넣으세요"),
        (mistake, "2번째 줄: `upper` 필터는 없어요. 혹시 `upcase` 인가요?"),
    ):
        kept = str(Fault("template_unusable", key="help", said=said))
        assert kept_text(kept, Language.KOREAN) == f"템플릿 “help”: {korean}"


@given(st.text())
def test_what_somebody_else_said_stays(said: str) -> None:
    assert kept_text(said, Language.ENGLISH) == said
    assert said in kept_text(str(Fault("server_answered", said=said)), Language.KOREAN)
    if read_back(said) is None:
        assert kept_text(said, Language.KOREAN) == said
