"""Profiles: found by any identifier, shown, exported and erased."""

from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from cartback.domain.event import ProfileId
from cartback.domain.profile import decode_profile
from cartback.engine.audit import note_after
from cartback.engine.conflicts import conflicts_with
from cartback.engine.erasing import erase
from cartback.engine.explaining import memberships_of, state_at
from cartback.engine.people import (
    NobodyFound,
    described,
    export_person,
    find,
    show,
)
from cartback.engine.ports import Reading
from cartback.engine.profile_ports import ProfileRow
from cartback.engine.timeline import timeline
from cartback.web.api.events import EventShown, event_shown
from cartback.web.api.ground import Caller, ProfilesReader, ProfilesWriter
from cartback.web.api.merge_shape import ConflictShown, MergeShown, conflict_shown, merge_shown
from cartback.web.api.paging import Cursor, Id, Limit, Page, cut, read_cursor, write_cursor
from cartback.web.api.problem import not_found, problems
from cartback.web.api.reading import new_router
from cartback.web.api.shape import Named, Time, named, perhaps, when

router = new_router("profiles")


class Brief(BaseModel):
    """A profile in a list of them."""

    id: int
    identifiers: list[Named]
    stage: Annotated[str, Field(description="lead until the first order, then customer")]
    first_seen: Time | None
    last_seen: Time | None


class Profiles(Page):
    data: list[Brief]


class MembershipShown(BaseModel):
    """In a segment since, and until when if nothing happens."""

    segment: str
    name: str
    since: Time
    until: Annotated[Time | None, Field(description="Null: for ever, if nothing happens.")]
    exact: Annotated[bool, Field(description="Else it may stay for longer.")]


class Memberships(BaseModel):
    data: list[MembershipShown]


class Profile(Brief):
    """All that is known of a profile as of now, but its events."""

    first_order: Time | None
    names: dict[str, Any]
    traits: dict[str, Any]
    consents: dict[str, Any]
    told_of_consent: Annotated[
        dict[str, Any],
        Field(description="When they were last told of what they said yes to, by channel."),
    ]
    lists: dict[str, Any]
    location: dict[str, Any] | None
    carts: list[dict[str, Any]]
    segments: list[MembershipShown]
    merges: list[MergeShown]
    conflicts: Annotated[
        list[ConflictShown], Field(description="Whom an event tied to them who stayed apart.")
    ]


class Timeline(Page):
    data: list[EventShown]


class Erased(BaseModel):
    """Somebody is forgotten."""

    events: Annotated[int, Field(description="How many events were deleted.")]
    tape: Annotated[bool, Field(description="Out of the tape too; else that follows soon.")]


@router.get("/profiles", responses=problems())
def list_profiles(
    caller: ProfilesReader,
    identifier: Annotated[
        str,
        Query(
            max_length=300,
            description="Only whom this names: an e-mail address, a customer's id, an anonymous id,"
            " a phone number; `email:…`, `external_id:…`, `anonymous_id:…`, `phone:…` say which.",
        ),
    ] = "",
    after: Cursor = "",
    limit: Limit = 100,
) -> Profiles:
    """Profiles in the order of their ids, or the one that an identifier names."""
    places = read_cursor("profiles", after)
    with caller.store.reading() as reading:
        if identifier:
            return Profiles(data=_found(reading, caller, identifier))
        place = places[0] if places else 0
        rows = reading.profiles_after(caller.shop, place, limit + 1)
        page, last = cut(rows, limit)
        data = [_brief(reading, caller, row) for row in page]
    return Profiles(data=data, next=write_cursor("profiles", last.id) if last else None)


@router.get("/profiles/{profile}", responses=problems(404))
def read_profile(caller: ProfilesReader, profile: Id) -> Profile:
    """Who it is, carts, traits, consents, lists, segments and until when, merges, and conflicts."""
    now = caller.now()
    with caller.store.reading() as reading:
        try:
            person = show(reading, caller.ground.rulebook, caller.shop, profile, now)
        except NobodyFound as error:
            raise not_found(str(error)) from None
        memberships = _memberships(reading, caller, profile)
        conflicts = conflicts_with(reading, caller.shop, profile)
    return Profile(
        id=profile,
        identifiers=named(person.identifiers),
        **described(person.profile),
        segments=memberships,
        merges=[merge_shown(one) for one in person.merges],
        conflicts=[conflict_shown(one) for one in conflicts],
    )


@router.get("/profiles/{profile}/timeline", responses=problems(404))
def read_timeline(
    caller: ProfilesReader, profile: Id, after: Cursor = "", limit: Limit = 50
) -> Timeline:
    """What somebody did, the latest arrival first, with what was derived from it."""
    places = read_cursor("timeline", after)
    with caller.store.reading() as reading:
        row = caller.profile(reading, profile)
        page = timeline(reading, caller.shop, row, places, limit)
    following = write_cursor("timeline", *page.tails) if page.tails else None
    return Timeline(data=[event_shown(one) for one in page.events], next=following)


@router.get("/profiles/{profile}/memberships", responses=problems(404))
def list_memberships(caller: ProfilesReader, profile: Id) -> Memberships:
    """Which segments somebody is in since when, and until when if nothing happens."""
    with caller.store.reading() as reading:
        caller.profile(reading, profile)
        return Memberships(data=_memberships(reading, caller, profile))


# --- a person's own requests --------------------------------------------------------------------


@router.get("/profiles/{profile}/export", responses=problems(404))
def export(caller: ProfilesReader, profile: Id, response: Response) -> dict[str, Any]:
    """Everything that is kept about somebody (GDPR, articles 15 and 20)."""
    ground = caller.ground
    try:
        document = export_person(caller.store, ground.rulebook, caller.shop, profile, caller.now())
    except NobodyFound as error:
        raise not_found(str(error)) from None
    person = str(profile)
    note_after(caller.store, caller.shop, caller.who, "exported person", person, caller.now())
    response.headers["Content-Disposition"] = f'attachment; filename="profile-{profile}.json"'
    return document


@router.delete("/profiles/{profile}", responses=problems(404))
def erase_profile(caller: ProfilesWriter, profile: Id) -> Erased:
    """Forget somebody for ever (GDPR, article 17). Backups of before still hold them."""
    try:
        store = caller.noting("erased person", str(profile))
        events = erase(store, caller.shop, profile)
    except NobodyFound as error:
        raise not_found(str(error)) from None
    return Erased(events=events, tape=caller.ground.tape_is_amended(caller.shop))


# --- what they share ----------------------------------------------------------------------------


def _found(reading: Reading, caller: Caller, identifier: str) -> list[Brief]:
    try:
        profile = find(reading, caller.shop, identifier)
    except NobodyFound:
        return []
    return [_brief(reading, caller, caller.profile(reading, profile))]


def _brief(reading: Reading, caller: Caller, row: ProfileRow) -> Brief:
    state = decode_profile(row.state)
    return Brief(
        id=row.id,
        identifiers=named(reading.identifiers_of(caller.shop, row.id)),
        stage="customer" if state.is_customer else "lead",
        first_seen=perhaps(state.first_seen),
        last_seen=perhaps(state.last_seen),
    )


def _memberships(reading: Reading, caller: Caller, profile: ProfileId) -> list[MembershipShown]:
    now = caller.now()
    state = state_at(reading, caller.ground.rulebook, caller.shop, profile, now)
    return [
        MembershipShown(
            segment=one.segment,
            name=one.name,
            since=when(one.since),
            until=perhaps(one.until),
            exact=one.exact,
        )
        for one in memberships_of(reading, caller.shop, state, now)
    ]
