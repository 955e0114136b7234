"""Coming in and going out: set-up, joining, a new password, sign-in; and language and theme."""

from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.phrase import Language
from cartback.engine.access import (
    SESSION_LASTS,
    AddressTaken,
    BadEmail,
    BadName,
    DeadLink,
    TooMany,
    choose_password,
    join,
    open_link,
    set_up,
    sign_in,
    sign_out,
)
from cartback.engine.passwords import LONGEST, SHORTEST, WeakPassword
from cartback.web.console.asked import THEMES, Asked
from cartback.web.console.guard import LANGUAGE, SESSION, THEME, Guard, is_secure, sender_of
from cartback.web.console.render import is_local, page, see

YEAR: Final = 31_536_000


def routes(guard: Guard) -> Sequence[BaseRoute]:
    return [
        Route("/sign-in", guard.open(sign_in_form), methods=["GET"]),
        Route("/sign-in", guard.open(come_in), methods=["POST"]),
        Route("/signed-in", guard.open(arrive), methods=["GET"]),
        Route("/sign-out", guard.open(go), methods=["POST"]),
        Route("/links/{token}", guard.open(link_form), methods=["GET"]),
        Route("/links/{token}", guard.open(use_link), methods=["POST"]),
        Route("/preferences", guard.open(prefer), methods=["POST"]),
    ]


def sign_in_form(asked: Asked) -> Response:
    if asked.visitor is not None:
        return see("/")
    with asked.store.reading() as reading:
        is_new = not reading.has_users()
    return page(asked, "sign-in.html", _blank(asked) | {"is_new": is_new})


def _blank(asked: Asked) -> dict[str, object]:
    wanted = asked.query.get("next", "")
    return {"next": wanted if is_local(wanted) else "", "email": "", "error": "", "is_new": False}


def come_in(asked: Asked) -> Response:
    """Sign in, and go where one was going."""
    email, wanted = asked.form.text("email"), asked.form.text("next")
    error, status, headers = "", 401, {}
    try:
        password = dict(asked.form.fields).get("password", "")
        sender = sender_of(asked.request, asked.ground.public_url)
        token = sign_in(asked.store, email, password, sender, asked.now)
    except TooMany as many:
        token, status, headers = None, 429, {"retry-after": str(many.seconds)}
        error = asked.say.ngettext(
            "Too many failed tries. Try again in %(count)s minute.",
            "Too many failed tries. Try again in %(count)s minutes.",
            -(-many.seconds // 60),
        ) % {"count": -(-many.seconds // 60)}
    if token is not None:
        return let_in(asked, token, wanted if is_local(wanted) else "/")
    error = error or asked.say.gettext("Address and password do not fit together.")
    values = _blank(asked) | {"email": email, "error": error, "next": wanted}
    return page(asked, "sign-in.html", values, status=status, headers=headers)


def arrive(asked: Asked) -> Response:
    """Go on, if the browser kept the cookie."""
    wanted = asked.query.get("next", "")
    if asked.visitor is not None:
        return see(wanted if is_local(wanted) else "/")
    text = asked.say.gettext(
        "Your browser did not keep the cookie. Allow cookies for this address."
    )
    return page(asked, "sign-in.html", _blank(asked) | {"error": text}, status=400)


def let_in(asked: Asked, token: str, path: str) -> Response:
    """Give the browser the session, see whether it kept it, and go there."""
    answer = see(f"/signed-in?next={quote(path, safe='/')}")
    answer.set_cookie(
        SESSION,
        token,
        max_age=SESSION_LASTS // 1000,
        httponly=True,
        samesite="lax",
        secure=is_secure(asked.request, asked.ground.public_url),
    )
    return answer


def go(asked: Asked) -> Response:
    """Sign out."""
    token = asked.request.cookies.get(SESSION, "")
    if token:
        sign_out(asked.store, token)
    answer = see("/sign-in")
    answer.delete_cookie(SESSION)
    return answer


# --- one-time links -------------------------------------------------------------------------------


def link_form(asked: Asked) -> Response:
    """What the link is for, as a form."""
    return _link_page(asked, {})


def _link_page(asked: Asked, errors: dict[str, str], status: int = 200, **typed: str) -> Response:
    with asked.store.reading() as reading:
        try:
            link = open_link(reading, asked.part("token"), asked.now)
        except DeadLink:
            return page(asked, "dead-link.html", status=410)
        known = bool(link.email) and reading.user_by_email(link.email) is not None
        shops = {shop.id: shop.name for shop in reading.shops()}
    values = {
        "link": link,
        "known": known,
        "shop_name": shops.get(link.shop or 0, ""),
        "errors": errors,
        "typed": {"email": "", "name": ""} | typed,
        "shortest": SHORTEST,
    }
    return page(asked, "link.html", values, status=status)


def use_link(asked: Asked) -> Response:
    """Set up, join, or take a new password; signed in afterwards."""
    token, form, say = asked.part("token"), asked.form, asked.say.gettext
    password = dict(form.fields).get("password", "")
    email, name = form.text("email"), form.text("name")
    acts: dict[str, Callable[[], str]] = {
        "set-up": lambda: set_up(
            asked.store, token, email=email, name=name, password=password, now=asked.now
        ),
        "join": lambda: join(asked.store, token, name=name, password=password, now=asked.now),
        "password": lambda: choose_password(asked.store, token, password, asked.now),
    }
    errors: dict[str, str]
    try:
        with asked.store.reading() as reading:
            purpose = open_link(reading, token, asked.now).purpose
        return let_in(asked, acts[purpose](), "/")
    except DeadLink:
        return page(asked, "dead-link.html", status=410)
    except BadEmail:
        errors = {"email": say("Write an e-mail address such as ada@example.com.")}
    except AddressTaken:
        errors = {"email": say("Somebody has that address already.")}
    except BadName:
        errors = {"name": say("Write a name of 1 to 100 characters, without control characters.")}
    except WeakPassword:
        text = say("Choose %(least)s to %(most)s characters, not all alike.")
        errors = {"password": text % {"least": SHORTEST, "most": LONGEST}}
    except PermissionError:
        errors = {"password": say("That is not the password of this address.")}
    return _link_page(asked, errors, 422, email=email, name=name)


# --- language and theme ---------------------------------------------------------------------------


def prefer(asked: Asked) -> Response:
    """Keep a language or a theme for this browser, and go back."""
    back = asked.form.text("back")
    answer = see(back if is_local(back) else "/")
    language, theme = asked.form.text("language"), asked.form.text("theme")
    if language in set(Language):
        answer.set_cookie(LANGUAGE, language, max_age=YEAR, httponly=True, samesite="lax")
    if theme in THEMES:
        answer.set_cookie(THEME, theme, max_age=YEAR, httponly=True, samesite="lax")
    return answer
