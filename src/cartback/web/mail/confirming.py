"""Double opt-in: a yes counts when its address confirms it. Looking changes nothing, for scanners
look too; the button confirms what was said and not confirmed yet.
"""

from collections.abc import Sequence
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.event import Event
from cartback.domain.law.terms import Purpose
from cartback.engine.opting import LASTS
from cartback.engine.tokens import Kind
from cartback.engine.wishes import Wisher, confirm, unconfirmed
from cartback.web.mail.ground import Ground, Letter, address_of, letter_of, place_of
from cartback.web.mail.pages import nothing_here, page
from cartback.web.mail.preferring import choices

PATH: Final = "/e/d/{token}"


def routes(ground: Ground) -> Sequence[BaseRoute]:
    """Look, and confirm."""

    def found(token: str) -> Letter | None:
        link = ground.read(token, Kind.CONFIRM)
        if link is None:
            return None
        with ground.store.reading() as reading:
            letter = letter_of(ground, reading, *place_of(link))
        return letter if letter is not None and letter.profile is not None else None

    def shown(letter: Letter, *, said: bool) -> Response:
        waiting = [] if letter.profile is None else unconfirmed(letter.profile)
        template = "confirmed.html" if said or not waiting else "confirm.html"
        if not said and _is_late(ground, letter) and waiting:
            template = "confirm-late.html"
        values = {
            "address": letter.message.recipient,
            "wanted": [name for key, name, _ in _words(letter) if key in set(map(str, waiting))],
        }
        return page(template, letter.words(), letter.mailing, values)

    async def look(request: Request) -> Response:
        letter = await run_in_threadpool(found, request.path_params["token"])
        if letter is None:
            return nothing_here(request)
        return await run_in_threadpool(shown, letter, said=False)

    async def act(request: Request) -> Response:
        letter = await run_in_threadpool(found, request.path_params["token"])
        if letter is None:
            return nothing_here(request)
        if _is_late(ground, letter):
            return await run_in_threadpool(shown, letter, said=False)
        ip = address_of(ground, request)
        events = await run_in_threadpool(_confirmed, ground, letter, ip)
        if events:
            await ground.receive(letter.shop, events, {})
        return await run_in_threadpool(shown, letter, said=True)

    return [Route(PATH, look, methods=["GET"]), Route(PATH, act, methods=["POST"])]


def _is_late(ground: Ground, letter: Letter) -> bool:
    return ground.clock() >= letter.message.at + LASTS


def _words(letter: Letter) -> Sequence[tuple[str, str, str]]:
    return choices(letter.words())


def _confirmed(ground: Ground, letter: Letter, ip: str) -> list[Event]:
    """The events that say yes, each with the text that was shown beside the button."""
    if letter.profile is None:
        return []
    names = {key: name for key, name, _ in _words(letter)}
    title = letter.words().gettext("Yes, write to me")
    texts = {one: f"{title}: {names.get(str(one), str(one))}" for one in Purpose}
    who = Wisher(letter.shop, letter.message, letter.profile, ip)
    with ground.store.reading() as reading:
        return confirm(reading, who, texts, ground.clock())
