"""YAML as it is written: read back the same, whatever it says, and always laid out alike."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from cartback.cli.documents import read_document
from cartback.cli.written import as_yaml
from cartback.domain.condition import condition_document, parse_condition
from cartback.domain.rules import Settings
from cartback.engine.folder import file_of, read_folder, segment_base, segment_document
from tests.condition_strategies import conditions
from tests.strategies import scenes


def read_back(text: str) -> Any:  # noqa: ANN401  any JSON
    with TemporaryDirectory() as folder:
        path = Path(folder) / "it.yaml"
        path.write_bytes(text.encode())
        return read_document(str(path))


@given(st.data())
def test_a_definition_is_read_back_as_it_was_written(data: st.DataObject) -> None:
    scene = data.draw(scenes())
    drawn = data.draw(conditions(scene, carts=True, segments=("s",)))
    condition = parse_condition(condition_document(drawn))
    name = data.draw(st.text(st.characters(codec="utf-8"), min_size=1, max_size=20))
    document = segment_document("it", f"x{name}".replace("\x00", "").strip(), condition)
    text = as_yaml(document)
    assert read_back(text) == document
    assert as_yaml(read_back(text)) == text
    folder = read_folder({file_of("it"): read_back(text)}, Settings())
    found = folder.segments["it"]
    assert found.when == condition
    assert found.base == segment_base(found.name, found.when)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20))
@example("yes")
@example("1:30")
@example("2026-03-01")
@example("1e3")
@example("null")
@example("=")
@example("\x85\u2028\ufeff\x07")
@example("#: - [")
def test_every_text_is_read_back_as_it_was_written(text: str) -> None:
    value = {"kind": "trait", "path": "plan", "is": "equals", "value": text}
    document = {"name": "it", "when": {"kind": "not", "of": value}}
    assert read_back(as_yaml(document)) == document


def test_the_same_document_has_one_layout() -> None:
    week = {"kind": "last", "duration": "1 week"}
    when = {
        "kind": "all",
        "of": [{"kind": "did", "metric": "Checkout Started", "within": week}, {"kind": "cart"}],
    }
    written = as_yaml(segment_document("it", "Half-filled 장바구니", parse_condition(when)))
    base = segment_base("Half-filled 장바구니", parse_condition(when))
    assert condition_document(parse_condition(when)) == when
    assert written == (
        "key: it\n"
        "name: Half-filled 장바구니\n"
        "when:\n"
        "  kind: all\n"
        "  of:\n"
        "    - kind: did\n"
        "      metric: Checkout Started\n"
        "      within: {kind: last, duration: 1 week}\n"
        "    - {kind: cart}\n"
        f"base: {base}\n"
    )
