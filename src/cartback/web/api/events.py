"""Events: sent with a key, and the latest of the log."""

from typing import Annotated, Any, Final

from fastapi import Request
from pydantic import BaseModel, Field, WithJsonSchema
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cartback.domain.drop import DropReason
from cartback.domain.event import Event, IdentifierKind
from cartback.engine.intake import Dropped
from cartback.engine.log_ports import LoggedEvent
from cartback.engine.once import asked, give_up
from cartback.web.api.ground import Caller, EventsReader, EventsWriter
from cartback.web.api.paging import LARGEST, Cursor, Limit, Page, cut, read_place, write_cursor
from cartback.web.api.problem import Problem, problems, unfit
from cartback.web.api.reading import Body, EventsRoute, new_router
from cartback.web.api.shape import Named, Time, named, when
from cartback.web.api.twice import OnceKey, keep, take_up
from cartback.web.api.wording import Complaint

router = new_router("events", EventsRoute)

MOST_EVENTS: Final = 1_000
MOST_TOLD: Final = 100

_Names: Final = {str(kind): {"type": ["string", "integer", "null"]} for kind in IdentifierKind}
_EVENT: Final = {
    "type": "object",
    "title": "EventWanted",
    "required": ["metric"],
    "properties": {
        "metric": {"type": "string", "description": "Its name, such as Checkout Started."},
        "id": {"type": "string", "description": "The same id twice is the same event."},
        "time": {"type": ["string", "integer"], "description": "When it happened; else now."},
        **_Names,
        "properties": {"type": "object", "description": "Amounts are whole minor units."},
        "traits": {"type": "object", "description": "What is so of the person since then."},
        "location": {"type": "object", "description": "country, region, city"},
        "backfill": {"type": "boolean", "description": "History: nothing is started by it."},
    },
}
EventWanted = Annotated[dict[str, Any], WithJsonSchema(_EVENT)]


class EventsWanted(Body):
    """Events in Cartback's own shape (docs/replay.md); each names somebody."""

    events: Annotated[
        list[EventWanted],
        Field(
            min_length=1,
            max_length=MOST_EVENTS,
            examples=[[{"metric": "Checkout Started", "email": "ada@example.com"}]],
        ),
    ]


class Drop(BaseModel):
    """An event that was not taken."""

    index: int
    reason: DropReason
    detail: str


class Taken(BaseModel):
    """The events are durable, and all that follows from them is true."""

    accepted: int
    duplicates: Annotated[int, Field(description="They were in the log before.")]
    dropped: list[Drop]


class EventShown(BaseModel):
    """An event of the log."""

    seq: Annotated[int, Field(description="Its place in the log.")]
    id: str
    profile: Annotated[int, Field(description="For whom it was recorded.")]
    metric: str
    time: Time
    received: Time
    identifiers: list[Named]
    properties: dict[str, Any]
    traits: dict[str, Any]
    location: dict[str, str] | None
    backfill: bool


class Events(Page):
    data: list[EventShown]


@router.get("/events", responses=problems())
def list_events(caller: EventsReader, after: Cursor = "", limit: Limit = 50) -> Events:
    """The log backwards: the latest arrival first."""
    place = read_place("events", after, LARGEST)
    with caller.store.reading() as reading:
        rows = reading.log_before(caller.shop, place, limit + 1)
    page, last = cut(rows, limit)
    return Events(
        data=[event_shown(one) for one in page],
        next=write_cursor("events", last.seq) if last else None,
    )


@router.post("/events", response_model=Taken, responses=problems(409))
async def send_events(
    caller: EventsWriter, request: Request, body: EventsWanted, key: OnceKey = None
) -> Taken | Response:
    """Send up to 1,000 events. Each that cannot be taken is told with its reason."""
    if key is None:
        return await _take(caller, body)
    said = f"{request.method} {request.url.path} {body.model_dump_json()}".encode()
    one = asked(caller.name, key, said)
    before = await run_in_threadpool(take_up, caller, one)
    if before is not None:
        return before
    try:
        taken = await _take(caller, body)
    except BaseException:
        await run_in_threadpool(give_up, caller.store, caller.shop, one)
        raise
    await run_in_threadpool(keep, caller, one, taken, 200)
    return taken


async def _take(caller: Caller, body: EventsWanted) -> Taken:
    events, drops = await run_in_threadpool(_read, caller, body)
    counts: dict[DropReason, int] = {}
    for drop in drops:
        counts[drop.reason] = counts.get(drop.reason, 0) + 1
    receipt = await caller.ground.receiver.receive(caller.shop, events, counts)
    if not events:
        faults = [Complaint("body", f"events[{one.index}]", one.detail) for one in drops]
        raise unfit(f"no event was taken; {faults[0].field}: {faults[0].detail}", faults[:20])
    return Taken(
        accepted=receipt.accepted, duplicates=receipt.duplicates, dropped=drops[:MOST_TOLD]
    )


def _read(caller: Caller, body: EventsWanted) -> tuple[list[Event], list[Drop]]:
    received = caller.now()
    events, drops = list[Event](), list[Drop]()
    for index, document in enumerate(body.events):
        found = caller.ground.read(caller.shop, document, received)
        if isinstance(found, Dropped):
            drops.append(Drop(index=index, reason=found.reason, detail=found.detail))
        else:
            _refuse_history(caller, found)
            events.append(found)
    return events, drops


def _refuse_history(caller: Caller, event: Event) -> None:
    if event.backfill and caller.key.kind == "public":
        raise Problem(
            403, "scope", "a public key may not import history (backfill); use a secret key"
        )


def event_shown(logged: LoggedEvent) -> EventShown:
    """An event as answers show it."""
    event = logged.event
    place = event.location
    return EventShown(
        seq=logged.seq,
        id=event.id,
        profile=logged.profile,
        metric=event.metric,
        time=when(event.time),
        received=when(event.received),
        identifiers=named(event.identifiers),
        properties=event.properties,
        traits=event.traits,
        location=None
        if place is None
        else {"country": place.country, "region": place.region, "city": place.city},
        backfill=event.backfill,
    )
