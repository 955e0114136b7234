"""Whether all is well, and where to ask for figures."""

from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from cartback.web.api.ground import Ground
from cartback.web.api.problem import Problem, problems
from cartback.web.api.reading import new_router

router = new_router("health")


class Health(BaseModel):
    """It is well; and what else there is to ask."""

    ready: bool
    metrics: Annotated[str, Field(description="Figures in Prometheus' text format.")] = "/metrics"
    alive: Annotated[str, Field(description="Whether the process answers.")] = "/healthz"
    openapi: Annotated[str, Field(description="This document.")] = "/api/v1/openapi.json"


@router.head("/health", include_in_schema=False)
@router.get("/health", responses=problems())
async def read_health(request: Request) -> Health:
    """Whether the database answers and its schema is the newest. No key is needed."""
    ground: Ground = request.app.state.ground
    wrong = await run_in_threadpool(ground.is_ready)
    if wrong is not None:
        raise Problem(503, "not-ready", wrong, headers={"Retry-After": "5"})
    return Health(ready=True)
