"""What the console says, in the visitor's language: texts, numbers, money, dates.

Texts are gettext messages: English in the code, Korean in `locale/ko.po`, read at the start.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from babel import Locale
from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.messages.pofile import read_po
from babel.numbers import (
    format_compact_currency,
    format_compact_decimal,
    format_currency,
    format_decimal,
    format_percent,
)

from cartback.domain.instant import DAY, FOREVER, MINUTE, Instant, Zone, datetime_of, parse_duration
from cartback.domain.money import exponent_of
from cartback.domain.phrase import Language
from cartback.engine.countries import country_codes

LANGUAGES: Final[Mapping[Language, str]] = {Language.ENGLISH: "English", Language.KOREAN: "한국어"}

_MOMENTS: Final[Mapping[Language, str]] = {
    Language.ENGLISH: "d MMM y, HH:mm",
    Language.KOREAN: "y년 M월 d일 HH:mm",
}
_DAYS: Final[Mapping[Language, str]] = {Language.ENGLISH: "d MMM", Language.KOREAN: "M월 d일"}


@cache
def catalog(language: Language) -> Mapping[str, str]:
    """The messages of a language by their English; a plural form is kept under its singular."""
    if language == Language.ENGLISH:
        return {}
    path = files("cartback.web.console") / "locale" / f"{language}.po"
    with path.open("rb") as file:
        found = read_po(file, locale=str(language))
    texts = {}
    for message in found:
        key = message.id[0] if isinstance(message.id, tuple | list) else message.id
        text = message.string[0] if isinstance(message.string, tuple | list) else message.string
        if key and text and not message.fuzzy:
            texts[str(key)] = str(text)
    return texts


class Words:
    """Speaks one language, on the clock of one zone."""

    def __init__(self, language: Language, zone: Zone | None = None) -> None:
        self.language: Final = language
        self.zone: Final = zone or Zone()
        self._texts = catalog(language)
        self._locale = Locale.parse(str(language))

    def at(self, zone: Zone) -> "Words":
        """The same, on another clock."""
        return Words(self.language, zone)

    def gettext(self, message: str) -> str:
        return self._texts.get(message, message)

    def ngettext(self, one: str, many: str, count: int) -> str:
        known = self._texts.get(one)
        return known if known is not None else (one if count == 1 else many)

    def number(self, value: float) -> str:
        return _number(value, self._locale)

    def compact(self, value: float) -> str:
        """Short, for the axis of a chart."""
        if abs(value) < 1_000:
            return self.number(value)
        return str(format_compact_decimal(value, locale=self._locale, fraction_digits=1))

    def percent(self, share: float) -> str:
        return str(format_percent(share, locale=self._locale))

    def share(self, share: float) -> str:
        """A small share, to the hundredth of a percent."""
        return str(format_percent(share, format="#,##0.##%", locale=self._locale))

    def money(self, minor: int, currency: str) -> str:
        """Minor units as people of the language write them."""
        amount = Decimal(minor).scaleb(-exponent_of(currency))
        if not currency:
            return self.number(float(amount))
        digits = f"0.{'0' * exponent_of(currency)}".rstrip(".")
        pattern = "¤#,##" + digits
        return str(
            format_currency(
                amount, currency, format=pattern, locale=self._locale, currency_digits=False
            )
        )

    def short_money(self, minor: int, currency: str) -> str:
        """Short, for the axis of a chart."""
        amount = minor / 10 ** exponent_of(currency)
        if not currency or (abs(amount) < 1_000 and amount % 1):
            return self.money(minor, currency)
        if abs(amount) < 1_000:
            pattern = "¤#,##0"
            return str(
                format_currency(amount, currency, pattern, self._locale, currency_digits=False)
            )
        return str(
            format_compact_currency(amount, currency, locale=self._locale, fraction_digits=1)
        )

    def duration(self, text: str) -> str:
        """A duration of a document: 60 minutes."""
        passed = timedelta(milliseconds=parse_duration(text))
        return str(format_timedelta(passed, threshold=1.01, locale=self._locale))

    def moment(self, at: Instant) -> str:
        """Day and time on the shop's clock."""
        if at >= FOREVER:
            return self.gettext("for ever")
        return _moment(at, self.zone, _MOMENTS[self.language], self._locale)

    def second(self, at: Instant) -> str:
        """Day and time to the second."""
        if at >= FOREVER:
            return self.gettext("for ever")
        pattern = _MOMENTS[self.language] + ":ss"
        return str(format_datetime(self.zone.local(at), pattern, locale=self._locale))

    def day(self, at: Instant) -> str:
        return str(format_date(self.zone.local(at), _DAYS[self.language], locale=self._locale))

    def long_day(self, at: Instant) -> str:
        return str(format_date(self.zone.local(at), "full", locale=self._locale))

    def clock(self, at: Instant) -> str:
        return str(format_time(self.zone.local(at), "HH:mm", locale=self._locale))

    def lately(self, at: Instant, now: Instant) -> str:
        """The second of today; else the day and the minute, and the year where it is another."""
        here, today = self.zone.local(at), self.zone.local(now)
        if here.year != today.year:
            return self.moment(at)
        if here.date() != today.date():
            return f"{self.day(at)} {self.clock(at)}"
        return str(format_time(here, "HH:mm:ss", locale=self._locale))

    def ago(self, at: Instant, now: Instant) -> str:
        """How long ago, or in how long, roughly; a date where that is long ago."""
        if at >= FOREVER:
            return self.gettext("for ever")
        if abs(now - at) < MINUTE:
            return self.gettext("just now")
        if abs(now - at) > 30 * DAY:
            return self.moment(at)
        passed = datetime_of(at) - datetime_of(now)
        return str(format_timedelta(passed, add_direction=True, locale=self._locale))

    def countries(self) -> Sequence[tuple[str, str]]:
        """Countries by their two letters, in the order of their names."""
        named = [
            (code, name)
            for code, name in self._locale.territories.items()
            if code in country_codes()
        ]
        return sorted(named, key=lambda one: one[1])

    def iso(self, at: Instant) -> str:
        return datetime_of(at).isoformat()


# A page with a chart's table says hundreds of numbers and times, the same ones again and again.


@lru_cache(maxsize=8_192)
def _number(value: float, locale: Locale) -> str:
    return str(format_decimal(value, locale=locale))


@lru_cache(maxsize=8_192)
def _moment(at: Instant, zone: Zone, pattern: str, locale: Locale) -> str:
    return str(format_datetime(zone.local(at), pattern, locale=locale))


def best_language(header: str) -> Language:
    """The first language of an Accept-Language header that we speak; else English."""
    wanted = []
    for place, part in enumerate(header[:500].split(",")):
        name, _, weight = part.partition(";q=")
        try:
            wanted.append((-float(weight or 1), place, name.strip().lower()))
        except ValueError:
            continue
    for _, _, name in sorted(wanted):
        for language in Language:
            if name == language or name.startswith(f"{language}-"):
                return language
    return Language.ENGLISH
