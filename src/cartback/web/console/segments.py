"""Segments: the list, and a segment's page with its size over time, its members, and why."""

from collections.abc import Sequence
from functools import reduce
from typing import Final

import msgspec
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.condition import All, Any_, parse_condition
from cartback.domain.event import ProfileId
from cartback.domain.instant import DAY, Instant
from cartback.domain.phrase import Names, describe, sentence
from cartback.engine.documents import kept_in, remembered
from cartback.engine.first_steps import has_asked_why
from cartback.engine.growth import sizes
from cartback.engine.naming import names_of
from cartback.engine.people import NobodyFound, find
from cartback.engine.ports import Reading
from cartback.engine.segment_page import Member, member_named, members, why
from cartback.engine.segment_ports import SegmentRow
from cartback.engine.watching import just_now, place_of
from cartback.web.console import archiving, builder
from cartback.web.console.archiving import live_segment
from cartback.web.console.asked import AtShop, whole
from cartback.web.console.charts import line
from cartback.web.console.condition_lines import lines_of
from cartback.web.console.guard import Guard
from cartback.web.console.moves import together
from cartback.web.console.ready import ready_made
from cartback.web.console.render import page

PAGE: Final = 50
MOST_NAMED: Final = 3
MOVES: Final = 8
RANGES: Final = (1, 7, 30)


def routes(guard: Guard) -> Sequence[BaseRoute]:
    at = "/shops/{shop}/segments"
    return [
        Route(at, guard.of_shop(index), methods=["GET"]),
        *builder.routes(guard),
        Route(at + "/{key}", guard.of_shop(segment), methods=["GET"]),
        Route(at + "/{key}/why", guard.of_shop(explain), methods=["GET"]),
        *archiving.routes(guard),
    ]


def label_of(at: AtShop, row: SegmentRow, names: Names) -> str:
    """Its condition in a few words."""
    condition = parse_condition(msgspec.json.decode(row.document))
    match condition:
        case All(of) | Any_(of) if len(of) <= MOST_NAMED:
            word = "%s, %s" if isinstance(condition, All) else at.say.gettext("%s, or %s")
            parts = [describe(one, at.language, names) for one in of]
            return reduce(lambda said, part: word % (said, part), parts)
        case _:
            return describe(condition, at.language, names)


def index(at: AtShop) -> Response:
    if at.query.get("show") == "archived":
        return archiving.listed(at)
    order = "members" if at.query.get("sort") == "members" else "name"
    wanted = at.query.get("q", "").strip().casefold()
    with at.store.reading() as reading:
        names, known = names_of(reading, at.id), remembered(reading, at.id)
        rows = [
            (
                row,
                reading.count_members(at.id, row.key),
                label_of(at, row, names),
                kept_in(known, row),
            )
            for row in reading.segments(at.id)
            if row.status != "archived" and wanted in row.name.casefold()
        ]
        archived = archiving.archived_segments(reading, at)
    rows.sort(key=lambda one: (-one[1] if order == "members" else 0, one[0].name.casefold()))
    taken = {row.key for row, *_ in rows}
    start = whole(at.query.get("from", "")) or 0
    ready = [
        one for one in ready_made(at.say.gettext, at.settings.currency) if one.key not in taken
    ]
    return page(
        at,
        "segments.html",
        {
            "rows": rows[start : start + PAGE],
            "before": max(start - PAGE, 0) if start else None,
            "after": start + PAGE if len(rows) > start + PAGE else None,
            "ready": ready if not start else [],
            "sort": order,
            "q": at.query.get("q", ""),
            "archived": archived,
            "just": next((row for row in archived if row.key == at.query.get("archived")), None),
        },
    )


def segment(at: AtShop) -> Response:
    wanted = at.query.get("days", "7")
    period = next((one for one in RANGES if str(one) == wanted), 7)
    after = whole(at.query.get("after", "")) or 0
    person = at.query.get("member", "").strip()[:300]
    with at.store.reading() as reading:
        found = reading.segment(at.id, at.part("key")[:100])
    if found is not None and found.status == "archived":
        return archiving.put_away(at, found)
    with at.store.reading() as reading:
        row = live_segment(reading, at)
        total = 0 if row.is_awaited else reading.count_members(at.id, row.key)
        shown = _shown(reading, at, row, person, after)
        place, moves = place_of(reading, at.id), just_now(reading, at.id, MOVES, row.key)
        kept = kept_in(remembered(reading, at.id), row)
        past = sizes(reading, at.id, row.key, at.now, period * DAY)
        names = names_of(reading, at.id)
    chart = line(
        [((one.start - past[0].start) / (period * DAY), one.members) for one in past],
        at=_marked(at, [one.start for one in past], period),
    )
    condition = parse_condition(msgspec.json.decode(row.document))
    return page(
        at,
        "segment.html",
        {
            "row": row,
            "place": place,
            "moves": together(moves, MOVES),
            "kept": kept,
            "total": total,
            "members": shown,
            "after": after,
            "person": person,
            "next": shown[-1].profile if len(shown) == PAGE else 0,
            "sizes": past,
            "days": period,
            "ranges": RANGES,
            "chart": chart,
            "sentences": lines_of(condition, at.language, names),
            "saved": at.query.get("saved", ""),
            "restored": at.query.get("restored", ""),
        },
    )


def _shown(
    reading: Reading, at: AtShop, row: SegmentRow, person: str, after: ProfileId
) -> Sequence[Member]:
    """Some members, or the one whom a name means; nobody until all are found."""
    if row.is_awaited:
        return ()
    if person:
        return member_named(reading, at.id, row.key, person)
    return members(reading, at.id, row.key, after, PAGE)


def _marked(at: AtShop, starts: Sequence[Instant], days: int) -> Sequence[int]:
    """Which of them stand below the chart: the first of some days, or of some hours of one."""
    unit = "%H" if days == 1 else "%j"
    said = [at.zone.local(one).strftime(unit) for one in starts]
    first = [place for place in range(1, len(said)) if said[place] != said[place - 1]]
    return first[:: {1: 6, 30: 5}.get(days, 1)]


def explain(at: AtShop) -> Response:
    """Why somebody is inside or not, and until when."""
    person = at.query.get("person", "").strip()
    with at.store.reading() as reading:
        row = live_segment(reading, at)
        try:
            profile = find(reading, at.id, person) if person else 0
        except NobodyFound:
            return page(
                at,
                "why.html",
                {"row": row, "person": person, "why": None, "nobody": True},
                status=404,
            )
        found = (
            why(reading, at.ground.rulebook, at.id, row.key, profile, at.now) if profile else None
        )
        names = names_of(reading, at.id)
    if found is not None:
        has_asked_why(at.store, at.id, at.user, row.key, at.now)
    values = {
        "row": row,
        "person": person,
        "profile": profile,
        "why": found,
        "nobody": False,
        "tell": lambda one: sentence(one, at.language, at.zone, names),
    }
    return page(at, "why.html", values)
