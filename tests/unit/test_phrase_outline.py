"""A whole tree in words, a line for each part."""

from cartback.domain.condition import All, parse_condition
from cartback.domain.phrase import Language, Names, describe, outline

TREE = parse_condition(
    {
        "kind": "all",
        "of": [
            {"kind": "did", "metric": "Checkout Started"},
            {"kind": "not", "of": {"kind": "in_segment", "segment": "buyers"}},
        ],
    }
)
NAMES = Names(segments={"buyers": "Buyers of today"})


def test_each_part_is_a_line_indented_below_its_group() -> None:
    for language in Language:
        lines = outline(TREE, language, NAMES).splitlines()
        assert [len(line) - len(line.lstrip()) for line in lines] == [0, 2, 2, 4]
        assert isinstance(TREE, All)
        assert lines[0] == describe(TREE, language, NAMES)
        assert lines[1].strip() == describe(TREE.of[0], language, NAMES)
        assert "Buyers of today" in lines[3]


def test_a_single_question_is_one_line() -> None:
    leaf = parse_condition({"kind": "did", "metric": "A"})
    assert outline(leaf, Language.KOREAN) == describe(leaf, Language.KOREAN)
