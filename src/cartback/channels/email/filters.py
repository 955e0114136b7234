"""Our own filters: money and dates as the shop's language, zone and currency have them."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache, partial
from html import unescape
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency
from liquid import RenderContext
from liquid.exceptions import FilterError

from cartback.domain.instant import BadTime, Instant, datetime_of, parse_instant
from cartback.domain.money import exponent_of

_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_LONGEST_FORM: Final = 100
_TAG_AHEAD: Final = re.compile(r"<[A-Za-z/!?]")
_QUIET: Final = (("<script", "</script"), ("<style", "</style"), ("<!--", "-->"))
_SMALL: Final = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
_DAY_AND_TIME: Final = {"en": "d MMM y, HH:mm", "ko": "M월 d일 HH:mm"}


class Dialect(msgspec.Struct, frozen=True):
    """How a shop writes numbers and times. `locale` is one of Babel's: `en`, `en_GB`, `ko`."""

    locale: str = "en"
    zone: str = "UTC"
    currency: str = "USD"


def filters_of(dialect: Dialect) -> dict[str, Callable[..., Any]]:
    """The filters of that dialect, by name."""
    return {
        "money": partial(money, dialect),
        "date": _where_they_are(date_filter, dialect),
        "date_time": _where_they_are(date_time, dialect),
        "day": _where_they_are(day, dialect),
        "stars": stars,
        "strip_html": strip_html,
    }


def _where_they_are(function: Callable[..., str], dialect: Dialect) -> Callable[..., str]:
    """A filter of times, on the clock of the person where the values name a `zone`."""

    def filtered(value: object, *given: object, context: RenderContext) -> str:
        zone = context.globals.get("zone")
        if isinstance(zone, str) and zone and zone != dialect.zone:
            return function(msgspec.structs.replace(dialect, zone=zone), value, *given)
        return function(dialect, value, *given)

    filtered.with_context = True  # type: ignore[attr-defined]
    return filtered


def money(dialect: Dialect, amount: object, currency: object = None) -> str:
    """Minor units as an amount: `{{ item.price | money }}`; nothing where there is no number."""
    if isinstance(amount, bool) or not isinstance(amount, int | float):
        return ""
    chosen = str(currency) if isinstance(currency, str) and currency else dialect.currency
    return _written(round(amount), chosen.upper(), dialect.locale)


@lru_cache(maxsize=8192)
def _written(minor: int, currency: str, locale: str) -> str:
    if not _CURRENCY.fullmatch(currency):
        currency = "XXX"
    amount = Decimal(minor).scaleb(-exponent_of(currency))
    return format_currency(amount, currency, locale=locale)


def date_time(dialect: Dialect, value: object) -> str:
    """A day and a time without seconds, as in `22 Nov 2026, 09:00`."""
    moment = _moment(dialect, value)
    if moment is None:
        return ""
    form = _DAY_AND_TIME.get(dialect.locale[:2], _DAY_AND_TIME["en"])
    return str(format_datetime(moment, form, locale=dialect.locale))


def day(dialect: Dialect, value: object) -> str:
    """A day, as in `22 November 2026`."""
    moment = _moment(dialect, value)
    return "" if moment is None else str(format_date(moment, "long", locale=dialect.locale))


def date_filter(dialect: Dialect, value: object, form: object = "") -> str:
    """A time by strftime's letters: `{{ now | date: "%Y" }}`; the long form without any."""
    moment = _moment(dialect, value)
    if moment is None:
        return ""
    if not isinstance(form, str) or not form:
        return day(dialect, value)
    if len(form) > _LONGEST_FORM:
        raise FilterError(f"a form of a date has at most {_LONGEST_FORM} characters", token=None)
    try:
        return moment.strftime(form)
    except ValueError as error:
        raise FilterError(f"{form!r} is no form of a date: {error}", token=None) from None


def _moment(dialect: Dialect, value: object) -> datetime | None:
    zone = _zone(dialect.zone)
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return datetime_of(_bounded(value), zone)
    if isinstance(value, datetime):
        return value.astimezone(zone)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=zone)
    if isinstance(value, str) and value:
        try:
            return datetime_of(parse_instant(value, zone), zone)
        except BadTime:
            return None
    return None


def _bounded(instant: Instant) -> Instant:
    return max(min(instant, 32_503_680_000_000), -2_208_988_800_000)  # 1900 to 3000


@lru_cache(maxsize=512)
def _zone(name: str) -> ZoneInfo | Any:  # noqa: ANN401 - tzinfo
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


def stars(rating: object) -> str:
    """A rating from 1 to 5 as stars."""
    if isinstance(rating, bool) or not isinstance(rating, int | float):
        return ""
    full = min(5, max(0, round(rating)))
    return "★" * full + "☆" * (5 - full)


def strip_html(value: object) -> str:
    """The words of a text without its tags, scripts and styles; each letter is looked at once.

    The standard library's parser takes seconds for fifty thousand characters such as `<!--<!--`.
    """
    text = "" if value is None else str(value)
    small = text.lower() if text.isascii() else text.translate(_SMALL)
    words: list[str] = []
    at = 0
    while (opened := text.find("<", at)) >= 0:
        words.append(text[at:opened])
        if not _TAG_AHEAD.match(text, opened):
            words.append("<")
            at = opened + 1
            continue
        closing = next((end for tag, end in _QUIET if small.startswith(tag, opened)), ">")
        closed = small.find(closing, opened)
        at = len(text) if closed < 0 else small.find(">", closed) + 1 or len(text)
    return unescape("".join([*words, text[at:]]))
