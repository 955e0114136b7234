"""To come."""

from collections.abc import Sequence

from starlette.routing import BaseRoute

from cartback.web.console.guard import Guard


def routes(guard: Guard) -> Sequence[BaseRoute]:
    del guard
    return []
