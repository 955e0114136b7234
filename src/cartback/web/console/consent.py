"""What a shop chooses within the law of consent, and what each choice means."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.instant import DAY
from cartback.domain.law.laws import CONFIRMED
from cartback.domain.law.terms import Choice
from cartback.domain.phrase import fault_at
from cartback.engine.confirming import is_confirming
from cartback.engine.permission import BadChoice, choice_of, choose
from cartback.web.console.asked import AtShop, whole
from cartback.web.console.guard import Guard
from cartback.web.console.render import page, see

MOST_COUNTRIES: Final = 60


def routes(guard: Guard) -> Sequence[BaseRoute]:
    at = "/shops/{shop}/settings/consent"
    return [
        Route(at, guard.of_shop(index), methods=["GET"]),
        Route(at, guard.of_shop(change, changes="owner"), methods=["POST"]),
    ]


def index(at: AtShop) -> Response:
    with at.store.reading() as reading:
        choice = choice_of(reading, at.id)
        untold = choice.home in CONFIRMED and not is_confirming(
            at.ground.rulebook.of(reading, at.id)
        )
    return _page(at, _typed(choice), {}, untold=untold)


def _page(
    at: AtShop, typed: Mapping[str, Any], errors: Mapping[str, str], *, untold: bool = False
) -> Response:
    values = {
        "typed": typed,
        "errors": errors,
        "countries": at.say.countries(),
        "saved": at.query.get("saved", ""),
        "untold": untold,
    }
    return page(at, "consent.html", values, status=422 if errors else 200)


def _typed(choice: Choice) -> dict[str, Any]:
    return {
        "home": choice.home,
        "ask": choice.ask,
        "soft_opt_in": choice.soft_opt_in,
        "soft_opt_in_days": str(choice.soft_opt_in_for // DAY),
        "double_opt_in": " ".join(choice.double_opt_in),
    }


def change(at: AtShop) -> Response:
    """It counts from the next message on."""
    form, say = at.form, at.say.gettext
    names = ("home", "ask", "soft_opt_in_days", "double_opt_in")
    typed: dict[str, Any] = {name: form.text(name) for name in names}
    typed["soft_opt_in"] = form.text("soft_opt_in") == "on"
    known = {code for code, _ in at.say.countries()}
    days = whole(typed["soft_opt_in_days"]) or 0
    wanted = typed["double_opt_in"].upper().replace(",", " ").split()
    errors = {}
    if typed["home"] and typed["home"] not in known:
        errors["home"] = say("Choose a country.")
    if not 1 <= days <= 36_500:
        errors["soft_opt_in_days"] = say("Write a number of days from 1 to 36,500.")
    if len(wanted) > MOST_COUNTRIES or not set(wanted) <= known:
        errors["double_opt_in"] = say("Write countries by their two letters, such as DE AT.")
    if errors:
        return _page(at, typed, errors)
    document = {
        "home": typed["home"],
        "ask": "consent" if typed["ask"] == "consent" else "law",
        "soft_opt_in": typed["soft_opt_in"],
        "soft_opt_in_for": days * DAY,
        "double_opt_in": list(dict.fromkeys(wanted)),
    }
    try:
        choose(at.noting("changed consent choice", at.shop.name), at.id, document)
    except BadChoice as error:
        return _page(at, typed, {"home": fault_at(error, at.language)})
    at.ground.written()
    return see(at.path("settings", "consent") + "?saved=1")
