"""Home: how the carts stand, what came back, and who left a cart behind most lately."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.letters import isolated
from cartback.domain.money import exponent_of
from cartback.engine.coupon_supply import running_out
from cartback.engine.home import MOST_LOOKED, Day, chosen_left, days, newest_left, standing, total
from cartback.engine.watching import just_now, place_of
from cartback.web.console import first_steps
from cartback.web.console.asked import Asked, AtShop, Refused, whole
from cartback.web.console.charts import MONEY_LEFT, columns
from cartback.web.console.guard import Guard
from cartback.web.console.moves import together
from cartback.web.console.render import page, see

RANGES: Final = (7, 30, 90)
NEWEST: Final = 8
UNREACHABLE: Final = 4
LOOKED: Final = 40
"""So many carts are looked through for those of people who have an address."""
MOVES: Final = 8
AT_AN_INSTANT: Final = 4
"""So many segments somebody may enter and leave at once before fewer people are shown."""
PAGE: Final = 50
LONGEST_AMOUNT: Final = 15
LAST_SHOP: Final = "cartback_shop"


def routes(guard: Guard) -> Sequence[BaseRoute]:
    return [
        Route("/", guard.signed_in(choose)),
        Route("/shops/{shop}", guard.of_shop(home)),
        Route("/shops/{shop}/carts", guard.of_shop(carts)),
    ]


def choose(asked: Asked) -> Response:
    """The shop that was looked at last, or the first."""
    seats = [] if asked.visitor is None else [seat.shop for seat in asked.visitor.seats]
    if not seats:
        raise Refused(403, asked.say.gettext("You have no seat in any shop. Ask an owner for one."))
    last = asked.request.cookies.get(LAST_SHOP, "")
    return see(f"/shops/{next((one for one in seats if str(one) == last), seats[0])}")


def home(at: AtShop) -> Response:
    """The page; a part of it is read anew when something has changed."""
    wanted = at.query.get("days", "30")
    count = next((one for one in RANGES if str(one) == wanted), 30)
    currency = at.settings.currency
    with at.store.reading() as reading:
        now = standing(reading, at.id, currency)
        past = days(reading, at.id, at.zone, at.now, count, currency)
        newest = newest_left(reading, at.id, (at.now + 1, 0), LOOKED, currency)
        place = place_of(reading, at.id)
        moves = just_now(reading, at.id, MOVES * AT_AN_INSTANT)
        steps = first_steps.shown(reading, at, moves)
        short = running_out(reading, at.id, at.now)
        names = {one.key: one.name for one in reading.segments(at.id)}
    answer = page(
        at,
        "home.html",
        {
            "count": count,
            "ranges": RANGES,
            "standing": now,
            "days": past,
            "total": total(past),
            "newest": [one for one in newest if one.has_address][:NEWEST],
            "unreachable": [one for one in newest if not one.has_address],
            "most_unreachable": UNREACHABLE,
            "place": place,
            "moves": together(moves, MOVES),
            "names": names,
            "first": steps,
            "short": short,
            "carts_chart": columns([[d.abandoned.count for d in past], _recovered(past)]),
            "money_chart": columns([[d.recovered.amount(currency) for d in past]], left=MONEY_LEFT),
            "greeting": _greeting(at),
        },
    )
    answer.set_cookie(LAST_SHOP, str(at.id), max_age=31_536_000, httponly=True, samesite="lax")
    return answer


def _recovered(past: Sequence[Day]) -> Sequence[int]:
    return [day.recovered.count for day in past]


def _greeting(at: AtShop) -> str:
    hour, say = at.zone.local(at.now).hour, at.say.gettext
    if 5 <= hour < 12:
        text = say("Good morning, %(name)s")
    elif 12 <= hour < 18:
        text = say("Good afternoon, %(name)s")
    else:
        text = say("Good evening, %(name)s")
    return text % {"name": isolated(at.user.name)}


def carts(at: AtShop) -> Response:
    """Everybody who left a cart behind, the newest first; or those that are worth something."""
    by_value, least = at.query.get("sort", "") == "value", at.query.get("least", "").strip()
    amount = _amount(least, at.settings.currency)
    if by_value or amount:
        return _chosen(at, amount, by_value=by_value)
    before = _place(at.query.get("before", "")) or (at.now + 1, 0)
    with at.store.reading() as reading:
        rows = newest_left(reading, at.id, before, PAGE, at.settings.currency)
        now = standing(reading, at.id, at.settings.currency)
    older = f"{rows[-1].at}-{rows[-1].profile}" if len(rows) == PAGE else ""
    values = {"rows": rows, "standing": now, "older": older, "sort": "", "least": ""}
    return page(at, "carts.html", values | {"next": 0, "whole": True})


def _chosen(at: AtShop, least: int, *, by_value: bool) -> Response:
    currency, start = at.settings.currency, whole(at.query.get("from", "")) or 0
    with at.store.reading() as reading:
        found = chosen_left(
            reading,
            at.id,
            at.now,
            currency,
            least=least,
            start=start,
            limit=PAGE,
            by_value=by_value,
        )
        now = standing(reading, at.id, currency)
    values = {
        "rows": found.rows,
        "standing": now,
        "older": "",
        "sort": "value" if by_value else "",
        "least": at.query.get("least", "").strip() if least else "",
        "next": start + PAGE if found.more else 0,
        "whole": found.whole,
        "looked": MOST_LOOKED,
    }
    return page(at, "carts.html", values)


def _amount(text: str, currency: str) -> int:
    """An amount as it was typed, in minor units; 0 for what is none."""
    fits = text.replace(".", "", 1).isdigit() and text.isascii() and len(text) <= LONGEST_AMOUNT
    return int(Decimal(text).scaleb(exponent_of(currency))) if fits else 0


def _place(text: str) -> tuple[int, int] | None:
    """Where a page begins: the instant and the profile of the row before it."""
    at, profile = map(whole, (text.partition("-")[0], text.partition("-")[2]))
    return None if at is None or profile is None else (at, profile)
