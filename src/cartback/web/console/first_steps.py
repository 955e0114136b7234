"""The first steps, as Home shows them until somebody puts them away."""

from collections.abc import Sequence
from typing import NamedTuple

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.engine.first_steps import FirstSteps, are_away, first_steps, put_away
from cartback.engine.keys import public_key
from cartback.engine.ports import Reading
from cartback.engine.watching import Moved
from cartback.web.console.asked import AtShop
from cartback.web.console.guard import Guard
from cartback.web.console.render import see


class Shown(NamedTuple):
    """What the checklist needs: how far they are, the line to send, and of whom to ask why."""

    steps: FirstSteps
    url: str
    key: str
    sender: str
    why: str


def routes(guard: Guard) -> Sequence[BaseRoute]:
    change = guard.of_shop(put, changes="viewer")
    return [Route("/shops/{shop}/first-steps", change, methods=["POST"])]


def put(at: AtShop) -> Response:
    """Away, or back again; for oneself."""
    put_away(at.store, at.id, at.user.id, away=at.form.text("do") == "away")
    return see(at.path())


def shown(reading: Reading, at: AtShop, moves: Sequence[Moved]) -> Shown | None:
    """None where they were put away."""
    if are_away(reading, at.id, at.user.id):
        return None
    demo = at.ground.demo
    sender = "" if demo is None else demo.sender
    return Shown(
        first_steps(reading, at.shop, at.user.id, sender),
        at.ground.public_url or f"{at.request.url.scheme}://{at.request.headers.get('host', '')}",
        public_key(reading, at.id),
        sender or "customer-7",
        _to_ask(reading, at, moves),
    )


def _to_ask(reading: Reading, at: AtShop, moves: Sequence[Moved]) -> str:
    """The address at which the answer to a why stands; of nobody, where nobody is inside."""
    live = [row.key for row in reading.segments(at.id) if row.status == "live"]
    entered = next((one for one in moves if one.joined and one.segment in live), None)
    if entered is not None:
        return at.path("segments", entered.segment, "why") + f"?person={entered.profile}"
    for key in live[:20]:
        if found := reading.members(at.id, key, limit=1):
            return at.path("segments", key, "why") + f"?person={found[0][0]}"
    return at.path("segments", live[0], "why") if live else at.path("segments")
