"""Keys of a shop: made with what they may do, shown once, revoked; and what to put into pages."""

from collections.abc import Sequence
from typing import Final, Literal

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.engine.access_ports import Role
from cartback.engine.audit import note
from cartback.engine.keys import LONGEST_LABEL, WITH_THE_SHOP, make_key, public_key, shown
from cartback.engine.scope import EVERYTHING, BadScope, Scope, parse_scopes
from cartback.engine.shop_ports import KeyRow
from cartback.web.console.asked import AtShop, Refused
from cartback.web.console.guard import Guard
from cartback.web.console.render import page, see
from cartback.web.console.scope_words import scope_names

NOTHING: Final[tuple[Scope, ...]] = ()


def routes(guard: Guard) -> Sequence[BaseRoute]:
    at = "/shops/{shop}/settings/keys"
    owner: Role = "owner"
    return [
        Route(at, guard.of_shop(index), methods=["GET"]),
        Route(at, guard.of_shop(add, changes=owner), methods=["POST"]),
        Route(at + "/{key}/revoke", guard.of_shop(ask, sees=owner), methods=["GET"]),
        Route(at + "/{key}/revoke", guard.of_shop(revoke, changes=owner), methods=["POST"]),
    ]


def index(at: AtShop) -> Response:
    return _page(at)


def _page(
    at: AtShop,
    *,
    token: str = "",
    kind: str = "public",
    label: str = "",
    chosen: Sequence[Scope] = NOTHING,
    error: str = "",
) -> Response:
    with at.store.reading() as reading:
        keys = [(key, shown(key), _label(at, key)) for key in reading.keys(at.id)]
        public = public_key(reading, at.id)
    host = f"{at.request.url.scheme}://{at.request.headers.get('host', '')}"
    values = {
        "keys": sorted(keys, key=lambda one: (one[0].revoked is not None, one[0].id)),
        "everything": EVERYTHING,
        "token": token,
        "public": public,
        "kind": kind,
        "label": label,
        "chosen": chosen,
        "scope_names": scope_names(at.say.gettext),
        "error": error,
        "saved": at.query.get("saved", ""),
        "url": at.ground.public_url or host,
    }
    return page(at, "keys.html", values, status=422 if error else 200)


def _label(at: AtShop, key: KeyRow) -> str:
    """What it is for, as somebody wrote it; of those that nobody made, as we say it."""
    return at.say.gettext("made with the shop") if key.label == WITH_THE_SHOP else key.label


def add(at: AtShop) -> Response:
    """A new key, shown on the page that answers and never again."""
    kind, label = at.form.text("kind"), at.form.text("label")[:LONGEST_LABEL]
    if kind not in ("public", "secret"):
        raise Refused(400)
    try:
        wanted = parse_scopes(value for name, value in at.form.fields if name == "scope")
    except BadScope:
        raise Refused(400) from None
    if kind == "secret" and not wanted:
        error = at.say.gettext("Choose what the key may do.")
        return _page(at, kind=kind, label=label, error=error)
    made: Literal["public", "secret"] = "secret" if kind == "secret" else "public"
    scopes = wanted if made == "secret" else NOTHING
    with at.store.transaction() as tx:
        token, row = make_key(tx, at.id, made, at.now, label, scopes)
        may = " ".join(row.scopes)
        note(tx, at.id, at.user, "made key", shown(row), at.now, label=label, scopes=may)
    at.ground.keys_changed()
    return _page(at, token=token)


def ask(at: AtShop) -> Response:
    """What becomes of whoever uses it."""
    with at.store.reading() as reading:
        found = next((key for key in reading.keys(at.id) if str(key.id) == at.part("key")), None)
    if found is None or found.revoked is not None:
        raise Refused(404)
    say = at.say.gettext
    values = {
        "title": say("Revoke this key for ever?"),
        "about": f"{shown(found)} {_label(at, found)}".strip(),
        "back": at.path("settings", "keys"),
        "what": [
            say("Whatever sends with it is refused, within a second."),
            say("It cannot be taken back; a new key can be made at any time."),
        ],
        "action": at.path("settings", "keys", found.id, "revoke"),
        "yes": say("Revoke for ever"),
        "do": "",
    }
    return page(at, "ask.html", values)


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
    return see(at.path("settings", "keys") + "?saved=1")
