"""Bodies as they arrive: strict JSON within limits, and a sentence where it is not."""

from collections.abc import Callable, Coroutine
from typing import Any, ClassVar, Final

import msgspec
from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from cartback.domain.doubled import DoubledField, decode_json
from cartback.web.api.problem import Problem, unfit, unfit_document
from cartback.web.api.wording import unknown_parameter

LARGEST_BODY: Final = 1024 * 1024
DEEPEST: Final = 200
"""More than a condition may have, and less than what any library here stumbles over."""
_decode: Final = msgspec.json.Decoder().decode


class StrictRequest(Request):
    """A request whose JSON is UTF-8, whole, and not nested without end."""

    _whole: bytes | None = None

    async def body(self) -> bytes:
        if self._whole is None:
            chunks, size = list[bytes](), 0
            async for chunk in self.stream():
                size += len(chunk)
                if size > LARGEST_BODY:
                    raise Problem(
                        413,
                        "too-large",
                        f"the body is larger than {LARGEST_BODY:,} bytes; send less at once",
                    )
                chunks.append(chunk)
            self._whole = b"".join(chunks)
        return self._whole

    async def json(self) -> Any:  # noqa: ANN401  whatever was sent
        body = await self.body()
        sentence = f"the JSON is nested more than {DEEPEST} deep; flatten it"
        try:
            found = self._decoded(body)
            if not _is_too_deep(found):
                return found
        except RecursionError:
            pass
        except UnicodeDecodeError:
            sentence = "the body is not UTF-8"
        except DoubledField as error:
            raise unfit_document(error, "") from None
        except msgspec.DecodeError as error:
            sentence = f"the body is not JSON: {error}"
            if "truncated" in str(error):
                sentence = f"the JSON ends in the middle, after {len(body):,} bytes"
        raise Problem(400, "unreadable", sentence)

    def _decoded(self, body: bytes) -> Any:  # noqa: ANN401  whatever was sent
        return decode_json(body)


def _is_too_deep(value: object) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return False
    return True


class EventsRequest(StrictRequest):
    """Events come by the thousand, from programs that would only lose them: where a name of theirs
    stands twice, the last counts."""

    def _decoded(self, body: bytes) -> Any:  # noqa: ANN401  whatever was sent
        return _decode(body)


class StrictRoute(APIRoute):
    """A route that reads its body so, and whose address holds no NUL and nothing misspelt."""

    request: ClassVar[type[StrictRequest]] = StrictRequest

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        known = [one.alias for one in self.dependant.query_params]

        async def strict(request: Request) -> Response:
            if "\0" in request.url.path or b"%00" in request.scope["query_string"]:
                raise Problem(400, "unreadable", "the address holds a NUL character; take it out")
            for name in request.query_params:
                if name not in known:
                    fault = unknown_parameter(name, known)
                    raise unfit(f"{fault.field}: {fault.detail}", [fault])
            response = await handle(self.request(request.scope, request.receive))
            response.headers.setdefault("Cache-Control", "no-store")  # people are in it
            return response

        return strict


class EventsRoute(StrictRoute):
    """A route that takes events."""

    request = EventsRequest


class Body(BaseModel):
    """What is sent: fields that nobody knows are refused, for they are misspelt ones."""

    model_config = ConfigDict(extra="forbid")


def new_router(noun: str, route: type[StrictRoute] = StrictRoute) -> APIRouter:
    """The routes of one noun."""
    return APIRouter(route_class=route, tags=[noun])
