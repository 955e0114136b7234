"""Segments put away: asked once, undone by a press, listed, and put to work again."""

from collections.abc import Sequence

import msgspec
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.condition import parse_condition
from cartback.engine.naming import names_of
from cartback.engine.ports import Reading
from cartback.engine.segment_document import BadSegment
from cartback.engine.segment_ports import SegmentRow
from cartback.engine.segments import ReferredTo, SegmentExists, archive_segment, restore_segment
from cartback.web.console.asked import AtShop, Refused
from cartback.web.console.condition_lines import lines_of
from cartback.web.console.guard import Guard
from cartback.web.console.render import page, see


def routes(guard: Guard) -> Sequence[BaseRoute]:
    at = "/shops/{shop}/segments/{key}"
    return [
        Route(at + "/archive", guard.of_shop(ask, sees="marketer"), methods=["GET"]),
        Route(at + "/archive", guard.of_shop(archive), methods=["POST"]),
        Route(at + "/restore", guard.of_shop(restore), methods=["POST"]),
    ]


def live_segment(reading: Reading, at: AtShop) -> SegmentRow:
    """The segment of the path. Raises Refused."""
    row = reading.segment(at.id, at.part("key")[:100])
    if row is None or row.status == "archived":
        raise Refused(404)
    return row


def archived_segments(reading: Reading, at: AtShop) -> list[SegmentRow]:
    """Those that were put away, the latest first."""
    found = [row for row in reading.segments(at.id) if row.status == "archived"]
    return sorted(found, key=lambda row: -row.updated)


def listed(at: AtShop) -> Response:
    with at.store.reading() as reading:
        rows = archived_segments(reading, at)
    return page(at, "archived-segments.html", {"rows": rows})


def put_away(at: AtShop, row: SegmentRow) -> Response:
    """The page of a segment that is archived: what it asked, and the way back."""
    with at.store.reading() as reading:
        names = names_of(reading, at.id)
    condition = parse_condition(msgspec.json.decode(row.document))
    lines = lines_of(condition, at.language, names)
    return page(at, "archived-segment.html", {"row": row, "sentences": lines})


def ask(at: AtShop) -> Response:
    with at.store.reading() as reading:
        row = live_segment(reading, at)
        members = reading.count_members(at.id, row.key)
    say = at.say
    inside = say.ngettext("%(num)s person leaves it.", "%(num)s people leave it.", members)
    values = {
        "title": say.gettext("Archive this segment?"),
        "about": row.name,
        "back": at.path("segments", row.key),
        "what": [
            inside % {"num": say.number(members)},
            say.gettext("Nobody enters it any more. Who was inside, and when, is kept."),
            say.gettext("It can be restored at any time; then its members are found anew."),
        ],
        "action": at.path("segments", row.key, "archive"),
        "yes": say.gettext("Archive"),
        "do": "",
    }
    return page(at, "ask.html", values)


def archive(at: AtShop) -> Response:
    with at.store.reading() as reading:
        row = live_segment(reading, at)
    try:
        store = at.noting("archived segment", row.key, version=row.version)
        archive_segment(store, at.id, row.key, at.now)
    except ReferredTo as error:
        with at.store.reading() as reading:
            names = {one.key: one.name for one in reading.segments(at.id)}
        others = ", ".join(f"“{names.get(key, key)}”" for key in error.others)
        text = at.say.gettext("Other segments refer to this one: %s. Change them first.")
        raise Refused(409, text % others) from None
    at.ground.written()
    return see(f"{at.path('segments')}?archived={row.key}")


def restore(at: AtShop) -> Response:
    """Put it to work again, as it was last defined; who does it twice sees it at work."""
    with at.store.reading() as reading:
        row = reading.segment(at.id, at.part("key")[:100])
    if row is None:
        raise Refused(404)
    try:
        store = at.noting("restored segment", row.key, version=row.version + 1)
        restore_segment(store, at.id, row.key, at.now, by=at.user.name)
    except SegmentExists:
        return see(at.path("segments", row.key))
    except BadSegment:
        text = at.say.gettext("It refers to a segment that is archived. Restore that one first.")
        raise Refused(409, text) from None
    at.ground.written()
    return see(f"{at.path('segments', row.key)}?restored=1")
