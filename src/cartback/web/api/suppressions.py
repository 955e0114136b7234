"""The suppression list: addresses that must not be written to, and why."""

from typing import Annotated, Final

from fastapi import Path, Query
from pydantic import BaseModel, Field

from cartback.domain.law.terms import Bar
from cartback.domain.phrase import Language
from cartback.domain.phrase.left_out import left_out
from cartback.engine.audit import note
from cartback.engine.suppression_list import (
    BadAddress,
    RowFault,
    import_suppressions,
    suppression,
)
from cartback.engine.suppression_ports import Suppressed
from cartback.web.api.ground import ProfilesReader, ProfilesWriter
from cartback.web.api.paging import (
    Cursor,
    Limit,
    Page,
    cut,
    read_text_cursor,
    write_text_cursor,
)
from cartback.web.api.problem import bad, not_found, problems
from cartback.web.api.reading import Body, new_router
from cartback.web.api.shape import Time, when

router = new_router("suppressions")
MOST_CSV: Final = 2_000_000
"""Characters of a file: about 50,000 addresses."""

ChannelAsked = Annotated[str, Query(pattern="^(email|sms)$", description="email or sms.")]
ChannelOf = Annotated[str, Path(pattern="^(email|sms)$", description="email or sms.")]
Address = Annotated[str, Path(min_length=1, max_length=255)]


class SuppressionShown(BaseModel):
    """An address that must not be written to."""

    channel: str
    address: str
    reason: Bar
    at: Time
    source: str


class Suppressions(Page):
    data: list[SuppressionShown]


class SuppressionWanted(Body):
    channel: Annotated[str, Field(pattern="^(email|sms)$")] = "email"
    addresses: Annotated[
        list[Annotated[str, Field(max_length=255)]], Field(min_length=1, max_length=1_000)
    ]
    reason: Bar = Bar.BY_HAND
    source: Annotated[str, Field(max_length=255, description="Who says so.")] = "api"


class SuppressionFile(Body):
    """A list as CSV: address, perhaps reason and source."""

    channel: Annotated[str, Field(pattern="^(email|sms)$")] = "email"
    csv: Annotated[str, Field(min_length=1, max_length=MOST_CSV, description="The file's text.")]


class RowLeftOut(BaseModel):
    """A row that was not taken: on which line it is, why, what stands there, and in words."""

    line: int
    fault: RowFault
    text: str
    en: str
    ko: str


class SuppressionsImported(BaseModel):
    """What became of each row; `rows` are the first hundred of those that were left out."""

    added: int
    known: Annotated[int, Field(description="On the list already, or twice in the file.")]
    no_address: int
    unknown_reason: int
    reasons: Annotated[list[Bar], Field(description="The reasons that there are.")]
    rows: list[RowLeftOut]


class SuppressionsTaken(BaseModel):
    """How many were new; who is on the list stays for the first reason."""

    added: int


@router.get("/suppressions", responses=problems())
def list_suppressions(
    caller: ProfilesReader, channel: ChannelAsked = "email", after: Cursor = "", limit: Limit = 100
) -> Suppressions:
    """The list of a channel, in the order of the addresses."""
    [place] = read_text_cursor("suppressions", after, "")
    with caller.store.reading() as reading:
        rows = reading.suppressions(caller.shop, channel, str(place), limit + 1)
    page, last = cut(rows, limit)
    return Suppressions(
        data=[_shown(one) for one in page],
        next=write_text_cursor("suppressions", last.address) if last else None,
    )


@router.post("/suppressions", responses=problems())
def suppress_addresses(caller: ProfilesWriter, body: SuppressionWanted) -> SuppressionsTaken:
    """Put addresses on the list, all or none."""
    rows = []
    for place, address in enumerate(body.addresses):
        try:
            rows.append(suppression(body.channel, address, body.reason, caller.now(), body.source))
        except BadAddress as error:
            raise bad("body", f"addresses[{place}]", str(error)) from None
    if "\0" in body.source:
        raise bad("body", "source", "it holds a NUL; take it out")
    store = caller.noting("added suppressions", "API", lines=len(rows))
    with store.transaction() as tx:
        return SuppressionsTaken(added=tx.suppress(caller.shop, rows))


@router.post("/suppressions/import", responses=problems())
def import_suppression_file(caller: ProfilesWriter, body: SuppressionFile) -> SuppressionsImported:
    """Take a list as CSV. A row with a fault is left out and named; the others go on."""
    lines = body.csv.splitlines(keepends=True)
    store = caller.noting("added suppressions", "API", lines=len(lines))
    found = import_suppressions(store, caller.shop, lines, caller.now(), body.channel)
    return SuppressionsImported(
        added=found.new,
        known=found.there,
        no_address=found.faults.get(RowFault.NO_ADDRESS, 0),
        unknown_reason=found.faults.get(RowFault.UNKNOWN_REASON, 0),
        reasons=list(Bar),
        rows=[
            RowLeftOut(
                **one._asdict(),
                en=left_out(*one, Language.ENGLISH),
                ko=left_out(*one, Language.KOREAN),
            )
            for one in found.left_out
        ],
    )


@router.delete("/suppressions/{channel}/{address}", responses=problems(404))
def unsuppress_address(
    caller: ProfilesWriter, channel: ChannelOf, address: Address
) -> SuppressionShown:
    """Take an address off the list, as when a mailbox works again."""
    bare = address.strip().lower() if channel == "email" else address.strip()
    with caller.store.transaction() as tx:
        found = tx.suppressed(caller.shop, channel, [bare]).get(bare)
        if found is None:
            raise not_found("this address is not on the list")
        tx.unsuppress(caller.shop, channel, bare)
        reason = found.reason.value
        note(tx, caller.shop, caller.who, "removed suppression", bare, caller.now(), reason=reason)
    return _shown(found)


def _shown(one: Suppressed) -> SuppressionShown:
    return SuppressionShown(
        channel=one.channel,
        address=one.address,
        reason=one.reason,
        at=when(one.at),
        source=one.source,
    )
