"""An explanation as one English sentence: whether it holds, until when, and why."""

from collections.abc import Sequence
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
    InList,
    InSegment,
    LastTime,
    Located,
    Not,
    Reachable,
    Sequence_,
    Share,
    Stage,
    Trait,
)
from cartback.domain.explain import Explanation
from cartback.domain.instant import FOREVER, Zone
from cartback.domain.phrase import english, english_words, written
from cartback.domain.phrase.english import describe
from cartback.domain.phrase.english_words import (
    amount,
    count,
    duration,
    metric_name,
    moment,
    numbers,
    plural,
    quoted,
    times,
    verdict_on,
    where,
    window,
)
from cartback.domain.phrase.names import Names
from cartback.domain.phrase.tally import Tally, tally
from cartback.domain.property import Operator
from cartback.domain.window import EVER


def sentence(explanation: Explanation, zone: Zone, names: Names) -> str:
    """`Holds until 29 Nov 2026, 12:03:17: Checkout Started at least once in the last week.`"""
    reason = _reason(explanation, zone, names)
    if explanation.forgotten:
        events = plural(explanation.forgotten, "older event")
        reason += f" ({events} no longer remembered)"
    return f"{_opening(explanation, zone)}: {reason}{_outlook(explanation, zone)}."


def _opening(explanation: Explanation, zone: Zone) -> str:
    verb = "Holds" if explanation.holds else "Does not hold"
    if isinstance(explanation.condition, Share):
        return f"{verb} at {'all times' if explanation.holds else 'any time'}"
    if explanation.until == FOREVER:
        return f"{verb} unless something new happens"
    if not explanation.holds:
        return verb
    least = "" if explanation.exact else "at least "
    return f"{verb} {least}until {moment(explanation.until, zone)}"


def _outlook(explanation: Explanation, zone: Zone) -> str:
    """From when it will hold that does not yet."""
    if explanation.holds or explanation.until == FOREVER:
        return ""
    change = "it will hold" if explanation.exact else "this can change"
    return f"; {change} from {moment(explanation.until, zone)} if nothing new happens"


def _reason(explanation: Explanation, zone: Zone, names: Names) -> str:
    condition = explanation.condition
    match condition:
        case All() | Any_() | Not():
            return _of_parts(explanation, names)
        case Did():
            return _did(condition, explanation, zone, names)
        case Aggregate():
            return _aggregate(condition, explanation, zone, names)
        case Sequence_():
            return _sequence(condition, explanation, zone, names)
        case FirstTime() | LastTime():
            return _first_or_last(condition, explanation, zone, names)
        case Trait():
            return _trait(condition, explanation, zone)
        case InList() | InSegment():
            return _member(condition, explanation, zone, names)
        case _:
            return _of_person(condition, explanation, zone, names)


# --- groups ----------------------------------------------------------------------------------


def _of_parts(explanation: Explanation, names: Names) -> str:
    parts = explanation.children
    deciding = [one for one in parts if one.holds == explanation.holds]
    if isinstance(explanation.condition, Not):
        verb = "holds" if parts[0].holds else "does not hold"
        return f"the opposite {verb} ({describe(parts[0].condition, names)})"
    if len(parts) == 1:
        verb = "holds" if parts[0].holds else "does not hold"
        return f"its only condition {verb}"
    if len(deciding) == len(parts):
        return _all_alike(len(parts), explanation.holds)
    return _some_alike(deciding, len(parts), explanation.holds, names)


def _all_alike(number: int, holds: bool) -> str:
    match number, holds:
        case 2, True:
            return "both conditions hold"
        case 2, False:
            return "neither of 2 conditions holds"
        case _, True:
            return f"all {number:,} conditions hold"
        case _:
            return f"none of {number:,} conditions holds"


def _some_alike(deciding: Sequence[Explanation], number: int, holds: bool, names: Names) -> str:
    of = f"{len(deciding):,} of {number:,} conditions"
    if len(deciding) == 1:
        named = describe(deciding[0].condition, names)
        return f"{of} {'holds' if holds else 'does not hold'} ({named})"
    return f"{of} {'hold' if holds else 'do not hold'}"


# --- events ----------------------------------------------------------------------------------


def _did(asked: Did, explanation: Explanation, zone: Zone, names: Names) -> str:
    metric, told = metric_name(asked.metric, names), tally(asked, explanation)
    when = f"{window(asked.within)}{where(asked.where, asked.metric, names)}"
    if told.number == 0:
        found = f"no {metric} {when}"
    else:
        often = times(told.number) if told.exactly else f"at least {times(told.number)}"
        found = f"{metric} {often} {when}{_at(told, zone)}"
    return found if told.complete else f"{found} (asked: {count(asked.times)})"


def _at(told: Tally, zone: Zone) -> str:
    """The deciding times: both of two, from the first to the latest of more."""
    shown = [moment(time, zone) for time in told.times]
    end = "" if told.exactly else "first " if told.earliest else "last "
    if not shown:
        return ""
    if told.number > len(shown):
        return "" if told.earliest else f", last on {shown[0]}"
    if shown[0] == shown[-1]:
        return f", {end}on {shown[0]}"
    if len(shown) == 2:
        return f", {end}on {shown[1]} and {shown[0]}"
    return f", {end}between {shown[-1]} and {shown[0]}"


def _aggregate(asked: Aggregate, explanation: Explanation, zone: Zone, names: Names) -> str:
    currency = names.currency_at(asked.metric, asked.path)
    ask = f" (asked: {numbers(asked.number, currency)})"
    if explanation.found is None:
        metric = metric_name(asked.metric, names)
        return (
            f"no {metric} with a number in {quoted(asked.path)}"
            f" {window(asked.within)}{where(asked.where, asked.metric, names)}{ask}"
        )
    number = written.amount_of(explanation.found, currency)
    latest = f", latest on {moment(explanation.deciding[0], zone)}" if explanation.deciding else ""
    return f"the {english.aggregate(asked, names)} is {number}{latest}{ask}"


def _sequence(asked: Sequence_, explanation: Explanation, zone: Zone, names: Names) -> str:
    first = english.begun(asked, names)
    then, inside = english.matched(asked.then, names), duration(asked.inside)
    if not explanation.holds:
        if asked.followed:
            return f"no {first} was followed by {then} within {inside}"
        return f"no {first} has gone {inside} without {then}"
    on = f", latest on {moment(explanation.deciding[0], zone)}," if explanation.deciding else ""
    verb = "was followed" if asked.followed else "was not followed"
    return f"{first}{on} {verb} by {then} within {inside}"


def _first_or_last(
    asked: FirstTime | LastTime, explanation: Explanation, zone: Zone, names: Names
) -> str:
    events = f"{metric_name(asked.metric, names)}{where(asked.where, asked.metric, names)}"
    if not explanation.deciding:
        return (
            f"no {metric_name(asked.metric, names)} so far{where(asked.where, asked.metric, names)}"
        )
    which = "first" if isinstance(asked, FirstTime) else "latest"
    ask = "" if asked.within == EVER else f" (asked: {window(asked.within)})"
    return f"the {which} {events} was on {moment(explanation.deciding[0], zone)}{ask}"


# --- the person ------------------------------------------------------------------------------

_PLAIN_TO_SEE: Final = {Operator.EQUALS, Operator.IS_SET, Operator.NOT_SET}


def _trait(asked: Trait, explanation: Explanation, zone: Zone) -> str:
    found = f"the trait {quoted(asked.path)} is {english_words.value(explanation.found)}"
    if explanation.found is not None and explanation.deciding:
        found += f", set on {moment(explanation.deciding[0], zone)}"
    if explanation.holds and asked.operator in _PLAIN_TO_SEE:
        return found
    return f"{found} (asked: {verdict_on(asked.operator, asked.value)})"


def _member(asked: InList | InSegment, explanation: Explanation, zone: Zone, names: Names) -> str:
    ask = "" if asked.joined == EVER else f" (asked: joined {window(asked.joined)})"
    if isinstance(asked, InList):
        return _in_list(english.list_name(asked.list, names), explanation, zone, ask)
    segment = f"the segment {english.segment_name(asked.segment, names)}"
    if not explanation.children[0].holds:
        return f"not in {segment}"
    since = f" since {moment(explanation.found, zone)}" if explanation.found is not None else ""
    return f"in {segment}{since}{ask.replace('joined', 'entered')}"


def _in_list(name: str, explanation: Explanation, zone: Zone, ask: str) -> str:
    if explanation.found is None:
        return f"never in the list {name}"
    at = moment(explanation.deciding[0], zone)
    if explanation.found:
        return f"in the list {name} since {at}{ask}"
    return f"left the list {name} on {at}"


def _of_person(asked: Condition, explanation: Explanation, zone: Zone, names: Names) -> str:
    at = [moment(time, zone) for time in explanation.deciding[:1]]
    since = f" since {at[0]}" if at else ""
    match asked:
        case Consented(channel, status):
            ask = "" if explanation.holds else f" (asked: {english.consent(status, channel)})"
            return f"{english.consent(explanation.found, channel)}{since}{ask}"
        case Reachable(channel):
            has_address, status = explanation.found
            address = english.ADDRESSES[channel] if has_address else english.NO_ADDRESSES[channel]
            word = "and" if has_address == (status == "subscribed") else "but"
            return f"has {address} {word} is {english.consent(status, channel)}{since}"
        case Stage():
            lead = "a lead, with no order so far"
            return f"a customer since the first order on {at[0]}" if at else lead
        case HasCart():
            return _cart(asked, explanation, zone, names)
        case Located():
            return _located(asked, explanation, at)
        case Share(percent, salt):
            return ("" if explanation.holds else "not ") + english.share(percent, salt)
        case _:
            raise TypeError(f"not a condition: {asked!r}")


def _cart(asked: HasCart, explanation: Explanation, zone: Zone, names: Names) -> str:
    if explanation.found is None:
        return "no open cart"
    number, value, items, currency = explanation.found
    held = amount(value, items, currency or names.currency)
    touched = moment(explanation.deciding[0], zone)
    if explanation.holds:
        return f"there is {english.cart(asked, names)}, last touched on {touched}{held}"
    carts = "an open cart" if number == 1 else f"{number} open carts, the latest of them"
    return (
        f"there is {carts}, last touched on {touched}{held} (asked: {english.cart(asked, names)})"
    )


def _located(asked: Located, explanation: Explanation, at: Sequence[str]) -> str:
    if explanation.found is None:
        return "where the person is, is not known"
    code, region, city = explanation.found
    names = [written.plain(city), written.plain(region), english.country(code)]
    place = ", ".join(name for name in names if name) or "a place without a name"
    ask = "" if explanation.holds else f" (asked: {english.located(asked)})"
    return f"last seen in {place} on {at[0]}{ask}"
