"""The schemas of flows, templates and coupons accept what is read, and refuse what is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from cartback.channels.email.ready import KEYS, ready
from cartback.domain.coupon import coupon_document, parse_coupon
from cartback.domain.document_schema import KINDS, Kind, document_schema
from cartback.domain.flow import flow_document
from cartback.domain.template import template_document
from tests.flow_strategies import flow_rules
from tests.strategies import scenes
from tests.web.console.automations import WINTER

FOLDER = Path(__file__).parents[2] / "docs/schemas"


def valid(kind: Kind, document: dict[str, Any]) -> bool:
    plain = json.loads(json.dumps(document))
    return bool(Draft202012Validator(SCHEMAS[kind]).is_valid(plain))


SCHEMAS = {kind: json.loads(json.dumps(document_schema(kind))) for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_the_committed_schema_is_the_one_that_the_types_make(kind: Kind) -> None:
    again = f"cartback flow schema {kind} > docs/schemas/{kind}.schema.json"
    committed = json.loads((FOLDER / f"{kind}.schema.json").read_text())
    assert committed == SCHEMAS[kind], f"make it again: {again}"
    Draft202012Validator.check_schema(SCHEMAS[kind])


@given(st.data())
def test_whatever_flow_is_read_is_accepted(data: st.DataObject) -> None:
    rules = data.draw(flow_rules(data.draw(scenes())))
    for one in rules.flows:
        assert valid("flow", flow_document(one.flow))


def test_every_kind_of_step_is_accepted_and_a_wrong_word_is_not() -> None:
    assert valid("flow", WINTER)
    assert valid("flow", {**WINTER, "key": "winter", "base": "5c1f0e7a92bd"})
    assert not valid("flow", {**WINTER, "trigger": {"kind": "cart"}})
    assert not valid("flow", {**WINTER, "steps": [{"kind": "mail", "key": "x"}]})
    assert not valid("flow", {**WINTER, "prio": 3})


def test_every_ready_made_template_is_accepted() -> None:
    for key in KEYS:
        for language in ("en", "ko"):
            document = template_document(ready(key).template(language))
            assert valid("template", {"name": key, **document})
    assert not valid("template", {"name": "x", "subject": "x", "blocks": [{"kind": "txt"}]})


def test_coupons_too() -> None:
    ten = {"gives": {"kind": "percent", "percent": 10}, "currency": "EUR", "budget": 1_000}
    assert valid("coupon", {"name": "Ten", **coupon_document(parse_coupon(ten))})
    assert not valid("coupon", {"name": "Ten", "gives": {"kind": "percent", "percent": 101}})
