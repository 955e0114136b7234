"""JSON Schemas of documents, for editors and for programs that write them."""

from functools import cache
from typing import Any, Final

import msgspec
from starlette.responses import Response

from cartback.domain.document_schema import Kind, document_schema
from cartback.domain.schema import condition_schema, segment_schema
from cartback.web.api.problem import problems
from cartback.web.api.reading import new_router

router = new_router("schemas")

MEDIA_TYPE: Final = "application/schema+json"
_SAID: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "A JSON Schema, draft 2020-12",
        "content": {MEDIA_TYPE: {"schema": {"type": "object"}}},
    }
}


@router.get("/schemas/condition", response_class=Response, responses=_SAID | problems())
def read_condition_schema() -> Response:
    """The schema of a condition, as in `when`. No key is needed."""
    return Response(_condition(), media_type=MEDIA_TYPE)


@router.get("/schemas/segment", response_class=Response, responses=_SAID | problems())
def read_segment_schema() -> Response:
    """The schema of a segment document, as files have it. No key is needed."""
    return Response(_segment(), media_type=MEDIA_TYPE)


@router.get("/schemas/{kind}", response_class=Response, responses=_SAID | problems(404))
def read_document_schema(kind: Kind) -> Response:
    """The schema of a flow, a template or a coupon, as files have it. No key is needed."""
    return Response(_document(kind), media_type=MEDIA_TYPE)


@cache
def _document(kind: Kind) -> bytes:
    return msgspec.json.encode(document_schema(kind))


@cache
def _condition() -> bytes:
    return msgspec.json.encode(condition_schema())


@cache
def _segment() -> bytes:
    return msgspec.json.encode(segment_schema())
