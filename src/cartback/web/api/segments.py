"""Segments: made, read, changed, archived and restored; in our own form and in Klaviyo's."""

from typing import Annotated, Any

import msgspec
from fastapi import Header, Query, Request
from starlette.responses import Response

from cartback.domain.condition import parse_condition
from cartback.domain.klaviyo import BadKlaviyo, to_klaviyo
from cartback.engine.segment_document import BadSegment, parse_segment
from cartback.engine.segment_ports import SegmentRow
from cartback.engine.segments import (
    ArchivedSegment,
    KeyOfArchived,
    NoSuchSegment,
    SegmentExists,
    StaleSegment,
    archive_segment,
    change_segment,
    create_segment,
    restore_segment,
)
from cartback.web.api.ground import Caller, SegmentsReader, SegmentsWriter
from cartback.web.api.paging import LARGEST, Cursor, Limit, cut, read_place, write_cursor
from cartback.web.api.problem import Problem, not_found, problems, unfit_document
from cartback.web.api.reading import new_router
from cartback.web.api.segment_shape import (
    Form,
    InKlaviyo,
    Key,
    Segment,
    SegmentChange,
    Segments,
    SegmentWanted,
    Version,
    Versions,
    find_segment,
    read_when,
    segment_shown,
    segments_shown,
    terms_of,
)
from cartback.web.api.shape import when
from cartback.web.api.twice import OnceKey, once
from cartback.web.api.versions import expected_version, stale_version, version_tag

router = new_router("segments")


@router.get("/segments", responses=problems())
def list_segments(
    caller: SegmentsReader,
    archived: Annotated[bool, Query(description="Archived ones too.")] = False,
) -> Segments:
    """All segments by key; a shop has at most 500 at work."""
    with caller.store.reading() as reading:
        rows = [
            row for row in reading.segments(caller.shop) if archived or row.status != "archived"
        ]
        return Segments(data=segments_shown(reading, caller, rows))


@router.post("/segments", status_code=201, response_model=Segment, responses=problems(409))
def create(
    caller: SegmentsWriter,
    request: Request,
    response: Response,
    body: SegmentWanted,
    key: OnceKey = None,
) -> Segment | Response:
    """Make a segment. Its members are found at once, and can be read when it is live."""

    def make() -> Segment:
        with caller.store.reading() as reading:
            ours = body.model_dump() | {"when": read_when(reading, caller, body.when)}
        try:
            row = _create(caller, ours)
        except BadSegment as error:
            raise unfit_document(error) from None
        except KeyOfArchived as error:
            way = f"{error}: POST /api/v1/segments/{error.key}/restore"
            raise Problem(409, "archived", way) from None
        except SegmentExists as error:
            raise Problem(409, "exists", str(error)) from None
        return _told(caller, row, response)

    return once(caller, key, request, body, make)


@router.get("/segments/{segment}", responses=problems(404, 409))
def read_segment(
    caller: SegmentsReader, response: Response, segment: Key, form: Form = "cartback"
) -> Segment | InKlaviyo:
    """One segment. The header ETag has its version, for If-Match.

    With `form=klaviyo` it is the body of Klaviyo's POST /api/segments, with names where its ids
    belong.
    """
    with caller.store.reading() as reading:
        row = find_segment(reading, caller, segment)
        response.headers["ETag"] = version_tag(row.version)
        if form == "cartback":
            return segment_shown(reading, caller, row)
        condition = parse_condition(msgspec.json.decode(row.document))
        try:
            return InKlaviyo(**to_klaviyo(row.name, condition, terms_of(reading, caller)))
        except BadKlaviyo as error:
            raise Problem(409, "not-in-klaviyo", f"Klaviyo cannot say this: {error}") from None


@router.put("/segments/{segment}", responses=problems(404, 409, 412, 428))
def change(
    caller: SegmentsWriter,
    response: Response,
    segment: Key,
    body: SegmentChange,
    if_match: Annotated[
        str | None, Header(max_length=100, description="The ETag of what you changed.")
    ] = None,
) -> Segment:
    """Give a segment a new definition, which is its next version.

    Say which version you changed. Where somebody was faster you are given what is there now.
    """
    expected = expected_version(if_match, body.version)
    with caller.store.reading() as reading:
        ours = read_when(reading, caller, body.when)
    document = {"name": body.name, "when": ours, "key": segment}
    try:
        store = caller.noting("changed segment", segment, version=expected + 1)
        row = change_segment(
            store, caller.shop, document, caller.now(), expected=expected, by=caller.name
        )
    except BadSegment as error:
        with caller.store.reading() as reading:
            find_segment(reading, caller, segment)
        raise unfit_document(error) from None
    except ArchivedSegment as error:
        way = f"{error}: POST /api/v1/segments/{segment}/restore"
        raise Problem(409, "archived", way) from None
    except NoSuchSegment as error:
        raise not_found(str(error)) from None
    except StaleSegment as error:
        with caller.store.reading() as reading:
            row = find_segment(reading, caller, segment)
            there = segment_shown(reading, caller, row)
        raise stale_version(
            str(error), there, row.version, by_header=if_match is not None
        ) from None
    return _told(caller, row, response)


@router.delete("/segments/{segment}", responses=problems(404, 409))
def archive(caller: SegmentsWriter, segment: Key) -> Segment:
    """Archive a segment: nobody is inside any more. Its history stays; it can be restored."""
    try:
        store = caller.noting("archived segment", segment)
        archive_segment(store, caller.shop, segment, caller.now())
    except NoSuchSegment as error:
        raise not_found(str(error)) from None
    except BadSegment as error:
        raise Problem(409, "in-use", str(error)) from None
    caller.ground.written()
    with caller.store.reading() as reading:
        row = find_segment(reading, caller, segment)
        return segment_shown(reading, caller, row)


@router.post("/segments/{segment}/restore", responses=problems(404, 409))
def restore(caller: SegmentsWriter, response: Response, segment: Key) -> Segment:
    """Put an archived segment to work again, as it was last defined."""
    try:
        store = caller.noting("restored segment", segment)
        row = restore_segment(store, caller.shop, segment, caller.now(), by=caller.name)
    except NoSuchSegment as error:
        raise not_found(str(error)) from None
    except (SegmentExists, BadSegment) as error:
        raise Problem(409, "cannot-restore", str(error)) from None
    return _told(caller, row, response)


@router.get("/segments/{segment}/versions", responses=problems(404))
def list_versions(
    caller: SegmentsReader, segment: Key, after: Cursor = "", limit: Limit = 100
) -> Versions:
    """Every definition that it has had, newest first: since when, and by whom."""
    place = read_place("versions", after, LARGEST)
    with caller.store.reading() as reading:
        find_segment(reading, caller, segment)
        rows = reading.segment_versions(caller.shop, segment, place, limit + 1)
    page, last = cut(rows, limit)
    return Versions(
        data=[
            Version(
                version=row.version,
                name=row.name,
                when=msgspec.json.decode(row.document),
                at=when(row.at),
                by=row.by,
            )
            for row in page
        ],
        next=write_cursor("versions", last.version) if last else None,
    )


# --- what they share ----------------------------------------------------------------------------


def _create(caller: Caller, document: dict[str, Any]) -> SegmentRow:
    key, _, _ = parse_segment(document)
    store = caller.noting("made segment", key)
    return create_segment(store, caller.shop, document, caller.now(), by=caller.name)


def _told(caller: Caller, row: SegmentRow, response: Response) -> Segment:
    """A segment that was just written, as answered; the worker is told to find its members."""
    caller.ground.written()
    response.headers["ETag"] = version_tag(row.version)
    response.headers["Location"] = f"/api/v1/segments/{row.key}"
    with caller.store.reading() as reading:
        return segment_shown(reading, caller, row)
