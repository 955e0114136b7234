"""A condition as a Klaviyo definition: groups joined with AND, conditions within them with OR.

The tree is brought into that form (every `not` down to the questions, every `all` above every
`any`). What Klaviyo cannot say is refused; what is written means the same when it is read again.
"""

from typing import Any, Final

from cartback.domain.condition import (
    Aggregate,
    All,
    Any_,
    Condition,
    Consented,
    Did,
    FirstTime,
    InList,
    InSegment,
    LastTime,
    Located,
    Match,
    Not,
    Reachable,
    Sequence_,
    Stage,
    Trait,
)
from cartback.domain.event import Metric
from cartback.domain.instant import parse_duration
from cartback.domain.klaviyo.amount import Filter, Groups, write_count, write_sum
from cartback.domain.klaviyo.reading import COMPLETION
from cartback.domain.klaviyo.terms import LIST, SEGMENT, BadKlaviyo, Terms
from cartback.domain.klaviyo.traits import trait_groups
from cartback.domain.klaviyo.when import earlier, later, write_window
from cartback.domain.klaviyo.wheres import metric_filters
from cartback.domain.number import Count
from cartback.domain.window import EVER, After, Before, Calendar, SinceRunStart, Window

MOST: Final = 100
"""Conditions in one of Klaviyo's segments (help.klaviyo.com 115005062847)."""


def write_definition(condition: Condition, terms: Terms, path: str = "when") -> dict[str, Any]:
    """The `definition` that means the same. Raises BadKlaviyo."""
    groups = _groups(condition, terms, path, negated=False)
    return {"condition_groups": [{"conditions": group} for group in groups]}


def _groups(condition: Condition, terms: Terms, path: str, *, negated: bool) -> Groups:
    match condition:
        case Not(of):
            return _groups(of, terms, f"{path}.of", negated=not negated)
        case All(of) | Any_(of):
            parts = [
                _groups(one, terms, f"{path}.of[{place}]", negated=negated)
                for place, one in enumerate(of)
            ]
            return _all(parts, path) if isinstance(condition, All) != negated else _any(parts, path)
        case FirstTime() | LastTime() | Stage():
            return _groups(_counted(condition, path), terms, path, negated=negated)
        case _:
            return _leaf(condition, terms, path, negated=negated)


def _all(parts: list[Groups], path: str) -> Groups:
    return _bounded([group for part in parts for group in part], path)


def _any(parts: list[Groups], path: str) -> Groups:
    """One group of each part, in every combination."""
    joined: Groups = [[]]
    for part in parts:
        joined = _bounded([[*one, *other] for one in joined for other in part], path)
    return joined


def _bounded(groups: Groups, path: str) -> Groups:
    """The groups, nothing twice."""
    kept: Groups = []
    for group in groups:
        lean = [one for place, one in enumerate(group) if one not in group[:place]]
        if lean not in kept:
            kept.append(lean)
    if sum(map(len, kept)) > MOST:
        raise BadKlaviyo(
            f"Klaviyo takes at most {MOST} conditions, in two levels; this would be more", path
        )
    return kept


def _counted(condition: FirstTime | LastTime | Stage, path: str) -> Condition:
    """The same, asked with "so often"."""
    never = Count(exactly=0)
    if isinstance(condition, Stage):
        times = never if condition.stage == "lead" else Count(at_least=1)
        return Did(Metric.PLACED_ORDER, times)
    metric, within, where = condition.metric, condition.within, condition.where
    first = isinstance(condition, FirstTime)
    _check_window(within, path)
    beside = earlier(within) if first else later(within)
    did = Did(metric, Count(at_least=1), within, where)
    return did if beside is None else All((did, Did(metric, never, beside, where)))


def _check_window(window: Window, path: str) -> None:
    if isinstance(window, Calendar | SinceRunStart):
        write_window(window, Terms(), f"{path}.within")  # says why not


def _leaf(condition: Condition, terms: Terms, path: str, *, negated: bool) -> Groups:
    match condition:
        case Did() | Aggregate():
            return _metric(condition, terms, path, negated=negated)
        case Sequence_() if not negated:
            return [[_funnel(condition, terms, path)]]
        case Trait(name, operator, value):
            return trait_groups(name, operator, value, terms, path, negated=negated)
        case InList(key, joined):
            return [[_member(LIST + key, joined, terms, path, negated=negated)]]
        case InSegment(key, joined):
            return [[_member(SEGMENT + key, joined, terms, path, negated=negated)]]
        case Consented() | Reachable():
            return _consent(condition, path, negated=negated)
        case Located() if not negated:
            return _located(condition, path)
    kind = f"not: {condition.__struct_config__.tag}" if negated else condition.__struct_config__.tag
    raise BadKlaviyo(f"Klaviyo has no condition that means `{kind}`", path)


def _metric(condition: Did | Aggregate, terms: Terms, path: str, *, negated: bool) -> Groups:
    if isinstance(condition, Did):
        measurement, filters = "count", write_count(condition.times, negated=negated)
    elif condition.function == "sum" and condition.path == "value":
        measurement = "sum"
        filters = write_sum(condition.number, terms, path, negated=negated)
    else:
        raise BadKlaviyo(
            "Klaviyo sums an event's `value` only; no other property, and no lowest, highest or"
            " average",
            path,
        )
    if filters == [[]]:
        raise BadKlaviyo("this holds for nobody, which Klaviyo cannot say", path)
    common = {
        "type": "profile-metric",
        "metric_id": condition.metric,
        "measurement": measurement,
        "timeframe_filter": write_window(condition.within, terms, f"{path}.within"),
        "metric_filters": metric_filters(condition.where, terms, f"{path}.where") or None,
    }
    return [[{**common, "measurement_filter": one} for one in group] for group in filters]


def _funnel(condition: Sequence_, terms: Terms, path: str) -> Filter:
    wanted = parse_duration(condition.inside)
    known = {parse_duration(text): word for word, text in COMPLETION.items()}
    if wanted not in known:
        raise BadKlaviyo(
            f"Klaviyo's funnels end after {', '.join(COMPLETION.values())}", f"{path}.inside"
        )
    if isinstance(condition.within, Before | After) or condition.within == EVER:
        raise BadKlaviyo(
            "Klaviyo's funnels look at the last so long, or between two times; say `within`",
            f"{path}.within",
        )
    first, then = condition.first, condition.then
    return {
        "type": "profile-metric-funnel",
        "timeframe_filter": write_window(condition.within, terms, f"{path}.within"),
        "completion_window_seconds": known[wanted],
        "steps": [
            _step(first, terms, f"{path}.first", exists=True),
            _step(then, terms, f"{path}.then", exists=condition.followed),
        ],
    }


def _step(match: Match, terms: Terms, path: str, *, exists: bool) -> Filter:
    return {
        "metric_exists": exists,
        "metric_id": match.metric,
        "metric_filters": metric_filters(match.where, terms, f"{path}.where") or None,
    }


def _member(group: str, joined: Window, terms: Terms, path: str, *, negated: bool) -> Filter:
    written: Filter = {
        "type": "profile-group-membership",
        "is_member": not negated,
        "group_ids": [group],
    }
    if joined == EVER:
        return written
    if negated:
        raise BadKlaviyo("Klaviyo does not ask when somebody did not join", f"{path}.joined")
    return {**written, "timeframe_filter": write_window(joined, terms, f"{path}.joined")}


def _consent(condition: Consented | Reachable, path: str, *, negated: bool) -> Groups:
    match condition, negated:
        case Reachable(channel), False:
            return [[_marketing(channel, "subscribed", may=True)]]
        case Reachable("sms"), True:
            return [[_marketing("sms", "any", may=False)]]
        case Consented("email" | "sms" as channel, "unsubscribed"), False:
            return [[_marketing(channel, "unsubscribed", may=False)]]
        case Consented("sms", "never"), False:
            return [[_marketing("sms", "never_subscribed", may=False)]]
        case Consented("email", "subscribed"), False:
            either = (_marketing("email", "subscribed", may=may) for may in (True, False))
            return [list(either)]
    raise BadKlaviyo(
        "Klaviyo's consent cannot say this; `reachable`, or `consent` with `unsubscribed`, it can",
        path,
    )


def _marketing(channel: str, subscription: str, *, may: bool) -> Filter:
    status: Filter = {"subscription": subscription}
    if channel == "email" and subscription == "subscribed" and not may:
        status["filters"] = []  # required there
    consent = {"channel": channel, "can_receive_marketing": may, "consent_status": status}
    return {"type": "profile-marketing-consent", "consent": consent}


def _located(asked: Located, path: str) -> Groups:
    found: Groups = []
    if asked.country:
        if {one.upper() for one in asked.country} != {"US"}:
            raise BadKlaviyo(
                "Klaviyo has conditions for the United States and the European Union; other"
                " countries are texts there, as each shop writes them",
                f"{path}.country",
            )
        found.append([_region("united_states", inside=True)])
    if asked.eu is not None:
        found.append([_region("european_union", inside=asked.eu)])
    for name, values in (("region", asked.region), ("city", asked.city)):
        if values:
            filter_ = {"type": "string", "operator": "in", "value": list(values)}
            place = f"location['{name}']"
            found.append([{"type": "profile-property", "property": place, "filter": filter_}])
    return found


def _region(region: str, *, inside: bool) -> Filter:
    return {"type": "profile-region", "in_region": inside, "region": region}
