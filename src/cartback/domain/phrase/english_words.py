"""English for the pieces of a condition: names, times, windows, counts, tests on properties."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from cartback.domain.event import Json, Metric
from cartback.domain.instant import Instant, Zone
from cartback.domain.number import Count, Number
from cartback.domain.phrase import written
from cartback.domain.phrase.names import About, Names
from cartback.domain.phrase.written import plain
from cartback.domain.properties import AMOUNTS
from cartback.domain.property import AnyTest, NotTest, Operator, Property, PropertyTest, Some, Value
from cartback.domain.window import (
    After,
    Before,
    Between,
    BetweenAgo,
    Calendar,
    Ever,
    Last,
    MoreThanAgo,
    SinceRunStart,
    Window,
)

_MONTHS: Final = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_STANDARD: Final = frozenset(Metric)


# --- names and lists -------------------------------------------------------------------------


def quoted(text: str) -> str:
    return f"“{plain(text)}”"


def metric_name(metric: str, names: Names) -> str:
    """A standard metric as it is, any other in quotes."""
    if metric not in names.metrics and metric in _STANDARD:
        return metric
    return quoted(names.metrics.get(metric, metric))


def listed(words: Sequence[str], last: str) -> str:
    """`a`, `a or b`, `a, b or c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def some_of(words: Iterable[str], last: str) -> str:
    """The first words, and how many more things there are."""
    shown, rest = written.first(words)
    return listed([*shown, f"{rest} more"] if rest else shown, last)


def plural(number: int, one: str) -> str:
    """`1 hour`, `2,000 hours`."""
    return f"{number:,} {one}" + ("" if number == 1 else "s")


# --- times -----------------------------------------------------------------------------------


def day(found: date) -> str:
    return f"{found.day} {_MONTHS[found.month - 1]} {found.year}"


def moment(instant: Instant, zone: Zone) -> str:
    """An instant to the second on the shop's clock."""
    here = written.local(instant, zone)
    return f"{day(here)}, {here:%H:%M:%S}"


def minute(instant: Instant, zone: Zone) -> str:
    """An instant to the minute on the shop's clock."""
    here = written.local(instant, zone)
    return f"{day(here)}, {here:%H:%M}"


def written_moment(found: written.WrittenTime) -> str:
    clock = " ".join(part for part in (found.clock, found.offset) if part)
    return f"{day(found.day)}, {clock}" if clock else day(found.day)


def duration(text: str) -> str:
    return plural(*written.duration(text))


def _length(text: str) -> str:
    """After "the last" or "the next" one unit needs no number."""
    number, unit = written.duration(text)
    return unit if number == 1 else plural(number, unit)


def window(within: Window) -> str:
    """When: `in the last 7 days`, `before 1 Mar 2026`."""
    match within:
        case Last(text):
            return f"in the last {_length(text)}"
        case BetweenAgo(nearest, farthest):
            near, far = written.duration(nearest), written.duration(farthest)
            start = f"{near[0]:,}" if near[1] == far[1] else plural(*near)
            return f"between {start} and {plural(*far)} ago"
        case MoreThanAgo(text):
            return f"{duration(text)} ago or earlier"
        case Before(at):
            return f"before {written_moment(written.written_time(at))}"
        case After(at):
            return _after(at)
        case Between(start, end):
            return _between(written.written_time(start), written.written_time(end))
        case Calendar(unit, ago):
            return _calendar(unit, ago)
        case Ever():
            return "so far"
        case SinceRunStart():
            return "since this run began"


def _after(text: str) -> str:
    at = written.written_time(text)
    return f"{'at' if at.clock else 'on'} or after {written_moment(at)}"


def _between(start: written.WrittenTime, end: written.WrittenTime) -> str:
    last = written.last_day_before(end)
    if last is None:
        return f"from {written_moment(start)} until {written_moment(end)}"
    if not start.clock and start.day == last:
        return f"on {day(last)}"
    return f"from {written_moment(start)} through {day(last)}"


def _calendar(unit: str, ago: int) -> str:
    match unit, ago:
        case "day", 0:
            return "today"
        case "day", 1:
            return "yesterday"
        case "day", _:
            return f"on the day {ago:,} days ago"
        case _, 0:
            return f"this calendar {unit}"
        case _, 1:
            return f"in the calendar {unit} before this one"
        case _:
            return f"in the calendar {unit} {ago:,} {unit}s ago"


# --- how often and how much ------------------------------------------------------------------


def times(number: int) -> str:
    match number:
        case 0:
            return "zero times"
        case 1:
            return "once"
        case 2:
            return "twice"
        case _:
            return f"{number:,} times"


def count(asked: Count) -> str:
    """`at least once`, `zero times`, `at least twice and at most 5 times`."""
    low, high = asked.bounds()
    if high == 0:
        return "zero times"
    if high is None and low == 0:
        return "any number of times"
    if asked.exactly is not None:
        return f"exactly {times(asked.exactly)}"
    bounds = [
        ("at least", asked.at_least),
        ("more than", asked.more_than),
        ("at most", asked.at_most),
        ("fewer than", asked.fewer_than),
    ]
    return " and ".join(f"{word} {times(bound)}" for word, bound in bounds if bound is not None)


def numbers(asked: Number, currency: str = "") -> str:
    """`at least 10,000`, `more than 0 and less than 50`; amounts where there is a currency."""
    bounds = [
        ("exactly", asked.exactly),
        ("at least", asked.at_least),
        ("more than", asked.more_than),
        ("at most", asked.at_most),
        ("less than", asked.less_than),
    ]
    return " and ".join(
        f"{word} {written.money(bound, currency)}" for word, bound in bounds if bound is not None
    )


# --- values and tests ------------------------------------------------------------------------


def value(found: Json) -> str:
    """A value as somebody sent it."""
    match found:
        case None:
            return "not set"
        case bool():
            return "true" if found else "false"
        case int() | float():
            return written.number(found, grouped=False)
        case str():
            return quoted(found)
        case list() | tuple():
            return some_of(map(_item, found), "and") if found else "an empty list"
        case _:
            return "an object"


def _item(found: Json) -> str:
    return "a list" if isinstance(found, list | tuple) else value(found)


_VERBS: Final = {
    Operator.EQUALS: "is",
    Operator.NOT_EQUALS: "is not",
    Operator.CONTAINS: "contains",
    Operator.NOT_CONTAINS: "does not contain",
    Operator.STARTS_WITH: "starts with",
    Operator.NOT_STARTS_WITH: "does not start with",
    Operator.ENDS_WITH: "ends with",
    Operator.NOT_ENDS_WITH: "does not end with",
    Operator.MATCHES: "matches the pattern",
    Operator.NOT_MATCHES: "does not match the pattern",
    Operator.IN: "is one of",
    Operator.NOT_IN: "is none of",
    Operator.AT_LEAST: "is at least",
    Operator.AT_MOST: "is at most",
    Operator.MORE_THAN: "is more than",
    Operator.LESS_THAN: "is less than",
    Operator.CONTAINS_ANY: "contains any of",
    Operator.CONTAINS_ALL: "contains all of",
    Operator.CONTAINS_NONE: "contains none of",
    Operator.IS_SET: "is set",
    Operator.NOT_SET: "is not set",
    Operator.ANNIVERSARY_TODAY: "has its anniversary today",
}


def verdict_on(operator: Operator, asked: Value, currency: str = "") -> str:
    """What is asked of a value: `is “gold”`, `is at least 5,000`, `is in the last 7 days`; of an
    amount where there is a currency."""
    operator, asked = written.simplest(operator, asked)
    match operator:
        case Operator.IS_SET | Operator.NOT_SET | Operator.ANNIVERSARY_TODAY:
            return _VERBS[operator]
        case Operator.AT_LEAST | Operator.AT_MOST | Operator.MORE_THAN | Operator.LESS_THAN:
            return f"{_VERBS[operator]} {written.money(asked, currency)}"
        case Operator.BEFORE:
            return f"is {window(Before(str(asked)))}"
        case Operator.AFTER:
            return f"is {_after(str(asked))}"
        case Operator.IN_LAST:
            return f"is in the last {_length(str(asked))}"
        case Operator.IN_NEXT:
            return f"is in the next {_length(str(asked))}"
        case Operator.MORE_THAN_AGO:
            return f"is {window(MoreThanAgo(str(asked)))}"
        case Operator.ANNIVERSARY_IN_NEXT:
            return f"has its anniversary in the next {_length(str(asked))}"
        case _ if isinstance(asked, tuple):
            last = "and" if operator is Operator.CONTAINS_ALL else "or"
            return f"{_VERBS[operator]} {some_of(map(value, asked), last)}"
        case _:
            is_amount = bool(currency) and written.is_number(asked)
            told = written.money(asked, currency) if is_amount else value(asked)
            return f"{_VERBS[operator]} {told}"


def property_name(path: str, about: About) -> str:
    """What a property is called: `the cart value`, or by its own name."""
    return "the cart value" if about.is_cart_value(path) else quoted(path)


def property_test(asked: PropertyTest, about: About, depth: int = 0) -> str:
    """One test on an event's properties; deep inside others it is only mentioned."""
    match asked:
        case Property(path, operator, wanted):
            of = about.currency if path in AMOUNTS else ""
            return f"{property_name(path, about)} {verdict_on(operator, wanted, of)}"
        case _ if depth > 2:
            return "further tests pass"
        case Some(path, inner):
            of_one = _joined(inner, "and", About(about.currency), depth)
            return f"at least one of {quoted(path)} matches ({of_one})"
        case AnyTest(of):
            return _joined(of, "or", about, depth)
        case NotTest(of=inner):
            return f"not ({property_test(inner, about, depth + 1)})"


def _joined(tests: Sequence[PropertyTest], word: str, about: About, depth: int) -> str:
    """Tests joined by one word; brackets keep `and` and `or` apart."""
    shown, rest = written.first(tests)
    words = [property_test(one, about, depth + 1) for one in shown]
    if len(tests) > 1:
        words = [
            f"({said})" if isinstance(one, AnyTest) and len(one.of) > 1 else said
            for one, said in zip(shown, words, strict=True)
        ]
    if rest:
        words.append(f"{rest} more tests pass")
    return f" {word} ".join(words)


def where(tests: Sequence[PropertyTest], metric: str, names: Names) -> str:
    """The tests on the events, as they follow what happened."""
    return f" where {_joined(tests, 'and', names.about(metric), 0)}" if tests else ""


def amount(value: int, items: int, currency: str) -> str:
    """What a cart holds; of a checkout without known lines nothing is said."""
    return f", with {plural(items, 'item')} worth {written.money(value, currency)}" if items else ""
