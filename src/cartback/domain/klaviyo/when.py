"""Time in Klaviyo's filters: timeframes and dates, both ways.

Its builder works in UTC: a date without an offset is read so, and dates are written in UTC
(help.klaviyo.com 4403222359451, on segmenting with dates).
"""

from typing import Any, Final

from cartback.domain.instant import DAY, HOUR, WEEK, parse_duration, parse_instant, text_of
from cartback.domain.klaviyo.part import Part
from cartback.domain.klaviyo.terms import BadKlaviyo, Terms
from cartback.domain.window import (
    EVER,
    After,
    Before,
    Between,
    BetweenAgo,
    Ever,
    Last,
    MoreThanAgo,
    Window,
)

UNITS: Final = {"week": WEEK, "day": DAY, "hour": HOUR}


def read_window(part: Part) -> Window:
    """A `timeframe_filter` as a window."""
    (part / "type").word("date")
    operator = (part / "operator").word(
        *("in-the-last", "at-least", "between", "after", "before", "between-static", "alltime")
    )
    match operator:
        case "in-the-last":
            return Last(read_duration(part))
        case "at-least":
            return MoreThanAgo(read_duration(part))
        case "between":
            return read_between(part)
        case "after":
            return After(read_date(part / "date"))
        case "before":
            return Before(read_date(part / "date"))
        case "between-static":
            start, end = read_date(part / "start"), read_date(part / "end")
            return part.made(lambda: Between(start, end))
        case _:
            return EVER


def read_between(part: Part) -> Last | BetweenAgo:
    """Between so many and so many units ago, in either order."""
    near, far = sorted((_quantity(part, "start"), _quantity(part, "end")))
    if near == 0:
        return Last(_duration(part, far))
    nearest, farthest = _duration(part, near), _duration(part, far)
    return part.made(lambda: BetweenAgo(nearest, farthest))


def read_duration(part: Part) -> str:
    """`quantity` and `unit` of a relative filter."""
    return _duration(part, _quantity(part, "quantity"))


def _quantity(part: Part, name: str) -> int:
    number = (part / name).integer()
    if number < 0:
        raise (part / name).bad("a length of time is not negative")
    return number


def _duration(part: Part, number: int) -> str:
    unit = (part / "unit").word(*UNITS)
    text = f"{number} {unit}" + ("" if number == 1 else "s")
    part.made(lambda: parse_duration(text))
    return text


def read_date(part: Part) -> str:
    """A date or time, in UTC."""
    return part.made(lambda: text_of(parse_instant(part.text())))


def write_window(window: Window, terms: Terms, path: str) -> dict[str, Any]:
    """The window as a `timeframe_filter`."""
    match window:
        case Last(duration):
            return date("in-the-last", **write_duration(duration, path))
        case MoreThanAgo(duration):
            return date("at-least", **write_duration(duration, path))
        case BetweenAgo(nearest, farthest):
            return _write_between(nearest, farthest, path)
        case Before(at):
            return date("before", date=write_date(at, terms))
        case After(at):
            return date("after", date=write_date(at, terms))
        case Between(start, end):
            bounds = {"start": write_date(start, terms), "end": write_date(end, terms)}
            return date("between-static", **bounds)
        case Ever():
            return date("alltime")
        case _:
            raise BadKlaviyo(
                "Klaviyo's segments know no calendar periods and no runs of a flow; write `last`,"
                " `between_ago`, `before`, `after` or `between`",
                path,
            )


def date(operator: str, **rest: object) -> dict[str, Any]:
    return {"type": "date", "operator": operator, **rest}


def _write_between(nearest: str, farthest: str, path: str) -> dict[str, Any]:
    near, far = parse_duration(nearest), parse_duration(farthest)
    for unit, size in UNITS.items():
        if near % size == 0 and far % size == 0:
            return date("between", start=near // size, end=far // size, unit=unit)
    raise _too_fine(f"{nearest} and {farthest}", path)


def write_duration(text: str, path: str) -> dict[str, Any]:
    """In the unit in which it is written, else in the largest that fits."""
    duration = parse_duration(text)
    written = text.split()[-1].rstrip("s")
    for unit in (written, *UNITS):
        size = UNITS.get(unit)
        if size is not None and duration % size == 0:
            return {"unit": unit, "quantity": duration // size}
    raise _too_fine(text, path)


def _too_fine(text: str, path: str) -> BadKlaviyo:
    return BadKlaviyo(f"Klaviyo counts in whole hours, days and weeks, not {text}", path)


def write_date(text: str, terms: Terms) -> str:
    return text_of(terms.zone.parse(text))


# --- what lies beside a window -------------------------------------------------------------------


def earlier(window: Window) -> Window | None:
    """All time before the window; None where there is none."""
    match window:
        case Last(duration) | BetweenAgo(_, duration):
            return MoreThanAgo(duration)
        case After(at) | Between(at, _):
            return Before(at)
        case _:
            return None


def later(window: Window) -> Window | None:
    """All time after the window until now; None where there is none."""
    match window:
        case MoreThanAgo(duration) | BetweenAgo(duration, _):
            return Last(duration)
        case Before(at) | Between(_, at):
            return After(at)
        case _:
            return None
