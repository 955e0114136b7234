"""The API as one ASGI application."""

from functools import cache, partial
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from cartback.web.api import (
    carts,
    changes,
    codes,
    copies,
    coupons,
    deliverability,
    doubts,
    drafts,
    events,
    feed,
    figures,
    flows,
    health,
    keys,
    lists,
    mailing,
    members,
    merges,
    messages,
    permission,
    products,
    profiles,
    ready,
    recoveries,
    restores,
    reviews,
    schemas,
    segments,
    sent_mail,
    shops,
    suppressions,
    templates,
    trials,
    webhook_secret,
)
from cartback.web.api.ground import Ground
from cartback.web.api.problem import ProblemDocument, answer_problems

PREFIX: Final = "/api/v1"
_NOUNS: Final = (
    shops,
    keys,
    changes,
    events,
    profiles,
    merges,
    carts,
    lists,
    drafts,
    segments,
    members,
    products,
    feed,
    reviews,
    coupons,
    codes,
    restores,
    flows,
    figures,
    trials,
    templates,
    ready,
    messages,
    copies,
    doubts,
    sent_mail,
    recoveries,
    mailing,
    deliverability,
    webhook_secret,
    suppressions,
    permission,
    schemas,
    health,
)


def make_api(ground: Ground) -> FastAPI:
    """The application for everything below PREFIX."""
    app = _bare()
    app.router.routes += _routes()
    app.state.ground = ground
    answer_problems(app)
    app.openapi = cache(partial(_document, app))  # type: ignore[method-assign]
    return app


def document() -> dict[str, Any]:
    """The OpenAPI document, without an application that could answer."""
    app = _bare()
    app.router.routes += _routes()
    return _document(app)


@cache
def _routes() -> list[BaseRoute]:
    """Read from the handlers once in a process, which takes a tenth of a second."""
    router = APIRouter(generate_unique_id_function=_operation)
    for noun in _NOUNS:
        router.include_router(noun.router, prefix=PREFIX)
    return router.routes


def _operation(route: APIRoute) -> str:
    return route.name


def _bare() -> FastAPI:
    return FastAPI(
        title="Cartback",
        version="1",
        description=(
            "Who has left a cart behind, at every second, and why. Every request is about the shop"
            " of its key. Errors are problem documents (RFC 9457); pages have a cursor."
        ),
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,  # these would load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )


def _document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document: what FastAPI says of itself in place of our errors is taken out."""
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    schemas = document["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["ProblemDocument"] = ProblemDocument.model_json_schema(
        ref_template="#/components/schemas/{model}"
    )
    schemas.update(schemas["ProblemDocument"].pop("$defs"))
    return document
