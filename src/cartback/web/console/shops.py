"""Making another shop: its maker owns it, and the switch between shops goes there."""

from collections.abc import Sequence

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.engine.shops import BadShop, NameTaken, NewShop, found_shop
from cartback.web.console.asked import Asked, Refused
from cartback.web.console.guard import Guard
from cartback.web.console.render import page


def routes(guard: Guard) -> Sequence[BaseRoute]:
    return [
        Route("/shops/new", guard.signed_in(new), methods=["GET"]),
        Route("/shops", guard.signed_in(found), methods=["POST"]),
    ]


def new(asked: Asked) -> Response:
    """A name, and no more: settings come after."""
    _owners_only(asked)
    return _page(asked)


def found(asked: Asked) -> Response:
    """Make it; its keys are shown on the page that answers and never again."""
    _owners_only(asked)
    name = asked.form.text("name")
    try:
        made = found_shop(asked.store, name, asked.user, asked.now)
    except BadShop as error:
        return _page(asked, name, error=name_error(asked, error), status=422)
    asked.ground.keys_changed()
    return _page(asked, made=made)


def name_error(asked: Asked, error: BadShop) -> str:
    """Why no shop can be called that."""
    if isinstance(error, NameTaken):
        return asked.say.gettext("Another shop has that name.")
    return asked.say.gettext(
        "Write a name of 1 to 200 characters, not only a number and without control characters."
    )


def _owners_only(asked: Asked) -> None:
    seats = asked.visitor.seats if asked.visitor is not None else ()
    if all(seat.role != "owner" for seat in seats):
        raise Refused(403)


def _page(
    asked: Asked, name: str = "", *, error: str = "", made: NewShop | None = None, status: int = 200
) -> Response:
    values = {"name": name, "error": error, "made": made}
    return page(asked, "shop-new.html", values, status=status)
