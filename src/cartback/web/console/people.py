"""People: found by any identifier, and one person with the cart on top and one timeline."""

from collections.abc import Sequence
from typing import Final

import msgspec
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.event import Event, Json, Metric, ProfileId
from cartback.domain.phrase import Names, sentence
from cartback.domain.profile import decode_profile
from cartback.engine.audit import note_after
from cartback.engine.calling import name_of
from cartback.engine.people import CannotMerge, NobodyFound, export_person, find, undo_merge
from cartback.engine.portrait import MOST_EVENTS, portrait
from cartback.engine.ports import Reading
from cartback.web.console.asked import AtShop, Refused, whole
from cartback.web.console.guard import Guard
from cartback.web.console.render import page, see

NEWEST: Final = 20
EVENTS: Final = 30
LONGEST: Final = 120


def routes(guard: Guard) -> Sequence[BaseRoute]:
    at = "/shops/{shop}/people"
    return [
        Route(at, guard.of_shop(index), methods=["GET"]),
        Route(at + "/{profile}", guard.of_shop(person), methods=["GET"]),
        Route(at + "/{profile}/export", guard.of_shop(export, sees="marketer"), methods=["GET"]),
        Route(at + "/{profile}/undo", guard.of_shop(undo), methods=["POST"]),
    ]


def index(at: AtShop) -> Response:
    """A search; whoever is found is shown at once."""
    wanted = at.query.get("q", "").strip()
    with at.store.reading() as reading:
        if wanted:
            try:
                return see(at.path("people", find(reading, at.id, wanted)))
            except NobodyFound:
                pass
        everybody = reading.count_profiles(at.id)
        latest = _latest(reading, at)
    values = {"q": wanted, "everybody": everybody, "latest": latest}
    return page(at, "people.html", values, status=404 if wanted else 200)


def _latest(reading: Reading, at: AtShop) -> list[tuple[ProfileId, str, Event]]:
    """Who did something most lately: of the end of the log, each once."""
    found: dict[ProfileId, Event] = {}
    last = reading.last_seq(at.id)
    for logged in reversed(reading.log_after(at.id, max(last - 10 * NEWEST, 0), 10 * NEWEST)):
        if logged.event.metric not in (Metric.CART_ABANDONED, Metric.CART_RECOVERED):
            found.setdefault(logged.profile, logged.event)
    rows = []
    for profile, event in list(found.items())[:NEWEST]:
        row = reading.profile(at.id, profile)
        if row is not None:
            rows.append((profile, name_of(decode_profile(row.state)), event))
    return rows


def person(at: AtShop) -> Response:
    profile = at.number("profile")
    events = min(whole(at.query.get("events", "")) or EVENTS, MOST_EVENTS)
    with at.store.reading() as reading:
        try:
            found = portrait(reading, at.ground.rulebook, at.id, profile, at.now, events + 1)
        except NobodyFound:
            raise Refused(404) from None
        names = Names(segments={one.key: one.name for one in found.rules.segments})
    only = at.query.get("show", "")
    shown = found.events[:events]
    return page(
        at,
        "person.html",
        {
            "profile": profile,
            "found": found,
            "events": [one.event for one in shown if _is_shown(one.event, only)],
            "only": only if only in ("carts", "visits") else "",
            "more": min(events + 100, MOST_EVENTS) if len(found.events) > events else 0,
            "tell": lambda one: sentence(one, at.language, at.zone, names),
            "gist": lambda event: gist(at, event),
            "undone": at.query.get("undone", ""),
            "merged": at.query.get("merged", ""),
        },
    )


_VISITS: Final = frozenset(
    {
        Metric.VIEWED_PAGE,
        Metric.VIEWED_SCREEN,
        Metric.VIEWED_PRODUCT,
        Metric.VIEWED_CATEGORY,
        Metric.SEARCHED,
        Metric.IDENTIFIED,
    }
)


def _is_shown(event: Event, only: str) -> bool:
    if only == "carts":
        return event.metric not in _VISITS
    return only != "visits" or event.metric in _VISITS


def gist(at: AtShop, event: Event) -> str:
    """What is worth a glance among an event's properties."""
    properties = event.properties
    value, currency = properties.get("value"), properties.get("currency")
    parts = []
    if isinstance(value, int) and not isinstance(value, bool):
        known = currency if isinstance(currency, str) else ""
        parts.append(at.say.money(value, known or at.settings.currency))
    for name in ("name", "product_id", "order_id", "query", "category", "list", "channel", "title"):
        if len(parts) < 2 and isinstance(properties.get(name), str) and properties[name]:
            parts.append(_short(properties[name]))
    lines = properties.get("lines")
    if isinstance(lines, list) and len(parts) < 3:
        names = [one.get("name") for one in lines[:3] if isinstance(one, dict)]
        parts += [_short(", ".join(one for one in names if isinstance(one, str)))]
    return " · ".join(one for one in parts if one)


def _short(value: Json) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def export(at: AtShop) -> Response:
    """Everything that is kept about a person, for that person's own request."""
    profile = at.number("profile")
    try:
        found = export_person(at.store, at.ground.rulebook, at.id, profile, at.now)
    except NobodyFound:
        raise Refused(404) from None
    note_after(at.store, at.id, at.user, "exported person", str(profile), at.now)
    body = msgspec.json.format(msgspec.json.encode(found), indent=2)
    headers = {"content-disposition": f'attachment; filename="person-{profile}.json"'}
    return Response(body, media_type="application/json", headers=headers)


def undo(at: AtShop) -> Response:
    """Undo a merge: both get their own back."""
    number = at.form.text("merge")
    profile = at.number("profile")
    with at.store.reading() as reading:
        mine = {str(one.id) for one in reading.merges(at.id, profile)}
    if number not in mine:
        raise Refused(404)
    try:
        undo_merge(at.store, at.ground.rulebook, at.id, int(number), at.now)
    except CannotMerge:
        text = at.say.gettext("This merge cannot be undone now; undo the later ones first.")
        raise Refused(409, text) from None
    note_after(at.store, at.id, at.user, "undid merge", number, at.now)
    at.ground.tape_is_amended(at.id)
    at.ground.written()
    return see(at.path("people", profile) + "?undone=1")
