"""What went to whom, and why: messages, and every decision of a flow in a sentence."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Path, Query
from pydantic import BaseModel, Field

from cartback.domain.instant import FOREVER, Zone
from cartback.domain.phrase import Language
from cartback.domain.phrase.decision import told
from cartback.engine.flow_page import decisions_of
from cartback.engine.flow_ports import DecisionRow, MessageRow, MessageStatus
from cartback.engine.outbox import Fate, Wanted, find_messages, journey
from cartback.engine.ports import Reading
from cartback.engine.scope import Scope
from cartback.web.api.ground import Caller, MessagesReader
from cartback.web.api.members import AtTime, moment
from cartback.web.api.paging import (
    Cursor,
    Id,
    Limit,
    Page,
    cut,
    read_place,
    read_text_cursor,
    write_cursor,
    write_text_cursor,
)
from cartback.web.api.problem import not_found, problems
from cartback.web.api.reading import new_router
from cartback.web.api.shape import Time, perhaps, when, without_addresses

router = new_router("messages")

NEWEST = 2**62

MessageKey = Annotated[str, Path(min_length=1, max_length=64, description="Its key.")]


class MessageShown(BaseModel):
    """One message to one person. Where it was not sent, `error` says why."""

    key: Annotated[str, Field(description="Its own, so that it is never sent twice.")]
    profile: int
    flow: str
    version: int
    step: str
    cart: Annotated[str | None, Field(description="Null: not about a cart.")]
    channel: str
    status: Annotated[
        MessageStatus,
        Field(
            description="`in_doubt`: it broke off while being handed over; nobody can know whether"
            " it arrived, and it is never sent again by itself; what somebody found out settles it"
            " (`/messages/{message}/settlements`)."
        ),
    ]
    at: Annotated[Time, Field(description="When the flow sent it.")]
    due: Annotated[Time | None, Field(description="When it is tried next; null: no more.")]
    useful_until: Time | None
    attempts: int
    recipient: Annotated[str | None, Field(description="Null where the key lacks profiles:read.")]
    receipt: Annotated[str, Field(description="By what name the provider knows it.")]
    error: Annotated[
        str,
        Field(description="Addresses in it and in `receipt` are … where the key lacks that scope."),
    ]
    opened: Annotated[Time | None, Field(description="When a person first opened it.")]
    clicked: Annotated[Time | None, Field(description="When a person first clicked in it.")]
    unsubscribed: Annotated[Time | None, Field(description="When they unsubscribed by it.")]


class Messages(Page):
    data: list[MessageShown]


class MessageCounts(BaseModel):
    """How many messages there are, by status."""

    counts: dict[str, int]


class DecisionShown(BaseModel):
    """What a flow did with somebody at a step, in one sentence, and in words for programs."""

    flow: str
    version: int
    step: str
    cart: Annotated[str | None, Field(description="Null: not about a cart.")]
    at: Time
    what: Annotated[
        str,
        Field(
            description="entered, not_entered, waits, went, sent, gave, not_given, held,"
            " skipped or ended"
        ),
    ]
    reason: str
    until: Annotated[Time | None, Field(description="When it is looked at again, if known.")]
    way: Annotated[int | None, Field(description="The branch that was taken, from 0.")]
    rule: Annotated[str | None, Field(description="The law behind it (docs/consent.md).")]
    en: str
    ko: str


class Decisions(Page):
    data: list[DecisionShown]


class StopShown(BaseModel):
    """Something that became of a message."""

    what: Annotated[
        Fate,
        Field(
            description="`program`: a scanner or mail client looked, not a person; `undecided`: it"
            " is not known yet which. `detail` is a link, a receipt, an error, or why."
        ),
    ]
    at: Annotated[Time | None, Field(description="Null where nobody kept when it was.")]
    detail: str


class Journey(BaseModel):
    """What became of a message, in the order in which it happened."""

    data: list[StopShown]


@router.get("/messages", responses=problems())
def find_all_messages(
    caller: MessagesReader,
    after: Cursor = "",
    limit: Limit = 100,
    flow: Annotated[str, Query(max_length=60, description="Of that flow.")] = "",
    status: Annotated[MessageStatus | None, Query(description="With that status.")] = None,
    channel: Annotated[str, Query(max_length=60, description="By that channel.")] = "",
    start: Annotated[
        AtTime, Query(alias="from", description="Sent by its flow from then on.")
    ] = "",
    end: Annotated[AtTime, Query(alias="to", description="And before then.")] = "",
) -> Messages:
    """The messages of the shop, newest first, and what became of each."""
    at, key = read_text_cursor("messages", after, FOREVER, "")
    first, last_at = moment(caller, "from", start), moment(caller, "to", end)
    wanted = Wanted(
        flow=flow,
        status=status,
        channels=(channel,) if channel else (),
        start=first or 0,
        end=FOREVER if last_at is None else last_at,
    )
    with caller.store.reading() as reading:
        place = (int(at), str(key))
        rows = find_messages(reading, caller.shop, wanted, place, limit + 1)
    return _messages(caller, rows, limit)


@router.get("/messages/counts", responses=problems())
def count_messages(caller: MessagesReader) -> MessageCounts:
    """How many messages wait, were sent, are in doubt, failed, and so on."""
    with caller.store.reading() as reading:
        return MessageCounts(counts=dict(reading.count_messages(caller.shop)))


@router.get("/messages/{message}", responses=problems(404))
def read_message(
    caller: MessagesReader,
    message: MessageKey,
) -> MessageShown:
    """One message by its key, which is also in the mail's own id."""
    with caller.store.reading() as reading:
        return message_shown(caller, found(reading, caller, message))


@router.get("/messages/{message}/journey", responses=problems(404))
def read_message_journey(
    caller: MessagesReader,
    message: MessageKey,
) -> Journey:
    """From being sent by its flow to the cart that came back: what became of a message."""
    with caller.store.reading() as reading:
        row = found(reading, caller, message)
        stops = journey(reading, caller.shop, row)
    return Journey(
        data=[
            StopShown(
                what=one.what,
                at=perhaps(one.at),
                detail=one.recovery.order_id
                if one.recovery is not None
                else _said(caller, row, one.detail),
            )
            for one in stops
        ]
    )


@router.get("/profiles/{profile}/messages", responses=problems(404))
def list_messages(
    caller: MessagesReader, profile: Id, after: Cursor = "", limit: Limit = 100
) -> Messages:
    """The messages to somebody, newest first, and what became of each."""
    at, key = read_text_cursor("messages", after, FOREVER, "")
    with caller.store.reading() as reading:
        caller.profile(reading, profile)
        place = (int(at), str(key))
        rows = find_messages(reading, caller.shop, Wanted(person=profile), place, limit + 1)
    return _messages(caller, rows, limit)


@router.get("/profiles/{profile}/decisions", responses=problems(404))
def list_decisions(
    caller: MessagesReader, profile: Id, after: Cursor = "", limit: Limit = 100
) -> Decisions:
    """Why somebody got a message, or did not: all that flows did with them, newest first."""
    place = read_place("decisions", after, NEWEST)
    zone = caller.zone()
    with caller.store.reading() as reading:
        caller.profile(reading, profile)
        rows = decisions_of(reading, caller.shop, profile, place, limit + 1)
    page, last = cut(rows, limit)
    following = write_cursor("decisions", last[0]) if last else None
    return Decisions(data=[_decision(row, zone) for _, row in page], next=following)


# --- what they share ----------------------------------------------------------------------------


def found(reading: Reading, caller: Caller, key: str) -> MessageRow:
    """The shop's message with that key. Raises Problem."""
    row = reading.message(caller.shop, key)
    if row is None:
        raise not_found(f"there is no message {key!r}")
    return row


def _messages(caller: Caller, rows: Sequence[MessageRow], limit: int) -> Messages:
    page, last = cut(rows, limit)
    following = write_text_cursor("messages", last.at, last.key) if last else None
    return Messages(data=[message_shown(caller, row) for row in page], next=following)


def message_shown(caller: Caller, row: MessageRow) -> MessageShown:
    """A message as this caller may see it."""
    return MessageShown(
        key=row.key,
        profile=row.profile,
        flow=row.run.flow,
        version=row.run.version,
        step=row.step,
        cart=row.run.cart or None,
        channel=row.channel,
        status=row.status,
        at=when(row.at),
        due=perhaps(row.due) if row.status == "queued" else None,
        useful_until=perhaps(row.useful_until),
        attempts=row.attempts,
        recipient=row.recipient if _may_see(caller) else None,
        receipt=_said(caller, row, row.receipt),
        error=_said(caller, row, row.error),
        opened=perhaps(row.opened or None),
        clicked=perhaps(row.clicked or None),
        unsubscribed=perhaps(row.unsubscribed or None),
    )


def _may_see(caller: Caller) -> bool:
    """Whether this key may know whom a message is for."""
    return Scope.PROFILES_READ in caller.key.scopes


def _said(caller: Caller, row: MessageRow, text: str) -> str:
    return text if _may_see(caller) else without_addresses(text, row.recipient)


def _decision(row: DecisionRow, zone: Zone) -> DecisionShown:
    def sentence(language: Language) -> str:
        return told(row.what, row.reason, row.until, language, zone, row.rule)

    return DecisionShown(
        flow=row.run.flow,
        version=row.run.version,
        step=row.step,
        cart=row.run.cart or None,
        at=when(row.at),
        what=row.what,
        reason=row.reason,
        until=perhaps(row.until) if row.until else None,
        way=row.way if row.way >= 0 else None,
        rule=row.rule or None,
        en=sentence(Language.ENGLISH),
        ko=sentence(Language.KOREAN),
    )
