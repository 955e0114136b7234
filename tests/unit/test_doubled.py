"""A field that stands twice in one object is refused with its place, in YAML and in JSON."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartback.cli.documents import read_document
from cartback.cli.errors import Refusal
from cartback.domain.doubled import DoubledField, decode_json
from cartback.domain.event import Json
from cartback.domain.phrase import Language, fault_text
from cartback.sources.file import parse_mapping
from cartback.sources.file.mapping import BadMapping

TEST = '[{"kind": "property", "path": "a", "is": "exists"}]'
DOUBLED = [
    ('{"name": "A", "name": "B"}', "`name`", "write it once - at `$`"),
    (
        f'{{"when": {{"kind": "did", "where": {TEST}, "metric": "A", "where": {TEST}}}}}',
        "`where`",
        "put what is in both into one list - at `$.when`",
    ),
    ('{"when": {"kind": "a"}, "when": {"kind": "b"}}', "`when`", "{kind: all, of: [ … ]} - at `$`"),
    ('{"of": [1, {"metric": "A", "metric": "A"}]}', "`metric`", "write it once - at `$.of[1]`"),
    ('{"a": {"b": 1, "b": 1}, "a": 2}', "`a`", "write it once - at `$`"),
    ('{"a": 1, "\\u0061": 1}', "`a`", "write it once - at `$`"),
]


@pytest.mark.parametrize("text, field, instead", DOUBLED)
def test_a_field_that_stands_twice_is_refused_with_its_place(
    text: str, field: str, instead: str, tmp_path: Path
) -> None:
    with pytest.raises(DoubledField) as in_json:
        decode_json(text)
    said = str(in_json.value)
    assert said.startswith(field)
    assert said.endswith(instead)
    assert in_json.value.fault is not None
    assert "두 번" in fault_text(in_json.value.fault, Language.KOREAN)
    for name, written in (("a.json", text), ("a.yaml", f"# YAML\n{text}")):
        file = tmp_path / name
        file.write_text(written, encoding="utf-8")
        with pytest.raises(Refusal) as in_file:
            read_document(str(file))
        assert in_file.value.message.endswith(said)


def test_in_yaml_its_line_is_told(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("name: A\nwhen:\n  kind: did\n  metric: A\n  metric: B\n", "utf-8")
    with pytest.raises(Refusal, match=r"a\.yaml, line 5: `metric` stands here twice.*`\$\.when`"):
        read_document(str(file))


def test_a_mapping_of_columns_is_read_as_strictly() -> None:
    with pytest.raises(BadMapping, match="`time` stands here twice"):
        parse_mapping("time: {column: a}\nidentifiers: []\ntime: {column: b}\n")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text(max_size=5),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner),
        max_leaves=12,
    )
)
def test_all_other_json_is_read_as_it_stands(document: Json) -> None:
    text = json.dumps(document)
    assert decode_json(text) == decode_json(text.encode()) == msgspec.json.decode(text)
