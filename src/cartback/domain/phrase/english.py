"""A condition in English words, as a label: `Checkout Started at least once in the last week`."""

from typing import Final

from cartback.domain.condition import (
    Aggregate,
    All,
    Any_,
    Condition,
    Consented,
    Did,
    FirstTime,
    HasCart,
    Idle,
    InList,
    InSegment,
    LastTime,
    Located,
    Match,
    Not,
    Reachable,
    Sequence_,
    Share,
    Stage,
    Trait,
)
from cartback.domain.number import Number
from cartback.domain.phrase import written
from cartback.domain.phrase.english_words import (
    count,
    duration,
    metric_name,
    numbers,
    plural,
    property_name,
    quoted,
    some_of,
    verdict_on,
    where,
    window,
)
from cartback.domain.phrase.names import Names
from cartback.domain.window import EVER

FUNCTIONS: Final = {"sum": "total", "min": "lowest", "max": "highest", "average": "average"}
_CHANNELS: Final = {"email": "e-mail", "sms": "SMS"}
ADDRESSES: Final = {"email": "an e-mail address", "sms": "a phone number"}
NO_ADDRESSES: Final = {"email": "no e-mail address", "sms": "no phone number"}


def describe(condition: Condition, names: Names) -> str:
    """The condition as a label; a group is named by its size, its parts speak for themselves."""
    match condition:
        case All(of):
            return f"all of {plural(len(of), 'condition')}"
        case Any_(of):
            return f"any of {plural(len(of), 'condition')}"
        case Not(inner):
            return f"not: {describe(inner, names)}"
        case Did(metric, times, within, tests):
            what = metric_name(metric, names)
            return f"{what} {count(times)} {window(within)}{where(tests, metric, names)}"
        case Aggregate():
            currency = names.currency_at(condition.metric, condition.path)
            return f"{aggregate(condition, names)}: {numbers(condition.number, currency)}"
        case Sequence_():
            return _sequence(condition, names)
        case FirstTime(metric, within, tests) | LastTime(metric, within, tests):
            if within == EVER:
                return describe(Did(metric, where=tests), names)
            which = "first" if isinstance(condition, FirstTime) else "latest"
            events = matched(Match(metric, tests), names)
            return f"{which} {events} was {window(within)}"
        case _:
            return _of_person(condition, names)


def _of_person(condition: Condition, names: Names) -> str:
    """What a person is and has, other than events."""
    match condition:
        case Trait(path, operator, value):
            return f"trait {quoted(path)} {verdict_on(operator, value)}"
        case InList(key, joined):
            since = "" if joined == EVER else f", joined {window(joined)}"
            return f"in the list {list_name(key, names)}{since}"
        case InSegment(key, joined):
            since = "" if joined == EVER else f", entered {window(joined)}"
            return f"in the segment {segment_name(key, names)}{since}"
        case Consented(channel, status):
            return consent(status, channel)
        case Reachable(channel):
            return f"reachable by {channel_name(channel)}"
        case Stage(stage):
            return f"a {stage}"
        case HasCart():
            return f"has {cart(condition, names)}"
        case Located():
            return located(condition)
        case Share(percent, salt):
            return share(percent, salt)
        case _:
            raise TypeError(f"not a condition: {condition!r}")


def list_name(key: str, names: Names) -> str:
    return quoted(names.lists.get(key, key))


def segment_name(key: str, names: Names) -> str:
    return quoted(names.segments.get(key, key))


def channel_name(channel: str) -> str:
    return _CHANNELS.get(channel) or quoted(channel)


def consent(status: str, channel: str) -> str:
    """`subscribed to e-mail`."""
    name = channel_name(channel)
    match status:
        case "subscribed":
            return f"subscribed to {name}"
        case "unsubscribed":
            return f"unsubscribed from {name}"
        case _:
            return f"neither subscribed to {name} nor unsubscribed from it"


def aggregate(condition: Aggregate, names: Names) -> str:
    """`total “value” of Placed Order in the last 30 days`."""
    function = FUNCTIONS[condition.function]
    events = f"{metric_name(condition.metric, names)} {window(condition.within)}"
    tests = where(condition.where, condition.metric, names)
    path = property_name(condition.path, names.about(condition.metric)).removeprefix("the ")
    return f"{function} {path} of {events}{tests}"


def matched(match: Match, names: Names) -> str:
    return f"{metric_name(match.metric, names)}{where(match.where, match.metric, names)}"


def begun(condition: Sequence_, names: Names) -> str:
    """How a sequence begins: `Checkout Started in the last 7 days`."""
    within = "" if condition.within == EVER else f" {window(condition.within)}"
    first = condition.first
    return f"{metric_name(first.metric, names)}{within}{where(first.where, first.metric, names)}"


def _sequence(condition: Sequence_, names: Names) -> str:
    then = "then" if condition.followed else "then no"
    inside = duration(condition.inside)
    return f"{begun(condition, names)}, {then} {matched(condition.then, names)} within {inside}"


def cart(asked: HasCart, names: Names) -> str:
    """`an abandoned cart worth at least 50.00 USD, with product “p1” or “p2”`."""
    parts = []
    if asked.value is not None:
        parts.append(f"worth {numbers(asked.value, names.currency)}")
    if asked.items is not None:
        parts.append(f"with {numbers(asked.items)} {_items(asked.items)}")
    for kind, wanted in _contents(asked):
        parts.append(f"with {kind} {some_of(map(quoted, wanted), 'or')}")
    if asked.idle is not None:
        parts.append(f"left for {_idle(asked.idle)}")
    details = f" {', '.join(parts)}" if parts else ""
    return f"an {asked.status} cart{details}"


def _contents(asked: HasCart) -> list[tuple[str, tuple[str, ...]]]:
    kinds = [("product", asked.product), ("category", asked.category), ("brand", asked.brand)]
    return [(kind, wanted) for kind, wanted in kinds if wanted]


def _items(asked: Number) -> str:
    bounds = (asked.exactly, asked.less_than, asked.at_most, asked.more_than, asked.at_least)
    last = next(bound for bound in bounds if bound is not None)
    return "item" if last == 1 else "items"


def _idle(asked: Idle) -> str:
    bounds = [("at least", asked.at_least), ("less than", asked.less_than)]
    return " and ".join(f"{word} {duration(text)}" for word, text in bounds if text is not None)


def located(asked: Located) -> str:
    """`located in country KR or US, in city “Seoul”`."""
    parts = []
    if asked.country:
        parts.append(f"in country {some_of(map(country, asked.country), 'or')}")
    if asked.region:
        parts.append(f"in region {some_of(map(quoted, asked.region), 'or')}")
    if asked.city:
        parts.append(f"in city {some_of(map(quoted, asked.city), 'or')}")
    if asked.eu is not None:
        parts.append("in the European Union" if asked.eu else "outside the European Union")
    return f"located {', '.join(parts)}"


def country(code: str) -> str:
    return written.plain(code).upper()


def share(percent: float, salt: str) -> str:
    """`in the random 25% of all profiles`."""
    drawn = f" drawn as {quoted(salt)}" if salt else ""
    return f"in the random {written.percent(percent)} of all profiles{drawn}"
