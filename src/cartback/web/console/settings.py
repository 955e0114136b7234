"""Settings of a shop: name, country, zone, currency, idle limits."""

from collections.abc import Mapping, Sequence
from typing import Final
from zoneinfo import available_timezones

import msgspec
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.rules import Settings
from cartback.engine.audit import note, settings_changes
from cartback.engine.first_steps import are_away
from cartback.engine.rules_change import change_settings
from cartback.engine.shops import BadShop, rename_shop
from cartback.web.console.asked import AtShop
from cartback.web.console.guard import Guard
from cartback.web.console.render import page, see
from cartback.web.console.shops import name_error
from cartback.web.console.typed import UNITS

CURRENCIES: Final = tuple("USD EUR GBP KRW JPY CNY AUD CAD CHF SEK NOK DKK PLN CZK BRL INR".split())


def routes(guard: Guard) -> Sequence[BaseRoute]:
    at = "/shops/{shop}/settings"
    return [
        Route(at, guard.of_shop(index), methods=["GET"]),
        Route(at, guard.of_shop(change, changes="owner"), methods=["POST"]),
    ]


def index(at: AtShop) -> Response:
    return _page(at, _typed_of(at.shop.name, at.settings))


def _typed_of(name: str, settings: Settings) -> dict[str, str]:
    typed = {
        "name": name,
        "country": settings.country,
        "zone": settings.zone,
        "currency": settings.currency,
    }
    for name in ("cart_idle", "checkout_idle"):
        count, unit = getattr(settings, name).split()
        typed |= {name: count, f"{name}_unit": unit.removesuffix("s")}
    return typed


def _page(
    at: AtShop,
    typed: dict[str, str],
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    with at.store.reading() as reading:
        away = are_away(reading, at.id, at.user.id)
    values = {
        "typed": typed,
        "errors": errors or {},
        "away": away,
        "units": UNITS,
        "zones": sorted(available_timezones()),
        "currencies": CURRENCIES,
        "countries": at.say.countries(),
        "saved": at.query.get("saved", ""),
    }
    return page(at, "settings.html", values, status=status)


FIELDS: Final = (
    "name",
    "country",
    "zone",
    "currency",
    "cart_idle",
    "cart_idle_unit",
    "checkout_idle",
    "checkout_idle_unit",
)


def change(at: AtShop) -> Response:
    """New settings; every cart and every segment is judged again with them."""
    typed = {name: at.form.text(name) for name in FIELDS}
    settings, errors = _read(at, typed)
    if errors:
        return _page(at, typed, errors, status=422)
    try:
        _rename(at, typed["name"])
    except BadShop as error:
        return _page(at, typed, {"name": name_error(at, error)}, status=422)
    detail = settings_changes(at.settings, settings)
    if detail:
        store = at.noting("changed settings", at.shop.name, **detail)
        change_settings(store, at.id, settings, at.now)
    at.ground.written()
    return see(at.path("settings") + "?saved=1")


def _read(at: AtShop, typed: Mapping[str, str]) -> tuple[Settings, dict[str, str]]:
    """The settings as they were typed, and a sentence for each field that is wrong."""
    say = at.say.gettext
    wanted = {
        "country": (typed["country"], say("Choose a country, or none.")),
        "zone": (typed["zone"], say("Write a time zone such as Asia/Seoul.")),
        "currency": (typed["currency"].upper(), say("Write three letters such as EUR or KRW.")),
    }
    for name in ("cart_idle", "checkout_idle"):
        wanted[name] = (_duration(typed, name), say("Write a number, and choose a unit."))
    errors, settings = {}, at.settings
    for name, (value, sentence) in wanted.items():
        try:
            settings = msgspec.structs.replace(settings, **{name: value})
        except ValueError:
            errors[name] = sentence
    return settings, errors


def _rename(at: AtShop, name: str) -> None:
    """Call the shop otherwise, where another name was typed. Raises BadShop."""
    if name == at.shop.name:
        return
    with at.store.transaction() as tx:
        kept = rename_shop(tx, at.id, name)
        note(tx, at.id, at.user, "renamed shop", kept, at.now, name=[at.shop.name, kept])


def _duration(typed: Mapping[str, str], name: str) -> str:
    count, unit = typed[name], typed[f"{name}_unit"]
    return f"{count} {unit}{'' if count == '1' else 's'}"
