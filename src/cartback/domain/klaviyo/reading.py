"""A Klaviyo definition as a condition.

`condition_groups` are joined with AND, the conditions of a group with OR
(developers.klaviyo.com/en/reference/segments_api_overview; shapes: github.com/klaviyo/openapi,
stable/apis/create_segment.json). What means something that Cartback does not know is refused.
"""

import re
from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from cartback.domain.condition import (
    Aggregate,
    All,
    Any_,
    Condition,
    Consented,
    Did,
    InList,
    InSegment,
    Located,
    Match,
    Not,
    Reachable,
    Sequence_,
    Trait,
    condition_document,
    parse_condition,
)
from cartback.domain.klaviyo.amount import read_count, read_sum
from cartback.domain.klaviyo.part import Part
from cartback.domain.klaviyo.prop import Asked, read_filter
from cartback.domain.klaviyo.terms import LIST, BadKlaviyo, Terms
from cartback.domain.klaviyo.when import read_window
from cartback.domain.property import NotTest, Operator, Property, PropertyTest
from cartback.domain.window import EVER

AMOUNTS: Final = ("$value", "value")
"""What Klaviyo calls an event's amount, in major units; here it is `value`, in minor units."""
COMPLETION: Final = {
    "HOURS_1": "1 hour",
    "DAYS_1": "1 day",
    "DAYS_3": "3 days",
    "DAYS_5": "5 days",
    "WEEKS_1": "1 week",
    "DAYS_30": "30 days",
    "DAYS_90": "90 days",
    "DAYS_180": "180 days",
    "YEARS_1": "365 days",
}
OWN_TRAITS: Final = ("first_name", "last_name", "organization", "title", "locale")
"""Fields of a Klaviyo profile that are traits here, by the same name."""
_CUSTOM: Final = re.compile(r"""properties\[(?P<quote>['"])(?P<name>.+)(?P=quote)\]""", re.DOTALL)
_PLACE: Final = re.compile(r"""location\[(?P<quote>['"])(?P<name>.+)(?P=quote)\]""", re.DOTALL)


def read_definition(part: Part, terms: Terms) -> Condition:
    """The condition that a `definition` means. Raises BadKlaviyo."""
    part.only("condition_groups")
    groups = [_group(one, terms) for one in (part / "condition_groups").items()]
    whole = _every(groups)
    return part.made(lambda: parse_condition(condition_document(whole)))


def _group(part: Part, terms: Terms) -> Condition:
    part.only("conditions")
    return _some([_condition(one, terms) for one in (part / "conditions").items()])


def _every(of: Iterable[Condition]) -> Condition:
    known = tuple(of)
    return known[0] if len(known) == 1 else All(known)


def _some(of: Iterable[Condition]) -> Condition:
    known = tuple(of)
    return known[0] if len(known) == 1 else Any_(known)


def _condition(part: Part, terms: Terms) -> Condition:
    kind = (part / "type").text()
    if kind in _REFUSED:
        raise (part / "type").bad(_REFUSED[kind])
    (part / "type").word(*_KINDS)
    return part.made(lambda: _KINDS[kind](part, terms))


# --- behaviour -----------------------------------------------------------------------------------


def _metric(part: Part, terms: Terms) -> Condition:
    part.only(
        *("type", "metric_id", "measurement", "measurement_filter"),
        *("timeframe_filter", "metric_filters"),
    )
    metric = _name(part, terms)
    within = read_window(part / "timeframe_filter")
    where = _where(part, terms)
    measured = part / "measurement_filter"
    if (part / "measurement").word("count", "sum") == "count":
        times, negated = read_count(measured)
        did = Did(metric, times, within, where)
        return Not(did) if negated else did
    number, negated = read_sum(measured, terms)
    total = Aggregate(metric, "sum", "value", number, within, where)
    return Not(total) if negated else total


def _name(part: Part, terms: Terms) -> str:
    id_ = part / "metric_id"
    return terms.metric(id_.text(), id_.path)


def _where(part: Part, terms: Terms) -> tuple[PropertyTest, ...]:
    """`metric_filters`: tests that all have to pass."""
    found = part.maybe("metric_filters")
    if found is None or found.value == []:
        return ()
    tests: list[PropertyTest] = []
    for one in found.items():
        one.only("property", "filter")
        name = (one / "property").text()
        path = "value" if name in AMOUNTS else _one_step(name, one / "property")
        filters = read_filter(one / "filter", terms, money=name in AMOUNTS)
        tests += [_test(path, asked) for asked in filters]
    return tuple(dict.fromkeys(tests))


def _test(path: str, asked: Asked) -> PropertyTest:
    test = Property(path, asked.operator, asked.value)
    return NotTest(test) if asked.negated else test


def _one_step(name: str, part: Part) -> str:
    if "." in name:
        raise part.bad(f"{name[:60]!r} has a dot, which leads inside an object in Cartback")
    return name


def _funnel(part: Part, terms: Terms) -> Condition:
    part.only("type", "timeframe_filter", "completion_window_seconds", "steps")
    within = read_window(part / "timeframe_filter")
    inside = part / "completion_window_seconds"
    steps = list((part / "steps").items())
    if len(steps) != 2:
        raise (part / "steps").bad("a sequence in Cartback has two steps")
    first, then = steps
    for one in steps:
        one.only("metric_exists", "metric_id", "metric_filters")
    if not (first / "metric_exists").truth():
        raise (first / "metric_exists").bad("the first step of a sequence has to happen")
    return Sequence_(
        Match(_name(first, terms), _where(first, terms)),
        Match(_name(then, terms), _where(then, terms)),
        COMPLETION[inside.word(*COMPLETION)],
        (then / "metric_exists").truth(),
        within,
    )


# --- the person ----------------------------------------------------------------------------------


def _property(part: Part, terms: Terms) -> Condition:
    part.only("type", "property", "filter")
    name = part / "property"
    asked = read_filter(part / "filter", terms)
    if place := _PLACE.fullmatch(name.text()):
        return _located(name, place["name"], asked)
    if name.text() in OWN_TRAITS:
        path = name.text()
    elif custom := _CUSTOM.fullmatch(name.text()):
        path = _one_step(custom["name"], name)
    else:
        raise name.bad(
            f"{name.text()[:60]!r} is no trait; it may be properties['NAME'], location['city'],"
            f" location['region'], {', '.join(OWN_TRAITS)}"
        )
    return _every(_trait(path, one) for one in asked)


def _trait(path: str, asked: Asked) -> Condition:
    trait = Trait(path, asked.operator, asked.value)
    return Not(trait) if asked.negated else trait


def _located(part: Part, name: str, asked: list[Asked]) -> Condition:
    """Only where the person is: Cartback does not know where somebody is not."""
    match asked:
        case [Asked(Operator.EQUALS, str(one))]:
            names: tuple[str, ...] = (one,)
        case [Asked(Operator.IN, tuple(values))]:
            names = tuple(str(one) for one in values)
        case _:
            raise part.bad("of a place Cartback asks `equals` or `in`")
    if name == "city":
        return Located(city=names)
    if name == "region":
        return Located(region=names)
    raise part.bad(
        "of places Cartback carries over the city and the region; a country is a code here:"
        " {kind: location, country: [KR]}"
    )


def _group_membership(part: Part, terms: Terms) -> Condition:
    part.only("type", "is_member", "group_ids", "timeframe_filter")
    member = (part / "is_member").truth()
    timeframe = part.maybe("timeframe_filter")
    if timeframe is not None and not member:
        raise timeframe.bad("who is not in a list has no time of joining it")
    joined = EVER if timeframe is None else read_window(timeframe)
    groups: list[Condition] = []
    for id_ in (part / "group_ids").items():
        kind, key = terms.group(id_.text(), id_.path)
        groups.append(InList(key, joined) if kind == LIST else InSegment(key, joined))
    inside = _some(groups)
    return inside if member else Not(inside)


def _consent(part: Part, _terms: Terms) -> Condition:
    """May receive: has an address and is subscribed. Finer reasons are refused."""
    part.only("type", "consent")
    consent = part / "consent"
    consent.only("channel", "can_receive_marketing", "consent_status")
    status = consent / "consent_status"
    status.only("subscription", "filters")
    filters = status.maybe("filters")
    if filters is not None and filters.value != []:
        raise filters.bad("Cartback does not ask how or when consent was given; leave it out")
    channel = (consent / "channel").word("email", "sms")
    may = (consent / "can_receive_marketing").truth()
    subscription = (status / "subscription").text()
    reachable = Reachable("email" if channel == "email" else "sms")
    match channel, may, subscription:
        case _, True, "subscribed":
            return reachable
        case _, False, "unsubscribed":
            return Consented(channel, "unsubscribed")
        case "email", False, "subscribed":
            return All((Consented(channel, "subscribed"), Not(reachable)))
        case "sms", False, "any":
            return Not(reachable)
        case "sms", False, "never_subscribed":
            return Consented(channel, "never")
    raise (status / "subscription").bad(
        f"{subscription[:60]!r} cannot be said here: who never subscribed is not written to in"
        " Cartback; ask for `subscribed` or `unsubscribed`"
    )


def _region(part: Part, _terms: Terms) -> Condition:
    part.only("type", "in_region", "region")
    inside = (part / "in_region").truth()
    if (part / "region").word("european_union", "united_states") == "european_union":
        return Located(eu=inside)
    if inside:
        return Located(country=("US",))
    somewhere = Any_((Located(eu=True), Located(eu=False)))
    return All((somewhere, Not(Located(country=("US",)))))


Reader: TypeAlias = Callable[[Part, Terms], Condition]
_KINDS: Final[dict[str, Reader]] = {
    "profile-metric": _metric,
    "profile-metric-funnel": _funnel,
    "profile-property": _property,
    "profile-group-membership": _group_membership,
    "profile-marketing-consent": _consent,
    "profile-region": _region,
}
_REFUSED: Final = {
    "profile-permissions": "Cartback knows no consent for WhatsApp",
    "profile-postal-code-distance": "Cartback does not measure distances; ask for cities or regions"
    " with {kind: location}",
    "profile-predictive-analytics": "Cartback predicts nothing; ask what happened, such as"
    " Placed Order at least 3 times, or the sum of its value",
    "profile-has-custom-object": "Cartback has no custom objects; ask for events or traits",
}


def is_klaviyo(document: object) -> bool:
    """Whether a document is in Klaviyo's form."""
    try:
        return definition_in(Part(document, "$")) is not None
    except BadKlaviyo:
        return False


def definition_in(part: Part) -> Part | None:
    """The definition in a document: alone, in a segment's attributes, or in a request's `data`."""
    if not isinstance(part.value, dict):
        return None
    if "condition_groups" in part.value:
        return Part({"condition_groups": part.value["condition_groups"]}, part.path)
    if (data := part.maybe("data")) is not None:
        return definition_in(data / "attributes")
    return part.maybe("definition")
