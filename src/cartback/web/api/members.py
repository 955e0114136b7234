"""Who is in a segment, who came and went, how it grew, and why somebody is inside or not."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field

from cartback.domain.event import ProfileId
from cartback.domain.instant import BadTime, Instant
from cartback.domain.phrase import Language, tree_text
from cartback.engine.explaining import explain_one, explanation_document
from cartback.engine.growth import MOST_DAYS, BadPeriod, growth
from cartback.engine.naming import names_of
from cartback.engine.people import NobodyFound, find
from cartback.engine.ports import Reading
from cartback.engine.scope import Scope
from cartback.engine.segment_ports import SegmentRow
from cartback.engine.segments import NoSuchSegment
from cartback.web.api.ground import Caller, ProfilesReader, SegmentsReader
from cartback.web.api.paging import Cursor, Id, Limit, Page, cut, read_place, write_cursor
from cartback.web.api.problem import Problem, bad, not_found, problems
from cartback.web.api.reading import new_router
from cartback.web.api.segment_shape import Key, find_segment
from cartback.web.api.shape import PerhapsNamed, Time, perhaps, when

router = new_router("segments")

AtTime = Annotated[
    str,
    Query(max_length=60, description="ISO 8601; without an offset it is on the shop's clock."),
]
Person = Annotated[
    str,
    Query(
        min_length=1,
        max_length=300,
        description="An e-mail address, a customer's id, an anonymous id, a phone number or a"
        " profile's number; `email:…`, `external_id:…`, `anonymous_id:…` and `phone:…` say which.",
    ),
]


class Member(BaseModel):
    """A profile that is inside."""

    id: int
    identifiers: PerhapsNamed
    since: Time


class Members(Page):
    data: list[Member]


class MoveMade(BaseModel):
    """A profile came or went."""

    profile: int
    at: Time
    joined: Annotated[bool, Field(description="It came; else it went.")]
    quiet: Annotated[
        bool, Field(description="Because the definition changed, not because of what they did.")
    ]


class Moves(Page):
    data: list[MoveMade]


class Day(BaseModel):
    """A day of the shop's calendar, and how many were inside at its end."""

    day: Annotated[str, Field(examples=["2026-03-01"])]
    joined: int
    left: int
    members: int


class Growth(BaseModel):
    data: list[Day]


class Explanation(BaseModel):
    """Whether a segment holds for a profile, why, and until when; and so each of its parts."""

    segment: str
    profile: int
    at: Time
    holds: bool
    until: Annotated[Time | None, Field(description="Null: for ever, if nothing happens.")]
    exact: Annotated[bool, Field(description="Else it may stay so for longer.")]
    text: Annotated[str, Field(description="The same in words, a line for each part.")]
    condition: dict[str, Any]
    because_of: Annotated[list[Time], Field(description="The events that decide it.")]
    found: Any
    of: list[dict[str, Any]]


@router.get("/segments/{segment}/members", responses=problems(404, 409))
def list_members(
    caller: SegmentsReader,
    segment: Key,
    identifier: Annotated[
        str, Query(max_length=300, description="Only whom this names, where they are inside.")
    ] = "",
    after: Cursor = "",
    limit: Limit = 100,
) -> Members:
    """Who is inside, in the order of their ids, and since when.

    To ask by an identifier a key reads profiles too.
    """
    place = read_place("members", after)
    with caller.store.reading() as reading:
        row = find_segment(reading, caller, segment)
        if row.is_awaited:
            raise Problem(409, "building", _awaited(row), headers={"Retry-After": "1"})
        if identifier:
            rows = _member(reading, caller, segment, identifier)
        else:
            rows = reading.members(caller.shop, segment, place, limit + 1)
        page, last = cut(rows, limit)
        data = [
            Member(
                id=one,
                identifiers=caller.names(reading, one),
                since=when(since),
            )
            for one, since in page
        ]
    return Members(data=data, next=write_cursor("members", last[0]) if last else None)


def _awaited(row: SegmentRow) -> str:
    if row.status == "failed":
        return f"finding its members failed, and is tried again: {row.error}"
    return f"its members are not all found yet ({row.done:,} of {row.total:,} profiles done)"


def _member(
    reading: Reading, caller: Caller, segment: str, identifier: str
) -> Sequence[tuple[ProfileId, Instant]]:
    if Scope.PROFILES_READ not in caller.key.scopes:
        raise Problem(403, "scope", "to ask by an identifier the scope profiles:read is needed")
    try:
        profile = find(reading, caller.shop, identifier)
    except NobodyFound:
        return []
    since = reading.memberships(caller.shop, profile).get(segment)
    return [] if since is None else [(profile, since)]


@router.get("/segments/{segment}/moves", responses=problems(404))
def list_moves(
    caller: SegmentsReader, segment: Key, after: Cursor = "", limit: Limit = 100
) -> Moves:
    """Who came and went, in the order in which it was written."""
    place = read_place("moves", after)
    with caller.store.reading() as reading:
        find_segment(reading, caller, segment)
        rows = reading.moves(caller.shop, segment=segment, after=place, limit=limit + 1)
    page, last = cut(rows, limit)
    data = [
        MoveMade(profile=move.profile, at=when(move.at), joined=move.joined, quiet=move.quiet)
        for _, move in page
    ]
    return Moves(data=data, next=write_cursor("moves", last[0]) if last else None)


@router.get("/segments/{segment}/growth", responses=problems(404))
def read_growth(
    caller: SegmentsReader,
    segment: Key,
    start: Annotated[AtTime, Query(alias="from")] = "",
    end: Annotated[AtTime, Query(alias="to")] = "",
) -> Growth:
    """How many came, went and were inside, day by day on the shop's calendar; else 30 days."""
    zone, now = caller.zone(), caller.now()
    first, last = moment(caller, "from", start), moment(caller, "to", end)
    with caller.store.reading() as reading:
        find_segment(reading, caller, segment)
        try:
            days = growth(reading, caller.shop, segment, zone, now, first, last)
        except BadPeriod:
            raise bad("query", "to", f"from 1 to {MOST_DAYS} days after `from`") from None
    return Growth(
        data=[
            Day(
                day=zone.local(one.start).date().isoformat(),
                joined=one.joined,
                left=one.left,
                members=one.members,
            )
            for one in days
        ]
    )


@router.get("/segments/{segment}/explanation", responses=problems(404))
def explain_person(
    caller: SegmentsReader,
    _also: ProfilesReader,
    segment: Key,
    person: Person,
    at: AtTime = "",
    language: Language = Language.ENGLISH,
) -> Explanation:
    """Why somebody is inside or not, and until when; as of now, or of a time past or future."""
    as_of = moment(caller, "at", at)
    with caller.store.reading() as reading:
        find_segment(reading, caller, segment)
        try:
            profile = find(reading, caller.shop, person)
        except NobodyFound as error:
            raise not_found(str(error)) from None
        return _explanation(reading, caller, segment, profile, as_of, language)


@router.get("/profiles/{profile}/explanations/{segment}", responses=problems(404))
def explain_profile(
    caller: SegmentsReader,
    _also: ProfilesReader,
    profile: Id,
    segment: Key,
    at: AtTime = "",
    language: Language = Language.ENGLISH,
) -> Explanation:
    """The same, of a profile by its number."""
    as_of = moment(caller, "at", at)
    with caller.store.reading() as reading:
        find_segment(reading, caller, segment)
        return _explanation(reading, caller, segment, profile, as_of, language)


def moment(caller: Caller, name: str, text: str) -> Instant | None:
    """A time in the query. Raises Problem."""
    if not text:
        return None
    try:
        return caller.zone().parse(text)
    except BadTime as error:
        raise bad("query", name, str(error)) from None


def _explanation(
    reading: Reading,
    caller: Caller,
    segment: str,
    profile: ProfileId,
    at: Instant | None,
    language: Language,
) -> Explanation:
    ground = caller.ground
    try:
        found = explain_one(
            reading, ground.rulebook, caller.shop, segment, profile, caller.now(), at
        )
    except (NoSuchSegment, NobodyFound) as error:
        raise not_found(str(error)) from None
    names = names_of(reading, caller.shop)
    return Explanation(
        segment=segment,
        profile=profile,
        at=when(found.at),
        text=tree_text(found.explanation, language, caller.zone(), names),
        **explanation_document(found.explanation) | {"until": perhaps(found.explanation.until)},
    )
