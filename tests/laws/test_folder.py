"""Whatever stands in a folder's files: definitions, or a sentence that names the file."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cartback.domain.klaviyo import to_klaviyo
from cartback.domain.klaviyo.terms import BadKlaviyo, Terms
from cartback.domain.rules import Settings
from cartback.engine.folder import (
    BadFolder,
    file_of,
    read_folder,
    segment_base,
    segment_document,
    shop_base,
    shop_document,
)
from tests.condition_strategies import conditions
from tests.laws.test_documents import jsons, spoil
from tests.strategies import scenes

SHOP = shop_document(Settings(), {"vip": "Friends"})


def read(file: str, document: Any) -> str:  # noqa: ANN401  any JSON
    """Why it cannot be read; empty where it can, and then it has a base and a document."""
    try:
        found = read_folder({file: document}, Settings())
    except BadFolder as refused:
        return str(refused)
    for one in found.segments.values():
        assert segment_base(one.name, one.when)
        assert segment_document(one.key, one.name, one.when)
    if found.shop is not None:
        settings = Settings(**{**SHOP["settings"], **found.shop.settings})
        assert shop_base(settings, found.shop.lists)
    return ""


@given(jsons(), st.sampled_from(["shop.yaml", file_of("it"), file_of("It's"), "segments/.yaml"]))
def test_any_document_is_read_or_refused_with_its_file(document: object, file: str) -> None:
    refusal = read(file, document)
    assert not refusal or refusal.startswith(f"{file}: ")


@given(st.data())
def test_a_file_with_one_thing_wrong_is_read_or_refused(data: st.DataObject) -> None:
    scene = data.draw(scenes())
    condition = data.draw(conditions(scene, carts=True))
    documents: list[Any] = [segment_document("it", "It", condition)]
    try:
        documents.append(to_klaviyo("It", condition, Terms()))
    except BadKlaviyo:
        documents.append(shop_document(scene.settings, {"vip": "Friends", "news": "News"}))
    for document in documents:
        file = "shop.yaml" if "settings" in document else file_of("it")
        assert read(file, document) == ""
        spoil(data, document)
        refusal = read(file, document)
        assert not refusal or refusal.startswith(f"{file}: ")
