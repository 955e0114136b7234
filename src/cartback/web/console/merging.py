"""Making one person of two: the other is found, both are seen side by side, and then it is done."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.engine.audit import Noted, note_merge
from cartback.engine.calling import name_of
from cartback.engine.merging import Together, foresee
from cartback.engine.people import BothKnown, CannotMerge, NobodyFound, SameProfile, find
from cartback.engine.people import merge_by_hand as merge
from cartback.engine.portrait import Portrait, portrait
from cartback.engine.ports import Reading
from cartback.web.console.asked import AtShop, Refused, whole
from cartback.web.console.guard import Guard
from cartback.web.console.render import page, see


def routes(guard: Guard) -> Sequence[BaseRoute]:
    at = "/shops/{shop}/people/{profile}/merge"
    return [
        Route(at, guard.of_shop(compare, sees="marketer"), methods=["GET"]),
        Route(at, guard.of_shop(unite), methods=["POST"]),
    ]


def compare(at: AtShop) -> Response:
    """Somebody, the other one as soon as they are found, and what would become of the two."""
    profile, wanted = at.number("profile"), at.query.get("with", "").strip()
    with at.store.reading() as reading:
        mine = _portrait(reading, at, profile)
        values = {"mine": mine, "wanted": wanted, "error": "", "together": None, "other": None}
        if not wanted:
            return page(at, "merge.html", values)
        try:
            number = find(reading, at.id, wanted)
            values["other"] = _portrait(reading, at, number)
            together = foresee(reading, at.ground.rulebook, at.id, profile, number, at.now)
        except (NobodyFound, CannotMerge) as error:
            status = 404 if isinstance(error, NobodyFound) else 409
            return page(at, "merge.html", values | {"error": _why(at, error)}, status=status)
        return page(at, "merge.html", values | _shown(at, together))


def _portrait(reading: Reading, at: AtShop, profile: int) -> Portrait:
    try:
        return portrait(reading, at.ground.rulebook, at.id, profile, at.now)
    except NobodyFound:
        raise Refused(404) from None


def _shown(at: AtShop, together: Together) -> dict[str, Any]:
    carts = [one for one in together.one.carts.values() if one.is_open]
    return {
        "together": together,
        "called": name_of(together.one),
        "carts": [(one.value(), one.currency or at.settings.currency) for one in carts],
    }


def _why(at: AtShop, error: NobodyFound | CannotMerge) -> str:
    say = at.say.gettext
    match error:
        case NobodyFound():
            return say("Nobody has exactly that identifier.")
        case SameProfile():
            return say("That is this very person.")
        case BothKnown():
            return say(
                "Both have a customer id of their own: to the shop they are two customers, and"
                " they stay two."
            )
        case _:
            return say("A rule fails for the two together, so they stay two.")


def unite(at: AtShop) -> Response:
    """One person of two, by the engine's own merging; it can be undone."""
    profile, other = at.number("profile"), whole(at.form.text("other"))
    if other is None:
        raise Refused(400)
    store = Noted(at.store, lambda tx: note_merge(tx, at.id, at.user, profile, at.now))
    try:
        merge(store, at.ground.rulebook, at.id, profile, other, at.now)
    except NobodyFound:
        raise Refused(404) from None
    except CannotMerge as error:
        raise Refused(409, _why(at, error)) from None
    with at.store.reading() as reading:
        made = reading.merges(at.id, profile)[-1]
    at.ground.written()
    return see(at.path("people", made.winner) + "?merged=1")
