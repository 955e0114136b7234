"""The OpenAPI document: it is the committed one, and the API keeps what it promises."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS

from cartback.config import Config
from cartback.engine.shops import create_shop
from cartback.wiring import installation
from tests.conftest import CHECKOUT
from tests.contracts.conftest import migrated_postgres
from tests.postgres import PostgresServer
from tests.web.api.conftest import spoken_to
from tests.web.api.site import ABANDONERS, API, Sink, Site, site_of

COMMITTED = CHECKOUT / "docs" / "openapi.json"
EXAMPLES = 8
PROMISES = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)


def fresh(site: Site) -> dict[str, Any]:
    document: dict[str, Any] = site.client.get(f"{API}/openapi.json").json()
    return document


def test_the_committed_document_is_the_fresh_one(site: Site) -> None:
    text = json.dumps(fresh(site), indent=1, ensure_ascii=False) + "\n"
    assert COMMITTED.read_text() == text, (
        "write it anew: python -m cartback.web.api > docs/openapi.json"
    )


def test_everything_is_described(site: Site) -> None:
    document = fresh(site)
    assert document["openapi"] == "3.1.0"
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert operation["summary"] or operation["description"], path
            assert len(operation["tags"]) == 1
            assert "422" in operation["responses"]
    for name, schema in document["components"]["schemas"].items():
        assert not name.startswith(("Body_", "HTTPValidation"))
        assert schema["type"] in {"object", "string"}


def test_no_body_takes_a_field_that_it_does_not_know(site: Site) -> None:
    """But for documents, which their own readers look at, and an event's properties."""
    document = fresh(site)
    schemas = document["components"]["schemas"]
    sent = [
        operation["requestBody"]["content"]["application/json"]["schema"]
        for path in document["paths"].values()
        for operation in path.values()
        if "requestBody" in operation
    ]
    named = {name for one in sent for name in _named_in(one, schemas)}
    assert len(named) > 25
    lax = {name for name in named if schemas[name].get("additionalProperties", True) is not False}
    assert {name for name in lax if schemas[name]["type"] == "object"} == set()


def _named_in(schema: Any, schemas: dict[str, Any]) -> set[str]:  # noqa: ANN401  any JSON
    """The schemas that this one is made of."""
    match schema:
        case {"$ref": str(place)}:
            name = place.rpartition("/")[2]
            return {name} | _named_in(schemas[name], schemas)
        case dict():
            return {name for one in schema.values() for name in _named_in(one, schemas)}
        case list():
            return {name for one in schema for name in _named_in(one, schemas)}
        case _:
            return set()


@pytest.fixture
def busy(site: Site, postgres: PostgresServer, tmp_path: Path, sink: Sink) -> Iterator[list[Site]]:
    """On each database a shop in which there is something to be found by chance: ids begin at 1."""
    with contextlib.ExitStack() as stack:
        config = Config(
            database=stack.enter_context(migrated_postgres(postgres)), data=tmp_path / "other"
        )
        base = stack.enter_context(installation(config, clock=site.wall))
        client = stack.enter_context(spoken_to(base, sink))
        made = create_shop(base.store, "Jumpers", site.wall())
        both = [site, site_of(client, base, site.wall, made)]
        for one in both:
            for who in ("ada@example.com", "bob@example.com", "device"):
                one.happens(who, "Checkout Started")
                one.happens(who, "Joined List", list="news")
            one.has_segment("A", ABANDONERS)
        yield both


def operations(site: Site) -> list[Any]:
    """Each operation of the document, ready to be called."""
    schema: Any = schemathesis.openapi.from_asgi(f"{API}/openapi.json", site.client.app)
    return [found.ok() for found in schema.get_all_operations()]


@pytest.mark.parametrize("mode", list(GenerationMode), ids=str)
def test_whatever_is_asked_the_answer_is_as_promised(
    busy: list[Site], mode: GenerationMode
) -> None:
    """Each question, which takes long to think of, is put to both databases."""
    found = operations(busy[0])
    assert len(found) > 35
    checks = CHECKS.get_by_names(PROMISES)
    for operation in found:
        _try(operation, busy, mode, checks)


THERE: dict[str, Any] = {"profile": 1, "shop": 1, "segment": "a", "key": "news", "merge": 1}


def _try(operation: Any, sites: list[Site], mode: GenerationMode, checks: Any) -> None:  # noqa: ANN401  schemathesis' own
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), there=st.booleans())
    def asked(case: Any, there: bool) -> None:  # noqa: ANN401  likewise
        if there and mode is GenerationMode.POSITIVE:
            _aim(case)
        answers = [
            case.call_and_validate(
                app=site.client.app,
                headers={"Authorization": f"Bearer {site.token}"},
                checks=checks,
            )
            for site in sites
        ]
        assert len({answer.status_code for answer in answers}) == 1, "they disagree"

    # Where nothing can be said, nothing wrong can be said either.
    with contextlib.suppress(Unsatisfiable):
        asked()


def _aim(case: Any) -> None:  # noqa: ANN401  likewise
    """Ask for something that is there."""
    if case.operation.path != f"{API}/keys/{{key}}":  # or it would revoke its own
        case.path_parameters = {
            name: THERE.get(name, value) for name, value in (case.path_parameters or {}).items()
        }
    if isinstance(case.body, dict) and "when" in case.body:
        case.body["when"] = ABANDONERS
