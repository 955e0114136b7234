"""What providers tell us: the signature is checked first, by whoever reads that provider."""

from collections.abc import Sequence
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.web.mail.ground import Ground

LARGEST: Final = 5_000_000


def routes(ground: Ground) -> Sequence[BaseRoute]:
    """One address for each provider that is set up; any other is not there."""

    async def hear(request: Request) -> Response:
        hook = ground.hooks.get(request.path_params["provider"])
        if hook is None:
            return Response(status_code=404)
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST:
                return Response(status_code=413)
        status = await run_in_threadpool(hook, dict(request.headers), body, ground.clock())
        if status < 300:
            ground.written()
        return Response(status_code=status)

    return [Route("/e/hooks/{provider}", hear, methods=["POST"])]
