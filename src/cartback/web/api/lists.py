"""Lists: who joined, and joining and leaving, which are events like all others."""

from typing import Annotated
from uuid import uuid4

from fastapi import Path
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from cartback.domain.event import Event, Metric, ProfileId
from cartback.engine.intake import Receipt
from cartback.web.api.ground import Caller, ListsReader, ListsWriter
from cartback.web.api.paging import Cursor, Id, Limit, Page, cut, read_place, write_cursor
from cartback.web.api.problem import Problem, problems
from cartback.web.api.reading import Body, new_router
from cartback.web.api.shape import PerhapsNamed, Time, when

router = new_router("lists")

ListKey = Annotated[str, Path(min_length=1, max_length=255, description="The list's name.")]


class ListShown(BaseModel):
    """A set that people joined."""

    list: str
    members: int


class Lists(Page):
    data: list[ListShown]


class ListMember(BaseModel):
    """Somebody who joined and did not leave."""

    id: int
    identifiers: PerhapsNamed
    since: Time


class ListMembers(Page):
    data: list[ListMember]


class Joining(Body):
    profile: Annotated[Id, Field(description="Who joins.")]


class Standing(BaseModel):
    """Whether a profile is in a list."""

    list: str
    profile: int
    joined: bool


@router.get("/lists", responses=problems())
def list_lists(caller: ListsReader) -> Lists:
    """The lists that have members."""
    with caller.store.reading() as reading:
        counts = reading.lists(caller.shop)
    return Lists(data=[ListShown(list=key, members=count) for key, count in counts.items()])


@router.get("/lists/{key}/members", responses=problems())
def list_list_members(
    caller: ListsReader, key: ListKey, after: Cursor = "", limit: Limit = 100
) -> ListMembers:
    """Who is in a list, in the order of their ids, and since when. One that nobody joined is
    empty."""
    place = read_place("list", after)
    with caller.store.reading() as reading:
        rows = reading.list_members(caller.shop, key, place, limit + 1)
        page, last = cut(rows, limit)
        data = [
            ListMember(
                id=one,
                identifiers=caller.names(reading, one),
                since=when(since),
            )
            for one, since in page
        ]
    return ListMembers(data=data, next=write_cursor("list", last[0]) if last else None)


@router.post("/lists/{key}/members", status_code=201, responses=problems(404, 409))
async def join_list(caller: ListsWriter, key: ListKey, body: Joining) -> Standing:
    """Have somebody join a list: the event Joined List, as of now."""
    await _happens(caller, Metric.JOINED_LIST, key, body.profile)
    return Standing(list=key, profile=body.profile, joined=True)


@router.delete("/lists/{key}/members/{profile}", responses=problems(404, 409))
async def leave_list(caller: ListsWriter, key: ListKey, profile: Id) -> Standing:
    """Have somebody leave a list: the event Left List, as of now."""
    await _happens(caller, Metric.LEFT_LIST, key, profile)
    return Standing(list=key, profile=profile, joined=False)


async def _happens(caller: Caller, metric: Metric, key: str, profile: ProfileId) -> Receipt:
    event = await run_in_threadpool(_event, caller, metric, key, profile)
    return await caller.ground.receiver.receive(caller.shop, [event], {})


def _event(caller: Caller, metric: Metric, key: str, profile: ProfileId) -> Event:
    with caller.store.reading() as reading:
        caller.profile(reading, profile)
        identifiers = tuple(reading.identifiers_of(caller.shop, profile)[:1])
    if not identifiers:
        raise Problem(409, "nameless", f"profile {profile} has no identifier left to name it by")
    now = caller.now()
    return Event(
        shop=caller.shop,
        id=f"api-{uuid4()}",
        metric=metric,
        identifiers=identifiers,
        time=now,
        received=now,
        properties={"list": key},
    )
