"""Forgetting a person for ever: a page that asks once, and one that says that it is done."""

from collections.abc import Sequence

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.engine.access_ports import Role
from cartback.engine.erasing import erase, what_goes
from cartback.engine.people import NobodyFound
from cartback.web.console.asked import AtShop, Refused, whole
from cartback.web.console.guard import Guard
from cartback.web.console.render import page, see


def routes(guard: Guard) -> Sequence[BaseRoute]:
    at = "/shops/{shop}/people/{profile}"
    owner: Role = "owner"
    return [
        Route(at + "/erase", guard.of_shop(ask, sees=owner), methods=["GET"]),
        Route(at + "/erase", guard.of_shop(forget, changes=owner), methods=["POST"]),
        Route(at + "/erased", guard.of_shop(erased, sees=owner), methods=["GET"]),
    ]


def ask(at: AtShop) -> Response:
    """What would go, and that it cannot be undone."""
    profile = at.number("profile")
    with at.store.reading() as reading:
        try:
            found = what_goes(reading, at.id, profile)
        except NobodyFound:
            raise Refused(404) from None
    return page(at, "erase.html", {"profile": profile, "found": found})


def forget(at: AtShop) -> Response:
    """Forget them everywhere, as the API and the command line do."""
    profile = at.number("profile")
    try:
        events = erase(at.noting("erased person", str(profile)), at.id, profile)
    except NobodyFound:
        raise Refused(404) from None
    later = "" if at.ground.tape_is_amended(at.id) else "&tape=later"
    at.ground.written()
    return see(f"{at.path('people', profile, 'erased')}?events={events}{later}")


def erased(at: AtShop) -> Response:
    """That they are forgotten; nothing about whom."""
    profile = at.number("profile")
    with at.store.reading() as reading:
        if reading.profile(at.id, profile) is not None:
            raise Refused(404)
    values = {
        "events": whole(at.query.get("events", "")) or 0,
        "later": at.query.get("tape") == "later",
    }
    return page(at, "erased.html", values)
