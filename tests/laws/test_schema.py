"""The JSON Schema and the parser: what the parser reads, the schema accepts; what one thing spoils,
the schema mostly sees too.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import example as for_example
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from cartback.domain.condition import BadCondition, Condition, condition_document, parse_condition
from cartback.domain.schema import condition_schema, segment_schema
from cartback.domain.schema_words import EXAMPLES, OF_SEGMENT, TITLES, WORDS
from cartback.engine.segment_document import BadSegment, parse_segment
from tests.condition_strategies import conditions
from tests.laws.test_documents import jsons, spoil
from tests.strategies import scenes

COMMITTED = Path(__file__).parents[2] / "docs/schemas/segment.schema.json"
SCHEMA = Draft202012Validator(condition_schema())
OF_A_SEGMENT = Draft202012Validator(segment_schema())


def reads(document: object) -> bool:
    try:
        parse_condition(document)
    except BadCondition:
        return False
    return True


def test_the_committed_schema_is_the_one_that_the_types_make() -> None:
    again = "cartback segment schema > docs/schemas/segment.schema.json"
    fresh = json.loads(json.dumps(segment_schema()))
    assert json.loads(COMMITTED.read_text()) == fresh, f"make it again: {again}"
    Draft202012Validator.check_schema(segment_schema())


def test_every_kind_and_field_has_its_words_and_no_other_has() -> None:
    definitions = segment_schema()["$defs"]
    assert set(TITLES) == set(definitions)
    fields = {
        f"{name}.{field}"
        for name, part in definitions.items()
        for field in part.get("properties", ())
        if field != "kind"
    }
    assert {place for place in WORDS if not place.startswith("Segment.")} == fields


def test_every_kind_of_condition_has_an_example_that_can_be_read() -> None:
    kinds = {kind.__name__.rstrip("_") for kind in Condition.__args__}
    assert set(EXAMPLES) == kinds
    for examples in EXAMPLES.values():
        for example in examples:
            SCHEMA.validate(example)
            parse_condition(example)
    OF_A_SEGMENT.validate(OF_SEGMENT)
    parse_segment(OF_SEGMENT)


@given(st.data())
def test_what_is_written_passes_the_schema(data: st.DataObject) -> None:
    scene = data.draw(scenes())
    runs = data.draw(st.booleans())
    asked = conditions(scene, runs=runs) if runs else conditions(scene, carts=True, segments=("s",))
    SCHEMA.validate(condition_document(data.draw(asked)))


@given(st.data())
def test_what_the_parser_reads_passes_the_schema(data: st.DataObject) -> None:
    scene = data.draw(scenes())
    document = condition_document(data.draw(conditions(scene, carts=True)))
    spoil(data, document)
    if reads(document):
        SCHEMA.validate(document)


names = st.text(max_size=5) | st.sampled_from(["", " ", "A", "a-b", "x" * 201, "A\x00"])


@for_example("half of a character: \ud83d", "")
@given(jsons() | st.fixed_dictionaries({"name": names, "when": st.just(OF_SEGMENT["when"])}), names)
def test_a_segment_that_is_read_passes_the_schema(document: Any, key: str) -> None:  # noqa: ANN401
    if isinstance(document, dict):
        document["key"] = key
    try:
        parse_segment(document)
    except BadSegment:
        return
    OF_A_SEGMENT.validate(document)


WRONG: list[Any] = [None, True, -1, 1_000_001, 0.5, "", "soon", "\x00", [], [None], {}, {"kind": 1}]


def spoilt(document: Any) -> Iterator[Any]:  # noqa: ANN401  any JSON
    """The document with each place replaced by something else, left out, or with one added."""
    yield from WRONG
    if not isinstance(document, dict | list):
        return
    items = document.items() if isinstance(document, dict) else enumerate(document)
    for name, one in list(items):
        for other in spoilt(one):
            changed = copy.copy(document)
            changed[name] = other
            yield changed
        if isinstance(document, dict):
            yield {other: kept for other, kept in document.items() if other != name}
            yield {(f"{other}x" if other == name else other): v for other, v in document.items()}


def test_the_schema_sees_nearly_all_that_the_parser_refuses() -> None:
    """What it cannot see is known: order of two bounds, dates and patterns that are none."""
    examples = [example for several in EXAMPLES.values() for example in several]
    refused = [one for example in examples for one in spoilt(example) if not reads(one)]
    seen = sum(not SCHEMA.is_valid(document) for document in refused)
    assert len(refused) > 1_000
    assert seen / len(refused) > 0.95, f"only {seen} of {len(refused)}"
