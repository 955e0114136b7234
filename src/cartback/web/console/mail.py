"""Settings of e-mail: who the mail is from, and how often and when people may be written to."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

import msgspec
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.contact import ChannelRules, ContactRules
from cartback.domain.instant import DAY
from cartback.engine.credit_windows import LONGEST, CreditWindows, set_windows, windows_of
from cartback.engine.flows import change_contact_rules
from cartback.engine.mailing import Mailing, mailing_of, set_mailing
from cartback.engine.rulebook import present_rules
from cartback.web.console.asked import AtShop
from cartback.web.console.guard import Guard
from cartback.web.console.render import page, see
from cartback.web.console.typed import UNITS

TEXTS: Final = (
    *("sender", "name", "reply_to", "postal", "phone", "url", "logo", "code_url", "origins"),
    "language",
)
FLAGS: Final = ("opens", "clicks")
RULES: Final = ("gap", "gap_unit", "a_week", "quiet_from", "quiet_until")
_OPTIONAL: Final = frozenset({"reply_to", "url", "logo", "code_url"})
_ANYBODY: Final = "shop@shop.example"


def routes(guard: Guard) -> Sequence[BaseRoute]:
    at = "/shops/{shop}/settings/mail"
    return [
        Route(at, guard.of_shop(index), methods=["GET"]),
        Route(at, guard.of_shop(change_mailing, changes="owner"), methods=["POST"]),
        Route(at + "/rules", guard.of_shop(change_rules, changes="owner"), methods=["POST"]),
        Route(at + "/credit", guard.of_shop(change_credit, changes="owner"), methods=["POST"]),
    ]


def index(at: AtShop) -> Response:
    return _page(at)


def _page(
    at: AtShop, typed: Mapping[str, Any] | None = None, errors: Mapping[str, str] | None = None
) -> Response:
    with at.store.reading() as reading:
        mailing = mailing_of(reading, at.id)
        contact = present_rules(reading, at.id).contact.email
        credit = _typed_credit(windows_of(reading, at.id))
    known = {**_typed_mailing(at, mailing), **_typed_rules(contact), **credit}
    values = {
        "typed": {**known, **(typed or {})},
        "errors": errors or {},
        "is_set_up": mailing is not None,
        "units": UNITS,
        "saved": at.query.get("saved", ""),
    }
    return page(at, "mail.html", values, status=422 if errors else 200)


def _typed_mailing(at: AtShop, mailing: Mailing | None) -> dict[str, Any]:
    if mailing is None:
        started = {"name": at.shop.name, "language": str(at.language)}
        return dict.fromkeys(TEXTS, "") | started | dict.fromkeys(FLAGS, True)
    typed = {name: value or "" for name, value in msgspec.structs.asdict(mailing).items()}
    return {**typed, "origins": " ".join(mailing.origins)}


def _typed_rules(rules: ChannelRules) -> dict[str, str]:
    count, unit = rules.gap.split()
    return {
        "gap": count,
        "gap_unit": unit.removesuffix("s"),
        "a_week": str(rules.a_week),
        "quiet_from": rules.quiet_from or "",
        "quiet_until": rules.quiet_until or "",
    }


def _typed_credit(windows: CreditWindows) -> dict[str, str]:
    """In days, also where a program wrote hours."""
    found = windows.windows()
    typed = {"click_days": found.click, "open_days": found.open}
    return {name: f"{value / DAY:.3g}" if value else "" for name, value in typed.items()}


def change_credit(at: AtShop) -> Response:
    """How long after a click or an open a cart counts as brought back."""
    typed = {name: at.form.text(name) for name in ("click_days", "open_days")}
    sentence = at.say.gettext("Write a number of days from 1 to 90.")
    wrong = {
        name: sentence
        for name, text in typed.items()
        if not _is_days(text) and (text or name == "click_days")
    }
    if wrong:
        return _page(at, typed, wrong)
    opened = typed["open_days"]
    document = {"click": _days(typed["click_days"]), "open": _days(opened) if opened else None}
    store = at.noting("changed credit windows", at.shop.name, **document)
    set_windows(store, at.id, document)
    at.ground.written()
    return see(at.path("settings", "mail") + "?saved=1#credit")


def _is_days(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 3 and 1 <= int(text) <= LONGEST // DAY


def _days(text: str) -> str:
    return f"{int(text)} day{'' if int(text) == 1 else 's'}"


def change_mailing(at: AtShop) -> Response:
    """Who the mail of the shop is from."""
    typed: dict[str, Any] = {name: at.form.text(name) for name in TEXTS}
    typed |= {name: at.form.text(name) == "on" for name in FLAGS}
    document = {
        name: None if value == "" and name in _OPTIONAL else value for name, value in typed.items()
    }
    document["origins"] = [one.lower().rstrip("/") for one in typed["origins"].split()]
    errors = {
        name: sentence
        for name, sentence in _sentences(at).items()
        if _is_wrong({"sender": _ANYBODY, name: document[name]})
    }
    if errors:
        return _page(at, typed, errors)
    set_mailing(at.noting("changed who mail is from", at.shop.name), at.id, document)
    at.ground.written()
    return see(at.path("settings", "mail") + "?saved=1")


def _is_wrong(document: dict[str, Any]) -> bool:
    try:
        msgspec.convert(document, Mailing)
    except msgspec.ValidationError:
        return True
    return False


def _sentences(at: AtShop) -> dict[str, str]:
    """Of each field of a mailing, what is wrong where something is."""
    say = at.say.gettext
    address = say("Write an address such as hello@your-shop.com.")
    link = say("Write an address that begins with https://.")
    short = say("That is too long.")
    return {
        "sender": address,
        "name": short,
        "reply_to": address,
        "postal": short,
        "phone": short,
        "url": link,
        "logo": link,
        "code_url": say("Write an address that begins with https:// and has {code} in it."),
        "origins": say("Write addresses such as https://your-shop.com, without a path."),
        "language": say("Choose a language."),
    }


def change_rules(at: AtShop) -> Response:
    """How often and at what hours people may be written to."""
    typed = {name: at.form.text(name) for name in RULES}
    rules, errors = _read_rules(at, typed)
    if errors:
        return _page(at, typed, errors)
    store = at.noting("changed contact rules", at.shop.name, **msgspec.structs.asdict(rules))
    change_contact_rules(store, at.id, partial(_with_email, rules=rules))
    at.ground.written()
    return see(at.path("settings", "mail") + "?saved=1#rules")


def _with_email(before: ContactRules, rules: ChannelRules) -> ContactRules:
    return msgspec.structs.replace(before, email=rules)


def _read_rules(at: AtShop, typed: Mapping[str, str]) -> tuple[ChannelRules, dict[str, str]]:
    """The rules as they were typed, and a sentence for each field that is wrong."""
    say, count, unit = at.say.gettext, typed["gap"], typed["gap_unit"]
    week = typed["a_week"]
    quiet = {name: typed[name] or None for name in ("quiet_from", "quiet_until")}
    wanted: list[tuple[str, dict[str, Any], str]] = [
        (
            "gap",
            {"gap": f"{count} {unit}{'' if count == '1' else 's'}"},
            say("Write a number, and choose a unit."),
        ),
        (
            "a_week",
            {"a_week": int(week) if week.isascii() and week.isdigit() and len(week) < 4 else week},
            say("Write a number from 1 to 50."),
        ),
        (
            "quiet_from",
            quiet,
            say("Write two different times such as 21:00 and 08:00, or neither."),
        ),
    ]
    document: dict[str, Any] = {}
    errors = {}
    for name, part, sentence in wanted:
        try:
            msgspec.convert(part, ChannelRules)
        except msgspec.ValidationError:
            errors[name] = sentence
        else:
            document |= part
    return msgspec.convert(document, ChannelRules), errors
