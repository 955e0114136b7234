"""Settings of a shop: zone, currency, idle limits; its keys, and what to put into its pages."""

from collections.abc import Sequence
from typing import Final
from zoneinfo import available_timezones

import msgspec
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.rules import Settings
from cartback.engine.audit import note, note_after
from cartback.engine.first_steps import are_away
from cartback.engine.keys import make_key, public_key, shown
from cartback.engine.segments import change_settings
from cartback.web.console.asked import AtShop, Refused
from cartback.web.console.guard import Guard
from cartback.web.console.render import page, see
from cartback.web.console.rows import UNITS

LONGEST_LABEL: Final = 200
CURRENCIES: Final = tuple("USD EUR GBP KRW JPY CNY AUD CAD CHF SEK NOK DKK PLN CZK BRL INR".split())


def routes(guard: Guard) -> Sequence[BaseRoute]:
    at = "/shops/{shop}/settings"
    return [
        Route(at, guard.of_shop(index), methods=["GET"]),
        Route(at, guard.of_shop(change, changes="owner"), methods=["POST"]),
        Route(at + "/keys", guard.of_shop(add_key, changes="owner"), methods=["POST"]),
        Route(at + "/keys/{key}/revoke", guard.of_shop(revoke, changes="owner"), methods=["POST"]),
    ]


def index(at: AtShop) -> Response:
    return _page(at, _typed_of(at.settings))


def _typed_of(settings: Settings) -> dict[str, str]:
    typed = {"zone": settings.zone, "currency": settings.currency}
    for name in ("cart_idle", "checkout_idle"):
        count, unit = getattr(settings, name).split()
        typed |= {name: count, f"{name}_unit": unit.removesuffix("s")}
    return typed


def _page(
    at: AtShop,
    typed: dict[str, str],
    errors: dict[str, str] | None = None,
    token: str = "",
    status: int = 200,
) -> Response:
    with at.store.reading() as reading:
        keys = [(key, shown(key)) for key in reading.keys(at.id)]
        public, away = public_key(reading, at.id), are_away(reading, at.id, at.user.id)
    values = {
        "typed": typed,
        "errors": errors or {},
        "keys": sorted(keys, key=lambda one: (one[0].revoked is not None, one[0].id)),
        "token": token,
        "public": public,
        "away": away,
        "units": UNITS,
        "zones": sorted(available_timezones()),
        "currencies": CURRENCIES,
        "saved": at.query.get("saved", ""),
        "url": at.ground.public_url
        or f"{at.request.url.scheme}://{at.request.headers.get('host', '')}",
    }
    return page(at, "settings.html", values, status=status)


def change(at: AtShop) -> Response:
    """New settings; every cart and every segment is judged again with them."""
    form, say = at.form, at.say.gettext
    names = (
        "zone",
        "currency",
        "cart_idle",
        "cart_idle_unit",
        "checkout_idle",
        "checkout_idle_unit",
    )
    typed = {name: form.text(name) for name in names}
    changes = {
        "zone": typed["zone"],
        "currency": typed["currency"].upper(),
        "cart_idle": _duration(typed, "cart_idle"),
        "checkout_idle": _duration(typed, "checkout_idle"),
    }
    errors, settings = {}, at.settings
    sentences = {
        "zone": say("Write a time zone such as Asia/Seoul."),
        "currency": say("Write three letters such as EUR or KRW."),
        "cart_idle": say("Write a number, and choose a unit."),
        "checkout_idle": say("Write a number, and choose a unit."),
    }
    for name, value in changes.items():
        try:
            settings = msgspec.structs.replace(settings, **{name: value})
        except ValueError:
            errors[name] = sentences[name]
    if errors:
        return _page(at, typed, errors, status=422)
    before = msgspec.structs.asdict(at.settings)
    detail = {
        name: [before[name], value]
        for name, value in msgspec.structs.asdict(settings).items()
        if before[name] != value
    }
    change_settings(at.store, at.id, settings, at.now)
    if detail:
        note_after(at.store, at.id, at.user, "changed settings", at.shop.name, at.now, **detail)
    at.ground.written()
    return see(at.path("settings") + "?saved=1")


def _duration(typed: dict[str, str], name: str) -> str:
    count, unit = typed[name], typed[f"{name}_unit"]
    return f"{count} {unit}{'' if count == '1' else 's'}"


def add_key(at: AtShop) -> Response:
    """A new key, shown on the page that answers and never again."""
    kind, label = at.form.text("kind"), at.form.text("label")[:LONGEST_LABEL]
    if kind not in ("public", "secret"):
        raise Refused(400)
    with at.store.transaction() as tx:
        token, row = make_key(tx, at.id, "secret" if kind == "secret" else "public", at.now, label)
        note(tx, at.id, at.user, "made key", shown(row), at.now, label=label)
    at.ground.keys_changed()
    return _page(at, _typed_of(at.settings), token=token)


def revoke(at: AtShop) -> Response:
    """For ever; a running process refuses it within a second."""
    number = at.part("key")
    with at.store.transaction() as tx:
        rows = {str(key.id): key for key in tx.keys(at.id)}
        if number not in rows:
            raise Refused(404)
        if tx.revoke_key(at.id, rows[number].id, at.now):
            note(tx, at.id, at.user, "revoked key", shown(rows[number]), at.now)
    at.ground.keys_changed()
    return see(at.path("settings") + "?saved=1#keys")
