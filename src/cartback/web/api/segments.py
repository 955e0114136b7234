"""Segments: made, checked and counted before they are saved, changed, archived and restored."""

from typing import Annotated, Any

import msgspec
from fastapi import Header, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from cartback.domain.condition import BadCondition, condition_document, parse_condition
from cartback.domain.phrase import Language, Names, outline
from cartback.engine.ports import Reading, SegmentRow
from cartback.engine.preview import meant, preview
from cartback.engine.rulebook import present_rules
from cartback.engine.segments import (
    BadSegment,
    NoSuchSegment,
    SegmentExists,
    StaleSegment,
    archive_segment,
    change_segment,
    create_segment,
    restore_segment,
)
from cartback.web.api.ground import Caller, SegmentsReader, SegmentsWriter
from cartback.web.api.paging import LARGEST, Cursor, Limit, Page, cut, read_place, write_cursor
from cartback.web.api.problem import Problem, bad, not_found, problems, unfit
from cartback.web.api.reading import Body, new_router
from cartback.web.api.shape import Named, Time, named, when
from cartback.web.api.twice import OnceKey, once
from cartback.web.api.wording import of_document

router = new_router("segments")

Key = Annotated[str, Field(max_length=80, description="A segment's key.")]
Condition = Annotated[
    dict[str, Any],
    Field(
        description="A condition (docs/segments.md).",
        examples=[{"kind": "did", "metric": "Checkout Started"}],
    ),
]


class InWords(BaseModel):
    """A condition in words, a line for each part, its own parts indented below it."""

    en: str
    ko: str


class Progress(BaseModel):
    """How far the finding of members has come."""

    done: int
    total: int


class Segment(BaseModel):
    """A named condition and how many are inside."""

    key: str
    name: str
    when: Condition
    text: InWords
    version: int
    status: Annotated[str, Field(description="building, live, failed or archived")]
    members: Annotated[int | None, Field(description="Known once it is live.")]
    progress: Progress | None
    error: str | None
    created: Time
    updated: Time


class Segments(Page):
    data: list[Segment]


class SegmentWanted(Body):
    name: Annotated[str, Field(description="1 to 200 characters of any script.")]
    when: Condition
    key: Annotated[
        str, Field(description="Small letters, digits and hyphens; else made of the name.")
    ] = ""


class SegmentChange(Body):
    name: Annotated[str, Field(description="1 to 200 characters of any script.")]
    when: Condition
    version: Annotated[
        int | None,
        Field(ge=1, le=LARGEST, description="The version you changed, unless If-Match says it."),
    ] = None


class ConditionWanted(Body):
    when: Condition


class Validated(BaseModel):
    """A condition that can be saved, as it will be kept, and in words."""

    when: Condition
    text: InWords


class Sample(BaseModel):
    """Somebody who would be inside."""

    id: int
    identifiers: list[Named]


class Counted(Validated):
    """How many would be inside, of how many, and a few of them."""

    members: int
    of: int
    samples: list[Sample]


class Version(BaseModel):
    """One definition that a segment has had."""

    version: int
    name: str
    when: Condition
    at: Time
    by: Annotated[str, Field(description="Who gave it: `key:` and a number, or nothing.")]


class Versions(Page):
    data: list[Version]


# --- before anything is saved -------------------------------------------------------------------


@router.post("/segments/validate", responses=problems())
def validate_condition(caller: SegmentsReader, body: ConditionWanted) -> Validated:
    """Check a condition; a fault is told with its path, and with what was likely meant."""
    with caller.store.reading() as reading:
        return _validated(reading, caller, body.when)


@router.post("/segments/preview", responses=problems())
def preview_condition(caller: SegmentsReader, body: ConditionWanted) -> Counted:
    """Count who would be inside, and name five of them, without saving anything."""
    with caller.store.reading() as reading:
        checked = _validated(reading, caller, body.when)
    condition = parse_condition(body.when)
    found = preview(caller.store, caller.ground.count, caller.shop, condition, caller.now())
    with caller.store.reading() as reading:
        samples = [
            Sample(id=one, identifiers=named(reading.identifiers_of(caller.shop, one)))
            for one in found.found.samples
        ]
    return Counted(
        **checked.model_dump(), members=found.found.total, of=found.everybody, samples=samples
    )


def _validated(reading: Reading, caller: Caller, document: dict[str, Any]) -> Validated:
    try:
        condition = parse_condition(document)
        meant(present_rules(reading, caller.shop), condition)
    except (BadCondition, BadSegment) as error:
        raise _unfit(error) from None
    when_ = condition_document(condition)
    return Validated(when=when_, text=_in_words(when_, _names(reading, caller)))


# --- the segments -------------------------------------------------------------------------------


@router.get("/segments", responses=problems())
def list_segments(
    caller: SegmentsReader,
    archived: Annotated[bool, Query(description="Archived ones too.")] = False,
) -> Segments:
    """All segments by key; a shop has at most 500 at work."""
    with caller.store.reading() as reading:
        names = _names(reading, caller)
        rows = [
            row for row in reading.segments(caller.shop) if archived or row.status != "archived"
        ]
        return Segments(data=[_segment(reading, caller, row, names) for row in rows])


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
        try:
            row = create_segment(
                caller.store, caller.shop, body.model_dump(), caller.now(), by=caller.name
            )
        except BadSegment as error:
            raise _unfit(error) from None
        except SegmentExists as error:
            raise Problem(409, "exists", str(error)) from None
        return _told(caller, row, response)

    return once(caller, key, request, body, make)


@router.get("/segments/{segment}", responses=problems(404))
def read_segment(caller: SegmentsReader, response: Response, segment: Key) -> Segment:
    """One segment. The header ETag has its version, for If-Match."""
    with caller.store.reading() as reading:
        row = find_segment(reading, caller, segment)
        response.headers["ETag"] = _tag(row)
        return _segment(reading, caller, row, _names(reading, caller))


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
    expected = _expected(if_match, body.version)
    document = {"name": body.name, "when": body.when, "key": segment}
    try:
        row = change_segment(
            caller.store, caller.shop, document, caller.now(), expected=expected, by=caller.name
        )
    except BadSegment as error:
        with caller.store.reading() as reading:
            find_segment(reading, caller, segment)
        raise _unfit(error) from None
    except NoSuchSegment as error:
        raise not_found(str(error)) from None
    except StaleSegment as error:
        with caller.store.reading() as reading:
            row = find_segment(reading, caller, segment)
            there = _segment(reading, caller, row, _names(reading, caller))
        raise Problem(
            412 if if_match is not None else 409,
            "stale-version",
            str(error),
            present=there.model_dump(),
            headers={"ETag": _tag(row)},
        ) from None
    return _told(caller, row, response)


@router.delete("/segments/{segment}", responses=problems(404, 409))
def archive(caller: SegmentsWriter, segment: Key) -> Segment:
    """Archive a segment: nobody is inside any more. Its history stays; it can be restored."""
    try:
        archive_segment(caller.store, caller.shop, segment, caller.now())
    except NoSuchSegment as error:
        raise not_found(str(error)) from None
    except BadSegment as error:
        raise Problem(409, "in-use", f"another segment refers to it: {error}") from None
    caller.ground.written()
    with caller.store.reading() as reading:
        row = find_segment(reading, caller, segment)
        return _segment(reading, caller, row, _names(reading, caller))


@router.post("/segments/{segment}/restore", responses=problems(404, 409))
def restore(caller: SegmentsWriter, response: Response, segment: Key) -> Segment:
    """Put an archived segment to work again, as it was last defined."""
    try:
        row = restore_segment(caller.store, caller.shop, segment, caller.now(), by=caller.name)
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


def find_segment(reading: Reading, caller: Caller, key: str) -> SegmentRow:
    """The segment with that key, archived or not. Raises Problem."""
    row = reading.segment(caller.shop, key)
    if row is None:
        raise not_found(f"there is no segment {key!r}")
    return row


def _expected(if_match: str | None, version: int | None) -> int:
    if if_match is not None:
        tag = if_match.strip().removeprefix("W/").strip('"')
        if not (tag.isascii() and tag.isdigit() and len(tag) < 19):
            raise bad("header", "If-Match", 'write the ETag that you were given, such as "3"')
        return int(tag)
    if version is None:
        raise Problem(
            428,
            "version-missing",
            "say which version you changed: in `version`, or the ETag in the header If-Match",
        )
    return version


def _told(caller: Caller, row: SegmentRow, response: Response) -> Segment:
    """A segment that was just written, as answered; the worker is told to find its members."""
    caller.ground.written()
    response.headers["ETag"] = _tag(row)
    response.headers["Location"] = f"/api/v1/segments/{row.key}"
    with caller.store.reading() as reading:
        return _segment(reading, caller, row, _names(reading, caller))


def _tag(row: SegmentRow) -> str:
    return f'"{row.version}"'


def _segment(reading: Reading, caller: Caller, row: SegmentRow, names: Names) -> Segment:
    document = msgspec.json.decode(row.document)
    live, building = row.status == "live", row.status == "building"
    return Segment(
        key=row.key,
        name=row.name,
        when=document,
        text=_in_words(document, names),
        version=row.version,
        status=row.status,
        members=reading.count_members(caller.shop, row.key) if live else None,
        progress=Progress(done=row.done, total=row.total) if building else None,
        error=row.error or None,
        created=when(row.created),
        updated=when(row.updated),
    )


def _names(reading: Reading, caller: Caller) -> Names:
    return Names(segments={row.key: row.name for row in reading.segments(caller.shop)})


def _in_words(document: dict[str, Any], names: Names) -> InWords:
    condition = parse_condition(document)
    return InWords(
        en=outline(condition, Language.ENGLISH, names),
        ko=outline(condition, Language.KOREAN, names),
    )


def _unfit(error: BadSegment | BadCondition) -> Problem:
    fault = of_document(error)
    place = f"{fault.field}: " if fault.field else ""
    return unfit(f"{place}{fault.detail}", [fault])
