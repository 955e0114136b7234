"""Segments: the list, and a segment's page with its size over time, its members, and why."""

import csv
import io
from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Final

import msgspec
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from cartback.domain.condition import All, Any_, parse_condition
from cartback.domain.event import IdentifierKind
from cartback.domain.instant import DAY, text_of
from cartback.domain.phrase import Names, describe, sentence
from cartback.engine.audit import note_after
from cartback.engine.growth import sizes
from cartback.engine.people import NobodyFound, find
from cartback.engine.ports import Reading, SegmentRow
from cartback.engine.segment_page import members, why
from cartback.engine.segments import BadSegment, archive_segment
from cartback.web.console import builder
from cartback.web.console.asked import AtShop, Refused, whole
from cartback.web.console.charts import line
from cartback.web.console.guard import Guard
from cartback.web.console.ready import ready_made
from cartback.web.console.render import page, see

PAGE: Final = 50
MOST_NAMED: Final = 3
RANGES: Final = (1, 7, 30)


def routes(guard: Guard) -> Sequence[BaseRoute]:
    at = "/shops/{shop}/segments"
    return [
        Route(at, guard.of_shop(index), methods=["GET"]),
        *builder.routes(guard),
        Route(at + "/{key}", guard.of_shop(segment), methods=["GET"]),
        Route(at + "/{key}/members.csv", guard.of_shop(export, sees="marketer"), methods=["GET"]),
        Route(at + "/{key}/why", guard.of_shop(explain), methods=["GET"]),
        Route(at + "/{key}/archive", guard.of_shop(archive), methods=["POST"]),
    ]


def live_segment(reading: Reading, at: AtShop) -> SegmentRow:
    """The segment of the path. Raises Refused."""
    row = reading.segment(at.id, at.part("key")[:100])
    if row is None or row.status == "archived":
        raise Refused(404)
    return row


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


def names_of(reading: Reading, at: AtShop) -> Names:
    return Names(segments={one.key: one.name for one in reading.segments(at.id)})


def index(at: AtShop) -> Response:
    order = "members" if at.query.get("sort") == "members" else "name"
    wanted = at.query.get("q", "").strip().casefold()
    with at.store.reading() as reading:
        names = names_of(reading, at)
        rows = [
            (row, reading.count_members(at.id, row.key), label_of(at, row, names))
            for row in reading.segments(at.id)
            if row.status != "archived" and wanted in row.name.casefold()
        ]
    rows.sort(key=lambda one: (-one[1] if order == "members" else 0, one[0].name.casefold()))
    taken = {row.key for row, _, _ in rows}
    ready = [
        one for one in ready_made(at.say.gettext, at.settings.currency) if one.key not in taken
    ]
    return page(
        at,
        "segments.html",
        {
            "rows": rows,
            "ready": ready,
            "sort": order,
            "q": at.query.get("q", ""),
            "archived": at.query.get("archived", ""),
        },
    )


def segment(at: AtShop) -> Response:
    wanted = at.query.get("days", "7")
    period = next((one for one in RANGES if str(one) == wanted), 7)
    with at.store.reading() as reading:
        row = live_segment(reading, at)
        total = reading.count_members(at.id, row.key)
        shown = members(reading, at.id, row.key, whole(at.query.get("after", "")) or 0, PAGE)
        past = sizes(reading, at.id, row.key, at.now, period * DAY)
        names = names_of(reading, at)
    chart = line([((one.start - past[0].start) / (period * DAY), one.members) for one in past])
    condition = parse_condition(msgspec.json.decode(row.document))
    return page(
        at,
        "segment.html",
        {
            "row": row,
            "total": total,
            "members": shown,
            "next": shown[-1].profile if len(shown) == PAGE else 0,
            "sizes": past,
            "days": period,
            "ranges": RANGES,
            "chart": chart,
            "sentences": builder.lines_of(condition, at.language, names),
            "saved": at.query.get("saved", ""),
        },
    )


def export(at: AtShop) -> Response:
    """All members as CSV, page by page, so that its length does not matter."""
    with at.store.reading() as reading:
        key = live_segment(reading, at).key

    headers = {"content-disposition": f'attachment; filename="{key}.csv"'}
    return StreamingResponse(_rows(at, key), media_type="text/csv; charset=utf-8", headers=headers)


def _rows(at: AtShop, key: str) -> Iterator[str]:
    kinds = [str(kind) for kind in IdentifierKind]
    yield _csv(["profile", *kinds, "since"])
    after = 0
    while True:
        with at.store.reading() as reading:
            found = reading.members(at.id, key, after, 500)
            lines = []
            for profile, since in found:
                known = dict(reversed(reading.identifiers_of(at.id, profile)))
                cells = [str(profile), *(known.get(kind, "") for kind in kinds), text_of(since)]
                lines.append(_csv(cells))
        yield "".join(lines)
        if len(found) < 500:
            return
        after = found[-1][0]


def _csv(cells: Sequence[str]) -> str:
    """A row; what a spreadsheet would take for a formula is told to be text."""
    line_ = io.StringIO()
    safe = [f"'{one}" if one[:1] in ("=", "@", "-", "\t", "\r") else one for one in cells]
    csv.writer(line_, lineterminator="\r\n").writerow(safe)
    return line_.getvalue()


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
        names = names_of(reading, at)
    values = {
        "row": row,
        "person": person,
        "profile": profile,
        "why": found,
        "nobody": False,
        "tell": lambda one: sentence(one, at.language, at.zone, names),
    }
    return page(at, "why.html", values)


def archive(at: AtShop) -> Response:
    with at.store.reading() as reading:
        row = live_segment(reading, at)
    try:
        archive_segment(at.store, at.id, row.key, at.now)
    except BadSegment:
        raise Refused(
            409, at.say.gettext("Another segment refers to this one. Change that one first.")
        ) from None
    note_after(at.store, at.id, at.user, "archived segment", row.key, at.now, version=row.version)
    at.ground.written()
    return see(f"{at.path('segments')}?archived={row.key}")
