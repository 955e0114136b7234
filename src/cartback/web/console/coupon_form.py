"""The form of a coupon: what was typed as a document, what is wrong with it, and back."""

import re
from collections.abc import Mapping
from typing import Any, Final

from cartback.domain.coupon import BadCoupon, Coupon, coupon_document, parse_coupon
from cartback.domain.event import Json
from cartback.domain.fault import Fault
from cartback.domain.instant import parse_duration
from cartback.domain.phrase import fault_at
from cartback.web.console.asked import AtShop
from cartback.web.console.typed import major, minor

KINDS: Final = ("percent", "amount", "free_shipping")
UNITS: Final = ("hour", "day", "week")
TEXTS: Final = (
    *("name", "kind", "percent", "amount", "minimum", "products", "expires", "expires_unit"),
    *("budget", "margin_floor", "pause", "pause_unit", "codes", "prefix"),
)
FLAGS: Final = ("single_use", "combinable")
_LONGEST: Final = 20_000


def typed_in(at: AtShop) -> dict[str, Any]:
    """What was typed."""
    texts: dict[str, Any] = {name: at.form.text(name)[:_LONGEST] for name in TEXTS}
    return texts | {name: at.form.text(name) == "on" for name in FLAGS}


def typed_of(coupon: Coupon | None, name: str, currency: str) -> dict[str, Any]:
    """A coupon as its form shows it; without one, what a new one begins with."""
    one = parse_coupon({"gives": {"kind": "percent", "percent": 10}}) if coupon is None else coupon
    document = coupon_document(one)
    gives: Mapping[str, Any] = document["gives"]
    expires, expires_unit = _span(one.expires)
    pause, pause_unit = _span(one.not_again_within)

    def amount(value: int | None) -> str:
        return "" if value is None else major(value, currency)

    return {
        "name": name,
        "kind": gives["kind"],
        "percent": str(gives.get("percent", "")),
        "amount": amount(gives.get("amount")),
        "minimum": amount(one.minimum),
        "products": "\n".join(one.products),
        "expires": expires,
        "expires_unit": expires_unit,
        "single_use": one.single_use,
        "combinable": one.combinable,
        "budget": amount(one.budget),
        "margin_floor": "" if one.margin_floor is None else str(one.margin_floor),
        "pause": pause,
        "pause_unit": pause_unit,
        "codes": one.codes,
        "prefix": one.prefix,
    }


def _span(text: str) -> tuple[str, str]:
    """A duration as number and unit of the form; hours where it is no whole one of these."""
    if not text:
        return "", "day"
    count, unit = text.split()
    unit = unit.removesuffix("s")
    if unit in UNITS:
        return count, unit
    return str(max(1, parse_duration(text) // 3_600_000)), "hour"


def read_form(
    at: AtShop, typed: Mapping[str, Any], currency: str
) -> tuple[dict[str, Json], dict[str, str]]:
    """The document, and a sentence for each field that is wrong."""
    form = _Form(at, typed, currency)
    document: dict[str, Json] = {"currency": currency, "gives": form.gift()}
    for name in ("minimum", "budget"):
        if typed[name]:
            document[name] = form.amount(name)
    if typed["margin_floor"]:
        document["margin_floor"] = form.whole("margin_floor", 0, 99)
    document["expires"] = form.span("expires")
    document["not_again_within"] = form.span("pause")
    document["products"] = [one for one in re.split(r"[\s,]+", typed["products"]) if one]
    document["codes"] = "pool" if typed["codes"] == "pool" else "made"
    document["prefix"] = typed["prefix"].upper()
    document |= {name: typed[name] for name in FLAGS}
    if not typed["name"]:
        form.wrong["name"] = at.say.gettext("Give it a name.")
    if not re.fullmatch(r"[A-Z0-9]{0,12}", document["prefix"], re.ASCII):
        form.wrong["prefix"] = at.say.gettext("Up to 12 letters and digits, without spaces.")
    if not form.wrong:
        try:
            parse_coupon(document)
        except BadCoupon as error:
            form.wrong["name"] = fault_at(error, at.language)
    return document, form.wrong


class _Form:
    """Reads fields, and gathers what is wrong."""

    def __init__(self, at: AtShop, typed: Mapping[str, Any], currency: str) -> None:
        self._at = at
        self._typed = typed
        self._currency = currency
        self.wrong: dict[str, str] = {}

    def gift(self) -> Json:
        kind = self._typed["kind"]
        if kind == "amount":
            return {"kind": kind, "amount": self.amount("amount")}
        if kind == "free_shipping":
            return {"kind": kind}
        return {"kind": "percent", "percent": self.whole("percent", 1, 100)}

    def amount(self, name: str) -> int:
        """In minor units."""
        try:
            found = minor(self._typed[name], self._currency)
        except Fault:
            found = 0
        if found <= 0:
            text = self._at.say.gettext("Write an amount above zero.")
            self.wrong[name] = text
        return found

    def whole(self, name: str, least: int, most: int) -> int:
        text = self._typed[name]
        if text.isascii() and text.isdigit() and len(text) < 4 and least <= int(text) <= most:
            return int(text)
        sentence = self._at.say.gettext("Write a whole number from %(least)s to %(most)s.")
        self.wrong[name] = sentence % {"least": least, "most": most}
        return least

    def span(self, name: str) -> str:
        """A duration; empty for none."""
        text, unit = self._typed[name], self._typed[f"{name}_unit"]
        if not text:
            return ""
        count = self.whole(name, 1, 999)
        return f"{count} {unit if unit in UNITS else 'day'}{'' if count == 1 else 's'}"
