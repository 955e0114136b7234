"""A person's timeline as lines to be shown: what each says, and which of them are wanted."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

import msgspec

from cartback.domain.event import MAILED, Event, Json, Metric, ProfileId
from cartback.domain.letters import isolated
from cartback.domain.phrase import Names, told
from cartback.engine.story import Done, Entered, Entry, Happened, Place, Tied
from cartback.web.console.asked import AtShop
from cartback.web.console.metrics import metric_name

LONGEST: Final = 120
NO_NAMES: Final[Mapping[str, str]] = MappingProxyType({})
_PLACE: Final = re.compile(r"(-?\d{1,17})\.(\d{1,18})", re.ASCII)
SHOWS: Final = ("", "carts", "visits", "segments", "messages")
_PASSING: Final = frozenset({"waits", "went"})
"""What is of interest only to whoever asks about flows."""
_VISITS: Final = frozenset(
    {
        Metric.VIEWED_PAGE,
        Metric.VIEWED_SCREEN,
        Metric.VIEWED_PRODUCT,
        Metric.VIEWED_CATEGORY,
        Metric.SEARCHED,
        Metric.IDENTIFIED,
    }
)
_TONES: Final = {"sent": "good", "gave": "good", "skipped": "lost", "held": "lost"}
_GOOD: Final = frozenset({Metric.PLACED_ORDER, Metric.CART_RECOVERED})
_BAD: Final = frozenset({Metric.BOUNCED_EMAIL, Metric.MARKED_AS_SPAM})


class Line(NamedTuple):
    """A line of the timeline. `tone` is `lost`, `good`, `segment` or nothing; `path` leads on."""

    title: str
    gist: str = ""
    tone: str = ""
    path: str = ""


def is_shown(entry: Entry, only: str) -> bool:
    """Whether what is wanted is of that kind."""
    match entry:
        case Happened(event):
            if event.metric in MAILED:
                return only in ("", "messages")
            visit = event.metric in _VISITS
            return only in ("", "visits" if visit else "carts")
        case Done(one):
            return only == "messages" or (only == "" and one.what not in _PASSING)
        case _:
            return only in ("", "segments")


def place_of(text: str) -> Place | None:
    """Where a page of the timeline goes on, as an address says it."""
    found = _PLACE.fullmatch(text)
    return None if found is None else Place(int(found[1]), int(found[2]))


def message_in(entry: Entry) -> str:
    """The key of the message that an entry is about; empty for any other."""
    match entry:
        case Happened(event) if event.metric in MAILED:
            message = event.properties.get("message")
            return message if isinstance(message, str) else ""
    return ""


def line_of(
    at: AtShop,
    profile: ProfileId,
    entry: Entry,
    names: Names,
    flows: Mapping[str, str] = NO_NAMES,
    mails: Mapping[str, str] = NO_NAMES,
) -> Line:
    """What an entry says; `flows` and `mails` are what flows and messages are called, by key."""
    say = at.say.gettext
    match entry:
        case Happened(event):
            tone = "good" if event.metric in _GOOD else ""
            tone = "lost" if event.metric == Metric.CART_ABANDONED else tone
            tone = "lost" if event.metric in _BAD else tone
            message = message_in(entry)
            path = at.path("messages", message) if message else ""
            gist = " · ".join(one for one in (mails.get(message, ""), _gist(at, event)) if one)
            return Line(metric_name(event.metric, at.language), gist, tone, path)
        case Entered(segment, joined):
            name = names.segments.get(segment, segment)
            title = say("Entered “%(segment)s”") if joined else say("Left “%(segment)s”")
            path = at.path("segments", segment)
            return Line(title % {"segment": isolated(name)}, tone="segment", path=path)
        case Tied(merge, undone):
            other = merge.loser if merge.winner == profile else merge.winner
            by_hand = "" if merge.event_id or undone else say("by hand")
            title = say("Merge with %(other)s undone") if undone else say("Merged with %(other)s")
            return Line(title % {"other": other}, by_hand, path="#merges")
        case Done(one):
            text = told(one.what, one.reason, one.until, at.language, at.zone, one.rule)
            name = flows.get(one.run.flow, one.run.flow)
            path = at.path("flows", one.run.flow) if one.run.flow in flows else ""
            return Line(name, text, _TONES.get(one.what, "segment"), path)


def _gist(at: AtShop, event: Event) -> str:
    """What is worth a glance among an event's properties."""
    properties = event.properties
    parts = _amounts(at, event)
    for name in ("name", "product_id", "order_id", "query", "category", "list", "channel", "title"):
        if len(parts) < 2 and isinstance(properties.get(name), str) and properties[name]:
            parts.append(_short(properties[name]))
    lines = properties.get("lines")
    if isinstance(lines, list) and len(parts) < 3:
        names = [one.get("name") for one in lines[:3] if isinstance(one, dict)]
        parts += [_short(", ".join(one for one in names if isinstance(one, str)))]
    return " · ".join(one for one in parts if one)


def _amounts(at: AtShop, event: Event) -> list[str]:
    """What it is worth; of a cart that became an order what was in it, and what was paid."""
    say, said = at.say.gettext, event.properties.get("currency")
    currency = said if isinstance(said, str) and said else at.settings.currency
    words = {"value": "%(amount)s"}
    if event.metric == Metric.CART_RECOVERED:
        words = {"value": say("%(amount)s in the cart"), "order_value": say("%(amount)s paid")}
    found = [(text, event.properties.get(name)) for name, text in words.items()]
    return [
        text % {"amount": at.say.money(amount, currency)}
        for text, amount in found
        if isinstance(amount, int) and not isinstance(amount, bool)
    ]


def _short(value: Json) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
