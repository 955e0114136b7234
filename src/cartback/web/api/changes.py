"""Who changed what: people in the console, keys, and whoever is at the command line."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from cartback.web.api.ground import KeysReader
from cartback.web.api.paging import Cursor, Limit, Page, cut, read_place, write_cursor
from cartback.web.api.problem import problems
from cartback.web.api.reading import new_router
from cartback.web.api.shape import Time, when

router = new_router("changes")

NEWEST = 2**62


class ChangeShown(BaseModel):
    """One line of the log."""

    number: int
    at: Time
    who: Annotated[str, Field(description="An e-mail address, a key, or `command line`.")]
    action: Annotated[str, Field(examples=["changed flow"])]
    subject: str
    detail: dict[str, Any]


class Changes(Page):
    data: list[ChangeShown]


@router.get("/changes", responses=problems())
def list_changes(caller: KeysReader, after: Cursor = "", limit: Limit = 100) -> Changes:
    """Everything that was changed, exported or downloaded, and by whom, newest first."""
    place = read_place("changes", after, NEWEST)
    with caller.store.reading() as reading:
        rows = reading.audit(caller.shop, place, limit + 1)
    page, last = cut(rows, limit)
    return Changes(
        data=[
            ChangeShown(
                number=row.number,
                at=when(row.at),
                who=row.who,
                action=row.action,
                subject=row.subject,
                detail=row.detail,
            )
            for row in page
        ],
        next=write_cursor("changes", last.number) if last else None,
    )
