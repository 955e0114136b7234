"""A location names countries by two letters: another text could be nowhere that anybody is."""

from __future__ import annotations

import pytest

from cartback.domain.condition import BadCondition, Located, parse_condition
from cartback.domain.phrase import Language, fault_at
from cartback.engine.countries import check_countries, country_meant
from cartback.engine.segment_document import BadSegment, parse_segment


@pytest.mark.parametrize(
    "text, meant",
    [
        ("KOR", "KR"),
        ("kor", "KR"),
        ("Korea", "KR"),
        ("South Korea", "KR"),
        ("대한민국", "KR"),
        ("한국", "KR"),
        ("Germany", "DE"),
        ("UK", "GB"),
        ("EU", ""),
        ("Atlantis", ""),
        ("", ""),
        ("SUN", ""),  # the Soviet Union became many
    ],
)
def test_another_text_is_refused_with_what_it_means(text: str, meant: str) -> None:
    assert country_meant(text) == meant
    somewhere = {"kind": "location", "country": ["de", text]}
    with pytest.raises(BadCondition) as refused:
        check_countries({"when": {"kind": "not", "of": somewhere}})
    said = f"{text!r} is no country; write its two letters (ISO 3166-1), such as KR or US"
    near = f"; did you mean {meant!r}?" if meant else ""
    assert str(refused.value) == f"{said} - at `$.when.of.country[1]`{near}"
    korean = fault_at(refused.value, Language.KOREAN)
    assert "국가 코드가 아닙니다" in korean
    assert (f"“{meant}” 아닌가요?" in korean) == bool(meant)


def test_a_segment_is_saved_with_codes_only() -> None:
    for country in ("KR", "kr", "NO", "XK"):
        parse_segment({"name": "A", "when": {"kind": "location", "country": [country]}})
    with pytest.raises(BadSegment, match=r"^when: 'KOR' is no country.*`\$\.country\[0\]`"):
        parse_segment({"name": "A", "when": {"kind": "location", "country": ["KOR"]}})


def test_what_was_saved_before_is_read_as_ever() -> None:
    before = parse_condition({"kind": "location", "country": ["Korea"]})
    assert before == Located(country=("Korea",))
