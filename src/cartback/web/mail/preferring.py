"""What mails somebody wants: each purpose on or off, or none at all. A POST changes it."""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.event import Event
from cartback.domain.law.terms import Purpose
from cartback.engine.tokens import Kind
from cartback.engine.wishes import Wisher, choose, has_left
from cartback.web.console.words import Words
from cartback.web.mail.ground import Ground, Letter, address_of, letter_of, place_of
from cartback.web.mail.pages import nothing_here, page

LARGEST: Final = 10_000
CHOICES: Final = (Purpose.CART_REMINDER, Purpose.MARKETING)


def routes(ground: Ground) -> Sequence[BaseRoute]:
    """Look, and choose."""

    def found(token: str) -> Letter | None:
        link = ground.read(token, Kind.PREFERENCES)
        if link is None:
            return None
        with ground.store.reading() as reading:
            return letter_of(ground, reading, *place_of(link))

    def shown(token: str, *, saved: bool) -> Response | None:
        letter = found(token)
        if letter is None or letter.profile is None:
            return None
        wanted = {str(one): not has_left(letter.profile, one) for one in CHOICES}
        values = {
            "address": letter.message.recipient,
            "wanted": wanted,
            "choices": choices(letter.words()),
            "saved": saved,
        }
        return page("preferences.html", letter.words(), letter.mailing, values)

    async def look(request: Request) -> Response:
        answer = await run_in_threadpool(shown, request.path_params["token"], saved=False)
        return answer or nothing_here(request)

    async def act(request: Request) -> Response:
        token = request.path_params["token"]
        letter = await run_in_threadpool(found, token)
        form = await form_of(request)
        if letter is None or form is None:
            return nothing_here(request, status=404 if letter is None else 400)
        ip = address_of(ground, request)
        events = await run_in_threadpool(_chosen, ground, letter, form, ip)
        if events:
            await ground.receive(letter.shop, events, {})
        answer = await run_in_threadpool(shown, token, saved=True)
        return answer or nothing_here(request)

    return [
        Route("/e/p/{token}", look, methods=["GET"]),
        Route("/e/p/{token}", act, methods=["POST"]),
    ]


def choices(say: Words) -> Sequence[tuple[str, str, str]]:
    """Each purpose with its name and what it means."""
    _ = say.gettext
    return [
        (
            str(Purpose.CART_REMINDER),
            _("Reminders of my cart"),
            _("When I leave something behind, at most a few mails."),
        ),
        (str(Purpose.MARKETING), _("News and offers"), _("New products, prices and coupons.")),
    ]


async def form_of(request: Request) -> Mapping[str, str] | None:
    """The fields; None for what is no form of ours."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            return None
    try:
        return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=20))
    except (UnicodeDecodeError, ValueError):
        return None


def _chosen(ground: Ground, letter: Letter, form: Mapping[str, str], ip: str) -> list[Event]:
    """What is to be said so that it is as the form wants it."""
    if letter.profile is None:
        return []
    names = {key: name for key, name, _ in choices(letter.words())}
    wanted = {one: names[str(one)] for one in CHOICES if form.get(str(one)) == "yes"}
    who = Wisher(letter.shop, letter.message, letter.profile, ip)
    with ground.store.reading() as reading:
        return choose(reading, who, {} if form.get("none") == "yes" else wanted, ground.clock())
