"""Errors as RFC 9457 has them: what is wrong, where, and what to write instead."""

import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any, Final, TypeAlias

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from cartback.engine.intake import Overloaded
from cartback.engine.ports import Contention
from cartback.web.api.wording import Complaint, complaint, of_document

MEDIA_TYPE: Final = "application/problem+json"
_FAMILY: Final = "urn:cartback:problem:"
_log = logging.getLogger("cartback.api")


class Fault(BaseModel):
    """One thing that is wrong with the request."""

    where: Annotated[str, Field(description="`body`, `query`, `path` or `header`.")]
    field: Annotated[str, Field(description="Its path, such as `when.of[0].metric`.")]
    detail: Annotated[str, Field(description="What is wrong, and what to write.")]
    suggestion: Annotated[str | None, Field(description="What was likely meant.")] = None


class ProblemDocument(BaseModel):
    """The body of every answer that is not a success."""

    type: Annotated[str, Field(description="Which problem it is; always the same for the same.")]
    title: Annotated[str, Field(description="The problem in a few words.")]
    status: int
    detail: Annotated[str, Field(description="A sentence for whoever sent the request.")]
    errors: Annotated[list[Fault], Field(description="The faults one by one.")] = []
    present: Annotated[
        dict[str, Any] | None, Field(description="What is there now, where yours was out of date.")
    ] = None


class Problem(HTTPException):
    """Raised by a handler, answered as a problem document."""

    def __init__(
        self,
        status: int,
        name: str,
        detail: str,
        *,
        errors: Sequence[Complaint] = (),
        present: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`name` is the problem's own, such as `stale-version`."""
        super().__init__(status, detail, dict(headers) if headers else None)
        self.name = name
        self.errors = errors
        self.present = present


def not_found(what: str) -> Problem:
    """There is no such thing in this shop; what another shop has is not told."""
    return Problem(404, "not-found", what)


def unfit(detail: str, errors: Sequence[Complaint] = ()) -> Problem:
    """The request is understood and makes no sense."""
    return Problem(422, "unfit", detail, errors=errors)


def unfit_document(error: Exception, within: str = "when") -> Problem:
    """What is wrong with a document that stood in the body's field `within`, and where."""
    fault = of_document(error, within)
    place = f"{fault.field}: " if fault.field else ""
    return unfit(f"{place}{fault.detail}", [fault])


def bad(where: str, field: str, detail: str) -> Problem:
    """One field of the request is wrong."""
    return unfit(f"{field}: {detail}", [Complaint(where, field, detail)])


# --- answering ----------------------------------------------------------------------------------

Handler: TypeAlias = Callable[[Request, Any], Awaitable[Response]]

_TITLES: Final = {
    400: "The request cannot be read",
    401: "Say who you are",
    403: "This key may not do that",
    404: "There is no such thing",
    405: "It cannot be asked like this",
    409: "It is not in the state for that",
    412: "It was changed meanwhile",
    413: "That is too large",
    415: "Send JSON",
    422: "Something in the request is wrong",
    428: "Say which version you changed",
    429: "Too much at once",
    500: "This failed here",
    503: "Come again in a moment",
}


def answer(problem: Problem) -> Response:
    """The problem as a response."""
    document: dict[str, Any] = {
        "type": f"{_FAMILY}{problem.name}",
        "title": _TITLES.get(problem.status_code, "The request failed"),
        "status": problem.status_code,
        "detail": problem.detail,
        "errors": [one._asdict() for one in problem.errors],
        "present": problem.present,
    }
    return Response(
        msgspec.json.encode(_whole(document)),
        problem.status_code,
        headers=problem.headers,
        media_type=MEDIA_TYPE,
    )


_HALF: Final = re.compile("[\ud800-\udfff]")


def _whole(value: Any) -> Any:  # noqa: ANN401  any JSON
    """The value without halves of characters, which no UTF-8 can hold."""
    match value:
        case str():
            return _HALF.sub("\ufffd", value)
        case dict():
            return {_whole(key): _whole(one) for key, one in value.items()}
        case list():
            return [_whole(one) for one in value]
        case _:
            return value


async def _of_problem(_: Request, error: HTTPException) -> Response:
    if isinstance(error, Problem):
        return answer(error)
    names = {404: "not-found", 405: "method", 413: "too-large"}
    details = {
        404: "there is nothing at this address; see /api/v1/openapi.json",
        405: "this address knows other methods; see the header Allow",
        413: "the body is too large; send less at once",
    }
    detail = details.get(error.status_code, str(error.detail))
    name = names.get(error.status_code, "unreadable")
    return answer(Problem(error.status_code, name, detail, headers=error.headers))


async def _of_fields(request: Request, error: RequestValidationError) -> Response:
    known = _fields(request.scope.get("route"))
    faults = [complaint(one, known) for one in error.errors()[:20]]
    if any(one.field == "" and one.where == "body" for one in faults):
        if isinstance(error.body, bytes) and error.body:
            sentence = "the body is not said to be JSON; add Content-Type: application/json"
            return answer(Problem(415, "not-json", sentence))
        return answer(Problem(422, "unfit", "the body is missing; send a JSON object"))
    said = f"{faults[0].field}: {faults[0].detail}"
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return answer(unfit(said + more, faults))


def _fields(route: object) -> Sequence[str]:
    """The fields of the body that a route reads."""
    body = route.body_field if isinstance(route, APIRoute) else None
    model = body.field_info.annotation if body is not None else None
    return list(getattr(model, "model_fields", ()))


async def _of_contention(_: Request, _error: Contention) -> Response:
    sentence = "others are changing the same thing right now; send this again"
    return answer(Problem(503, "busy", sentence, headers={"Retry-After": "1"}))


async def _of_load(_: Request, error: Overloaded) -> Response:
    seconds = str(max(1, error.retry_after))
    sentence = "more is waiting than can be written; send this again later"
    return answer(Problem(429, "overloaded", sentence, headers={"Retry-After": seconds}))


async def _of_surprise(_: Request, _error: Exception) -> Response:
    """Starlette raises it again after the answer; the outermost application writes it down."""
    sentence = "this failed here, and it is written down in the log; it is not your fault"
    return answer(Problem(500, "unexpected", sentence))


def answer_problems(app: FastAPI) -> None:
    """Have every error of the application answered as a problem."""
    handlers: Mapping[type[Exception], Handler] = {
        HTTPException: _of_problem,
        RequestValidationError: _of_fields,
        Contention: _of_contention,
        Overloaded: _of_load,
        Exception: _of_surprise,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route's documentation says of the answers that are no success."""
    always = {400, 401, 403, 413, 415, 422, 429, 500, 503}
    schema = {"$ref": "#/components/schemas/ProblemDocument"}
    return {
        status: {"description": _TITLES[status], "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in sorted(always | set(statuses))
    }
