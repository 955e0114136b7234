"""Who works here: seats, roles and links for colleagues; and who changed what."""

from collections.abc import Sequence
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.engine.access import BadEmail, LastOwner, change_role, invite, password_link
from cartback.engine.access_ports import ROLES, AuditRow, Role
from cartback.engine.ports import Reading
from cartback.web.console.asked import AtShop, Refused, whole
from cartback.web.console.change_words import ChangeWords
from cartback.web.console.guard import Guard
from cartback.web.console.render import page, see

PAGE: Final = 50
MOST_LOOKED_THROUGH: Final = 2_000
LAST: Final = 2**62


def routes(guard: Guard) -> Sequence[BaseRoute]:
    at = "/shops/{shop}/settings"
    owner: Role = "owner"
    return [
        Route(at + "/team", guard.of_shop(index, sees=owner), methods=["GET"]),
        Route(at + "/team", guard.of_shop(ask_in, changes=owner), methods=["POST"]),
        Route(at + "/team/{user}", guard.of_shop(ask, sees=owner), methods=["GET"]),
        Route(at + "/team/{user}", guard.of_shop(change, changes=owner), methods=["POST"]),
        Route(at + "/changes", guard.of_shop(changes, sees=owner), methods=["GET"]),
    ]


def index(at: AtShop) -> Response:
    return _page(at)


def _page(
    at: AtShop, *, link: str = "", whom: str = "", error: str = "", status: int = 200
) -> Response:
    with at.store.reading() as reading:
        people = [(seat, reading.user(seat.user)) for seat in reading.seats(at.id)]
    values = {
        "people": [(seat, user) for seat, user in people if user is not None],
        "link": link,
        "whom": whom,
        "error": error,
        "saved": at.query.get("saved", ""),
    }
    return page(at, "team.html", values, status=status)


def ask_in(at: AtShop) -> Response:
    """A link by which a colleague joins, or chooses a new password; shown once."""
    email, say = at.form.text("email"), at.say.gettext
    role = _role(at.form.text("role"))
    if role is None:
        raise Refused(400)
    try:
        token = invite(at.store, at.id, email, role, at.user, at.now)
    except BadEmail:
        text = say("Write an e-mail address such as ada@example.com.")
        return _page(at, whom=email, error=text, status=422)
    return _page(at, link=_url(at, token), whom=email)


def ask(at: AtShop) -> Response:
    """What it means to take somebody's seat away."""
    number = at.part("user")
    with at.store.reading() as reading:
        seat = next((one for one in reading.seats(at.id) if str(one.user) == number), None)
        user = reading.user(seat.user) if seat is not None else None
    if user is None:
        raise Refused(404)
    say = at.say.gettext
    values = {
        "title": say("Take this seat away?"),
        "about": user.name,
        "back": at.path("settings", "team"),
        "what": [
            say("They see nothing of this shop any more, from this moment."),
            say("What they made stays. They can be invited again."),
        ],
        "action": at.path("settings", "team", user.id),
        "yes": say("Take the seat away"),
        "do": "remove",
    }
    return page(at, "ask.html", values)


def change(at: AtShop) -> Response:
    """Another role, no seat any more, or a link for a new password."""
    number, wanted = at.part("user"), at.form.text("do")
    with at.store.reading() as reading:
        seats = {str(seat.user): seat for seat in reading.seats(at.id)}
        user = reading.user(seats[number].user) if number in seats else None
        alone = user is not None and len(reading.seats_of(user.id)) == 1
    if user is None:
        raise Refused(404)
    if wanted == "password":
        if not alone:  # the account is not this shop's alone
            text = at.say.gettext("They work for other shops too: make that link on the server.")
            raise Refused(403, text)
        token = password_link(at.noting("made password link", user.email), user.email, at.now)
        return _page(at, link=_url(at, token or ""), whom=user.email)
    role = _role(wanted)
    if role is None and wanted != "remove":
        raise Refused(400)
    try:
        change_role(at.store, at.id, user.id, role, at.user, at.now)
    except LastOwner:
        text = at.say.gettext("A shop keeps at least one owner. Make somebody else owner first.")
        return _page(at, error=text, status=409)
    return see(at.path("settings", "team") + "?saved=1")


def _role(text: str) -> Role | None:
    return next((one for one in ROLES if one == text), None)


def _url(at: AtShop, token: str) -> str:
    host = at.request.headers.get("host", "")
    return f"{at.ground.public_url or f'{at.request.url.scheme}://{host}'}/links/{token}"


def changes(at: AtShop) -> Response:
    """The audit log, the newest first."""
    before = whole(at.query.get("before", "")) or LAST
    wanted = at.query.get("q", "").strip()
    with at.store.reading() as reading:
        rows, older = _changes(reading, at, wanted.casefold(), before)
    words = ChangeWords(at.say)
    told = [words.told(row) for row in rows]
    return page(at, "changes.html", {"rows": told, "older": older, "q": wanted})


def _changes(reading: Reading, at: AtShop, wanted: str, before: int) -> tuple[list[AuditRow], int]:
    """A page of those by or about what is wanted, and where the next one begins (0: nowhere).

    A page looks through so many entries at most; it may hold few, and the next one goes on.
    """
    found: list[AuditRow] = []
    for row in reading.audit(at.id, before, MOST_LOOKED_THROUGH if wanted else PAGE + 1):
        if len(found) == PAGE:
            return found, before
        before = row.number
        if wanted in f"{row.who}\n{row.subject}".casefold():
            found.append(row)
    is_end = not reading.audit(at.id, before, 1)
    return found, 0 if is_end else before
