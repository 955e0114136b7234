"""Messages in doubt, settled by hand: one on its page, or those of a list that are chosen."""

from collections import Counter
from collections.abc import Sequence
from typing import Final, cast, get_args

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.engine.settling import Act, CannotSettle, Why, settle
from cartback.web.console.asked import AtShop, Refused
from cartback.web.console.guard import Guard
from cartback.web.console.render import page, see

MOST_AT_ONCE: Final = 50
"""As many as a page of the list shows."""


def routes(guard: Guard) -> Sequence[BaseRoute]:
    at = "/shops/{shop}/messages"
    return [
        Route(at + "/settlements", guard.of_shop(several, changes="marketer"), methods=["POST"]),
        Route(at + "/{message}/again", guard.of_shop(ask, sees="marketer"), methods=["GET"]),
        Route(
            at + "/{message}/settlements", guard.of_shop(one, changes="marketer"), methods=["POST"]
        ),
    ]


def ask(at: AtShop) -> Response:
    """Send it again? Asked once, for it cannot be taken back."""
    with at.store.reading() as reading:
        row = reading.message(at.id, at.part("message")[:64])
    if row is None or row.status != "in_doubt":
        raise Refused(404)
    back = at.path("messages", row.key)
    return page(at, "ask.html", _asking(at, row.recipient, back, back + "/settlements"))


def _asking(at: AtShop, about: str, back: str, action: str) -> dict[str, object]:
    say = at.say.gettext
    return {
        "title": say("Send it again?"),
        "about": about,
        "back": back,
        "what": [
            say("If the first one did arrive after all, the person gets the same message twice."),
            say("Everything is asked once more: it does not go after the order, say."),
            say("This cannot be taken back, for it leaves within seconds."),
        ],
        "action": action,
        "yes": say("Send it again"),
        "do": "again",
    }


def one(at: AtShop) -> Response:
    """Settle a message; back to its page, which tells what became of it."""
    act, key = _act(at), at.part("message")[:64]
    why = _settle(at, key, act)
    if why == "unknown":
        raise Refused(404)
    said = f"?not={why}" if why else f"?settled={act}"
    return see(at.path("messages", key) + said)


def several(at: AtShop) -> Response:
    """Settle those that were chosen; back to the list, which tells of how many."""
    act = _act(at)
    chosen = "listed" if at.form.text("every") == "yes" else "key"
    keys = [value[:64] for name, value in at.form.fields if name == chosen][:MOST_AT_ONCE]
    back = at.path("messages") + "?status=in_doubt&to=all"
    if not keys:
        return see(back + "&chosen=0")
    if act == "again" and at.form.text("sure") != "yes":
        return _ask_of_several(at, keys, back)
    became = Counter(_settle(at, key, act) for key in keys)
    return see(f"{back}&settled={act}&done={became[None]}&not={became.total() - became[None]}")


def _ask_of_several(at: AtShop, keys: Sequence[str], back: str) -> Response:
    about = at.say.ngettext("%(num)s message", "%(num)s messages", len(keys))
    values = _asking(
        at, about % {"num": at.say.number(len(keys))}, back, at.path("messages", "settlements")
    )
    kept = [("sure", "yes"), *(("key", key) for key in keys)]
    return page(at, "ask.html", {**values, "kept": kept})


def _act(at: AtShop) -> Act:
    act = at.form.text("do")
    if act not in get_args(Act):
        raise Refused(400)
    return cast("Act", act)


def _settle(at: AtShop, key: str, act: Act) -> Why | None:
    """Why it could not be done; None where it was."""
    try:
        settle(at.noting("settled message", key, act=act), at.id, key, act, at.now)
    except CannotSettle as error:
        return error.why
    at.ground.written()
    return None
